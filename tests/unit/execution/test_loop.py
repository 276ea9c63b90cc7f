"""Whole runs in virtual time: their requests, events and outcomes."""

import math

import pytest

from genesis_ci.errors import ContactError, ProtocolError, RefusedError
from genesis_ci.execution.lifecycle import Pool, Slot
from genesis_ci.execution.loop import _Slots
from genesis_ci.models import Concurrency, OnReview, Outcome, Policy, Status, Verdict
from tests.builders import EXECUTION_ID, a_block, a_run, an_attachment, an_execution
from tests.fakes import FakeApi, FakeClock, RecordingProgress, VirtualCalls, a_loop

from .virtual_job import VirtualJob

RUNNING = an_execution(Status.RUNNING)
COMPLETED = an_execution(Status.COMPLETED)
IN_REVIEW = an_execution(Status.REVIEW_PENDING)
RESET = ContactError("Lost the connection.", reached=True)
REFUSED = ContactError("Cannot connect.", reached=False)
CANCEL = Policy(concurrency=Concurrency.CANCEL_PREVIOUS)


def test_a_run_is_triggered_once_and_polled_until_its_end():
    job = VirtualJob(FakeApi(polls=[RUNNING, RUNNING, COMPLETED]))
    assert (job.verdict, job.exit_code) == (Verdict.PASSED, 0)
    assert len(job.api.triggered) == 1
    assert job.api.polled == ["run-1"] * 3
    assert job.report.execution_id == "run-1"


def test_an_attached_run_is_never_triggered():
    job = VirtualJob(FakeApi(polls=[RUNNING, COMPLETED]), an_attachment())
    assert job.api.triggered == []
    assert job.verdict is Verdict.PASSED
    assert job.report.attached


def test_slow_answers_lengthen_the_poll_interval():
    quick = VirtualJob(FakeApi(polls=[RUNNING]), a_run(max_wait=60.0))
    slow = VirtualJob(FakeApi(polls=[RUNNING], latency=2.0), a_run(max_wait=60.0))
    assert len(slow.api.polled) < len(quick.api.polled) / 4


def test_progress_gets_each_event_and_idle_once_a_minute():
    job = VirtualJob(FakeApi(polls=[COMPLETED]), a_run(poll_interval=150.0))
    assert job.progress.events == ["starting", "triggered run-1", "idle", "idle", "polled"]


def test_a_fixed_interval_is_kept_between_polls():
    job = VirtualJob(FakeApi(polls=[RUNNING, RUNNING, COMPLETED]), a_run(poll_interval=10.0))
    assert job.seconds == 30


@pytest.mark.parametrize("fault", [RESET, REFUSED, ProtocolError("garbage")])
def test_a_poll_survives_faults(fault):
    job = VirtualJob(FakeApi(polls=[fault, fault, fault, COMPLETED]))
    assert job.verdict is Verdict.PASSED
    assert job.progress.events.count("trouble") == 3


def test_half_an_hour_of_faults_does_not_change_the_verdict():
    job = VirtualJob(FakeApi(polls=[RUNNING, *[RESET] * 60, COMPLETED]), a_run(max_wait=3600.0))
    assert job.verdict is Verdict.PASSED
    assert job.seconds > 1500


def test_a_run_without_a_final_status_times_out_at_the_deadline():
    job = VirtualJob(FakeApi(polls=[RUNNING]), a_run(max_wait=61.0, poll_interval=10.0))
    assert (job.verdict, job.exit_code) == (Verdict.TIMED_OUT, 6)
    assert job.seconds == 61
    assert "may still be going" in (job.report.outcome.hint or "")
    assert "genesis-ci wait run-1" in (job.report.outcome.hint or "")


def test_the_poll_at_the_deadline_counts():
    polls = [RUNNING] * 6 + [COMPLETED]
    job = VirtualJob(FakeApi(polls=polls), a_run(max_wait=61.0, poll_interval=10.0))
    assert job.verdict is Verdict.PASSED
    assert job.seconds == 61


def test_slow_answers_extend_the_deadline_by_one_second_at_most():
    job = VirtualJob(FakeApi(polls=[RUNNING], latency=20.0), a_run(max_wait=30.0))
    assert job.seconds <= 31


def test_faults_until_the_deadline_are_lost_contact():
    job = VirtualJob(FakeApi(polls=[RESET]), a_run(max_wait=60.0))
    assert (job.verdict, job.exit_code) == (Verdict.LOST_CONTACT, 8)
    assert job.seconds == 60
    assert "genesis-ci wait run-1" in (job.report.outcome.hint or "")


def test_a_trigger_that_did_not_reach_genesis_is_sent_again():
    job = VirtualJob(FakeApi(triggers=[REFUSED, REFUSED, "run-1"], polls=[COMPLETED]))
    assert job.verdict is Verdict.PASSED
    assert len(job.api.triggered) == 3


