"""Which of several workflows may start now, and which never will: pure decisions.

A run that is attached to exists already: it waits for no other, and no other waits for it.
"""

from collections.abc import Collection, Iterable, Sequence

from genesis_ci import outcomes
from genesis_ci.execution.state import Run
from genesis_ci.models import Concurrency, Outcome, Plan, Workflow


def startable(waiting: Iterable[Run], going: Collection[Run], plan: Plan) -> list[Run]:
    """Return the runs that may start now, first come, first served."""
    free = plan.max_parallel - len(going)
    taken = {run.lane for run in going} - {None}
    found: list[Run] = []
    for run in waiting:
        if free < 1:
            break
        if not run.held and run.lane not in taken:
            free -= 1
            found.append(run)
            taken |= {run.lane} - {None}
    return found


def never_startable(waiting: Iterable[Run], over: Run, plan: Plan) -> dict[Run, Outcome]:
    """Return the outcome of each run that can never start because another one ended."""
    if over.outcome and stops_job(over, plan):
        return dict.fromkeys(waiting, outcomes.stopped_by_fail_fast(over.workflow, over.outcome))
    if over.lane is None or not over.left_running:
        return {}
    never = outcomes.turn_never_came(over.workflow)
    return {run: never for run in waiting if run.lane == over.lane}


def stops_job(over: Run, plan: Plan) -> bool:
    """Return whether nothing more is triggered after a run ended, not even another attempt."""
    outcome = over.outcome
    red = outcome is not None and not outcome.green and over.workflow.policy.required
    return red and plan.fail_fast


def predecessors(workflows: Sequence[Workflow]) -> dict[int, int]:
    """Return, for each workflow that waits for its template, the position of the one before it."""
    last: dict[str, int] = {}
    found: dict[int, int] = {}
    for position, lane in enumerate(lanes(workflows)):
        if lane is None:
            continue
        if lane in last:
            found[position] = last[lane]
        last[lane] = position
    return found


def lanes(workflows: Sequence[Workflow]) -> list[str | None]:
    """Return the template that each workflow has to itself while it runs, or None."""
    cancelling = {
        one.workflow_id
        for one in workflows
        if one.execution_id is None and one.policy.concurrency is Concurrency.CANCEL_PREVIOUS
    }
    return [
        one.workflow_id if one.execution_id is None and one.workflow_id in cancelling else None
        for one in workflows
    ]
