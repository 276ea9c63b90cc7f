"""docs/proof.md: its examples are taken, its instruction is followed, its warnings are true."""

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
def test_every_gate_is_taken(gate):
    expectations, problems = parse_expectations(gate["expect"])
    assert problems == ()
    assert [expression_problem(one) for one in expectations] == [None] * len(expectations)
    assert "tests" not in gate or parse_tests(gate["tests"])[1] == ()


def test_there_are_five_gates():
    assert len(GATES) == 5


@pytest.mark.parametrize("number", [4, 5])
def test_the_strict_gates_are_red_for_the_report_of_the_instruction_and_green_for_a_good_one(
    number,
):
    gate = GATES[number - 1]
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


def test_the_schema_takes_the_report_with_a_message_for_each_test():
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
def test_a_gap_of_jmespath_is_there_and_what_to_write_closes_it(output, careless, careful):
    assert holds(output, *careless)
    assert not holds(output, *careful)
    assert careless[0] in PAGE
    assert careful[0] in PAGE


def test_a_projection_drops_what_is_null():
    assert holds({"tests": [{"status": "passed"}, {}]}, "length(tests[].status)", "equals", 1)
