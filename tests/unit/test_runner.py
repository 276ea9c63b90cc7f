"""Whole runs in virtual time: what is sent, how it ends, what is told."""

import pytest

from genesis_ci.domain import Concurrency, OnReview, Policy, Status, Verdict
from genesis_ci.errors import ContactError, ProtocolError, RefusedError
from genesis_ci.runner import Runner
from tests.builders import EXECUTION_ID, a_run, an_attachment, an_execution
from tests.fakes import FakeApi, FakeClock, RecordingProgress, VirtualCalls

RUNNING = an_execution(Status.RUNNING)
COMPLETED = an_execution(Status.COMPLETED)
IN_REVIEW = an_execution(Status.REVIEW_PENDING)
RESET = ContactError("Lost the connection.", reached=True)
REFUSED = ContactError("Cannot connect.", reached=False)
CANCEL = Policy(concurrency=Concurrency.CANCEL_PREVIOUS)


class Course:
    """One run against a scripted API, and what came of it."""

    def __init__(self, api: FakeApi, *runs, interrupt: tuple[float, int] | None = None) -> None:
        self.api = api
        self.clock = FakeClock()
        self.progress = RecordingProgress()
        calls = VirtualCalls(self.clock, api)
        if interrupt:
            calls.interrupt_at(self.clock() + interrupt[0], interrupt[1])
        began = self.clock()
        runner = Runner(
            api=api,
            calls=calls,
            clock=self.clock,
            jitter=lambda: 0.0,
            progress=self.progress,
        )
        self.reports = runner.run(runs or [a_run()])
        self.seconds = self.clock() - began
        self.report = self.reports[0]
        self.verdict = self.report.outcome.verdict
        self.exit_code = self.report.outcome.exit_code


def test_a_run_is_triggered_once_and_watched_until_genesis_ends_it():
    course = Course(FakeApi(polls=[RUNNING, RUNNING, COMPLETED]))
    assert (course.verdict, course.exit_code) == (Verdict.PASSED, 0)
    assert len(course.api.triggered) == 1
    assert course.api.polled == ["run-1"] * 3
    assert course.report.execution_id == "run-1"


def test_the_variables_go_out_as_they_are():
    course = Course(FakeApi(polls=[COMPLETED]), a_run(variables={"on": "yes"}))
    assert course.api.triggered[0][1] == {"on": "yes"}


def test_an_attached_run_is_never_triggered():
    course = Course(FakeApi(polls=[RUNNING, COMPLETED]), an_attachment())
    assert course.api.triggered == []
    assert course.verdict is Verdict.PASSED
    assert course.report.attached


def test_without_waiting_the_job_ends_with_the_trigger():
    course = Course(FakeApi(), a_run(wait=False))
    assert (course.verdict, course.exit_code) == (Verdict.TRIGGERED, 0)
    assert course.api.polled == []


def test_a_fixed_interval_is_kept_between_looks():
    course = Course(FakeApi(polls=[RUNNING, RUNNING, COMPLETED]), a_run(poll_interval=10.0))
    assert course.seconds == 30


@pytest.mark.parametrize("fault", [RESET, REFUSED, ProtocolError("garbage")])
def test_a_poll_survives_faults(fault):
    course = Course(FakeApi(polls=[fault, fault, fault, COMPLETED]))
    assert course.verdict is Verdict.PASSED
    assert course.progress.told.count("trouble") == 3


def test_half_an_hour_of_faults_does_not_change_the_verdict():
    course = Course(FakeApi(polls=[RUNNING, *[RESET] * 60, COMPLETED]), a_run(max_wait=3600.0))
    assert course.verdict is Verdict.PASSED
    assert course.seconds > 1500


def test_a_run_without_a_final_status_times_out_at_the_deadline_after_a_last_look():
    course = Course(FakeApi(polls=[RUNNING]), a_run(max_wait=61.0, poll_interval=10.0))
    assert (course.verdict, course.exit_code) == (Verdict.TIMED_OUT, 6)
    assert course.seconds == 61
    assert "may still be going" in (course.report.outcome.hint or "")
    assert "genesis-ci wait run-1" in (course.report.outcome.hint or "")


def test_the_last_look_at_the_deadline_still_counts():
    polls = [RUNNING] * 6 + [COMPLETED]
    course = Course(FakeApi(polls=polls), a_run(max_wait=61.0, poll_interval=10.0))
    assert course.verdict is Verdict.PASSED
    assert course.seconds == 61


def test_slow_answers_do_not_stretch_the_deadline_by_more_than_a_second():
    course = Course(FakeApi(polls=[RUNNING], latency=20.0), a_run(max_wait=30.0))
    assert course.seconds <= 31


def test_faults_until_the_deadline_are_lost_contact():
    course = Course(FakeApi(polls=[RESET]), a_run(max_wait=60.0))
    assert (course.verdict, course.exit_code) == (Verdict.LOST_CONTACT, 8)
    assert course.seconds == 60
    assert "genesis-ci wait run-1" in (course.report.outcome.hint or "")


def test_a_trigger_that_did_not_reach_genesis_is_sent_again():
    course = Course(FakeApi(triggers=[REFUSED, REFUSED, "run-1"], polls=[COMPLETED]))
    assert course.verdict is Verdict.PASSED
    assert len(course.api.triggered) == 3


