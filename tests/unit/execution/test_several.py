"""Several runs in one job, in virtual time: their order, limits and deadlines."""

import math

import pytest

from genesis_ci.api.client import NO_EXECUTION
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution.timing import FIRST_GAP
from genesis_ci.models.execution import Status
from genesis_ci.models.policy import Concurrency, Plan, Policy
from genesis_ci.models.refusal import Refusal
from genesis_ci.models.report import Verdict
from genesis_ci.models.workflow import Workflow
from tests.approved import check_approved
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_report, a_run, an_attachment, an_execution
from tests.fakes import FakeApi

from .virtual_job import VirtualJob

RUNNING = an_execution(Status.RUNNING)
COMPLETED = an_execution(Status.COMPLETED)
FAILED = an_execution(Status.FAILED)
LIMITED = ContactError("The server answered 429.", reached=False, limited=True)
REFUSAL = RefusedError("Invalid API key", hint="Check the key.", status=401)
NO_HOST = ContactError("Cannot connect.", reached=False, resolved=False)
UNREACHED = ContactError("Cannot connect.", reached=False)
UNRESOLVED = ContactError("Cannot connect.", reached=False, resolved=None)
RESET = ContactError("Lost the connection.", reached=True)
PERMANENT = ContactError("certificate", reached=False, permanent=True)
LAGS = RefusedError(
    "Not found", hint="Check.", status=404, row=Refusal.EXECUTION_NOT_FOUND, fault=RESET
)
PAGE = RefusedError("Not found", hint="Check.", status=404, fault=RESET)
TWICE = Policy(attempts=2)
CANCEL = Policy(concurrency=Concurrency.CANCEL_PREVIOUS)


@pytest.mark.parametrize("count", [1, 20, 500])
def test_the_deadline_holds_for_many_runs_without_answers(count):
    runs = [an_attachment(execution_id=f"run-{n}", max_wait=60.0) for n in range(count)]
    job = VirtualJob(FakeApi(polls=[RUNNING], latency=math.inf), *runs)
    assert 60 <= job.seconds <= 61
    verdicts = {report.outcome.verdict for report in job.reports}
    assert verdicts <= {Verdict.LOST_CONTACT, Verdict.TIMED_OUT}
    assert len(job.progress.reports) == count


@pytest.mark.parametrize(("count", "lead"), [(1, 0.1), (2, 0.1), (3, 0.2), (7, 0.4)])
def test_the_last_polls_begin_just_early_enough_for_all_runs(count, lead):
    runs = [an_attachment(max_wait=60.0, poll_interval=1000.0)] * count
    job = VirtualJob(FakeApi(polls=[RUNNING], latency=0.05), *runs, max_requests=2)
    began = job.clock() - job.seconds
    assert job.calls.started_at[count] - began == pytest.approx(60.0 - lead)


def test_runs_share_few_request_slots_equally():
    api = FakeApi(polls=[RUNNING] * 40 + [COMPLETED], latency=0.5)
    runs = [an_attachment(execution_id=f"run-{n}", poll_interval=1.0) for n in range(10)]
    job = VirtualJob(api, *runs, max_requests=2)
    assert [api.polled[:40].count(f"run-{n}") for n in range(10)] == [4] * 10
    assert job.calls.most_at_once == 2


def test_a_trigger_that_waits_for_a_slot_goes_first():
    """The refusal of the first run lets the second one of its template start."""
    api = FakeApi(triggers=[REFUSAL, "run-1", "run-2"], polls=[COMPLETED], latency=1.0)
    first, second = named("a", "b", policy=CANCEL)
    VirtualJob(api, first, second, a_run(workflow_id=EXECUTION_ID), max_requests=1)
    assert [template for template, _ in api.triggered] == [WORKFLOW_ID, EXECUTION_ID, WORKFLOW_ID]


def test_a_429_of_one_run_delays_the_requests_of_others():
    api = FakeApi(polls=[RUNNING, RUNNING, COMPLETED], runs={"run-0": [LIMITED, COMPLETED]})
    runs = [an_attachment(execution_id=f"run-{n}", poll_interval=1.0) for n in range(3)]
    first, second = VirtualJob(api, *runs).calls.started_at[3:5]
    assert second - first == pytest.approx(FIRST_GAP, rel=0.02)


def named(*names: str, **fields) -> list[Workflow]:
    return [a_run(name=name, **fields) for name in names]


def three_polls(**ends) -> FakeApi:
    """Triggers runs of these names; each of them ends at its third poll."""
    runs = {name: [RUNNING, RUNNING, end] for name, end in ends.items()}
    return FakeApi(triggers=runs, runs=runs)


def in_turn(triggers, *runs, polls=(FAILED,), **options) -> VirtualJob:
    api = FakeApi(triggers=triggers, polls=polls, **options)
    return VirtualJob(api, *runs, plan=Plan(max_parallel=1))


def unreachable(triggers, *runs) -> VirtualJob:
    api = FakeApi(triggers=triggers, polls=[NO_HOST])
    return VirtualJob(api, *runs, plan=Plan(max_parallel=4))


def polled(workflow, *polls) -> VirtualJob:
    return VirtualJob(FakeApi(polls=polls), workflow)


