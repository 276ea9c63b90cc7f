"""docs/proof.md: its examples are valid, its instruction fits, its warnings are true."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from genesis_ci.checks.judging import judge_one
from genesis_ci.checks.parsing import expression_problem, parse_expectations, parse_tests
from genesis_ci.models.checks import Expectation, Judgement, Operator

PAGE = re.sub(
    r"<!-- recipe: .*?<!-- end -->",
    "",
    (Path(__file__).parent.parent / "docs/proof.md").read_text(encoding="utf-8"),
    flags=re.DOTALL,
)
GATES = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
SCHEMA = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])
INSTRUCTED = re.findall(r'^({"reportFormat".*?)```', PAGE, re.DOTALL | re.MULTILINE)[0]


def holds(output, query, operator, expected) -> bool:
    expectation = Expectation(
        block="b", operator=Operator(operator), expected=expected, query=query
    )
    (finding,) = judge_one(expectation, output)
    return finding.judgement is Judgement.MET


@pytest.mark.parametrize("gate", GATES, ids=range(1, len(GATES) + 1))
def test_every_gate_is_valid(gate):
    expectations, problems = parse_expectations(gate["expect"])
    assert problems == ()
    assert [expression_problem(one) for one in expectations] == [None] * len(expectations)
    assert "tests" not in gate or parse_tests(gate["tests"])[1] == ()


@pytest.mark.parametrize("gate", GATES[3:], ids=["4", "5"])
def test_a_strict_gate_passes_only_a_good_report(gate):
    checks = [
        *parse_expectations(gate["expect"])[0],
        *filter(None, [parse_tests(gate.get("tests"))[0]]),
    ]
    good = {"name": "checkout total", "status": "passed"}
    report = {
        "results": {"tests": [good, *({"name": f"t{n}", "status": "passed"} for n in range(19))]}
    }

    def judgements(output):
        return {finding.judgement for check in checks for finding in judge_one(check, output)}

    assert judgements(report) == {Judgement.MET}
    assert Judgement.UNMET in judgements(json.loads(INSTRUCTED))


def test_the_schema_accepts_a_report_with_messages():
    report = json.loads(INSTRUCTED)
    for test in report["results"]["tests"]:
        test.setdefault("message", "")
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(report, SCHEMA)


@pytest.mark.parametrize(
    ("output", "careless", "careful"),
    [
        (
            {"tests": []},
            ("length(tests[?status=='failed'])", "equals", 0),
            ("length(tests)", "at-least", 20),
        ),
        (
            {"tests": [{"status": "fail"}]},
            ("length(tests[?status=='failed'])", "equals", 0),
            ("length(tests[?status!='passed'])", "at-most", 0),
        ),
        ({}, ("!error", "equals", True), ("error", "equals", "")),
        ({}, ("failed == expected", "equals", True), ("failed", "equals", 0)),
        ({}, ("failed || `0`", "equals", 0), ("failed", "equals", 0)),
        ({"failed": "0"}, ("to_number(failed)", "equals", 0), ("failed", "equals", 0)),
        ({"flags": [1]}, ("contains(flags, `true`)", "equals", True), ("flags", "contains", True)),
    ],
    ids=[
        "nothing to filter",
        "another word",
        "not nothing",
        "null is null",
        "a default",
        "text",
        "1",
    ],
)
def test_the_documented_query_closes_a_gap_of_jmespath(output, careless, careful):
    assert holds(output, *careless)
    assert not holds(output, *careful)
    assert careless[0] in PAGE
    assert careful[0] in PAGE


def test_a_projection_drops_null():
    assert holds({"tests": [{"status": "passed"}, {}]}, "length(tests[].status)", "equals", 1)
