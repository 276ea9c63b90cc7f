"""The inputs `expect`, `tests`, `known-failures`: the checks, and all problems with places."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from genesis_ci.config.settings import Settings
from genesis_ci.models.findings import (
    AllReports,
    EachReport,
    Expectation,
    KnownFailure,
    ListedTests,
    NoReports,
    Operator,
    RunChecks,
)
from genesis_ci.models.policy import Accept
from genesis_ci.models.workflow import Verb
from tests.builders import EXECUTION_ID, WORKFLOW_ID, problems_in, try_out
from tests.unit.config import configs
from tests.unit.config.configs import ENV, FILE, KEY, entry, run_of, under, workflows

WITHIN = "\n" + " " * 10
"""Continues the value of a key in the next line."""


def parse(*config: str, **given: Any) -> Settings:
    environ = {**ENV, "NONE": ".nan"}
    return configs.parse(*config, **{"environ": environ, **given})


def checks_of(*config: str, **given: Any) -> tuple[Any, ...]:
    [run] = workflows(parse(*config, **given))
    return run.checks.configured


def test_expect_and_tests_become_checks_in_order():
    [run] = workflows(
        parse(
            expect="- { block: test-report, query: failed, equals: 0 }\n"
            '- { block: summary, contains: "PASS", name: it says so }',
            tests="{ block: test-report, at-least: 20 }",
            accept="unchecked, flaky",
        )
    )
    assert run.checks == RunChecks(
        configured=(
            Expectation(block="test-report", operator=Operator.EQUALS, expected=0, query="failed"),
            Expectation(
                block="summary", operator=Operator.CONTAINS, expected="PASS", name="it says so"
            ),
            ListedTests(block="test-report", at_least=20),
        ),
        shown=(
            "test-report: failed equals 0",
            'it says so (summary: contains "PASS")',
            "test-report: at least 20 tests passed or failed, and none of them failed",
        ),
        reports=NoReports(),
    )
    assert run.policy.accept == {Accept.UNCHECKED, Accept.FLAKY}


@pytest.mark.parametrize(
    ("given", "checks"),
    [
        ({}, RunChecks()),
        ({"tests": "auto"}, RunChecks()),
        ({"tests": " none"}, RunChecks(reports=NoReports())),
        ({"tests": "{except: [a, '1']}"}, RunChecks(reports=EachReport(frozenset({"a", "1"})))),
        ({"tests": "{at-least: 20}"}, RunChecks(reports=AllReports(20))),
    ],
)
def test_every_test_report_is_judged_unless_tests_says_otherwise(given, checks):
    [run] = workflows(parse(workflow_id=WORKFLOW_ID, **given))
    assert run.checks == checks
    [run] = workflows(parse(expect="- {block: b, not-empty: true}", **given))
    assert len(run.checks.configured) == 1
    assert run.checks._replace(configured=(), shown=()) == checks
    assert checks_of(tests="{block: none}") == (ListedTests(block="none"),)


@pytest.mark.parametrize("text", ["test-report", "'test-report'", "{block: test-report}"])
def test_tests_is_a_name_or_a_mapping(text):
    expected = (ListedTests(block="test-report"),)
    assert checks_of(entry(f"tests: {text}")) == expected
    assert checks_of(tests=text, verb=Verb.WAIT, execution_id=EXECUTION_ID) == expected


@pytest.mark.parametrize(
    ("written", "key", "value"),
    [
        ("0", "equals", 0),
        ('"0"', "equals", "0"),
        ("''", "equals", ""),
        ("true", "equals", True),
        ("[passed, 1, '1']", "equals", ["passed", 1, "1"]),
        ("{a: {b: 0}}", "equals", {"a": {"b": 0}}),
        ("${COUNT}", "equals", "0"),
        ("'${COUNT}'", "equals", "0"),
        ("v${COUNT}", "equals", "v0"),
        ("['${COUNT}']", "equals", ["0"]),
        (f"{WITHIN}at-least: ${{COUNT}}", "contains", {"at-least": "0"}),
        (f"{WITHIN}- at-least: ${{COUNT}}", "equals", [{"at-least": "0"}]),
        ("$${COUNT}", "equals", "${COUNT}"),
        ("${COUNT}", "at-least", 0),
        ("${COUNT}", "at-most", 0),
    ],
)
def test_expected_value_is_typed_unless_from_the_environment(written, key, value):
    lines = ["expect:", "  - block: b", "    query: a", f"    {key}: {written}"]
    [check] = checks_of(entry(*lines))
    assert (check.expected, type(check.expected)) == (value, type(value))


def test_strongest_source_wins_and_weaker_ones_are_checked():
    config = entry("expect: [{block: b, not-empty: true}]")
    [check] = checks_of(config, expect="[{block: c, not-empty: true}]")
    assert check.block == "c"
    defaults = config.replace("version: 1", "version: 1\ndefaults: {expect: []}")
    [problem] = problems_in(parse(defaults))
    assert problem.startswith(f"{FILE}:2: expect: it is an empty list, which proves nothing")


@pytest.mark.parametrize(
    ("name", "text", "most"),
    [
        ("expect", "- {{block: b, contains: '{number}'}}\n", 100),
        ("known-failures", "- {{test: t{number}, until: 2026-03-16}}\n", 1_000),
    ],
)
def test_lists_have_a_limit(name, text, most):
    lines = [text.format(number=number) for number in range(most + 1)]
    assert problems_in(parse(**{name: "".join(lines[1:])})) == ()
    words = f"{name}: it has {most + 1} entries, and {most} are the most; merge some."
    assert problems_in(parse(**{name: "".join(lines)})) == (words,)
    assert checks_of(tests="{block: b, at-least: 10000}")[0].at_least == 10_000


def test_problem_names_the_variable_that_gave_the_value():
    [problem] = problems_in(parse(expect="[]", place="GENESIS_", wait="false"))
    assert problem.startswith("expect (from GENESIS_expect): it is an empty list, which proves")


def test_a_known_failure_may_have_a_long_name_and_no_issue():
    parsed = parse(known_failures=f"[{{test: {'x' * 1000}, until: 2026-03-16}}]")
    [run] = workflows(parsed)
    assert run.checks.known == (KnownFailure("x" * 1000, date(2026, 3, 16)),)


def test_known_failures_of_the_job_replace_those_of_the_file_even_if_there_are_none():
    config = entry("known-failures: [{test: a, until: 2026-03-16}]")
    for given in ({"known_failures": "[]"}, {"known_failures": "[{test: b, until: 2026-03-15}]"}):
        [run] = workflows(parse(config, **given))
        assert run.checks.known == ()


@pytest.mark.parametrize(
    ("test", "until", "counts"),
    [("a", "2026-03-15", False), ("a", "2026-03-16", True), ("'*'", "2026-06-14", True)],
)
def test_known_failure_counts_until_the_end_of_its_day(test, until, counts):
    run = run_of(entry(f"known-failures: [{{test: {test}, until: {until}, issue: ' a\nb '}}]"))
    known = KnownFailure(test.strip("'"), date.fromisoformat(until), "a b")
    assert run.checks.known == ((known,) if counts else ())


@pytest.mark.parametrize(
    ("shared", "problems", "tries"),
    [
        ("{block: b, equals: 0}", 1, 0),
        ("{block: b, query: a, equals: 0}", 0, 1),
        ("{block: b, equals: a}", 0, 0),
    ],
    ids=["a mistake", "a query", "no query"],
)
def test_shared_query_is_tried_once(shared, problems, tries):
    tried: list[Expectation] = []

    def tried_out(expectations: Sequence[Expectation]) -> list[str | None]:
        assert expectations
        tried.extend(expectations)
        return try_out(expectations)

    entries = "".join(f"  - {{name: w{n}, workflow-id: {WORKFLOW_ID}}}\n" for n in range(20))
    config = f"version: 1\ndefaults: {{expect: [{shared}], tests: t}}\nworkflows:\n{entries}"
    assert len(problems_in(parse(config, try_out=tried_out))) == problems
    assert len(tried) == tries


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("expect", "[{block: b, not-empty: true}]"),
        ("tests", "b"),
        ("tests", "{at-least: 2}"),
        ("known-failures", "[{test: a, until: 2026-03-16}]"),
    ],
)
@pytest.mark.parametrize(
    ("verb", "wait"), [(Verb.RUN, "false"), (Verb.CHECK, "false"), (Verb.TRIGGER, "")]
)
def test_checks_apply_only_to_jobs_that_wait(verb, wait, name, text):
    """In a config file they are read and left aside, so that both jobs can use one file."""
    how = {"verb": verb, "wait": wait}
    defaults = under(f"defaults: {{{name}: {text}, attempts: 2}}")
    for config in (entry(f"{name}: {text}", "attempts: 2"), defaults):
        [run] = workflows(parse(config, **how))
        assert run.checks == RunChecks()
    [problem] = problems_in(parse(entry(f"{name}: [a]"), **how))
    assert problem.startswith(f"{FILE}:5: {name}: ")
    [problem] = problems_in(parse(**how, **{name: text}))
    assert problem == (
        f"{name}: it is looked at when the run is completed, and this job does not wait "
        "for that. Drop it here, or let the job wait."
    )


@pytest.mark.parametrize(
    "value", ["hunter2!", KEY, "aHVudGVyMiE="], ids=["a secret", "the key", "in base64"]
)
def test_expected_secret_is_compared_and_hidden(value):
    secret = {"inputs": "password: hunter2!", "secret_inputs": "password"}
    expect = f"[{{block: b, equals: '{value}'}}, {{block: '{value}', not-empty: true}}]"
    [run] = workflows(parse(expect=expect, **secret))
    assert run.checks.configured[0].expected == value  # type: ignore[union-attr]
    assert value not in str(run.checks.shown) + repr(run.checks.configured[0])
    malformed = f"[{{block: b, query: '{value}[', equals: 0}}, {{block: b, '{value}': 1}}]"
    problems = problems_in(parse(expect=malformed, **secret))
    assert len(problems) == 3
    assert value not in str(problems)
