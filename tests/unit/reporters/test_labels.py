"""The words that all reports share."""

import pytest

from genesis_ci import outcomes
from genesis_ci.models import OnState, Outcome, Policy, Status, Verdict
from genesis_ci.models.change import Change
from genesis_ci.reporters import labels
from tests.builders import a_block, a_report, an_execution

from . import reports
from .reports import EXECUTION_ID, execution, report, workflow


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
    red = reports.review().workflows[0].outcome
    yellow = outcomes.green_in_review(red, "review")
    made = report(ended(yellow, "payment"), ended(Verdict.PASSED, "b"), outcome=yellow)
    assert labels.headline(made) == "1 of 2 waiting for review: payment"


def test_failures_come_first_then_what_is_less_and_the_good_last():
    by_policy = outcomes.for_execution(
        execution(Status.CANCELLED), Policy(on_cancelled=OnState.PASS)
    )
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
    late = outcomes.interrupted_while_reporting(reports.several().outcome, exit_code=143)
    stopped = report(*reports.several().workflows[:1], ended(Verdict.PASSED, "b"), outcome=late)
    assert labels.job_message(stopped) == late.message


def test_what_ended_the_job_and_all_workflows_alike_is_said_by_the_job():
    killed = outcomes.killed(may_run=True)
    made = report(ended(killed, "a"), ended(killed, "b"), outcome=killed)
    assert labels.job_message(made) == killed.message


def test_a_command_for_one_of_several_runs_is_told_with_that_run():
    going = outcomes.timed_out(EXECUTION_ID, None, waited=60)
    several = report(ended(going, "a"), ended(Verdict.PASSED, "b"))
    assert labels.job_hint(several) is None
    assert labels.job_hint(report(ended(going, "a"))) == going.hint
    assert labels.job_hint(reports.several()) == reports.several().outcome.hint


def test_a_remedy_is_parted_into_words_and_commands():
    hint = outcomes.triggered(EXECUTION_ID).hint
    words, command, rest = labels.remedy(hint)
    assert command == f"genesis-ci wait {EXECUTION_ID}"
    assert words + command + rest == hint


def test_an_id_is_not_told_again_where_the_remedy_has_it():
    run = execution(Status.RUNNING)
    going = outcomes.timed_out(EXECUTION_ID, run, waited=60)
    assert labels.id_untold(workflow(going, run)) == ""
    assert labels.id_untold(workflow(Verdict.FAILED, run)) == EXECUTION_ID


def test_a_flaky_pass_is_named_in_the_headline_of_several():
    [flaky] = reports.flaky().workflows
    made = report(flaky, ended(Verdict.PASSED, "b"))
    assert labels.headline(made) == "1 of 2 passed, but flaky: checkout smoke"


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_a_word_a_mark_and_a_tone(verdict):
    outcome = Outcome(verdict=verdict, exit_code=1, message="")
    assert labels.verdict_word(outcome)
    assert labels.verdict_mark(outcome)
    assert labels.verdict_tone(outcome)


@pytest.mark.parametrize("status", [*Status, None])
def test_every_status_has_a_word_a_mark_and_a_tone(status):
    block = a_block(status=status)
    assert labels.status_word(block)
    assert labels.status_mark(block)
    assert labels.status_tone(block)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": " "}, "its name in Genesis"),
        ({"name": "smoke"}, "smoke"),
        ({"name": "", "execution": None, "workflow_id": "w"}, "w"),
    ],
)
def test_a_workflow_is_called_by_the_best_name_there_is(fields, said):
    execution = an_execution(workflow_name="its name in Genesis")
    assert labels.title(a_report(**{"execution": execution, **fields})) == said


def test_failed_blocks_are_kept_before_all_others_and_stay_in_order():
    blocks = [a_block(str(n), Status.FAILED if n == 7 else Status.COMPLETED) for n in range(9)]
    assert labels.most_telling(blocks, 3) == [0, 1, 7]


def test_blocks_are_tallied_with_the_most_frequent_status_first():
    blocks = [a_block(), a_block(), a_block(status=Status.FAILED)]
    assert labels.tally(blocks) == "2 completed, 1 failed"


@pytest.mark.parametrize(
    ("counts", "left"),
    [({}, 0), ({"block_count": 5}, 3), ({"block_count": 5, "completed_blocks": 4}, 1)],
)
def test_blocks_that_genesis_has_not_listed_have_not_started(counts, left):
    blocks = (a_block("a"), a_block("b"))
    assert labels.not_started(an_execution(blocks=blocks, **counts)) == left


def test_the_change_is_told_as_far_as_it_is_known():
    assert labels.change(Change()) == ""
    told = labels.change(Change(branch="topic", base_branch="main", actor="octocat"))
    assert told == "branch topic into main · by octocat"


@pytest.mark.parametrize(
    ("error", "message", "told"),
    [
        ("no button", "It failed: no button.", ""),
        ("no button\nat step 4", "It failed: no button.", "no button\nat step 4"),
        (None, "It failed.", ""),
    ],
)
def test_the_runs_error_is_told_where_the_message_does_not_hold_it_whole(error, message, told):
    outcome = Outcome(verdict=Verdict.FAILED, exit_code=1, message=message)
    assert labels.run_error(a_report(execution=an_execution(error=error), outcome=outcome)) == told


def test_a_name_that_is_taken_gets_a_number():
    names = labels.Names()
    assert [names.unique("a") for _ in range(3)] == ["a", "a (2)", "a (3)"]
    assert names.unique(" ") == "unnamed"
