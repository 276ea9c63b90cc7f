"""The inputs `expect` and `tests`: the checks, and all problems with their places."""

from collections.abc import Sequence
from typing import Never

import pytest

from genesis_ci.checks.parsing import expression_problem
from genesis_ci.config.proof import TryOut
from genesis_ci.config.settings import Settings
from genesis_ci.config.sources import Given
from genesis_ci.models import OnState, Verb, Workflow
from genesis_ci.models.checks import Expectation, InnerTests, ListFormat, Operator, Proof
from tests.builders import EXECUTION_ID, WORKFLOW_ID, problems_in, settings_of
from tests.fakes import files

KEY = "gk_0123456789abcdef"
FILE = ".genesis-ci.yml"
HEAD = f"version: 1\nworkflows:\n  - name: smoke\n    workflow-id: {WORKFLOW_ID}\n"
ENV = {
    "COUNT": "0", "SHA": "1234567", "WORD": "PASS", "LOGIN": "hunter2!", "FLAG": "true",
    "NONE": ".nan",
}  # fmt: skip

WITHIN = "\n" + " " * 10
"""Continues the value of a key in the next line."""


def problems_of(expectations: Sequence[Expectation]) -> list[str | None]:
    return list(map(expression_problem, expectations))


def parse(
    config: str | None = None,
    *,
    verb: Verb = Verb.RUN,
    place: str = "--",
    try_out: TryOut = problems_of,
    **texts: str | tuple[str, ...],
) -> Settings:
    named = {"api-key": KEY, **{key.replace("_", "-"): text for key, text in texts.items()}}
    if config is None and verb is not Verb.WAIT:
        named["workflow-id"] = WORKFLOW_ID
    return settings_of(
        {name: Given(text, f"{place}{name}") for name, text in named.items() if text},
        verb=verb,
        read_file=files({} if config is None else {FILE: config}),
        environ=ENV,
        try_out=try_out,
    )


def run_of(parsed: Settings) -> Workflow:
    assert problems_in(parsed) == ()
    assert not parsed.problems
    [run] = parsed.workflows
    return run


def entry(*lines: str) -> str:
    """A file with one workflow; the first of these lines is line 5."""
    return HEAD + "".join(f"    {line}\n" for line in lines)


def the_value(written: str, *, key: str = "equals") -> object:
    """Return the expected value from a text in the config file."""
    run = run_of(parse(entry("expect:", "  - block: b", "    query: a", f"    {key}: {written}")))
    [check] = run.proof.checks
    assert isinstance(check, Expectation)
    return check.expected


def test_expect_and_tests_become_checks_in_order():
    run = run_of(
        parse(
            expect="- { block: test-report, query: failed, equals: 0 }\n"
            '- { block: summary, contains: "PASS", name: it says so }',
            tests="{ block: test-report, format: ctrf, at-least: 20 }",
            on_failed_block="fail",
        )
    )
    assert run.proof.checks == (
        Expectation(block="test-report", operator=Operator.EQUALS, expected=0, query="failed"),
        Expectation(
            block="summary", operator=Operator.CONTAINS, expected="PASS", name="it says so"
        ),
        InnerTests(block="test-report", format=ListFormat.CTRF, at_least=20),
    )
    assert run.proof.shown == (
        "test-report: failed equals 0",
        'it says so (summary: contains "PASS")',
        "test-report: at least 20 tests passed or failed, and none of them failed",
    )
    assert run.policy.on_failed_block is OnState.FAIL


def test_proof_is_empty_by_default():
    run = run_of(parse())
    assert (run.proof, run.policy.on_failed_block) == (Proof(), OnState.PASS)


