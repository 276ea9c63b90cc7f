"""The ends of a job as a whole: how each is counted, and what it says to do."""

import pytest

from genesis_ci.errors import ContactError
from genesis_ci.execution import job_outcomes
from genesis_ci.models import Outcome, Verdict

RED = Outcome(verdict=Verdict.REVIEW_PENDING, exit_code=3, message="It waits.", hint="Decide it.")
GREEN = Outcome(verdict=Verdict.PASSED, exit_code=0, message="It passed.", hint="Fine.")


@pytest.mark.parametrize(
    ("make", "verdict", "code", "lenient"),
    [
        (lambda: job_outcomes.kept_yellow_outcome(RED, "g"), Verdict.REVIEW_PENDING, 0, True),
        (lambda: job_outcomes.red_and_yellow_outcome(RED, "g"), Verdict.REVIEW_PENDING, 3, False),
        (
            lambda: job_outcomes.not_yellow_outcome(RED, "g", "no", "So."),
            Verdict.REVIEW_PENDING,
            3,
            False,
        ),
        (job_outcomes.no_key_outcome, Verdict.NOT_RUN, 0, True),
        (
            lambda: job_outcomes.interrupted_late_outcome(GREEN, exit_code=130),
            Verdict.INTERRUPTED,
            130,
            False,
        ),
        (lambda: job_outcomes.killed_outcome(may_run=True), Verdict.INTERRUPTED, 143, False),
        (lambda: job_outcomes.unproved_outcome(GREEN, "disk", None), Verdict.ERROR, 70, False),
        (lambda: job_outcomes.bug_outcome("job.py:1"), Verdict.ERROR, 70, False),
        (lambda: job_outcomes.error_outcome(ContactError("No.", reached=False, hint="So.")),
         Verdict.ERROR, 8, False),
    ],
    ids=["kept yellow", "red and yellow", "not yellow", "no key", "interrupted late", "killed",
         "unproved", "bug", "error"],
)  # fmt: skip
def test_each_end_has_its_verdict_its_code_and_what_to_do(make, verdict, code, lenient):
    outcome = make()
    assert (outcome.verdict, outcome.exit_code, outcome.lenient) == (verdict, code, lenient)
    assert len(outcome.message) > 2
    assert len(outcome.hint or "") > 2


def test_no_workflow_that_counts_is_a_green_that_says_so():
    outcome = job_outcomes.none_required_outcome()
    assert (outcome.verdict, outcome.exit_code, outcome.lenient) == (Verdict.PASSED, 0, True)
    assert "none can fail the job" in outcome.message


def test_a_bug_names_its_place():
    assert job_outcomes.bug_outcome("job.py:1").message.endswith("the workflow: job.py:1")


@pytest.mark.parametrize(("lenient", "flaky"), [(True, False), (False, True)])
def test_the_end_of_several_is_the_worst_ones_and_counts_the_good(lenient, flaky):
    told = job_outcomes.of_several_outcome(RED, good=2, of=3, lenient=lenient, flaky=flaky)
    assert told.message == "2 of 3 workflows are good. It waits."
    assert (told.verdict, told.exit_code, told.hint) == (RED.verdict, 3, "Decide it.")
    assert (told.lenient, told.flaky) == (lenient, flaky)


def test_a_signal_while_it_reported_keeps_what_the_job_had_come_to():
    told = job_outcomes.interrupted_late_outcome(GREEN, exit_code=143)
    assert told.message.endswith("It had come to this: It passed.")
    assert "SIGTERM" in told.message
    assert told.hint == "Fine."


def test_a_killed_job_says_whether_a_run_may_go_on():
    assert "attach to its execution id" in (job_outcomes.killed_outcome(may_run=True).hint or "")
    assert job_outcomes.killed_outcome(may_run=False).hint == "Nothing was started."


def test_a_green_without_evidence_names_the_file_and_the_run():
    told = job_outcomes.unproved_outcome(GREEN, "out/junit.xml: disk full", "run-1")
    assert told.message.startswith("It passed. But")
    assert told.message.endswith(": out/junit.xml: disk full.")
    assert "genesis-ci wait run-1" in (told.hint or "")
    assert (job_outcomes.unproved_outcome(GREEN, "x", None).hint or "").endswith("else touches.")


def test_a_status_that_could_not_be_posted_says_why_and_what_else_there_is_to_do():
    told = job_outcomes.not_yellow_outcome(RED, "gate", "403.", "Give statuses: write.")
    assert told.message == "It waits. The status “gate” could not be posted: 403."
    assert told.hint == "Give statuses: write. Decide it."
    assert job_outcomes.not_yellow_outcome(RED, "gate", "403.", None).hint == "Decide it."


def test_a_status_that_stays_yellow_is_named():
    for told in (
        job_outcomes.kept_yellow_outcome(RED, "gate"),
        job_outcomes.red_and_yellow_outcome(RED, "gate"),
    ):
        assert told.message.startswith("It waits. The status “gate” stays yellow until then")


@pytest.mark.parametrize("code", [130, 143])
def test_a_signal_at_the_end_has_the_exit_code_of_that_signal(code):
    reached = Outcome(verdict=Verdict.PASSED, exit_code=0, message="Passed.")
    assert job_outcomes.interrupted_late_outcome(reached, exit_code=code).exit_code == code
