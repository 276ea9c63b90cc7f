"""The words that all reports share."""

import pytest

from genesis_ci.execution import job_outcomes, outcomes
from genesis_ci.models import Status, Verdict
from genesis_ci.reporters import labels

from . import reports
from .reports import EXECUTION_ID, execution, outcome_of, report, workflow


def ended(verdict, name, *, required=True):
    return workflow(verdict, name=name, required=required)


@pytest.mark.parametrize(
    ("workflows", "headline"),
    [
        (
            [("passed", "a"), ("failed", "b"), ("failed", "c")],
            "2 of 3 failed: b, c",
        ),
        (
            [("failed", name) for name in "abcde"] + [("passed", "f")],
            "5 of 6 failed: a, b, c and 2 more",
        ),
        (
            [("timed_out", "a"), ("passed", "b"), ("failed", "c")],
            "Failed: 2 of 3 did not pass: a, c",
        ),
        (
            [("review_pending", "a"), ("passed", "b")],
            "1 of 2 waiting for review: a",
        ),
        (
            [("unmet", "a"), ("passed", "b")],
            "Checks unmet: 1 of 2 did not pass: a",
        ),
        (
            [("passed", "a"), ("passed", "b")],
            "Passed: 2 of 2 workflows",
        ),
    ],
    ids=["two", "many", "for different reasons", "in review", "unmet", "none"],
)
def test_the_headline_names_the_workflows_that_did_not_pass(workflows, headline):
    assert labels.headline(report(*[ended(Verdict(word), name) for word, name in workflows])) == (
        headline
    )


def test_a_workflow_that_is_not_required_is_named_apart():
    optional = ended(Verdict.FAILED, "charter", required=False)
    green = report(ended(Verdict.PASSED, "a"), optional)
    assert labels.headline(green) == (
        "Passed: 1 of 1 required workflows; not required: charter did not pass"
    )
    red = report(ended(Verdict.FAILED, "a"), optional)
    assert labels.headline(red) == "1 of 1 required failed: a"


def test_a_long_name_is_shortened_in_the_headline():
    made = report(ended(Verdict.FAILED, "x" * 200), ended(Verdict.PASSED, "b"))
    assert labels.headline(made) == f"1 of 2 failed: {'x' * 79}…"


def test_a_review_that_a_status_keeps_yellow_is_named_although_the_job_is_green():
    red = outcomes.in_review_outcome(reports.review().workflows[0].execution, attached=False)
    yellow = job_outcomes.kept_yellow_outcome(red, "review")
    made = report(ended(yellow, "payment"), ended(Verdict.PASSED, "b"), outcome=yellow)
    assert labels.headline(made) == "1 of 2 waiting for review: payment"


def test_failures_come_first_then_what_is_less_and_the_good_last():
    by_policy = outcomes.let_pass_outcome(outcome_of(Verdict.CANCELLED))
    asked = [
        ended(Verdict.PASSED, "good"),
        ended(by_policy, "by policy"),
        ended(Verdict.FAILED, "optional", required=False),
        ended(Verdict.REVIEW_PENDING, "in review"),
        ended(Verdict.FAILED, "failed"),
        ended(Verdict.FAILED, "failed too"),
    ]
    assert [one.name for one in labels.failing_first(asked)] == [
        "failed",
        "failed too",
        "in review",
        "optional",
        "by policy",
        "good",
    ]


def test_the_job_says_itself_only_what_no_workflow_says():
    assert labels.job_message(reports.several()) == ""
    late = job_outcomes.interrupted_late_outcome(reports.several().outcome, exit_code=143)
    stopped = report(*reports.several().workflows[:1], ended(Verdict.PASSED, "b"), outcome=late)
    assert labels.job_message(stopped) == late.message


def test_what_ended_the_job_and_all_workflows_alike_is_said_by_the_job():
    killed = job_outcomes.killed_outcome(may_run=True)
    made = report(ended(killed, "a"), ended(killed, "b"), outcome=killed)
    assert labels.job_message(made) == killed.message


def test_a_command_for_one_of_several_runs_is_told_with_that_run():
    going = outcomes.timed_out_outcome(EXECUTION_ID, None, waited=60)
    several = report(ended(going, "a"), ended(Verdict.PASSED, "b"))
    assert labels.job_hint(several) is None
    assert labels.job_hint(report(ended(going, "a"))) == going.hint
    assert labels.job_hint(reports.several()) == reports.several().outcome.hint


def test_a_remedy_is_parted_into_words_and_commands():
    hint = outcomes.triggered_outcome(EXECUTION_ID).hint
    words, command, rest = labels.remedy(hint)
    assert command == f"genesis-ci wait {EXECUTION_ID}"
    assert words + command + rest == hint


def test_an_id_is_not_told_again_where_the_remedy_has_it():
    run = execution(Status.RUNNING)
    going = outcomes.timed_out_outcome(EXECUTION_ID, run, waited=60)
    assert labels.id_untold(workflow(going, run)) == ""
    assert labels.id_untold(workflow(Verdict.FAILED, run)) == EXECUTION_ID


def test_a_flaky_pass_is_named_in_the_headline_of_several():
    [flaky] = reports.flaky().workflows
    made = report(flaky, ended(Verdict.PASSED, "b"))
    assert labels.headline(made) == "1 of 2 passed, but flaky: checkout smoke"
