"""Several runs in one job, in virtual time: their order, limits and deadlines."""

import math
from collections import Counter

import pytest

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.models import Concurrency, Execution, Plan, Policy, Status, Verdict, Workflow
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_run, an_attachment, an_execution
from tests.fakes import FakeApi, FakeClock, VirtualCalls, a_loop

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
CANCEL = Policy(concurrency=Concurrency.CANCEL_PREVIOUS)


@pytest.mark.parametrize("count", [1, 20, 500])
def test_the_deadline_holds_for_many_runs_without_answers(count):
    runs = [an_attachment(execution_id=f"run-{n}", max_wait=60.0) for n in range(count)]
    job = VirtualJob(FakeApi(polls=[RUNNING], latency=math.inf), *runs)
    assert 60 <= job.seconds <= 61
    verdicts = {report.outcome.verdict for report in job.reports}
    assert verdicts <= {Verdict.LOST_CONTACT, Verdict.TIMED_OUT}
    assert len(job.progress.reports) == count


@pytest.mark.parametrize(
    ("triggers", "runs", "seconds"),
    [
        pytest.param([NO_HOST], [a_run()], 120, id="one"),
        pytest.param([NO_HOST], [a_run()] * 12, 120, id="many"),
        pytest.param([NO_HOST], [a_run(max_wait=60)], 60, id="max-wait-time"),
        pytest.param([UNRESOLVED, NO_HOST, UNRESOLVED, NO_HOST], [a_run()], 121, id="DNS fails"),
        pytest.param([UNRESOLVED], [a_run(max_wait=300)], 300, id="no DNS"),
        pytest.param([NO_HOST, UNREACHED, NO_HOST], [a_run(max_wait=300)], 300, id="found once"),
        pytest.param(
            ["run-1", NO_HOST], [a_run(max_wait=300, wait=False)] * 2, 300, id="one triggered"
        ),
        pytest.param(
            [RESET, NO_HOST], [a_run(max_wait=300, policy=CANCEL)], 300, id="maybe triggered"
        ),
        pytest.param([], [an_attachment(max_wait=300)], 300, id="attached"),
    ],
)
def test_a_host_that_does_not_exist_ends_first_triggers_after_two_minutes(triggers, runs, seconds):
    job = VirtualJob(FakeApi(triggers=triggers, polls=[NO_HOST]), *runs, plan=Plan(max_parallel=4))
    assert seconds - 1 <= job.seconds <= seconds
    assert job.reports[-1].outcome.verdict is Verdict.LOST_CONTACT


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


def test_triggers_without_a_slot_are_not_sent_after_the_time_limit():
    plan = Plan(max_parallel=40)
    job = VirtualJob(FakeApi(latency=math.inf), *[a_run()] * 40, plan=plan, end_by=20.0)
    assert len(job.api.triggered) == 16
    assert job.seconds <= 21
    hints = [report.outcome.hint or "" for report in job.reports]
    assert sum("may have started" in hint for hint in hints) == 16
    assert sum("Nothing was started" in hint for hint in hints) == 24


class LimitingApi(FakeApi):
    """Allows 50 requests in each second."""

    def __init__(self, clock: FakeClock, **script) -> None:
        super().__init__(latency=0.01, **script)
        self._clock = clock
        self.requests: Counter[int] = Counter()

    def start(self, *request) -> str:
        self._count()
        return super().start(*request)

    def poll(self, execution_id: str) -> Execution:
        self._count()
        return super().poll(execution_id)

    def _count(self) -> None:
        second = int(self._clock())
        self.requests[second] += 1
        if self.requests[second] > 50:
            raise LIMITED

    @property
    def refused(self) -> int:
        return sum(max(0, count - 50) for count in self.requests.values())


