"""Whether a workflow runs once more, and what its last attempt means: pure decisions."""

from dataclasses import replace

from genesis_ci import outcomes
from genesis_ci.execution.state import WorkflowState, anew, report_of
from genesis_ci.models import RETRIED_VERDICTS, Outcome, Verdict


def next_attempt(state: WorkflowState, *, now: float) -> WorkflowState | None:
    """Return the state of the attempt that follows one that has its outcome; None: it was the last.

    Each attempt is triggered and watched as the first one was, with a wait of its own.
    """
    outcome, workflow = state.outcome, state.workflow
    if outcome is None or outcome.verdict not in RETRIED_VERDICTS or state.attached:
        return None
    if state.attempt >= workflow.policy.attempts or now >= state.end_by or not state.begun:
        return None
    attempt = replace(report_of(replace(state, ended_at=now), outcome), earlier=())
    return anew(state, now=now, notes=state.notes, earlier=(*state.earlier, attempt))


def last_word(state: WorkflowState, outcome: Outcome) -> Outcome:
    """Return the outcome of a workflow whose last attempt ended with this one."""
    if not state.earlier or not state.begun:
        return outcome
    policy = state.workflow.policy
    if outcome.verdict is Verdict.PASSED:
        return outcomes.flaky(outcome, state.attempt, policy.on_flaky)
    return outcomes.last_attempt(outcome, state.attempt, policy)
