"""The marks and words that all reports share."""

from dataclasses import replace

import pytest

from genesis_ci import outcomes
from genesis_ci.models import OnState, Outcome, Policy, Status, Verdict
from genesis_ci.models.change import Change
from genesis_ci.reporters import labels
from tests.builders import a_block, a_report, an_execution

from . import reports
from .reports import execution, report, workflow


def ended(verdict, name, *, required=True):
    return workflow(verdict, name=name, required=required)


@pytest.mark.parametrize(
    ("verdicts", "headline"),
    [
        ("a passed, b failed, c failed", "2 of 3 failed: b, c"),
        (
            "a failed, b failed, c failed, d failed, e failed, f passed",
            "5 of 6 failed: a, b, c and 2 more",
        ),
        ("a timed_out, b passed, c failed", "Failed: 2 of 3 did not pass: a, c"),
        ("a review_pending, b passed", "1 of 2 waiting for review: a"),
        ("a unmet, b passed", "Checks unmet: 1 of 2 did not pass: a"),
        ("a passed, b passed", "Passed: 2 of 2 workflows"),
        (
            "a passed, b? failed",
            "Passed: 1 of 1 required workflows; not required: b did not pass",
        ),
        ("a failed, b? failed", "1 of 1 required failed: a"),
        (f"{'x' * 200} failed, b passed", f"1 of 2 failed: {'x' * 79}…"),
    ],
)
def test_headline_names_workflows_that_did_not_pass(verdicts, headline):
    """A `?` marks a workflow that is not required."""
    pairs = [one.split() for one in verdicts.split(", ")]
    made = [ended(Verdict(word), name.strip("?"), required="?" not in name) for name, word in pairs]
    assert labels.headline(report(*made)) == headline


def test_headline_names_a_review_of_a_green_job():
    yellow = outcomes.green_in_review(reports.review().workflows[0].outcome, "review")
    made = report(ended(yellow, "payment"), ended(Verdict.PASSED, "b"), outcome=yellow)
    assert labels.headline(made) == "1 of 2 waiting for review: payment"


def test_headline_names_a_flaky_workflow():
    made = report(*reports.flaky().workflows, ended(Verdict.PASSED, "b"))
    assert labels.headline(made) == "1 of 2 passed, but flaky: checkout smoke"


def test_workflows_that_failed_come_first():
    policy = Policy(on_cancelled=OnState.PASS)
    by_policy = outcomes.for_execution(execution(Status.CANCELLED), policy)
    workflows = [
        ended(Verdict.PASSED, "good"),
        ended(by_policy, "by policy"),
        ended(Verdict.FAILED, "optional", required=False),
        ended(Verdict.REVIEW_PENDING, "in review"),
        ended(Verdict.FAILED, "failed"),
        ended(Verdict.FAILED, "failed too"),
    ]
    names = ["failed", "failed too", "in review", "optional", "by policy", "good"]
    assert [one.name for one in labels.failing_first(workflows)] == names


@pytest.mark.parametrize("verdict", Verdict)
def test_each_verdict_has_a_badge(verdict):
    assert all(labels.verdict_badge(Outcome(verdict=verdict, exit_code=1, message="")))


@pytest.mark.parametrize("status", [*Status, None])
def test_each_status_has_a_badge(status):
    assert all(labels.status_badge(a_block(status=status)))


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


@pytest.mark.parametrize(
    ("counts", "number"),
    [({}, 0), ({"block_count": 5}, 3), ({"block_count": 5, "completed_blocks": 4}, 1)],
)
def test_blocks_that_are_not_listed_have_not_started(counts, number):
    blocks = (a_block("a"), a_block("b"))
    assert labels.not_started(an_execution(blocks=blocks, **counts)) == number


def test_change_has_the_parts_that_are_known():
    assert labels.change(Change()) == ""
    change = Change(branch="topic", base_branch="main", actor="octocat")
    assert labels.change(change) == "branch topic into main · by octocat"


def test_check_result_has_the_expected_value_unless_the_name_has_it():
    count = replace(reports.findings_of({"failed": 3})[0], name="b: failed at-least 3")
    test = reports.unmet().workflows[0].findings[5]
    assert labels.check_result(count).startswith("found ")
    assert labels.check_result(test).startswith("expected passed, found failed: Expected 1,980 JPY")


def test_name_that_is_taken_gets_a_free_number():
    names = labels.Names()
    assert [names.unique(text) for text in ("a", "a", "a (2)", "a", " ")] == [
        "a",
        "a (2)",
        "a (2) (2)",
        "a (3)",
        "unnamed",
    ]
