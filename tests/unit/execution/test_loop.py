"""Whole runs in virtual time: their requests, events and outcomes."""

import pytest

from genesis_ci.errors import ContactError, ProtocolError
from genesis_ci.execution.loop import _Slots
from genesis_ci.execution.state import KEPT_CHARACTERS
from genesis_ci.execution.timing import FIRST_GAP
from genesis_ci.execution.wishes import Pool, Slot
from genesis_ci.models.execution import Status
from genesis_ci.models.policy import Accept, Concurrency, Policy
from genesis_ci.models.report import Outcome, Verdict
from tests.approved import check_approved
from tests.builders import (
    EXECUTION_ID,
    a_block,
    a_report,
    a_run,
    accepting,
    an_attachment,
    an_execution,
)
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
BUG = Outcome(verdict=Verdict.ERROR, exit_code=70, sentences=("A bug.",))


def triggered(policy: Policy, *triggers) -> VirtualJob:
    api = FakeApi(triggers=triggers, polls=[COMPLETED])
    return VirtualJob(api, a_run(policy=policy, max_wait=60.0))


def polled(*polls, **fields) -> VirtualJob:
    return VirtualJob(FakeApi(polls=polls), a_run(**{"poll_interval": 10.0, **fields}))


def interrupted(at: float, code: int = 143, **answers) -> VirtualJob:
    return VirtualJob(FakeApi(polls=[RUNNING], **answers), interrupt=(at, code))


FAULTS = [RESET, REFUSED, ProtocolError("garbage")] * 20
ACCEPTS_REVIEWS = {"policy": accepting(Accept.REVIEW_PENDING), "max_review": 60.0}
LOST = Outcome(verdict=Verdict.REJECTED, exit_code=7, sentences=("No run.",))
JOBS = {
    "a trigger is not sent": lambda: triggered(PARALLEL, REFUSED, REFUSED, "run-1"),
    "a trigger is never sent": lambda: triggered(PARALLEL, REFUSED),
    "a trigger may be sent": lambda: triggered(PARALLEL, RESET),
    "a trigger may be sent, cancel-previous": lambda: triggered(CANCEL, RESET, "run-2"),
    "a trigger may be sent twice": lambda: triggered(CANCEL, RESET),
    "a trigger may be sent, then not": lambda: triggered(CANCEL, RESET, REFUSED, "run-3"),
    "permanent": lambda: triggered(PARALLEL, DISTRUSTED),
    "permanent, cancel-previous": lambda: triggered(CANCEL, DISTRUSTED),
    "a 503 that may be a proxy's": lambda: triggered(PARALLEL, BUSY),
    "three 503s, cancel-previous": lambda: triggered(CANCEL, BUSY, BUSY, BUSY, "run-4"),
    "half an hour of faults": lambda: polled(RUNNING, *FAULTS, COMPLETED, max_wait=3600.0),
    "no final status": lambda: polled(RUNNING, max_wait=61.0),
    "a final status at the deadline": lambda: polled(*[RUNNING] * 6, COMPLETED, max_wait=61.0),
    "two reviews within one limit": lambda: polled(
        IN_REVIEW, IN_REVIEW, RUNNING, IN_REVIEW, max_review=60.0
    ),
    "a review that nobody decides, accepted": lambda: polled(IN_REVIEW, **ACCEPTS_REVIEWS),
    "a review whose last answer is lost": lambda: polled(
        *[IN_REVIEW] * 6, RESET, **ACCEPTS_REVIEWS
    ),
    "a signal during the watch": lambda: interrupted(5.0, 130),
    "a signal during the trigger": lambda: interrupted(0.5, latency=1.0),
    "a signal during an unanswered trigger": lambda: interrupted(0.5, latency=20.0),
    "a signal before a repeated trigger": lambda: interrupted(0.5, triggers=[REFUSED]),
    "a workflow with an outcome": lambda: VirtualJob(
        FakeApi(polls=[COMPLETED]),
        a_run(ended=LOST, execution_id="run-2", earlier=(a_report(),)),
        an_attachment(),
    ),
}


def test_runs_are_approved():
    check_approved("execution/loop", {case: job().text for case, job in JOBS.items()})


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


def test_each_execution_id_is_saved_at_once():
    """The first attempt fails."""
    api = FakeApi(triggers=["run-1", "run-2"], polls=[COMPLETED], runs={"run-1": [FAILED]})
    job = VirtualJob(api, an_attachment(), a_run(policy=Policy(attempts=2)))
    assert [second for _, second in job.saved] == [None, "run-1", None, "run-2"]
    assert {first for first, _ in job.saved} == {EXECUTION_ID}


def waiting(*keys: int, until: float) -> _Slots:
    """Return many slots with tasks whose requests are due."""
    slots = _Slots(most=99)
    for key in keys:
        slots.add(key, Slot(Pool.GENESIS, due=1.0, expires_at=until, urgent_from=until - 3.5))
    return slots


def test_simultaneous_429s_lengthen_the_gap_once():
    slots = waiting(1, 2, until=99.0)
    assert slots.take(2.0) == (1, True)
    for sent_at in (1.8, 1.9, 2.0):
        slots.adapt(LIMITED, sent_at=sent_at, now=2.0, runs=1)
    assert slots.next_at == 2.0 + FIRST_GAP
    assert slots.take(2.0) is None
    assert slots.take(slots.next_at) == (2, True)
