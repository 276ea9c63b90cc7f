"""Several runs in one job, in virtual time: their order, limits and deadlines."""

import math
from collections.abc import Mapping

import pytest

from genesis_ci.errors import RefusedError
from genesis_ci.models import Concurrency, Execution, Plan, Policy, Status, Verdict, Workflow
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_run, an_attachment, an_execution
from tests.fakes import FakeApi

from .virtual_job import VirtualJob

RUNNING = an_execution(Status.RUNNING)
COMPLETED = an_execution(Status.COMPLETED)
REFUSAL = RefusedError("Invalid API key", hint="Check the key.", status=401)
CANCEL = Policy(concurrency=Concurrency.CANCEL_PREVIOUS)


def test_several_runs_are_watched_together_and_reported_in_order():
    runs = [a_run(execution_id=f"run-{n}") for n in range(30)]
    job = VirtualJob(FakeApi(polls=[RUNNING] * 30 + [COMPLETED]), *runs)
    assert [report.execution_id for report in job.reports] == [f"run-{n}" for n in range(30)]
    assert {report.outcome.exit_code for report in job.reports} == {0}


@pytest.mark.parametrize("count", [1, 20, 500])
def test_the_deadline_holds_for_many_runs_without_answers(count):
    runs = [an_attachment(execution_id=f"run-{n}", max_wait=60.0) for n in range(count)]
    job = VirtualJob(FakeApi(polls=[RUNNING], latency=math.inf), *runs)
    assert 60 <= job.seconds <= 61
    verdicts = {report.outcome.verdict for report in job.reports}
    assert verdicts <= {Verdict.LOST_CONTACT, Verdict.TIMED_OUT}
    assert len(job.progress.reports) == count


def test_all_runs_are_polled_again_before_the_deadline():
    runs = [
        an_attachment(execution_id=f"run-{n}", max_wait=60.0, poll_interval=10.0) for n in range(40)
    ]
    job = VirtualJob(FakeApi(polls=[RUNNING], latency=0.05), *runs, max_requests=4)
    assert job.seconds <= 61
    assert len(set(job.api.polled[-40:])) == 40
    assert job.progress.polled_at[-40] >= job.clock() - 3


@pytest.mark.parametrize(("count", "lead"), [(1, 0.1), (2, 0.1), (3, 0.2), (7, 0.4)])
def test_the_last_polls_begin_just_early_enough_for_all_runs(count, lead):
    runs = [an_attachment(max_wait=60.0, poll_interval=1000.0) for _ in range(count)]
    job = VirtualJob(FakeApi(polls=[RUNNING], latency=0.05), *runs, max_requests=2)
    began = job.clock() - job.seconds
    first_last_poll = job.progress.polled_at[count] - began - 0.05
    assert first_last_poll == pytest.approx(60.0 - lead)


def test_requests_at_once_stay_within_the_limit():
    api = FakeApi(polls=[RUNNING] * 40 + [COMPLETED], latency=0.5)
    job = VirtualJob(api, *[an_attachment(poll_interval=1.0)] * 10, max_requests=3)
    assert job.calls.most_at_once == 3
    assert {report.outcome.exit_code for report in job.reports} == {0}


def test_a_trigger_that_waits_for_a_slot_goes_first():
    """The refusal of the first run lets the second one of its template start."""
    api = FakeApi(triggers=[REFUSAL, "run-1", "run-2"], polls=[COMPLETED], latency=1.0)
    first, second = named("a", "b", policy=CANCEL)
    VirtualJob(api, first, second, a_run(workflow_id=EXECUTION_ID), max_requests=1)
    assert [template for template, _ in api.triggered] == [WORKFLOW_ID, EXECUTION_ID, WORKFLOW_ID]


def test_triggers_without_a_slot_are_not_sent_after_the_time_limit():
    job = VirtualJob(
        FakeApi(latency=math.inf),
        *[a_run() for _ in range(40)],
        plan=Plan(max_parallel=40),
        end_by=20.0,
    )
    assert len(job.api.triggered) == 16
    assert job.seconds <= 21
    hints = [report.outcome.hint or "" for report in job.reports]
    assert sum("may have started" in hint for hint in hints) == 16
    assert sum("Nothing was started" in hint for hint in hints) == 24


def test_runs_share_few_request_slots_equally():
    api = FakeApi(polls=[RUNNING] * 40 + [COMPLETED], latency=0.5)
    runs = [an_attachment(execution_id=f"run-{n}", poll_interval=1.0) for n in range(10)]
    VirtualJob(api, *runs, max_requests=2)
    counts = [api.polled[:40].count(f"run-{n}") for n in range(10)]
    assert counts == [4] * 10


def test_an_unknown_execution_does_not_change_other_verdicts():
    unknown = RefusedError("Genesis refused (404): Execution not found", hint="Check.", status=404)

    class Api(FakeApi):
        def poll(self, execution_id: str) -> Execution:
            if execution_id == "unknown":
                raise unknown
            return super().poll(execution_id)

    runs = [an_attachment(execution_id=one) for one in ("good", "unknown", "fine")]
    job = VirtualJob(Api(polls=[RUNNING, COMPLETED]), *runs)
    verdicts = [report.outcome.verdict for report in job.reports]
    assert verdicts == [Verdict.PASSED, Verdict.REJECTED, Verdict.PASSED]


