"""How each operator judges each output. A missing value meets no check, and nothing is coerced."""

import json

import pytest

from genesis_ci.checks.expectations import expression_problem, judge_expectation
from genesis_ci.models.findings import Expectation, Operator
from genesis_ci.models.judgement import Judgement

REPORT = {
    "failed": 0,
    "rate": 0.98,
    "ok": True,
    "verdict": "pass",
    "note": "",
    "owner": None,
    "tags": ["smoke", "cart"],
    "none": [],
    "counts": [1, 2],
    "mixed": ["0", 0],
    "tests": [
        {"name": "login", "status": "passed"},
        {"name": "total", "status": "failed"},
        {"name": "mail", "status": "skipped"},
    ],
}
TEXT = "Summary\n\nPASS: 12 of 12 checks.\n"
NOTHING = "null, which a query returns when it finds nothing"
MET, UNMET = Judgement.MET, Judgement.UNMET


def expectation(operator, expected, query=None, **fields) -> Expectation:
    given = {"block": "b", "operator": Operator(operator), "expected": expected, "query": query}
    return Expectation(**given, **fields)


TABLE = [
    # a number of the report
    (REPORT, "failed", "equals", 0, MET, "0"),
    (REPORT, "failed", "equals", 0.0, MET, "0"),
    (REPORT, "failed", "equals", "0", UNMET, "a number, not text: 0"),
    (REPORT, "failed", "equals", False, UNMET, "a number, not true or false: 0"),
    (REPORT, "failed", "not-equals", 3, MET, "0"),
    (REPORT, "failed", "at-most", 0, MET, "0"),
    (REPORT, "failed", "at-most", -1, UNMET, "0"),
    (REPORT, "rate", "at-least", 0.98, MET, "0.98"),
    (REPORT, "rate", "at-least", 1, UNMET, "0.98"),
    (REPORT, "ok", "at-least", 1, UNMET, "true or false, not a number: true"),
    (REPORT, "tests", "at-most", 0, UNMET, "a list, not a number; “length(…)” in the query counts"),
    (REPORT, "verdict", "at-most", 1, UNMET, 'text, not a number: "pass"'),
    (REPORT, "rate", "at-least", "0", UNMET, "0.98"),
    (REPORT, "failed", "contains", "0", UNMET, "a number, not text or a list: 0"),
    (REPORT, "failed", "matches", "0", UNMET, "a number, not text: 0"),
    (REPORT, "failed", "not-empty", True, UNMET, "a number, not text or a list or an object: 0"),
    # true and false
    (REPORT, "ok", "equals", True, MET, "true"),
    (REPORT, "ok", "equals", False, UNMET, "true"),
    (REPORT, "ok", "equals", 1, UNMET, "true or false, not a number: true"),
    # text of the report
    (REPORT, "verdict", "equals", "pass", MET, '"pass"'),
    (REPORT, "verdict", "equals", "PASS", UNMET, '"pass"'),
    (REPORT, "verdict", "contains", "as", MET, '"pass"'),
    (REPORT, "verdict", "contains", 0, UNMET, 'text, not a list of a number: "pass"'),
    (REPORT, "note", "not-empty", True, UNMET, '""'),
    ({"note": " \n"}, "note", "not-empty", True, UNMET, '" \\n"'),
    ({"note": "é"}, "note", "equals", "é", MET, '"é"'),
    # what is not there
    (REPORT, "owner", "not-equals", "me", UNMET, NOTHING),
    (REPORT, "missing", "not-contains", "x", UNMET, NOTHING),
    (REPORT, "length(missing)", "at-most", 0, UNMET, "a query that fails on the output"),
    # lists and objects
    (REPORT, "tags", "contains", "smoke", MET, '["smoke", "cart"]'),
    (REPORT, "tags", "contains", "smo", UNMET, '["smoke", "cart"]'),
    (REPORT, "tags", "not-contains", "slow", MET, '["smoke", "cart"]'),
    (REPORT, "tags", "not-empty", True, MET, '["smoke", "cart"]'),
    (REPORT, "none", "not-empty", True, UNMET, "[]"),
    (REPORT, "counts", "contains", 2, MET, "[1, 2]"),
    (REPORT, "counts", "contains", True, UNMET, "a list with a number, not only true or false"),
    (REPORT, "counts", "not-contains", "2", UNMET, "a list with a number, not only text"),
    (REPORT, "counts", "equals", [True, 2], UNMET, "[1, 2]"),
    (REPORT, "counts", "equals", [1], UNMET, "[1, 2]"),
    (REPORT, "mixed", "not-contains", 1, UNMET, "a list with text, not only a number"),
    (REPORT, "tests[0]", "equals", {"status": "passed", "name": "login"}, MET, '{"name": "login"'),
    (REPORT, "tests[0]", "equals", {"name": "login"}, UNMET, '{"name": "login"'),
    (REPORT, "tests[0]", "equals", {"name": "login", "status": "x"}, UNMET, '{"name": "login"'),
    (REPORT, "tests[0]", "contains", "name", UNMET, "an object, not text or a list"),
    # filters and functions
    (REPORT, "tests[?status=='failed'].name", "equals", ["total"], MET, '["total"]'),
    (REPORT, "to_number('nan')", "at-least", 1, UNMET, "a value that JSON does not have"),
    (REPORT, "[to_number('nan')]", "not-equals", [1], UNMET, "a value that JSON does not have"),
    (REPORT, "&failed", "not-empty", True, UNMET, "a value that JSON does not have"),
    # how the output is read
    (f"Done.\n```json\n{json.dumps(REPORT)}\n```", "failed", "equals", 0, MET, "0"),
    ('{"failed": "0"}', "failed", "equals", 0, UNMET, 'text, not a number: "0"'),
    ('{"failed": 3, "failed": 0}', "failed", "equals", 0, UNMET, "a key is given twice"),
    ("All passed.", "failed", "equals", 0, UNMET, "no JSON"),
    ([], "length(@)", "equals", 0, MET, "0"),
    # the text itself
    (TEXT, None, "contains", "PASS", MET, TEXT),
    (TEXT, None, "contains", "pass", UNMET, TEXT),
    (TEXT, None, "not-contains", "FAIL", MET, TEXT),
    (TEXT, None, "not-contains", "PASS", UNMET, TEXT),
    (TEXT, None, "matches", r"\b12 of 12\b", MET, TEXT),
    (TEXT, None, "matches", "^PASS", UNMET, TEXT),
    (TEXT, None, "matches", "(?m)^PASS", MET, TEXT),
    (TEXT, None, "not-empty", True, MET, TEXT),
    ("PASS", None, "equals", "PASS", MET, "PASS"),
    ("PASS\n", None, "equals", "PASS", UNMET, r'"PASS\n"'),
    ({"verdict": "PASS"}, None, "contains", "PASS", UNMET, "an object, not text"),
    ({"verdict": "PASS"}, None, "not-empty", True, MET, '{"verdict": "PASS"}'),
    ({}, None, "not-empty", True, UNMET, "{}"),
    (0, None, "not-equals", "FAIL", UNMET, "a number, not text"),
    # no output
    (None, None, "not-contains", "FAIL", UNMET, "no output"),
    ("", None, "not-equals", "FAIL", UNMET, "an empty output"),
    (" \n", "@", "not-equals", 1, UNMET, "an empty output"),
]


