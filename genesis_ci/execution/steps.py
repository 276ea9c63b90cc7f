"""What a request, an answer or a fault makes of one workflow's state: one step, then the next.

Pure: times are seconds of a monotonic clock and come in as parameters.
"""

from collections.abc import Sequence
from dataclasses import replace

from genesis_ci import outcomes
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution.polling import next_poll
from genesis_ci.execution.retry import Ask, fault_in, may_ask_again, pause
from genesis_ci.execution.state import LAST_LOOK_SECONDS, WorkflowState
from genesis_ci.models import Concurrency, Execution, OnReview, Outcome, Policy, Status
from genesis_ci.models.proof import Finding

POLL_SECONDS = 30.0
TRIGGER_SECONDS = 30.0
FIRST_LOOK_AFTER = 1.0


def patience(state: WorkflowState, *, now: float) -> float:
    """Return how many seconds the request that goes out now may take.

    A poll has to end at the deadline; one that begins there has half a second.
    """
    left = asked(state, now=now).deadline - now
    longest = POLL_SECONDS if state.ask is Ask.POLL else _patience_of_trigger(state)
    return max(LAST_LOOK_SECONDS, min(longest, left))


def asked(state: WorkflowState, *, now: float) -> WorkflowState:
    """Return the state after a request went out; max-wait-time counts from the trigger."""
    began = now if state.asked_at is None and not state.attached else state.began
    last_look_for = state.deadline if now >= state.last_look_at else state.last_look_for
    return replace(state, began=began, asked_at=now, under_way=True, last_look_for=last_look_for)


def _patience_of_trigger(state: WorkflowState) -> float:
    """The longest wait for a trigger's answer: all there is, unless a second one is safe."""
    second_is_safe = state.workflow.policy.concurrency is Concurrency.CANCEL_PREVIOUS
    if second_is_safe and not state.ambiguous:
        return min(TRIGGER_SECONDS, max(state.workflow.max_wait / 3, 1.0))
    return TRIGGER_SECONDS


def triggered(state: WorkflowState, execution_id: str, *, now: float) -> WorkflowState:
    """Return the state after Genesis started the run."""
    known = replace(state, execution_id=execution_id, faults=0, last_error=None)
    if not state.workflow.wait:
        return replace(known, outcome=outcomes.triggered(execution_id))
    interval = state.workflow.poll_interval
    return replace(known, due=now + (FIRST_LOOK_AFTER if interval is None else interval))


def looked(state: WorkflowState, execution: Execution, *, now: float) -> WorkflowState:
    """Return the state after an answer about the run."""
    cost = now - (now if state.asked_at is None else state.asked_at)
    seen = replace(
        _in_or_out_of_review(state, execution, now=now),
        execution=execution.without_raw,
        cost=cost,
        polls=state.polls + 1,
        faults=0,
        last_error=None,
        notes=state.notes or _unknown_status_notes(execution),
    )
    foreign = _foreign(state, execution)
    if execution.status is Status.COMPLETED and state.workflow.proof.checks and not foreign:
        return replace(seen, to_judge=execution)
    outcome = foreign or _outcome_of(state, execution)
    if outcome:
        return replace(seen, outcome=outcome)
    if now >= seen.deadline:
        return _give_up(seen, now=now)
    wait = next_poll(
        execution,
        elapsed=now - state.began,
        interval=state.workflow.poll_interval,
        cost=cost,
    )
    return replace(seen, due=now + wait)


def judged(state: WorkflowState, findings: Sequence[Finding]) -> WorkflowState:
    """Return the end of a workflow whose completed run was judged."""
    if state.to_judge is None:
        raise ValueError("only a completed run is judged")
    outcome = _outcome_of(state, state.to_judge, findings)
    return replace(state, to_judge=None, findings=tuple(findings), outcome=outcome)


def _outcome_of(
    state: WorkflowState, execution: Execution, findings: Sequence[Finding] = ()
) -> Outcome | None:
    """What a run's status means for this attempt."""

    def under(policy: Policy) -> Outcome | None:
        return outcomes.for_execution(execution, policy, attached=state.attached, findings=findings)

    outcome = under(state.policy)
    lenient = under(state.workflow.policy)
    if outcome and lenient and lenient.green and not outcome.green:
        return outcomes.red_after_failed_attempt(outcome)
    return outcome


def unjudged(state: WorkflowState, why: str) -> WorkflowState:
    """Return the end of a workflow whose completed run could not be judged: it proves nothing."""
    if state.to_judge is None:
        raise ValueError("only a completed run is judged")
    return replace(state, to_judge=None, outcome=outcomes.unjudged(state.to_judge, why))