class PacedApi(FakeApi):
    """Starts runs that take some polls; `overlapped` is true if runs of a template did."""

    def __init__(self, *, polls: int = 3, ends: Mapping[str, Status] | None = None) -> None:
        super().__init__()
        self._polls_per_run = polls
        self._ends = ends or {}
        self._left: dict[str, int] = {}
        self.most_at_once = 0
        self.overlapped = False

    def start(self, workflow_id: str, variables: Mapping[str, str]) -> str:
        name = variables.get("name", "")
        self.triggered.append((workflow_id, dict(variables)))
        execution_id = f"run-{name}"
        going = [self.triggered[at][0] for at, left in enumerate(self._left.values()) if left]
        self.overlapped |= workflow_id in going
        self._left[execution_id] = self._polls_per_run
        self.most_at_once = max(self.most_at_once, len(going) + 1)
        return execution_id

    def poll(self, execution_id: str) -> Execution:
        self._left[execution_id] -= 1
        if self._left[execution_id]:
            return an_execution(Status.RUNNING, id=execution_id)
        end = self._ends.get(execution_id, Status.COMPLETED)
        return an_execution(end, id=execution_id)


def named(*names: str, **fields) -> list[Workflow]:
    return [a_run(name=name, variables={"name": name}, **fields) for name in names]


def test_at_most_max_parallel_runs_are_going_at_once():
    api = PacedApi()
    job = VirtualJob(api, *named(*"abcdefgh"), plan=Plan(max_parallel=3))
    assert api.most_at_once == 3
    assert [report.name for report in job.reports] == list("abcdefgh")
    assert {report.outcome.verdict for report in job.reports} == {Verdict.PASSED}


def test_runs_under_cancel_previous_never_overlap():
    api = PacedApi()
    job = VirtualJob(api, *named("a", "b", "c", policy=CANCEL))
    assert not api.overlapped
    assert [sent["name"] for _, sent in api.triggered] == ["a", "b", "c"]
    assert {report.outcome.exit_code for report in job.reports} == {0}


def test_the_next_run_does_not_cancel_one_whose_poll_is_refused():
    api = FakeApi(triggers=["run-1"], polls=[REFUSAL])
    job = VirtualJob(api, *named("a", "b", policy=CANCEL))
    assert len(api.triggered) == 1
    verdicts = [report.outcome.verdict for report in job.reports]
    assert verdicts == [Verdict.REJECTED, Verdict.TIMED_OUT]
    assert "“a” may still be going" in job.reports[1].outcome.message


def test_max_wait_time_of_a_queued_run_starts_with_its_trigger():
    runs = named("a", "b", "c", policy=CANCEL, poll_interval=10.0, max_wait=35.0)
    job = VirtualJob(PacedApi(), *runs)
    assert job.seconds == 90
    assert {report.outcome.verdict for report in job.reports} == {Verdict.PASSED}
    assert [report.seconds for report in job.reports] == [30, 30, 30]


def test_one_failure_does_not_stop_the_others():
    api = PacedApi(ends={"run-a": Status.FAILED})
    job = VirtualJob(api, *named("a", "b", "c"), plan=Plan(max_parallel=1))
    assert [report.outcome.exit_code for report in job.reports] == [1, 0, 0]


def test_fail_fast_starts_nothing_and_waits_for_running_workflows():
    api = PacedApi(ends={"run-a": Status.FAILED})
    runs = [*named("a", poll_interval=1.0), *named("b", "c", "d", poll_interval=10.0)]
    job = VirtualJob(api, *runs, plan=Plan(max_parallel=2, fail_fast=True))
    verdicts = [report.outcome.verdict for report in job.reports]
    assert verdicts == [Verdict.FAILED, Verdict.PASSED, Verdict.NOT_RUN, Verdict.NOT_RUN]
    assert len(api.triggered) == 2
    assert job.reports[2].seconds == 0
    assert "“a” ended failed (exit code 1)" in job.reports[2].outcome.message


def test_fail_fast_ends_the_job_at_once_when_nothing_runs():
    api = PacedApi(ends={"run-a": Status.FAILED})
    job = VirtualJob(
        api, *named("a", "b", poll_interval=1.0), plan=Plan(max_parallel=1, fail_fast=True)
    )
    assert job.seconds == 3


def test_a_signal_ends_queued_workflows_without_a_trigger():
    api = PacedApi(polls=100)
    job = VirtualJob(api, *named("a", "b"), plan=Plan(max_parallel=1), interrupt=(5.0, 143))
    assert [report.outcome.exit_code for report in job.reports] == [143, 143]
    assert job.reports[1].outcome.hint == "Nothing was started."


def test_queued_workflows_do_not_start_after_the_time_limit():
    api = PacedApi(polls=100)
    job = VirtualJob(api, *named("a", "b"), plan=Plan(max_parallel=1), end_by=60.0)
    assert [report.outcome.exit_code for report in job.reports] == [6, 6]
    assert len(api.triggered) == 1
    assert job.seconds <= 61