def test_an_unreachable_server_is_lost_contact_without_a_run():
    job = VirtualJob(FakeApi(triggers=[REFUSED]), a_run(max_wait=60.0))
    assert job.exit_code == 8
    assert job.seconds <= 60
    assert "nothing was started" in (job.report.outcome.hint or "")


def test_an_ambiguous_trigger_is_never_repeated_under_parallel():
    job = VirtualJob(FakeApi(triggers=[RESET]))
    assert len(job.api.triggered) == 1
    assert job.exit_code == 8
    assert "may have started" in (job.report.outcome.hint or "")


def test_an_ambiguous_trigger_is_repeated_once_under_cancel_previous():
    job = VirtualJob(FakeApi(triggers=[RESET, "run-2"], polls=[COMPLETED]), a_run(policy=CANCEL))
    assert len(job.api.triggered) == 2
    assert (job.verdict, job.report.execution_id) == (Verdict.PASSED, "run-2")


def test_a_second_ambiguous_trigger_is_lost_contact():
    job = VirtualJob(FakeApi(triggers=[RESET]), a_run(policy=CANCEL))
    assert len(job.api.triggered) == 2
    assert job.exit_code == 8


def test_a_refused_poll_says_that_the_run_may_continue():
    refusal = RefusedError("Genesis refused (401)", hint="Check the key.", status=401)
    job = VirtualJob(FakeApi(polls=[RUNNING, refusal]))
    assert job.exit_code == 7
    assert "may still be going" in (job.report.outcome.hint or "")


def test_an_unknown_status_is_treated_as_running_with_one_warning():
    job = VirtualJob(FakeApi(polls=[an_execution("paused"), an_execution("paused"), COMPLETED]))
    assert job.verdict is Verdict.PASSED
    assert len(job.report.notes) == 1
    assert "paused" in job.report.notes[0]


WAIT = Policy(on_review_pending=OnReview.WAIT)


def test_a_run_continues_after_its_review():
    job = VirtualJob(FakeApi(polls=[IN_REVIEW, IN_REVIEW, RUNNING, COMPLETED]), a_run(policy=WAIT))
    assert job.verdict is Verdict.PASSED


def test_a_review_has_its_own_time_limit():
    job = VirtualJob(
        FakeApi(polls=[RUNNING, IN_REVIEW]), a_run(policy=WAIT, max_wait=10.0, review_wait=100.0)
    )
    assert (job.verdict, job.exit_code) == (Verdict.REVIEW_PENDING, 3)
    assert 100 <= job.seconds <= 111


def test_time_in_review_does_not_count_as_max_wait_time():
    polls = [RUNNING, *[IN_REVIEW] * 5, RUNNING, COMPLETED]
    job = VirtualJob(
        FakeApi(polls=polls),
        a_run(policy=WAIT, max_wait=40.0, review_wait=100.0, poll_interval=10.0),
    )
    assert job.verdict is Verdict.PASSED
    assert job.seconds == 80


@pytest.mark.parametrize("exit_code", [130, 143])
def test_a_signal_ends_the_watch_and_says_how_to_attach(exit_code):
    job = VirtualJob(FakeApi(polls=[RUNNING]), interrupt=(5.0, exit_code))
    assert (job.verdict, job.exit_code) == (Verdict.INTERRUPTED, exit_code)
    assert job.seconds == 5
    assert "genesis-ci wait run-1" in (job.report.outcome.hint or "")


def test_a_signal_during_the_trigger_waits_for_the_execution_id():
    job = VirtualJob(FakeApi(polls=[RUNNING], latency=1.0), interrupt=(0.5, 143))
    assert job.exit_code == 143
    assert job.report.execution_id == "run-1"


def test_a_signal_during_an_unanswered_trigger_warns_of_a_run():
    job = VirtualJob(FakeApi(polls=[RUNNING], latency=20.0), interrupt=(0.5, 143))
    assert job.seconds <= 2.1
    assert "may have started" in (job.report.outcome.hint or "")


def test_the_end_of_each_run_is_reported_once():
    job = VirtualJob(FakeApi(polls=[COMPLETED]), an_attachment(), an_attachment())
    assert [report.execution_id for report in job.progress.reports] == [EXECUTION_ID] * 2


def test_a_signal_before_a_repeated_trigger_ends_the_job_at_once():
    job = VirtualJob(FakeApi(triggers=[REFUSED]), interrupt=(0.5, 143))
    assert (job.seconds, job.report.outcome.hint) == (0.5, "Nothing was started.")


def test_a_bug_is_raised_and_abandon_reports_all_runs():
    clock = FakeClock()
    api = FakeApi(triggers=["run-1", "run-2"], polls=[COMPLETED, ZeroDivisionError()])
    loop = a_loop(api, clock, VirtualCalls(clock, api))
    with pytest.raises(ZeroDivisionError):
        loop.run([a_run(name="first"), a_run(name="second")])
    began = clock()
    clock.pass_(7.0)
    bug = Outcome(verdict=Verdict.ERROR, exit_code=70, message="A bug.")
    first, second = loop.abandon(bug)
    assert (first.name, first.outcome.verdict) == ("first", Verdict.PASSED)
    assert (second.name, second.outcome, second.execution_id) == ("second", bug, "run-2")
    assert second.seconds - first.seconds >= 7.0
    assert began > 0