def failed(
    state: WorkflowState, error: RefusedError | ContactError, *, now: float, jitter: float
) -> WorkflowState:
    """Return the state after a request that was refused, or got no usable answer."""
    fault = fault_in(error, seen=state.execution is not None)
    if fault:
        return _faulted(state, fault, now=now, jitter=jitter)
    outcome = outcomes.refused(
        error, state.execution_id, exists=state.exists, ambiguous=state.ambiguous
    )
    return replace(state, outcome=outcome)


def _faulted(
    state: WorkflowState, error: ContactError, *, now: float, jitter: float
) -> WorkflowState:
    again = may_ask_again(
        state.ask,
        error,
        concurrency=state.workflow.policy.concurrency,
        ambiguous_before=state.ambiguous,
        met=state.exists,
    )
    after = replace(
        state,
        faults=state.faults + 1,
        polls=state.polls + (state.ask is Ask.POLL),
        last_error=error,
        ambiguous=state.ambiguous or (state.ask is Ask.TRIGGER and error.reached),
    )
    wait = pause(error, faults=after.faults, jitter=jitter)
    if state.ask is Ask.TRIGGER and not error.retry_after:
        wait = min(wait, max(1.0, (state.deadline - now) / 4))
    due = now + wait
    over = due >= state.deadline if state.ask is Ask.TRIGGER else _was_last_look(state, now)
    if not again or over:
        return _give_up(after, now=now)
    return replace(after, due=due)


def too_late(state: WorkflowState, *, now: float) -> WorkflowState | None:
    """Return the end of a workflow whose next request would come too late."""
    if now < state.expires_at:
        return None
    if state.ask is Ask.TRIGGER and state.asked_at is None:
        unstarted = state.earlier[-1].outcome if state.earlier else outcomes.job_out_of_time()
        return replace(state, outcome=unstarted)
    return _give_up(state, now=now)


def interrupted(state: WorkflowState, *, exit_code: int) -> WorkflowState:
    """Return the state after SIGINT or SIGTERM; what already has an outcome keeps it."""
    if state.outcome:
        return state
    if state.earlier and not state.begun:
        outcome = outcomes.interrupted_between_attempts(len(state.earlier), exit_code=exit_code)
        return replace(state, outcome=outcome)
    may_run = state.ambiguous or state.triggering
    return replace(
        state,
        to_judge=None,
        outcome=outcomes.interrupted(
            state.execution_id,
            exit_code=exit_code,
            may_run=may_run,
            completed=state.to_judge is not None,
        ),
    )


def _foreign(state: WorkflowState, execution: Execution) -> Outcome | None:
    """The end of one that was pointed at a run of another workflow than it names."""
    asked_for, told = state.workflow.workflow_id, execution.workflow_id
    if not state.attached or not asked_for or not told or asked_for.casefold() == told.casefold():
        return None
    return outcomes.other_workflow(execution, asked_for)


def _was_last_look(state: WorkflowState, now: float) -> bool:
    return now >= state.deadline and state.last_look_for == state.deadline


def _give_up(state: WorkflowState, *, now: float) -> WorkflowState:
    if state.last_error and (state.faults > 1 or state.execution is None):
        outcome = outcomes.lost_contact(
            state.last_error,
            state.execution_id,
            ambiguous=state.ambiguous,
            again=bool(state.earlier),
        )
    elif state.ended_by_job:
        outcome = outcomes.timed_out(
            state.execution_id, state.execution, waited=now - state.began, by_job=True
        )
    elif state.review_since is not None and state.execution:
        outcome = outcomes.review_expired(
            state.execution, waited=state.workflow.review_wait, attached=state.attached
        )
    else:
        waited = state.workflow.max_wait
        outcome = outcomes.timed_out(state.execution_id, state.execution, waited=waited)
    return replace(state, outcome=outcome)


def _in_or_out_of_review(
    state: WorkflowState, execution: Execution, *, now: float
) -> WorkflowState:
    waits = (
        execution.status is Status.REVIEW_PENDING
        and state.workflow.policy.on_review_pending is OnReview.WAIT
    )
    if waits and state.review_since is None:
        return replace(state, review_since=now)
    if not waits and state.review_since is not None:
        spent = state.review_spent + now - state.review_since
        return replace(state, review_since=None, review_spent=spent)
    return state


def _unknown_status_notes(execution: Execution) -> tuple[str, ...]:
    if execution.status is not None:
        return ()
    return (
        f"Genesis says the status is “{execution.status_word}”, which this version does not "
        "know; it is watched on like a running one.",
    )