FIVE_MINUTES = a_run(max_wait=300)
AFTER_ATTEMPT = an_attachment(earlier=(a_report(Verdict.FAILED, 1, execution_id="old-0"),))
SECOND = a_run(workflow_id=EXECUTION_ID, policy=CANCEL)
MINE, OTHER = (an_execution(Status.COMPLETED, workflow_id=one) for one in (WORKFLOW_ID, "own"))
JOBS = {
    "no host": lambda: unreachable([NO_HOST], a_run()),
    "no host, many runs": lambda: unreachable([NO_HOST], *[a_run()] * 6),
    "no host, max-wait-time": lambda: unreachable([NO_HOST], a_run(max_wait=60)),
    "no host, or DNS fails": lambda: unreachable(
        [UNRESOLVED, NO_HOST, UNRESOLVED, NO_HOST], a_run()
    ),
    "no DNS": lambda: unreachable([UNRESOLVED], FIVE_MINUTES),
    "no host, found once": lambda: unreachable([NO_HOST, UNREACHED, NO_HOST], FIVE_MINUTES),
    "no host after a trigger": lambda: unreachable(
        ["run-1", NO_HOST], *[a_run(max_wait=300, wait=False)] * 2
    ),
    "no host after a lost trigger": lambda: unreachable(
        [RESET, NO_HOST], a_run(max_wait=300, policy=CANCEL)
    ),
    "no host of an attached run": lambda: unreachable([], an_attachment(max_wait=300)),
    "an id of another workflow": lambda: in_turn(["run-1", "RUN1"], a_run(), a_run()),
    "an id of another workflow, no wait": lambda: in_turn(["run-1"], *[a_run(wait=False)] * 2),
    "an id of the attempt before": lambda: in_turn(["run-1"], a_run(policy=TWICE)),
    "an id of an attached run": lambda: in_turn([EXECUTION_ID.upper()], a_run(), an_attachment()),
    "an id of an attempt of an earlier job": lambda: in_turn(["old-0"], a_run(), AFTER_ATTEMPT),
    "an id of no run": lambda: in_turn([NO_EXECUTION], a_run()),
    "a known id once under cancel-previous": lambda: in_turn(
        ["run-1", "run-1", "run-2"], a_run(), SECOND, polls=[COMPLETED]
    ),
    "a known id twice under cancel-previous": lambda: in_turn(
        ["run-1"], a_run(), SECOND, polls=[COMPLETED]
    ),
    "unknown run for a while": lambda: polled(a_run(), *[LAGS] * 3, COMPLETED),
    "unknown run": lambda: polled(a_run(), LAGS),
    "unknown run after an answer": lambda: polled(a_run(), RUNNING, LAGS),
    "unknown run, twice": lambda: polled(a_run(), *[LAGS] * 5, RUNNING, LAGS),
    "unknown run, max-wait-time": lambda: polled(a_run(max_wait=9), LAGS),
    "unknown run, attached": lambda: polled(an_attachment(), LAGS),
    "unknown run, attached, after an answer": lambda: polled(an_attachment(), RUNNING, LAGS),
    "pages for a while": lambda: polled(an_attachment(), *[PAGE] * 3, COMPLETED),
    "pages": lambda: polled(an_attachment(), PAGE),
    "pages after other faults": lambda: polled(an_attachment(), RESET, *[PAGE, RESET] * 3, PAGE),
    "pages after an answer": lambda: polled(an_attachment(max_wait=300), RUNNING, PAGE),
    "pages after a trigger": lambda: polled(FIVE_MINUTES, PAGE),
    "permanent fault": lambda: polled(an_attachment(), PERMANENT),
    "permanent fault after an answer": lambda: polled(
        an_attachment(max_wait=300), RUNNING, PERMANENT
    ),
    "permanent fault after a trigger": lambda: polled(FIVE_MINUTES, PERMANENT),
    # the guide does not say that a run shows the id of its template
    "a run of another workflow after equal ids": lambda: in_turn(
        ["run-1", "run-2"], *[a_run(max_wait=60)] * 2, polls=[OTHER], runs={"run-1": [MINE]}
    ),
    "runs of other workflows": lambda: in_turn(
        ["run-1", "run-2"], *[a_run(max_wait=60)] * 2, polls=[OTHER]
    ),
    "an attached run of another workflow after equal ids": lambda: VirtualJob(
        FakeApi(polls=[RUNNING, OTHER], runs={"run-1": [MINE]}),
        a_run(),
        an_attachment(workflow_id=EXECUTION_ID, poll_interval=9.0),
    ),
    "an attached run of another entry": lambda: VirtualJob(
        FakeApi(polls=[an_execution(Status.COMPLETED, workflow_id="two")]),
        *[an_attachment(workflow_id=one, execution_id=f"run-{one}") for one in ("one", "two")],
    ),
    "runs of a template under cancel-previous": lambda: VirtualJob(
        three_polls(a=FAILED, b=COMPLETED, c=COMPLETED),
        *named("a", "b", "c", policy=CANCEL, poll_interval=10.0, max_wait=35.0),
    ),
    "a refused poll under cancel-previous": lambda: VirtualJob(
        FakeApi(polls=[REFUSAL]), *named("a", "b", policy=CANCEL)
    ),
    "fail-fast": lambda: VirtualJob(
        three_polls(a=FAILED, b=COMPLETED),
        *named("a", poll_interval=1.0),
        *named("b", "c", "d", poll_interval=10.0),
        plan=Plan(max_parallel=2, fail_fast=True),
    ),
    "fail-fast while a trigger is repeated": lambda: VirtualJob(
        FakeApi(triggers=["a", UNREACHED], polls=[FAILED]),
        *named("a", "b", poll_interval=5.0),
        plan=Plan(fail_fast=True),
    ),
    "a signal": lambda: VirtualJob(
        FakeApi(polls=[RUNNING]),
        *named("a", "b"),
        plan=Plan(max_parallel=1),
        interrupt=(5.0, 143),
    ),
}


def test_jobs_are_approved():
    check_approved("execution/several", {case: job().text for case, job in JOBS.items()})
