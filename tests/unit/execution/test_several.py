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


KEEPING = a_run(keeps=EXECUTION_ID, earlier=(a_report(Verdict.FAILED, 1, execution_id="old-0"),))


@pytest.mark.parametrize(
    ("triggers", "runs"),
    [
        pytest.param(["run-1", "RUN1"], [a_run(), a_run()], id="another workflow"),
        pytest.param(["run-1"], [a_run(wait=False)] * 2, id="another workflow, no wait"),
        pytest.param(["run-1"], [a_run(policy=TWICE)], id="the attempt before"),
        pytest.param([EXECUTION_ID.upper()], [a_run(), an_attachment()], id="an attached run"),
        pytest.param([EXECUTION_ID], [KEEPING], id="a run that is not kept"),
        pytest.param(["old-0"], [KEEPING], id="an attempt of an earlier job"),
        pytest.param([NO_EXECUTION], [a_run()], id="no run"),
    ],
)
def test_a_known_execution_id_is_no_new_run(triggers, runs):
    job = VirtualJob(FakeApi(triggers=triggers, polls=[FAILED]), *runs, plan=Plan(max_parallel=1))
    [lost] = [one.outcome for one in job.reports if one.outcome.verdict is Verdict.LOST_CONTACT]
    assert f"names execution {triggers[-1]}, which is not a new run" in lost.message
    assert "The run may have started" in lost.next_step


def test_a_known_execution_id_is_triggered_again_once_if_safe():
    second = a_run(workflow_id=EXECUTION_ID, policy=CANCEL)
    for triggers, verdict in (
        (["run-1", "run-1", "run-2"], Verdict.PASSED),
        (["run-1"], Verdict.LOST_CONTACT),
    ):
        api = FakeApi(triggers=triggers, polls=[COMPLETED])
        job = VirtualJob(api, a_run(), second, plan=Plan(max_parallel=1))
        assert [one.outcome.verdict for one in job.reports] == [Verdict.PASSED, verdict]
        assert len(api.triggered) == 3


@pytest.mark.parametrize(
    ("polls", "workflow", "verdict", "seconds"),
    [
        pytest.param([LAGS] * 3 + [COMPLETED], a_run(), Verdict.PASSED, (7, 8), id="lags"),
        pytest.param([LAGS], a_run(), Verdict.REJECTED, (61, 61), id="unknown"),
        pytest.param([RUNNING, LAGS], a_run(), Verdict.REJECTED, (62, 62), id="vanishes"),
        pytest.param(
            [*[LAGS] * 5, RUNNING, LAGS], a_run(), Verdict.REJECTED, (93, 95), id="lags twice"
        ),
        pytest.param([LAGS], a_run(max_wait=9), Verdict.REJECTED, (9, 9.5), id="max-wait-time"),
        pytest.param([LAGS], an_attachment(), Verdict.REJECTED, (0, 0), id="attached"),
        pytest.param([RUNNING, LAGS], an_attachment(), Verdict.REJECTED, (1, 1), id="seen"),
        pytest.param([PAGE] * 3 + [COMPLETED], an_attachment(), Verdict.PASSED, (7, 7), id="page"),
        pytest.param([PAGE], an_attachment(), Verdict.LOST_CONTACT, (120, 120), id="pages"),
        pytest.param(
            [RESET, *[PAGE, RESET] * 3, PAGE], an_attachment(), Verdict.LOST_CONTACT, (211, 211),
            id="pages after other faults",
        ),
        pytest.param(
            [RUNNING, PAGE], an_attachment(max_wait=300), Verdict.LOST_CONTACT, (300, 300.5),
            id="pages, seen",
        ),
        pytest.param(
            [PAGE], a_run(max_wait=300), Verdict.LOST_CONTACT, (300, 300.5), id="pages, triggered"
        ),
        pytest.param([PERMANENT], an_attachment(), Verdict.LOST_CONTACT, (0, 0), id="permanent"),
        pytest.param(
            [RUNNING, PERMANENT], an_attachment(max_wait=300), Verdict.LOST_CONTACT, (300, 300.5),
            id="permanent, seen",
        ),
        pytest.param(
            [PERMANENT], a_run(max_wait=300), Verdict.LOST_CONTACT, (300, 300.5),
            id="permanent, triggered",
        ),
    ],
)  # fmt: skip
def test_a_refused_poll_is_repeated_while_it_may_pass(polls, workflow, verdict, seconds):
    job = VirtualJob(FakeApi(polls=polls), workflow)
    assert job.verdict is verdict
    assert seconds[0] <= job.seconds <= seconds[1]


def test_a_run_of_another_workflow_counts_until_ids_were_equal():
    """The guide does not say that the run shows the id of its template."""
    mine, other = (an_execution(Status.COMPLETED, workflow_id=one) for one in (WORKFLOW_ID, "own"))
    for first, verdict in ((mine, Verdict.LOST_CONTACT), (other, Verdict.PASSED)):
        api = FakeApi(triggers=["run-1", "run-2"], polls=[other], runs={"run-1": [first]})
        job = VirtualJob(api, *[a_run(max_wait=60)] * 2, plan=Plan(max_parallel=1))
        assert [one.outcome.verdict for one in job.reports] == [Verdict.PASSED, verdict]


def test_another_workflow_id_of_an_attached_run_is_no_fault_after_equal_ids():
    mine, other = (an_execution(Status.COMPLETED, workflow_id=one) for one in (WORKFLOW_ID, "own"))
    late = an_attachment(workflow_id=EXECUTION_ID, poll_interval=9.0)
    api = FakeApi(polls=[an_execution(Status.RUNNING), other], runs={"run-1": [mine]})
    assert [one.outcome.verdict for one in VirtualJob(api, a_run(), late).reports] == [
        Verdict.PASSED,
        Verdict.PASSED,
    ]


def test_an_attached_run_of_another_entry_is_an_error():
    swapped = an_execution(Status.COMPLETED, workflow_id="two")
    runs = [an_attachment(workflow_id=one, execution_id=f"run-{one}") for one in ("one", "two")]
    job = VirtualJob(FakeApi(polls=[swapped]), *runs)
    assert [one.outcome.verdict for one in job.reports] == [Verdict.ERROR, Verdict.PASSED]
    assert "belongs to workflow two, not to one" in job.report.outcome.message


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
    hints = [report.outcome.next_step for report in job.reports]
    assert sum("may have started" in hint for hint in hints) == 16
    assert sum("Nothing was started" in hint for hint in hints) == 24


def test_a_429_of_one_run_delays_the_requests_of_others():
    api = FakeApi(polls=[RUNNING, RUNNING, COMPLETED], runs={"run-0": [LIMITED, COMPLETED]})
    runs = [an_attachment(execution_id=f"run-{n}", poll_interval=1.0) for n in range(3)]
    first, second = VirtualJob(api, *runs).calls.started_at[3:5]
    assert second - first == pytest.approx(FIRST_GAP, rel=0.02)


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
    assert job.reports[1].outcome.next_step == "Nothing was started."