def test_a_server_that_is_never_reached_is_lost_contact_and_nothing_was_started():
    course = Course(FakeApi(triggers=[REFUSED]), a_run(max_wait=60.0))
    assert course.exit_code == 8
    assert course.seconds <= 60
    assert "nothing was started" in (course.report.outcome.hint or "")


def test_an_ambiguous_trigger_is_never_repeated_under_parallel():
    course = Course(FakeApi(triggers=[RESET]))
    assert len(course.api.triggered) == 1
    assert course.exit_code == 8
    assert "may have started" in (course.report.outcome.hint or "")


def test_an_ambiguous_trigger_is_repeated_once_under_cancel_previous():
    course = Course(FakeApi(triggers=[RESET, "run-2"], polls=[COMPLETED]), a_run(policy=CANCEL))
    assert len(course.api.triggered) == 2
    assert (course.verdict, course.report.execution_id) == (Verdict.PASSED, "run-2")


def test_two_ambiguous_triggers_end_it_under_cancel_previous_too():
    course = Course(FakeApi(triggers=[RESET]), a_run(policy=CANCEL))
    assert len(course.api.triggered) == 2
    assert course.exit_code == 8


def test_a_refusal_ends_it_at_once_with_the_remedy():
    refusal = RefusedError("Genesis refused (403)", hint="Ask an administrator.", status=403)
    course = Course(FakeApi(triggers=[refusal]))
    assert (course.verdict, course.exit_code) == (Verdict.REJECTED, 7)
    assert course.report.outcome.hint == "Ask an administrator."
    assert len(course.api.triggered) == 1


def test_a_refusal_of_a_poll_says_that_the_run_may_go_on():
    refusal = RefusedError("Genesis refused (401)", hint="Check the key.", status=401)
    course = Course(FakeApi(polls=[RUNNING, refusal]))
    assert course.exit_code == 7
    assert "may still be going" in (course.report.outcome.hint or "")


def test_an_unknown_status_is_watched_on_with_one_warning():
    course = Course(FakeApi(polls=[an_execution("paused"), an_execution("paused"), COMPLETED]))
    assert course.verdict is Verdict.PASSED
    assert len(course.report.notes) == 1
    assert "paused" in course.report.notes[0]


WAIT = Policy(on_review_pending=OnReview.WAIT)


def test_a_review_that_is_waited_for_goes_on_to_the_end():
    course = Course(FakeApi(polls=[IN_REVIEW, IN_REVIEW, RUNNING, COMPLETED]), a_run(policy=WAIT))
    assert course.verdict is Verdict.PASSED


def test_a_review_has_its_own_budget_beyond_max_wait():
    course = Course(
        FakeApi(polls=[RUNNING, IN_REVIEW]), a_run(policy=WAIT, max_wait=10.0, review_wait=100.0)
    )
    assert (course.verdict, course.exit_code) == (Verdict.REVIEW_PENDING, 3)
    assert 100 <= course.seconds <= 111


def test_time_in_review_does_not_count_as_waiting_for_the_run():
    polls = [RUNNING, *[IN_REVIEW] * 5, RUNNING, COMPLETED]
    course = Course(
        FakeApi(polls=polls),
        a_run(policy=WAIT, max_wait=40.0, review_wait=100.0, poll_interval=10.0),
    )
    assert course.verdict is Verdict.PASSED
    assert course.seconds == 80


@pytest.mark.parametrize("exit_code", [130, 143])
def test_a_signal_ends_the_watch_and_says_how_to_attach(exit_code):
    course = Course(FakeApi(polls=[RUNNING]), interrupt=(5.0, exit_code))
    assert (course.verdict, course.exit_code) == (Verdict.INTERRUPTED, exit_code)
    assert course.seconds == 5
    assert "genesis-ci wait run-1" in (course.report.outcome.hint or "")


def test_a_signal_during_the_trigger_waits_a_moment_for_the_id():
    course = Course(FakeApi(polls=[RUNNING], latency=1.0), interrupt=(0.5, 143))
    assert course.exit_code == 143
    assert course.report.execution_id == "run-1"


def test_a_signal_during_a_trigger_without_answer_says_that_a_run_may_have_started():
    course = Course(FakeApi(polls=[RUNNING], latency=20.0), interrupt=(0.5, 143))
    assert course.seconds <= 2.1
    assert "may have started" in (course.report.outcome.hint or "")


def test_several_runs_are_watched_together_and_reported_in_order():
    runs = [a_run(execution_id=f"run-{n}") for n in range(30)]
    course = Course(FakeApi(polls=[RUNNING] * 30 + [COMPLETED]), *runs)
    assert [report.execution_id for report in course.reports] == [f"run-{n}" for n in range(30)]
    assert {report.outcome.exit_code for report in course.reports} == {0}


def test_the_end_of_each_run_is_told_once():
    course = Course(FakeApi(polls=[COMPLETED]), an_attachment(), an_attachment())
    assert [report.execution_id for report in course.progress.reports] == [EXECUTION_ID] * 2


def test_a_bug_passes_through_and_the_rest_can_be_abandoned():
    with pytest.raises(ZeroDivisionError):
        Course(FakeApi(polls=[ZeroDivisionError()]))
