"""From the inputs to the checks of a completed run."""

import pytest

from genesis_ci.models.findings import (
    AllReports,
    EachReport,
    Expectation,
    ListedTests,
    NoReports,
    Operator,
    RunChecks,
)
from genesis_ci.models.policy import Accept
from genesis_ci.models.workflow import Verb
from tests.builders import WORKFLOW_ID, problems_in
from tests.unit.config.configs import FILE, KEY, checks_of, entry, parse, under, workflows


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