@pytest.mark.parametrize("text", ["test-report", "'test-report'", "{block: test-report}"])
def test_tests_is_a_name_or_a_mapping(text):
    assert run_of(parse(tests=text)).proof.checks == (InnerTests(block="test-report"),)
    assert run_of(parse(entry(f"tests: {text}"))).proof.checks == (InnerTests(block="test-report"),)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0", 0),
        ('"0"', "0"),
        ("'0'", "0"),
        ("1.0", 1.0),
        ("true", True),
        ("'true'", "true"),
        ("yes", "yes"),
        ("0x1F", 31),
        ("[passed, 1, '1']", ["passed", 1, "1"]),
        ("{a: {b: 0}}", {"a": {"b": 0}}),
    ],
)
def test_expected_value_has_its_yaml_type(written, value):
    found = the_value(written)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("written", "key", "value"),
    [
        ("${COUNT}", "equals", "0"),
        ("${SHA}", "equals", "1234567"),
        ("'${SHA}'", "equals", "1234567"),
        ("${FLAG}", "equals", "true"),
        ("v${COUNT}", "equals", "v0"),
        ("['${SHA}']", "equals", ["1234567"]),
        (f"{WITHIN}at-least: ${{COUNT}}", "contains", {"at-least": "0"}),
        (f"{WITHIN}- at-least: ${{COUNT}}", "equals", [{"at-least": "0"}]),
        ("$${COUNT}", "equals", "${COUNT}"),
        ("${COUNT}", "at-least", 0),
        ("${COUNT}", "at-most", 0),
    ],
)
def test_value_from_the_environment_is_text_or_a_limit(written, key, value):
    found = the_value(written, key=key)
    assert (found, type(found)) == (value, type(value))


def test_malformed_number_from_the_environment_is_not_shown():
    lines = ["expect: [{block: b, query: a, at-least: '${LOGIN}'}]", "tests: {block: '${WORD}'}"]
    [problem] = problems_in(parse(entry(*lines)))
    assert (
        problem
        == f"{FILE}:5: expect: entry 1: at-least is text, not a number; write it without quotes."
    )
    [problem] = problems_in(parse(entry("tests: {block: b, at-least: '${LOGIN}'}")))
    assert problem.startswith(f"{FILE}:5: tests: at-least is not a whole number from 1")


def test_infinite_number_is_reported_with_its_line():
    lines = ["expect:", "  - block: b", "    query: a", "    equals:", "      failed: .inf"]
    [problem] = problems_in(parse(entry(*lines)))
    assert (
        problem
        == f"{FILE}:9: expect: equals.failed: it is not a finite number; write it in quotes if it "
        "is text."
    )
    [problem] = problems_in(parse(entry(*lines[:3], "    at-least: ${NONE}")))
    assert (
        problem == f"{FILE}:8: expect: at-least: what the environment gives here is not accepted."
    )
    problem, of_tests = problems_in(parse(tests="{block: b, at-least: .inf}"))
    assert problem.startswith("tests: at-least: it is not a finite number")
    assert of_tests.startswith("tests: at-least is not a whole number from 1")


def test_strongest_source_wins_and_weaker_ones_are_checked():
    config = entry("expect: [{block: b, not-empty: true}]")
    [check] = run_of(parse(config, expect="[{block: c, not-empty: true}]")).proof.checks
    assert check.block == "c"
    defaults = config.replace("version: 1", "version: 1\ndefaults: {expect: []}")
    [problem] = problems_in(parse(defaults))
    assert problem.startswith(f"{FILE}:2: expect: it is an empty list, which proves nothing")


BAD_ENTRIES = {
    "unknown operator": ("{block: b, equal: 0}", "entry 1: “equal” is not known; did you mean"),
    "a query": ('{block: b, query: "a[", equals: 0}', "entry 1: query is no JMESPath"),
    "text": ('{block: b, query: a, at-least: "3"}', "at-least is text, not a number"),
    "no number": ("{block: b, query: a, equals: .nan}", "equals: it is not a finite number"),
}