@pytest.mark.parametrize(("output", "query", "operator", "expected", "judgement", "found"), TABLE)
def test_an_expectation_judges_an_output(output, query, operator, expected, judgement, found):
    finding = judge_expectation(expectation(operator, expected, query), output)
    assert finding.judgement is judgement
    assert finding.found.startswith(found) or (judgement is UNMET and found in finding.found)


def test_a_finding_contains_expected_found_and_where():
    finding = judge_expectation(expectation("equals", 0, "failed"), {"failed": 3})
    assert (finding.name, finding.subject) == ("b: failed equals 0", "b: failed")
    assert finding.expected == "equals 0"
    assert finding.found == "3"
    assert finding.where == "output of block “b”, query “failed”"
    assert judge_expectation(expectation("contains", "a"), "a").where == "output of block “b”"


@pytest.mark.parametrize(
    ("given", "name", "subject"),
    [
        (expectation("not-empty", True), "b: not-empty", "b"),
        (expectation("contains", "Größe"), 'b: contains "Größe"', "b"),
        (expectation("equals", "0", "failed"), 'b: failed equals "0"', "b: failed"),
        (expectation("not-empty", True, name="total"), "total", ""),
    ],
)
def test_an_expectation_has_a_readable_name(given, name, subject):
    finding = judge_expectation(given, "anything")
    assert (finding.name, finding.subject) == (name, subject)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (("equals", 0, "failed"), None),
        (("matches", "a+"), None),
        (("equals", 0, "tests["), "query “tests[” is incomplete JMESPath"),
        (("matches", "(a", "a"), "matches is not a regular expression of Python's re"),
        (("matches", "(" * 1000), "matches is not a regular expression"),
        (("matches", "a{1,99999999999}"), "matches is not a regular expression"),
    ],
    ids=["query", "pattern", "bad query", "bad pattern", "deep pattern", "large repetition"],
)
def test_a_query_or_pattern_that_does_not_parse_is_a_problem(fields, problem):
    found = expression_problem(expectation(*fields))
    assert found is None if problem is None else found.startswith(problem)
