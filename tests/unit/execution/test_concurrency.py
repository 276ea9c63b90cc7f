"""The queue of a job: which runs may start, and which never start."""

import math

import pytest

from genesis_ci.execution.concurrency import Queue, predecessors, serial_templates
from genesis_ci.execution.state import Run
from genesis_ci.models.policy import Concurrency, Plan, Policy
from genesis_ci.models.report import USUAL_EXIT_CODES, Outcome, Verdict
from genesis_ci.models.workflow import Workflow
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_report, a_run, an_attachment

SERIAL = Policy(concurrency=Concurrency.CANCEL_PREVIOUS)
PARALLEL, MINE = a_run(), a_run(policy=SERIAL)
OTHER = a_run(policy=SERIAL, workflow_id=EXECUTION_ID)
OPTIONAL = a_run(policy=Policy(required=False))
ATTACHED = an_attachment(workflow_id=WORKFLOW_ID)


def runs(*workflows: Workflow) -> list[Run]:
    return [
        Run(workflow=workflow, serial_template=template)
        for workflow, template in zip(workflows, serial_templates(workflows), strict=True)
    ]


def a_queue(waiting: list[Run], plan: Plan) -> Queue:
    queue = Queue(waiting, plan, end_by=math.inf)
    for run in waiting:
        if not run.attached:
            queue.add(run)
    return queue


def turns(queue: Queue) -> list[tuple[Run, Outcome | None]]:
    given = []
    while turn := queue.next_turn(0.0):
        given.append(turn)
    return given


def started(queue: Queue) -> list[Run]:
    return [run for run, never in turns(queue) if not never]


@pytest.mark.parametrize(
    ("going", "waiting", "plan", "starts"),
    [
        pytest.param([], [PARALLEL] * 20, Plan(), [*range(8)], id="eight by default"),
        pytest.param([], [PARALLEL] * 5, Plan(max_parallel=2), [0, 1], id="in order"),
        pytest.param([PARALLEL], [PARALLEL] * 5, Plan(max_parallel=2), [0], id="one more"),
        pytest.param([PARALLEL] * 2, [PARALLEL], Plan(max_parallel=2), [], id="no more"),
        pytest.param([], [MINE, MINE], Plan(), [0], id="one of a template"),
        pytest.param([MINE], [MINE], Plan(), [], id="a taken template"),
        pytest.param([], [PARALLEL, MINE], Plan(), [0], id="one cancel-previous entry"),
        pytest.param([], [MINE, MINE, OTHER, OTHER], Plan(), [0, 2], id="two templates"),
        pytest.param([MINE], [OTHER, MINE], Plan(), [0], id="another template"),
        pytest.param([ATTACHED], [MINE], Plan(), [], id="an attached run of the template"),
        pytest.param([ATTACHED], [OTHER], Plan(), [0], id="an attached run of another template"),
        pytest.param([ATTACHED], [OTHER], Plan(max_parallel=1), [], id="an attached run counts"),
    ],
)
def test_runs_start_in_order_up_to_the_limits(going, waiting, plan, starts):
    every = runs(*going, *waiting)
    queue = a_queue(every[: len(going)], plan)
    assert len(started(queue)) == len([run for run in every[: len(going)] if not run.attached])
    for run in every[len(going) :]:
        queue.add(run)
    assert [every.index(run) - len(going) for run in started(queue)] == starts


def never_startable_after(verdict: Verdict, *workflows: Workflow, known=True, fail_fast=False):
    """Return the outcomes, by position, of the runs that never start after the first one ended.

    Without a known id, the first run never started.
    """
    over, *waiting = runs(*workflows)
    over.outcome = Outcome(
        verdict=verdict, exit_code=USUAL_EXIT_CODES[verdict], sentences=("Over.",)
    )
    over.execution_id = EXECUTION_ID if known else None
    queue = a_queue(waiting, Plan(fail_fast=fail_fast))
    queue.end(over)
    return {waiting.index(run) + 1: outcome for run, outcome in turns(queue) if outcome}


def test_no_run_follows_a_timeout_under_cancel_previous():
    first = a_run(policy=SERIAL, name="first")
    never = never_startable_after(Verdict.TIMED_OUT, first, MINE, OTHER, MINE)
    assert never.keys() == {1, 3}
    assert {one.exit_code for one in never.values()} == {USUAL_EXIT_CODES[Verdict.TIMED_OUT]}
    assert "“first” may still be going" in never[1].message


@pytest.mark.parametrize("verdict", [one for one in Verdict if USUAL_EXIT_CODES[one]])
def test_fail_fast_starts_nothing_after_a_required_failure(verdict):
    never = never_startable_after(verdict, a_run(name="smoke"), PARALLEL, PARALLEL, fail_fast=True)
    assert set(never) == {1, 2}
    assert (never[1].verdict, never[1].exit_code) == (Verdict.NOT_RUN, 0)
    assert f"“smoke” ended {verdict}" in never[1].message
    assert "fail-fast: false" in (never[1].next_step or "")


@pytest.mark.parametrize(
    ("verdict", "first", "options"),
    [
        pytest.param(Verdict.TIMED_OUT, PARALLEL, {}, id="a timeout under parallel"),
        pytest.param(Verdict.LOST_CONTACT, MINE, {"known": False}, id="never started"),
        pytest.param(Verdict.FAILED, MINE, {}, id="ended"),
        pytest.param(Verdict.FAILED, OPTIONAL, {"fail_fast": True}, id="not required"),
        pytest.param(Verdict.PASSED, PARALLEL, {"fail_fast": True}, id="green"),
    ],
)
def test_other_endings_leave_all_runs_startable(verdict, first, options):
    assert never_startable_after(verdict, first, first, **options) == {}


@pytest.mark.parametrize(
    ("verdict", "earlier", "stops"),
    [
        (Verdict.REVIEW_PENDING, (), False),
        (Verdict.REVIEW_PENDING, (a_report(Verdict.FAILED, 1),), True),
        (Verdict.FAILED, (), True),
    ],
)
def test_fail_fast_ignores_a_review_that_a_status_shows(verdict, earlier, stops):
    over, waits = runs(PARALLEL, PARALLEL)
    over.outcome, over.earlier = a_report(verdict, USUAL_EXIT_CODES[verdict]).outcome, earlier
    queue = a_queue([waits], Plan(fail_fast=True, review_is_green=True))
    queue.end(over)
    assert bool(queue.stopped) is stops


def test_predecessors_are_the_earlier_runs_of_a_template():
    assert predecessors([MINE, OTHER, MINE, MINE]) == {2: 0, 3: 2}
    assert predecessors([MINE, ATTACHED, MINE]) == {0: 1, 2: 0}