@pytest.mark.parametrize(("text", "words"), BAD_ENTRIES.values(), ids=BAD_ENTRIES)
def test_malformed_entry_is_reported_with_its_place(text, words):
    in_file = problems_in(parse(entry("expect:", f"  - {text}")))
    assert in_file[0].startswith(f"{FILE}:6: expect: ")
    by_flag = problems_in(parse(expect=f"[{text}]"))
    assert words in in_file[0]
    assert by_flag == tuple(one.removeprefix(f"{FILE}:6: ") for one in in_file)


ENTRIES = "entries such as { block: NAME, query: failed, equals: 0 }."
A_LIST = f"Write a YAML list of {ENTRIES}"
A_BLOCK = "Write the name of a block, or { block: NAME, format: auto, at-least: 1 }."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", f"it is an empty list, which proves nothing; drop it, or write {ENTRIES}"),
        ("PASS", f"it is text, not a list; write {ENTRIES}"),
        ("{block: b, equals: a}", f"it is an object, not a list; write {ENTRIES}"),
        (
            "- {block: b\n- ]",
            f"line 2: column 3: this is not valid YAML; check quotes and indentation. {A_LIST}",
        ),
        (
            "- {block: b, block: c, not-empty: true}",
            "line 1: the key “block” is given twice; drop one.",
        ),
        (("[]", "[]"), f"it is given more than once. {A_LIST}"),
        ("b" * 200_001, f"it has 200001 characters, and at most 200000 are read. {A_LIST}"),
        (
            "- &a {block: b, not-empty: true}",
            "line 1: a YAML anchor (&) is not allowed; quote the value if it is text.",
        ),
        (
            "- {block: b, not-empty: true}\n" * 101,
            "it has 101 entries, and 100 are the most; merge some.",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_malformed_list_of_expectations_is_one_problem(text, words):
    assert problems_in(parse(expect=text)) == (f"expect: {words}",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("b" * 2_001, f"it has 2001 characters, and at most 2000 are read. {A_BLOCK}"),
        (
            "{block: a",
            f"line 1: column 10: this is not valid YAML; check quotes and indentation. {A_BLOCK}",
        ),
        ("[a]", f"this is a list. {A_BLOCK}"),
        ("{block: a, format: tap}", "format is none of auto, ctrf, junit."),
        ("{block: a, at-least: 0}", "at-least is not a whole number from 1 to 10000."),
        ("{block: a, atleast: 2}", "“atleast” is not known; did you mean at-least?"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_malformed_block_of_tests_is_one_problem(text, words):
    assert problems_in(parse(tests=text)) == (f"tests: {words}",)


def test_problem_names_the_environment_variable():
    [problem] = problems_in(parse(expect="[]", place="GENESIS_"))
    assert problem.startswith("expect (from GENESIS_expect): it is an empty list")


def test_all_problems_are_reported_with_their_lines():
    problems = problems_in(
        parse(
            entry(
                "expect:",
                "  - {block: a, not-empty: true}",
                "  - {block: b, equals: 0}",
                '  - {block: c, query: "a[", equals: 0}',
                "tests: {block: d, at-least: 0}",
                "on-failed-block: maybe",
            )
        )
    )
    assert [": ".join(one.split(": ")[:3]) for one in problems] == [
        f"{FILE}:7: expect: entry 2",
        f"{FILE}:8: expect: entry 3",
        f"{FILE}:9: tests: at-least is not a whole number from 1 to 10000.",
        f"{FILE}:10: on-failed-block: “maybe” is not one of the choices. Write fail or pass.",
    ]


def test_malformed_query_is_reported_for_every_workflow():
    other = f"  - name: other\n    workflow-id: {WORKFLOW_ID}\n"
    expect = "    expect: [{block: b, query: 'a[', equals: 0}]\n"
    problems = problems_in(parse(HEAD + expect + other + expect))
    assert [one.split(": ")[0] for one in problems] == [f"{FILE}:5", f"{FILE}:8"]


def test_checks_without_expressions_are_not_tried():
    def try_out(_: Sequence[Expectation]) -> Never:
        raise AssertionError

    expect = "[{block: b, equals: a}, {block: c, not-empty: true}]"
    assert len(run_of(parse(expect=expect, tests="t", try_out=try_out)).proof.checks) == 3


@pytest.mark.parametrize(
    ("shared", "problems", "tries"),
    [("{block: b, equals: 0}", 1, 0), ("{block: b, query: a, equals: 0}", 0, 1)],
    ids=["a mistake", "a query"],
)
def test_shared_expectations_are_tried_once(shared, problems, tries):
    tried: list[Expectation] = []

    def try_out(expectations: Sequence[Expectation]) -> list[str | None]:
        tried.extend(expectations)
        return problems_of(expectations)

    workflows = "".join(f"  - {{name: w{n}, workflow-id: {WORKFLOW_ID}}}\n" for n in range(20))
    config = f"version: 1\ndefaults: {{expect: [{shared}]}}\nworkflows:\n{workflows}"
    assert len(problems_in(parse(config, try_out=try_out))) == problems
    assert len(tried) == tries


@pytest.mark.parametrize("given", [{"expect": "[{block: b, not-empty: true}]"}, {"tests": "b"}])
@pytest.mark.parametrize("verb", [Verb.RUN, Verb.CHECK, Verb.TRIGGER])
def test_expectations_are_refused_without_waiting(verb, given):
    wait = "" if verb is Verb.TRIGGER else "false"
    [problem] = problems_in(parse(verb=verb, wait=wait, **given))
    [name] = given
    assert problem == (
        f"{name}: it is looked at when the run is completed, and this job does not wait for that. "
        "Drop it here, or let the job wait."
    )


@pytest.mark.parametrize("given", [{"expect": "[]"}, {"tests": "[a]"}])
def test_malformed_expectation_is_reported_once(given):
    [problem] = problems_in(parse(wait="false", **given))
    assert "wait" not in problem


def test_refused_expectation_has_its_line():
    [problem] = problems_in(parse(entry("wait: false", "tests: b")))
    assert problem.startswith(f"{FILE}:6: tests: it is looked at when the run is completed")
    assert problem.endswith("Drop it here, or let the job wait.")
    [problem] = problems_in(parse(entry("tests: b"), verb=Verb.TRIGGER))
    assert problem.startswith(f"{FILE}:5: tests: it is looked at")


def test_attached_run_has_checks():
    run = run_of(parse(verb=Verb.WAIT, execution_id=EXECUTION_ID, tests="b"))
    assert run.proof.checks == (InnerTests(block="b"),)


@pytest.mark.parametrize(
    "value", ["hunter2!", KEY, "aHVudGVyMiE="], ids=["a secret", "the key", "in base64"]
)
def test_expected_secret_is_compared_and_hidden(value):
    parsed = parse(
        expect=f"[{{block: b, equals: '{value}'}}, {{block: '{value}', not-empty: true}}]",
        inputs="password: hunter2!",
        secret_inputs="password",
    )
    run = run_of(parsed)
    assert run.proof.checks[0].expected == value  # type: ignore[union-attr]
    assert value not in str(run.proof.shown)
    assert value not in repr(run.proof.checks[0])


def test_secret_in_a_problem_is_hidden():
    parsed = parse(
        expect="[{block: b, query: 'hunter2![', equals: 0}, {block: b, hunter2!: 1}]",
        inputs="password: hunter2!",
        secret_inputs="password",
    )
    assert len(problems_in(parsed)) == 3
    assert "hunter2" not in str(problems_in(parsed))


@pytest.mark.parametrize("text", ["{block: b, query: 'a[${WORD}', equals: 0}"])
def test_query_from_the_environment_is_not_shown(text):
    [problem] = problems_in(parse(entry(f"expect: [{text}]")))
    assert problem == f"{FILE}:5: expect: entry 1: what the environment gives here is not accepted."
