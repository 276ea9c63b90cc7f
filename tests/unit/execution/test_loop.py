"""Whole runs in virtual time: their requests, events and outcomes."""

import math

import pytest

from genesis_ci.errors import ContactError, ProtocolError
from genesis_ci.execution.loop import _Slots
from genesis_ci.execution.state import KEPT_CHARACTERS
from genesis_ci.execution.timing import FIRST_GAP
from genesis_ci.execution.wishes import Pool, Slot
from genesis_ci.models.execution import Status
from genesis_ci.models.policy import Concurrency, OnReview, Policy
from genesis_ci.models.report import Outcome, Verdict
from tests.builders import EXECUTION_ID, a_block, a_report, a_run, an_attachment, an_execution
from tests.fakes import FakeApi, FakeClock, VirtualCalls, a_loop

from .virtual_job import VirtualJob

RUNNING = an_execution(Status.RUNNING)
COMPLETED = an_execution(Status.COMPLETED)
FAILED = an_execution(Status.FAILED)
IN_REVIEW = an_execution(Status.REVIEW_PENDING)
RESET = ContactError("Lost the connection.", reached=True)
REFUSED = ContactError("Cannot connect.", reached=False)
DISTRUSTED = ContactError("certificate", reached=False, permanent=True)
BUSY = ContactError("Busy.", reached=True, asks_to_retry=True, retry_after=5.0)
LIMITED = ContactError("The server answered 429.", reached=False, limited=True)
PARALLEL = Policy()
CANCEL = Policy(concurrency=Concurrency.CANCEL_PREVIOUS)
WAIT = Policy(on_review_pending=OnReview.WAIT)
BUG = Outcome(verdict=Verdict.ERROR, exit_code=70, sentences=("A bug.",))


def hint_of(job: VirtualJob) -> str:
    return job.report.outcome.next_step


