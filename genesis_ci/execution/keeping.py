"""Whether an earlier job's run need not run again: pure decisions.

The file that names the run may be forged, so only what Genesis says of it counts.
"""

from genesis_ci.execution.attempts import last_word
from genesis_ci.execution.state import WorkflowState, anew
from genesis_ci.models import Execution


def why_not(state: WorkflowState, answer: Execution) -> str | None:
    """Return why a run does not stand for the one that is asked for now; None where it may."""
    workflow = state.workflow
    if (answer.workflow_id or "").casefold() != (workflow.workflow_id or "").casefold():
        return "it is not a run of this workflow"
    if (answer.payload or {}) != workflow.variables:
        return "it ran with other variables"
    if state.outcome is None and state.to_judge is None:
        return f"Genesis says {answer.status_word}"
    return None


def is_kept(state: WorkflowState) -> bool:
    """Whether the run that was looked at is as green as one that is run now has to be."""
    return state.outcome is not None and last_word(state, state.outcome).green


def run_again(state: WorkflowState, why: str, *, now: float) -> WorkflowState:
    """Return the state of a workflow that has to run after all."""
    note = f"The earlier job's run {state.execution_id} is not kept: {why}."
    return anew(state, now=now, notes=(note,))