def test_abandon_waits_for_the_id_of_a_sent_trigger():
    class Bug(RecordingProgress):
        def polled(self, run, *, now):
            raise ZeroDivisionError

    clock = FakeClock()
    api = FakeApi(triggers=["run-1"], polls=[RUNNING], latency=0.5)
    loop = a_loop(api, clock, VirtualCalls(clock, api), progress=Bug())
    late = a_run(name="late", wait_for=None)
    with pytest.raises(ZeroDivisionError):
        loop.run([an_attachment(name="seen"), late])
    reports = loop.abandon(Outcome(verdict=Verdict.ERROR, exit_code=70, message="A bug."))
    assert [report.execution_id for report in reports] == [EXECUTION_ID, "run-1"]


def test_a_workflow_without_an_earlier_run_keeps_its_outcome():
    lost = Outcome(verdict=Verdict.REJECTED, exit_code=7, message="No run.")
    runs = [a_run(workflow_id=None, name="lost", ended=lost), an_attachment()]
    job = VirtualJob(FakeApi(polls=[COMPLETED]), *runs)
    assert [report.outcome.exit_code for report in job.reports] == [7, 0]
    assert job.api.triggered == []


def test_two_reviews_share_one_time_limit():
    polls = [IN_REVIEW, IN_REVIEW, RUNNING, IN_REVIEW]
    run = a_run(policy=WAIT, poll_interval=10.0, review_wait=60.0)
    job = VirtualJob(FakeApi(polls=polls), run)
    assert (job.verdict, job.exit_code) == (Verdict.REVIEW_PENDING, 3)
    assert 70 <= job.seconds <= 91


def test_the_review_hint_differs_for_an_attached_run():
    in_review = an_execution(Status.REVIEW_PENDING, blocks=(a_block("Pay", Status.REVIEW_PENDING),))
    triggered = VirtualJob(FakeApi(polls=[in_review])).report.outcome
    attached = VirtualJob(FakeApi(polls=[in_review]), an_attachment()).report.outcome
    assert triggered.message == attached.message
    assert triggered.message == "Block Pay waits for a person's review in Genesis."
    assert f"genesis-ci wait {EXECUTION_ID}" in (triggered.hint or "")
    assert f"re-run this job: it attaches to execution {EXECUTION_ID}" in (attached.hint or "")


def test_each_execution_id_is_recorded_at_once():
    job = VirtualJob(FakeApi(triggers=["run-1", "run-2"], polls=[COMPLETED]), a_run(), a_run())
    assert job.recorded == [[None, None], ["run-1", None], ["run-1", "run-2"]]


def test_a_new_attempt_is_recorded_without_an_id_before_its_trigger():
    failed = an_execution(Status.FAILED)
    run = a_run(policy=Policy(attempts=2))
    job = VirtualJob(FakeApi(triggers=["run-1", "run-2"], polls=[failed, COMPLETED]), run)
    assert job.recorded == [[None], ["run-1"], [None], ["run-2"]]


def test_a_postponed_record_is_written_later():
    answers = iter([False, False, False, True])
    made: list[str | None] = []

    def record(runs) -> bool:
        made.append(runs[0].execution_id)
        return next(answers)

    clock = FakeClock()
    api = FakeApi(polls=[RUNNING, COMPLETED])
    a_loop(api, clock, VirtualCalls(clock, api), record=record).run([a_run()])
    assert made == [None, None, "run-1", "run-1"]


def test_ids_of_existing_runs_are_in_the_first_record():
    kept = a_run(keeps="old-1", kept_from="ci")
    job = VirtualJob(FakeApi(polls=[COMPLETED]), an_attachment(), kept)
    assert job.recorded[0] == [EXECUTION_ID, "old-1"]


def test_without_a_free_slot_only_what_has_expired_is_taken():
    slots = _Slots(most=1)
    slots.busy = 1
    slots.add(7, Slot(Pool.GENESIS, due=1.0, until=3.0))
    assert slots.take(2.0) is None
    assert slots.next_at == 3.0
    assert slots.take(3.0) == (7, True)
    assert slots.next_at == math.inf


def test_of_what_is_due_the_first_to_expire_has_the_slot():
    slots = _Slots(most=1)
    for key in (3, 1, 2):
        slots.add(key, Slot(Pool.GENESIS, due=5.0 - key, until=100.0 + key))
    assert slots.take(1.9) is None
    assert [slots.take(5.0) for _ in range(4)] == [(1, False), (2, False), (3, False), None]