def test_all_runs_and_attempts_share_what_is_kept_of_outputs():
    long = an_execution(Status.FAILED, blocks=(a_block("long", output="x" * 2_000_000),))
    twice = Policy(attempts=2)
    api = FakeApi(triggers=[f"run-{n}" for n in range(80)], polls=[long])
    reports = VirtualJob(api, *[a_run(policy=twice)] * 40).reports
    kept = [one.blocks[0].output for report in reports for one in (report, *report.earlier)]
    assert {len(text) for text in kept} == {KEPT_CHARACTERS // 80 // 2}


def test_slow_answers_lengthen_the_poll_interval():
    quick = VirtualJob(FakeApi(polls=[RUNNING]), a_run(max_wait=60.0))
    slow = VirtualJob(FakeApi(polls=[RUNNING], latency=2.0), a_run(max_wait=60.0))
    assert len(slow.api.polled) < len(quick.api.polled) / 4


def test_progress_gets_each_event_and_idle_once_a_minute():
    job = VirtualJob(FakeApi(polls=[COMPLETED]), a_run(poll_interval=150.0))
    assert job.progress.events == ["starting", "triggered run-1", "idle", "idle", "polled"]


def test_half_an_hour_of_faults_does_not_change_the_verdict():
    faults = [RESET, REFUSED, ProtocolError("garbage")] * 20
    job = VirtualJob(FakeApi(polls=[RUNNING, *faults, COMPLETED]), a_run(max_wait=3600.0))
    assert job.verdict is Verdict.PASSED
    assert job.progress.events.count("trouble") == 60
    assert job.seconds > 1500


def test_a_run_without_a_final_status_times_out_at_the_deadline():
    job = VirtualJob(FakeApi(polls=[RUNNING]), a_run(max_wait=61.0, poll_interval=10.0))
    assert (job.verdict, job.exit_code, job.seconds) == (Verdict.TIMED_OUT, 6, 61)
    assert "may still be going" in hint_of(job)
    assert "genesis-ci wait run-1" in hint_of(job)


def test_the_poll_at_the_deadline_counts():
    polls = [*[RUNNING] * 6, COMPLETED]
    job = VirtualJob(FakeApi(polls=polls), a_run(max_wait=61.0, poll_interval=10.0))
    assert (job.verdict, job.seconds) == (Verdict.PASSED, 61)


@pytest.mark.parametrize(
    ("policy", "triggers", "sent", "ends", "hint"),
    [
        (PARALLEL, [REFUSED, REFUSED, "run-1"], 3, (Verdict.PASSED, 0), ""),
        (PARALLEL, [REFUSED], 17, (Verdict.LOST_CONTACT, 8), "nothing was started"),
        (PARALLEL, [RESET], 1, (Verdict.LOST_CONTACT, 8), "may have started"),
        (CANCEL, [RESET, "run-2"], 2, (Verdict.PASSED, 0), ""),
        (CANCEL, [RESET], 2, (Verdict.LOST_CONTACT, 8), "may have started"),
        (CANCEL, [RESET, REFUSED, "run-3"], 3, (Verdict.PASSED, 0), ""),
        (PARALLEL, [DISTRUSTED], 1, (Verdict.LOST_CONTACT, 8), "nothing was started"),
        (CANCEL, [DISTRUSTED], 1, (Verdict.LOST_CONTACT, 8), "nothing was started"),
        (PARALLEL, [BUSY], 1, (Verdict.LOST_CONTACT, 8), "may have started"),
        (CANCEL, [BUSY, BUSY, BUSY, "run-4"], 4, (Verdict.PASSED, 0), ""),
    ],
    ids=[
        "not sent", "never sent", "maybe sent", "maybe sent, cancel-previous", "maybe sent twice",
        "maybe sent, then not sent", "permanent", "permanent, cancel-previous",
        "a 503 that may be a proxy's", "three 503s, cancel-previous",
    ],
)  # fmt: skip
def test_a_trigger_is_sent_again_only_if_that_is_safe(policy, triggers, sent, ends, hint):
    api = FakeApi(triggers=triggers, polls=[COMPLETED])
    job = VirtualJob(api, a_run(policy=policy, max_wait=60.0))
    assert (len(api.triggered), job.verdict, job.exit_code) == (sent, *ends)
    assert hint in hint_of(job)
    assert job.seconds <= 60


def test_two_reviews_share_one_time_limit():
    polls = [IN_REVIEW, IN_REVIEW, RUNNING, IN_REVIEW]
    run = a_run(policy=WAIT, poll_interval=10.0, review_wait=60.0)
    job = VirtualJob(FakeApi(polls=polls), run)
    assert (job.verdict, job.exit_code) == (Verdict.REVIEW_PENDING, 3)
    assert 70 <= job.seconds <= 91


def test_a_signal_during_the_trigger_waits_for_the_execution_id():
    job = VirtualJob(FakeApi(polls=[RUNNING], latency=1.0), interrupt=(0.5, 143))
    assert (job.exit_code, job.report.execution_id) == (143, "run-1")


def test_a_signal_during_an_unanswered_trigger_warns_of_a_run():
    job = VirtualJob(FakeApi(polls=[RUNNING], latency=20.0), interrupt=(0.5, 143))
    assert job.seconds <= 2.1
    assert "may have started" in hint_of(job)


def test_a_signal_before_a_repeated_trigger_ends_the_job_at_once():
    job = VirtualJob(FakeApi(triggers=[REFUSED]), interrupt=(0.5, 143))
    assert (job.seconds, hint_of(job)) == (0.5, "Nothing was started.")


def test_a_bug_is_raised_and_abandon_reports_all_runs():
    clock = FakeClock()
    api = FakeApi(triggers=["run-1", "run-2"], polls=[COMPLETED, ZeroDivisionError()])
    loop = a_loop(api, clock, VirtualCalls(clock, api))
    with pytest.raises(ZeroDivisionError):
        loop.run([a_run(name="first"), a_run(name="second")])
    clock.pass_(7.0)
    first, second = loop.abandon(BUG)
    assert (first.name, first.outcome.verdict) == ("first", Verdict.PASSED)
    assert (second.name, second.outcome, second.execution_id) == ("second", BUG, "run-2")
    assert second.seconds - first.seconds >= 7.0


def test_abandon_waits_for_the_id_of_a_sent_trigger():
    clock = FakeClock()
    api = FakeApi(polls=[ZeroDivisionError()], latency=0.5)
    loop = a_loop(api, clock, VirtualCalls(clock, api))
    with pytest.raises(ZeroDivisionError):
        loop.run([an_attachment(), a_run()])
    assert [report.execution_id for report in loop.abandon(BUG)] == [EXECUTION_ID, "run-1"]


def test_a_workflow_with_an_outcome_is_not_triggered():
    lost = Outcome(verdict=Verdict.REJECTED, exit_code=7, sentences=("No run.",))
    ended = a_run(ended=lost, execution_id="run-2", earlier=(a_report(),))
    job = VirtualJob(FakeApi(polls=[COMPLETED]), ended, an_attachment())
    assert job.reports[0].outcome == lost
    assert job.reports[1].outcome.green
    assert job.api.triggered == []


def test_each_execution_id_is_saved_at_once():
    """A kept run fails, then a first attempt."""
    runs = {"old-1": [FAILED], "run-1": [FAILED]}
    api = FakeApi(triggers=["run-1", "run-2"], polls=[COMPLETED], runs=runs)
    run = a_run(keeps="old-1", kept_from="ci", policy=Policy(attempts=2))
    job = VirtualJob(api, an_attachment(), run)
    assert [second for _, second in job.saved] == ["old-1", None, "run-1", None, "run-2"]
    assert {first for first, _ in job.saved} == {EXECUTION_ID}


def test_ids_that_were_not_saved_are_saved_later():
    job = VirtualJob(FakeApi(polls=[RUNNING, COMPLETED]), postponed=3)
    assert job.saved == [[None], [None], ["run-1"], ["run-1"]]


def test_without_a_free_slot_only_expired_tasks_are_taken():
    slots = _Slots(most=1)
    slots.busy = 1
    slots.add(7, Slot(Pool.GENESIS, due=1.0, expires_at=3.0))
    assert slots.take(2.0) is None
    assert slots.next_at == 3.0
    assert slots.take(3.0) == (7, True)
    assert slots.next_at == math.inf


def waiting(*keys: int, until: float) -> _Slots:
    """Return many slots with tasks whose requests are due."""
    slots = _Slots(most=99)
    for key in keys:
        slots.add(key, Slot(Pool.GENESIS, due=1.0, expires_at=until, urgent_from=until - 3.5))
    return slots


def test_simultaneous_429s_lengthen_the_gap_once():
    slots = waiting(1, 2, until=99.0)
    assert slots.take(2.0) == (1, False)
    for sent_at in (1.8, 1.9, 2.0):
        slots.adapt(LIMITED, sent_at=sent_at, now=2.0, runs=1)
    assert slots.next_at == 2.0 + FIRST_GAP
    assert slots.take(2.0) is None
    assert slots.take(slots.next_at) == (2, False)


def test_requests_near_their_deadline_need_no_gap():
    slots = waiting(1, 2, until=60.5)
    for now in range(30):
        slots.adapt(LIMITED, sent_at=now, now=now, runs=1)
    assert slots.take(56.0) == (1, False)
    assert slots.next_at == 57.0
    assert slots.take(57.0) == (2, False)


def test_a_run_is_begun_before_others_are_triggered_again_or_polled():
    slots = _Slots(most=9)
    for rank in (2, 1, 0):
        slots.add(rank, Slot(Pool.GENESIS, due=1.0, expires_at=60.0 - rank, rank=rank))
    assert [slots.take(2.0) for _ in range(3)] == [(0, False), (1, False), (2, False)]
