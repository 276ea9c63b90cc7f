"""How each operator judges each output. Absence is never met, and nothing is coerced."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from genesis_ci.checks.expectations import judge_expectation
from genesis_ci.checks.reading import kind
from genesis_ci.models.checks import Expectation, Judgement, Operator

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


def expectation(operator, expected, query=None) -> Expectation:
    return Expectation(block="b", operator=Operator(operator), expected=expected, query=query)


TABLE = [
    # a number of the report
    (REPORT, "failed", "equals", 0, MET, "0"),
    (REPORT, "failed", "equals", 0.0, MET, "0"),
    (REPORT, "failed", "equals", 1, UNMET, "0"),
    (REPORT, "failed", "equals", "0", UNMET, "a number, not text: 0"),
    (REPORT, "failed", "equals", False, UNMET, "a number, not true or false: 0"),
    (REPORT, "failed", "not-equals", 3, MET, "0"),
    (REPORT, "failed", "not-equals", 0, UNMET, "0"),
    (REPORT, "failed", "not-equals", "3", UNMET, "a number, not text: 0"),
    (REPORT, "failed", "at-most", 0, MET, "0"),
    (REPORT, "failed", "at-most", -1, UNMET, "0"),
    (REPORT, "rate", "at-least", 0.95, MET, "0.98"),
    (REPORT, "rate", "at-least", 0.98, MET, "0.98"),
    (REPORT, "rate", "at-least", 1, UNMET, "0.98"),
    (REPORT, "ok", "at-least", 1, UNMET, "true or false, not a number: true"),
    (REPORT, "verdict", "at-most", 1, UNMET, 'text, not a number: "pass"'),
    (REPORT, "rate", "at-least", "0", UNMET, "0.98"),
    (REPORT, "failed", "contains", "0", UNMET, "a number, not text or a list: 0"),
    (REPORT, "failed", "matches", "0", UNMET, "a number, not text: 0"),
    (REPORT, "failed", "not-empty", True, UNMET, "a number, not text or a list or an object: 0"),
    # true and false
    (REPORT, "ok", "equals", True, MET, "true"),
    (REPORT, "ok", "equals", False, UNMET, "true"),
    (REPORT, "ok", "equals", 1, UNMET, "true or false, not a number: true"),
    (REPORT, "ok", "equals", "true", UNMET, "true or false, not text: true"),
    (REPORT, "ok", "not-equals", 1, UNMET, "true or false, not a number: true"),
    # text of the report
    (REPORT, "verdict", "equals", "pass", MET, '"pass"'),
    (REPORT, "verdict", "equals", "PASS", UNMET, '"pass"'),
    (REPORT, "verdict", "not-equals", "fail", MET, '"pass"'),
    (REPORT, "verdict", "contains", "as", MET, '"pass"'),
    (REPORT, "verdict", "contains", 0, UNMET, 'text, not a list of a number: "pass"'),
    (REPORT, "verdict", "not-contains", "fail", MET, '"pass"'),
    (REPORT, "verdict", "matches", "^pass$", MET, '"pass"'),
    (REPORT, "verdict", "matches", "^fail", UNMET, '"pass"'),
    (REPORT, "verdict", "not-empty", True, MET, '"pass"'),
    (REPORT, "note", "equals", "", MET, '""'),
    (REPORT, "note", "not-empty", True, UNMET, '""'),
    ({"note": " \n"}, "note", "not-empty", True, UNMET, '" \\n"'),
    ({"note": "é"}, "note", "equals", "é", MET, '"é"'),
    (REPORT, "note", "not-contains", "fatal", MET, '""'),
    # what is not there
    (REPORT, "owner", "equals", "me", UNMET, NOTHING),
    (REPORT, "owner", "not-equals", "me", UNMET, NOTHING),
    (REPORT, "missing", "equals", 0, UNMET, NOTHING),
    (REPORT, "missing", "at-most", 0, UNMET, NOTHING),
    (REPORT, "missing", "not-contains", "x", UNMET, NOTHING),
    (REPORT, "missing.deeper", "not-equals", 1, UNMET, NOTHING),
    (REPORT, "length(missing)", "at-most", 0, UNMET, "a query that fails on the output"),
    # lists and objects
    (REPORT, "tags", "contains", "smoke", MET, '["smoke", "cart"]'),
    (REPORT, "tags", "contains", "smo", UNMET, '["smoke", "cart"]'),
    (REPORT, "tags", "not-contains", "slow", MET, '["smoke", "cart"]'),
    (REPORT, "tags", "equals", ["smoke", "cart"], MET, '["smoke", "cart"]'),
    (REPORT, "tags", "equals", ["cart", "smoke"], UNMET, '["smoke", "cart"]'),
    (REPORT, "tags", "not-empty", True, MET, '["smoke", "cart"]'),
    (REPORT, "none", "not-empty", True, UNMET, "[]"),
    (REPORT, "none", "not-contains", "x", MET, "[]"),
    (REPORT, "counts", "contains", 2, MET, "[1, 2]"),
    (REPORT, "counts", "contains", True, UNMET, "a list with a number, not only true or false"),
    (REPORT, "counts", "not-contains", "2", UNMET, "a list with a number, not only text"),
    (REPORT, "counts", "equals", [True, 2], UNMET, "[1, 2]"),
    (REPORT, "mixed", "not-contains", 1, UNMET, "a list with text, not only a number"),
    (REPORT, "tests[0]", "equals", {"status": "passed", "name": "login"}, MET, '{"name": "login"'),
    (REPORT, "tests[0]", "equals", {"name": "login"}, UNMET, '{"name": "login"'),
    (REPORT, "tests[0]", "contains", "name", UNMET, "an object, not text or a list"),
    # filters and functions
    (REPORT, "length(tests[?status=='failed'])", "equals", 1, MET, "1"),
    (REPORT, "length(tests[?status=='broken'])", "at-most", 0, MET, "0"),
    (REPORT, "tests[?status=='failed'].name", "equals", ["total"], MET, '["total"]'),
    (REPORT, "length(tests)", "at-least", 20, UNMET, "3"),
    (REPORT, "to_number('nan')", "at-least", 1, UNMET, "a value that JSON does not have"),
    (REPORT, "to_number('inf')", "at-least", 1, UNMET, "a value that JSON does not have"),
    (REPORT, "[to_number('nan')]", "not-equals", [1], UNMET, "a value that JSON does not have"),
    (REPORT, "&failed", "not-empty", True, UNMET, "a value that JSON does not have"),
    # how the output is read
    (json.dumps(REPORT), "failed", "equals", 0, MET, "0"),
    (f"Done.\n```json\n{json.dumps(REPORT)}\n```", "failed", "equals", 0, MET, "0"),
    ('{"failed": "0"}', "failed", "equals", 0, UNMET, 'text, not a number: "0"'),
    ('{"failed": 3, "failed": 0}', "failed", "equals", 0, UNMET, "a key is given twice"),
    ('{"failed": NaN}', "failed", "not-equals", 3, UNMET, "a number is not finite"),
    ("```\n0\n```\n```\n3\n```", "@", "equals", 0, UNMET, "2 code fences"),
    ("All passed.", "failed", "equals", 0, UNMET, "no JSON"),
    (0, "@", "equals", 0, MET, "0"),
    ("0", "@", "equals", 0, MET, "0"),
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
    ("PASS\n", None, "equals", "PASS", UNMET, "PASS\n"),
    ("PASS\n", None, "not-equals", "FAIL", MET, "PASS\n"),
    ({"verdict": "PASS"}, None, "contains", "PASS", UNMET, "an object, not text"),
    ({"verdict": "PASS"}, None, "not-empty", True, MET, '{"verdict": "PASS"}'),
    ({}, None, "not-empty", True, UNMET, "{}"),
    (0, None, "not-equals", "FAIL", UNMET, "a number, not text"),
    # no output
    (None, None, "not-contains", "FAIL", UNMET, "no output"),
    (None, "failed", "equals", 0, UNMET, "no output"),
    ("", None, "not-equals", "FAIL", UNMET, "an empty output"),
    (" \n", None, "not-contains", "FAIL", UNMET, "an empty output"),
    (" \n", "@", "not-equals", 1, UNMET, "an empty output"),
]


@pytest.mark.parametrize(
    ("output", "query", "operator", "expected", "judgement", "found"),
    TABLE,
    ids=[f"{number}-{row[1]}-{row[2]}-{row[4]}" for number, row in enumerate(TABLE)],
)
def test_an_expectation_judges_an_output(output, query, operator, expected, judgement, found):
    finding = judge_expectation(expectation(operator, expected, query), output)
    assert finding.judgement is judgement
    assert finding.found.startswith(found) or (judgement is UNMET and found in finding.found)


def test_a_finding_contains_expected_found_and_where():
    finding = judge_expectation(
        Expectation(block="test-report", operator=Operator.EQUALS, expected=0, query="failed"),
        {"failed": 3},
    )
    assert finding.name == "test-report: failed equals 0"
    assert finding.expected == "equals 0"
    assert finding.found == "3"
    assert finding.where == "output of block “test-report”, query “failed”"
    assert judge_expectation(expectation("contains", "a"), "a").where == "output of block “b”"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (expectation("not-empty", True), "b: not-empty"),
        (expectation("contains", "Größe"), 'b: contains "Größe"'),
        (expectation("equals", "0", "failed"), 'b: failed equals "0"'),
        (
            Expectation(block="b", operator=Operator.NOT_EMPTY, expected=True, name="total"),
            "total",
        ),
    ],
    ids=["no value", "text", "text that looks like a number", "a name of its own"],
)
def test_an_expectation_has_a_readable_name(given, name):
    assert judge_expectation(given, "anything").name == name


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.floats(-2, 2), st.sampled_from(["", "0", "a"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=6,
)
OUTPUTS = st.one_of(
    VALUES,
    VALUES.map(json.dumps),
    VALUES.map(lambda value: f"Here:\n```json\n{json.dumps(value)}\n```"),
    st.text(max_size=20),
)
COMPARING = {Operator.EQUALS, Operator.NOT_EQUALS}
NUMERIC = {Operator.AT_LEAST, Operator.AT_MOST}


def values_of(output, query):
    """What a reader could take the output for, by Python's own lenient JSON."""
    text = output
    if isinstance(text, str) and query:
        text = text.split("```json\n")[-1].removesuffix("\n```")
        try:
            output = json.loads(text)
        except ValueError:
            return None
    if query == "a":
        return output.get("a") if isinstance(output, dict) else None
    return output


@given(
    output=OUTPUTS,
    query=st.sampled_from([None, "@", "a"]),
    operator=st.sampled_from(Operator),
    expected=VALUES,
)
@example(output={"a": True}, query="a", operator=Operator.EQUALS, expected=1)
@example(output={"a": "0"}, query="a", operator=Operator.NOT_EQUALS, expected=0)
@example(output={}, query="a", operator=Operator.NOT_CONTAINS, expected="x")
def test_absence_is_never_met_and_nothing_is_coerced(output, query, operator, expected):
    if operator is Operator.MATCHES:
        expected = "a|0"
    if operator in NUMERIC and kind(expected) != "a number":
        expected = 1
    finding = judge_expectation(expectation(operator, expected, query), output)
    value = values_of(output, query)
    if output is None or value is None:
        assert finding.judgement is UNMET
    if finding.judgement is MET and operator in COMPARING:
        assert kind(value) == kind(expected)
    if finding.judgement is MET and operator in NUMERIC:
        assert kind(value) == "a number"
    if finding.judgement is MET and operator is Operator.MATCHES:
        assert kind(value) == "text"
    if operator is Operator.NOT_EMPTY and value in ("", [], {}):
        assert finding.judgement is UNMET