def test_a_limit_that_one_run_meets_slows_down_all_others():
    """Before, three of five requests were refused, and the job took longer."""
    ids = [f"run-{n}" for n in range(400)]
    clock = FakeClock()
    api = LimitingApi(clock, triggers=ids, runs={each: [RUNNING, COMPLETED] for each in ids})
    loop = a_loop(api, clock, VirtualCalls(clock, api), plan=Plan(max_parallel=400))
    reports = loop.run([a_run()] * 400)
    assert {report.outcome.verdict for report in reports} == {Verdict.PASSED}
    assert api.refused < 0.05 * api.requests.total()


def test_an_hour_of_retry_after_holds_up_only_its_own_run():
    hour = ContactError("Busy.", reached=False, retry_after=3600.0, limited=True)
    api = FakeApi(runs={"a": [hour, COMPLETED], "b": [RUNNING, RUNNING, COMPLETED]})
    runs = [an_attachment(execution_id=each, max_wait=60.0, poll_interval=1.0) for each in "ab"]
    job = VirtualJob(api, *runs)
    assert [round(report.seconds) for report in job.reports] == [60, 2]


def named(*names: str, **fields) -> list[Workflow]:
    return [a_run(name=name, **fields) for name in names]


def three_polls(**ends) -> FakeApi:
    """Triggers runs of these names; each of them ends at its third poll."""
    runs = {name: [RUNNING, RUNNING, end] for name, end in ends.items()}
    return FakeApi(triggers=runs, runs=runs)


def test_at_most_max_parallel_runs_are_going_at_once():
    api = three_polls(**dict.fromkeys("abcdef", COMPLETED))
    job = VirtualJob(api, *named(*"abcdef"), plan=Plan(max_parallel=3))
    assert [set(api.polled[:9]), set(api.polled[9:])] == [set("abc"), set("def")]
    assert [report.name for report in job.reports] == list("abcdef")
    assert {report.outcome.verdict for report in job.reports} == {Verdict.PASSED}


def test_runs_of_a_template_under_cancel_previous_follow_each_other():
    """The first one fails; `max-wait-time` counts from the trigger of each."""
    api = three_polls(a=FAILED, b=COMPLETED, c=COMPLETED)
    job = VirtualJob(api, *named("a", "b", "c", policy=CANCEL, poll_interval=10.0, max_wait=35.0))
    assert api.polled == ["a", "a", "a", "b", "b", "b", "c", "c", "c"]
    assert [report.outcome.exit_code for report in job.reports] == [1, 0, 0]
    assert [report.seconds for report in job.reports] == [30, 30, 30]
    assert job.seconds == 90


def test_the_next_run_does_not_cancel_one_whose_poll_is_refused():
    api = FakeApi(triggers=["run-1"], polls=[REFUSAL])
    job = VirtualJob(api, *named("a", "b", policy=CANCEL))
    assert len(api.triggered) == 1
    verdicts = [report.outcome.verdict for report in job.reports]
    assert verdicts == [Verdict.REJECTED, Verdict.TIMED_OUT]
    assert "“a” may still be going" in job.reports[1].outcome.message


def test_fail_fast_starts_nothing_and_waits_for_running_workflows():
    api = three_polls(a=FAILED, b=COMPLETED)
    runs = [*named("a", poll_interval=1.0), *named("b", "c", "d", poll_interval=10.0)]
    job = VirtualJob(api, *runs, plan=Plan(max_parallel=2, fail_fast=True))
    verdicts = [report.outcome.verdict for report in job.reports]
    assert verdicts == [Verdict.FAILED, Verdict.PASSED, Verdict.NOT_RUN, Verdict.NOT_RUN]
    assert (len(api.triggered), job.seconds, job.reports[2].seconds) == (2, 30, 0)
    assert "“a” ended failed (exit code 1)" in job.reports[2].outcome.message


def test_a_signal_ends_queued_workflows_without_a_trigger():
    api = FakeApi(polls=[RUNNING])
    job = VirtualJob(api, *named("a", "b"), plan=Plan(max_parallel=1), interrupt=(5.0, 143))
    assert [report.outcome.exit_code for report in job.reports] == [143, 143]
    assert job.reports[1].outcome.hint == "Nothing was started."
