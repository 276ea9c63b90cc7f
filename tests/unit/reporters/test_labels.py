"""The marks and words that all reports share."""

from dataclasses import replace

import pytest

from genesis_ci import outcomes
from genesis_ci.models.execution import Status
from genesis_ci.models.findings import Judgement
from genesis_ci.models.policy import OnState, Policy
from genesis_ci.models.report import Outcome, Verdict
from genesis_ci.reporters import comment_text, html, labels, summary
from tests.builders import a_block, a_report, an_execution

from . import reports
from .reports import execution, report, workflow


@pytest.mark.parametrize(
    ("verdicts", "headline"),
    [
        ("a passed, b failed, c failed", "2 of 3 failed: b, c"),
        ("a failed, b failed, c failed, d failed, e passed", "4 of 5 failed: a, b, c and 1 more"),
        ("a timed_out, b passed, c failed", "Failed: 2 of 3 did not pass: a, c"),
        ("a review_pending, b passed", "1 of 2 waiting for review: a"),
        ("a unmet, b passed", "Checks unmet: 1 of 2 did not pass: a"),
        ("a passed, b passed", "Passed: 2 of 2 workflows"),
        ("a passed, b? failed", "Passed: 1 of 1 required workflows; not required: b did not pass"),
        ("a failed, b? failed", "1 of 1 required failed: a"),
        (f"{'x' * 200} failed, b passed", f"1 of 2 failed: {'x' * 79}…"),
    ],
)
def test_headline_names_workflows_that_did_not_pass(verdicts, headline):
    """A `?` marks a workflow that is not required."""
    pairs = [one.split() for one in verdicts.split(", ")]
    made = [
        workflow(Verdict(word), name=name.strip("?"), required="?" not in name)
        for name, word in pairs
    ]
    assert labels.headline(report(*made)) == headline


def test_headline_names_a_review_of_a_green_job_and_a_flaky_workflow():
    passed = workflow(Verdict.PASSED, name="b")
    yellow = outcomes.green_in_review(reports.review().workflows[0].outcome, "review")
    made = report(workflow(yellow, name="payment"), passed, outcome=yellow)
    assert labels.headline(made) == "1 of 2 waiting for review: payment"
    made = report(*reports.flaky().workflows, passed)
    assert labels.headline(made) == "2 of 2 passed, 1 flaky: checkout smoke, 1 unchecked"
    made = report(*made.workflows, workflow(Verdict.FAILED, name="c"))
    assert labels.headline(made) == "1 of 3 failed: c; 1 flaky: checkout smoke"


def test_headline_says_how_many_workflows_passed_unchecked():
    unchecked, proven = reports.completed().workflows[0], workflow(Verdict.PASSED, name="b")
    optional = replace(unchecked, required=False)
    assert labels.headline(report(unchecked)) == "Passed, unchecked: checkout smoke"
    made = report(unchecked, proven)
    assert labels.headline(made) == "Passed, unchecked: 1 of 2 workflows (checkout smoke)"
    assert labels.headline(report(optional, proven)) == "Passed: 1 of 1 required workflows"


def test_workflows_that_failed_come_first():
    policy = Policy(on_cancelled=OnState.PASS)
    by_policy = outcomes.for_execution(execution(Status.CANCELLED), policy)
    ordered = [
        workflow(Verdict.FAILED, name="failed"),
        workflow(Verdict.FAILED, name="failed too"),
        workflow(Verdict.REVIEW_PENDING, name="in review"),
        workflow(Verdict.FAILED, name="optional", required=False),
        workflow(by_policy, name="by policy"),
        workflow(Verdict.PASSED, name="good"),
    ]
    assert labels.failing_first([*ordered[2:][::-1], *ordered[:2]]) == ordered


def test_each_verdict_and_each_status_has_a_badge():
    for verdict in Verdict:
        assert all(labels.verdict_badge(Outcome(verdict=verdict, exit_code=1, sentences=("",))))
    for status in (*Status, None):
        assert all(labels.status_badge(a_block(status=status)))


@pytest.mark.parametrize(
    ("ending", "line"),
    [
        ("review-passed", "✅ Passed by policy: checkout smoke"),
        ("completed", "☑️ Passed, unchecked: checkout smoke"),
        ("completed-with-failed-block", "☑️ Passed by policy, unchecked: checkout smoke"),
        ("flaky", "🔁 Passed, flaky, unchecked: checkout smoke"),
        ("timed-out", "❌ Timed out: checkout smoke"),
        ("bad-configuration", "❌ Configuration error"),
        ("internal-error", "❌ Internal error"),
        ("flaky-refused", "❌ Failed, flaky: checkout smoke"),
    ],
)
def test_headline_has_the_mark_and_word_of_its_verdict(ending, line):
    made = reports.SCENARIOS[ending]()
    assert f"{labels.verdict_badge(made.outcome).mark} {labels.headline(made)}" == line


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"name": " "}, "its name in Genesis"),
        ({"name": "smoke"}, "smoke"),
        ({"name": "", "execution": None, "workflow_id": "w"}, "w"),
    ],
)
def test_title_is_the_first_name_that_is_not_blank(fields, title):
    execution = an_execution(workflow_name="its name in Genesis")
    assert labels.title(a_report(**{"execution": execution, **fields})) == title


def test_block_tally_has_the_most_frequent_status_first():
    blocks = [a_block(), a_block(), a_block(status=Status.FAILED)]
    assert labels.block_tally(blocks) == "2 completed, 1 failed"


def test_what_fails_is_named_whatever_the_order_and_the_texts():
    same = reports.failed().workflows[0]
    other = replace(same, seconds=9.0, outcome=same.outcome._replace(sentences=("Other.",)))
    good = reports.completed().workflows[0]
    first, second = (
        report(same, replace(same, name="log in")),
        report(replace(other, name="log in"), other),
    )
    assert labels.failing(first) == labels.failing(second)
    assert labels.failing(reports.failed()) == ["checkout smoke\n", "checkout smoke\nverify-cart"]
    assert labels.failing(reports.unmet()) != labels.failing(reports.failed())
    assert labels.failing(report(good, replace(same, required=False))) == ["passed"]


def test_check_with_a_rule_in_its_name_shows_the_rule_once():
    unmet = reports.a_finding("b: failed at-least 3", Judgement.UNMET, expected="3", found="1\n2")
    assert labels.check_result(unmet) == "expected 3, found 1 2"
    assert labels.check_result(replace(unmet, subject="b: failed")) == "found 1 2"


def test_the_headline_says_what_leaves_workflows_out():
    line = "Not run (0 of 2, selected by only and changed files)"
    assert labels.headline(reports.none_selected()) == line


@pytest.mark.parametrize("page", [summary, html, comment_text])
def test_workflow_that_was_not_run_has_no_duration(page):
    other = reports.not_started(outcomes.not_selected(), name="other", seconds=0.0)
    text = page.render(report(other, workflow(Verdict.PASSED)))
    assert ("0.0s" in text, "1m 04s" in text) == (False, True)
