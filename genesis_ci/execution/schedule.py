"""Which of several workflows may start now, and which never will: pure decisions.

A run that is attached to exists already: it waits for no other, and no other waits for it.
"""

from collections.abc import Collection, Iterable, Sequence

from genesis_ci import outcomes
from genesis_ci.execution.state import WorkflowState
from genesis_ci.models import Concurrency, Outcome, Plan, Workflow


def turns(
    waiting: Iterable[WorkflowState], going: Collection[WorkflowState], plan: Plan
) -> list[int]:
    """Return the positions of those whose turn has come, first come, first served.

    `waiting` are to be triggered, `going` were and are not over.
    """
    free = plan.max_parallel - len(going)
    taken = {state.lane for state in going} - {None}
    starts: list[int] = []
    for position, state in enumerate(waiting):
        if free < 1:
            break
        if not state.held and state.lane not in taken:
            free -= 1
            starts.append(position)
            taken |= {state.lane} - {None}
    return starts


def ends(waiting: Sequence[WorkflowState], over: WorkflowState, plan: Plan) -> dict[int, Outcome]:
    """Return, by position, the outcome of those whose turn never comes because one is `over`."""
    workflow = over.workflow
    if over.outcome and stops(over, plan):
        return dict.fromkeys(
            range(len(waiting)), outcomes.stopped_by_fail_fast(workflow, over.outcome)
        )
    if over.lane is None or not over.abandoned:
        return {}
    never = outcomes.turn_never_came(workflow)
    return {position: never for position, state in enumerate(waiting) if state.lane == over.lane}


def stops(over: WorkflowState, plan: Plan) -> bool:
    """Whether nothing more is triggered because one is `over`, not even another attempt."""
    outcome = over.outcome
    red = outcome is not None and not outcome.green and over.workflow.policy.required
    return red and plan.fail_fast


def late_ends(waiting: Sequence[WorkflowState]) -> dict[int, Outcome]:
    """Return the outcome of all that wait when the CI job's time is over."""
    return dict.fromkeys(range(len(waiting)), outcomes.job_out_of_time())


def predecessors(workflows: Sequence[Workflow]) -> dict[int, int]:
    """Return, for each that waits for its turn on a template, the position before it."""
    last: dict[str, int] = {}
    found: dict[int, int] = {}
    for position, lane in enumerate(lanes(workflows)):
        if lane is None:
            continue
        if lane in last:
            found[position] = last[lane]
        last[lane] = position
    return found


def turn_taking(workflow: Workflow) -> str:
    """Why a workflow waits for another one, as the end of a sentence."""
    return (
        f"both run workflow {workflow.workflow_id}, whose concurrency policy is cancel-previous, "
        "so starting them side by side would cancel the first"
    )


def lanes(workflows: Sequence[Workflow]) -> list[str | None]:
    """Return the template that each has to itself while it runs; None where it need not."""
    cancelling = {
        one.workflow_id
        for one in workflows
        if one.execution_id is None and one.policy.concurrency is Concurrency.CANCEL_PREVIOUS
    }
    return [
        one.workflow_id if one.execution_id is None and one.workflow_id in cancelling else None
        for one in workflows
    ]
