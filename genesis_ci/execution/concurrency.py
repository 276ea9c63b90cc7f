"""Which of several workflows may start now, and which never start. Pure.

An attached run exists already: it waits for no other run, and no other run waits for it.
"""

from collections.abc import Collection, Iterable, Sequence

from genesis_ci import outcomes
from genesis_ci.execution.state import Run
from genesis_ci.models.policy import Concurrency, Plan
from genesis_ci.models.report import Outcome
from genesis_ci.models.workflow import Workflow


def startable(waiting: Iterable[Run], going: Collection[Run], plan: Plan) -> list[Run]:
    """Return the runs that may start now, in the order of the queue."""
    taken = {run.lane for run in going} - {None}
    found: list[Run] = []
    for run in waiting:
        if len(going) + len(found) >= plan.max_parallel:
            break
        if not run.held and run.lane not in taken:
            found.append(run)
            taken |= {run.lane} - {None}
    return found


def never_startable(waiting: Iterable[Run], over: Run, plan: Plan) -> dict[Run, Outcome]:
    """Return the outcome of each run that can never start because the run `over` ended."""
    if over.outcome and stops_job(over, plan):
        return dict.fromkeys(waiting, outcomes.stopped_by_fail_fast(over.workflow, over.outcome))
    if over.lane is None or not over.left_running:
        return {}
    never = outcomes.turn_never_came(over.workflow)
    return {run: never for run in waiting if run.lane == over.lane}


def stops_job(over: Run, plan: Plan) -> bool:
    """Return whether the end of a run stops all further triggers, other attempts included."""
    is_red = over.outcome is not None and not over.outcome.green
    return is_red and over.workflow.policy.required and plan.fail_fast


def predecessors(workflows: Sequence[Workflow]) -> dict[int, int]:
    """Return the position of the workflow that each queued workflow of a template waits for."""
    last: dict[str, int] = {}
    found: dict[int, int] = {}
    for position, lane in enumerate(lanes(workflows)):
        if lane in last:
            found[position] = last[lane]
        if lane is not None:
            last[lane] = position
    return found


def lanes(workflows: Sequence[Workflow]) -> list[str | None]:
    """Return the template that only one run may use at once, for each workflow, or None."""
    cancelling = {
        one.workflow_id
        for one in workflows
        if one.execution_id is None and one.policy.concurrency is Concurrency.CANCEL_PREVIOUS
    }
    return [
        one.workflow_id if one.execution_id is None and one.workflow_id in cancelling else None
        for one in workflows
    ]
