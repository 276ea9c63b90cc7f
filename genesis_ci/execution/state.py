"""Where one workflow stands, what it asks for next, and what an answer, a fault or a signal makes
of it. Pure: times are seconds of a monotonic clock and come in as parameters."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution.outcomes import (
    foreign_outcome,
    interrupted_outcome,
    lost_outcome,
    out_of_time_outcome,
    refused_outcome,
    review_ran_out_outcome,
    timed_out_outcome,
    triggered_outcome,
    unjudged_outcome,
)
from genesis_ci.execution.polling import next_poll
from genesis_ci.execution.retry import Ask, fault_in, may_ask_again, pause
from genesis_ci.execution.verdicts import outcome_of
from genesis_ci.models import (
    Concurrency,
    Execution,
    Finding,
    OnReview,
    Outcome,
    Readiness,
    Status,
    Verdict,
    Workflow,
    WorkflowReport,
)

POLL_SECONDS = 30.0
TRIGGER_SECONDS = 30.0
LAST_LOOK_SECONDS = 0.5
LONGEST_LEAD = 3.0
_ENDED_EARLY = {Verdict.TIMED_OUT, Verdict.LOST_CONTACT, Verdict.REJECTED}
"""What a wait ends with that never saw the end of the run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkflowState:
    """Where one workflow stands.

    `began` is when the wait began, `asked_at` when the latest request went out, `due` when the
    next may, `cost` what the latest answer took, `last_look_for` the deadline for which a last
    look has begun. `under_way` is true while a request is. `faults` counts failures in a row,
    `ambiguous` is true once a trigger may have started a run that nobody knows the id of.
    `review_spent` is what earlier reviews took, `review_since` when the present one began. At
    `end_by` the CI would end the job itself. `lane` is the template that the run has to itself
    while it goes; `rounds` is how many rounds of requests a look at every workflow takes.
    `readiness` is how the address that it waits for answered.
    `to_judge` is the completed run with its raw outputs, from its answer until it is judged.
    """

    workflow: Workflow
    began: float
    due: float
    end_by: float = math.inf
    lane: str | None = None
    rounds: int = 1
    under_way: bool = False
    asked_at: float | None = None
    ended_at: float | None = None
    cost: float = 0.0
    last_look_for: float | None = None
    execution_id: str | None = None
    execution: Execution | None = None
    to_judge: Execution | None = field(default=None, repr=False)
    findings: tuple[Finding, ...] = ()
    outcome: Outcome | None = None
    polls: int = 0
    faults: int = 0
    ambiguous: bool = False
    last_error: ContactError | None = None
    review_since: float | None = None
    review_spent: float = 0.0
    notes: tuple[str, ...] = ()
    readiness: Readiness | None = None

    @property
    def held(self) -> bool:
        """Whether it waits for an address to answer before it may be triggered."""
        return self.workflow.wait_for is not None and not (self.readiness and self.readiness.ready)

    @property
    def deadline(self) -> float:
        """When the wait has to end, in monotonic seconds."""
        return min(self.end_by, self._own_deadline)

    @property
    def _own_deadline(self) -> float:
        if self.review_since is not None:
            return self.review_since + max(0.0, self.workflow.review_wait - self.review_spent)
        return self.began + self.workflow.max_wait + self.review_spent

    @property
    def ended_by_job(self) -> bool:
        """Whether the CI job's time limit comes before the workflow's own."""
        return self.end_by < self._own_deadline

    @property
    def last_look_at(self) -> float:
        """When the last look begins: so early that an answer as slow as the latest is in time."""
        return self._last_look_before(self.deadline)

    @property
    def next_at(self) -> float:
        """When the next request is to go out; it may be overdue."""
        if self.asked_at is None:
            return self.due
        deadline = self.deadline
        begun = self.last_look_for == deadline
        return min(self.due, deadline if begun else self._last_look_before(deadline))

    def _last_look_before(self, deadline: float) -> float:
        return deadline - min(LONGEST_LEAD, 2 * self.cost * self.rounds)

    @property
    def expires_at(self) -> float:
        """When the next request is not worth sending any more."""
        if self.ask is Ask.POLL:
            return self.deadline + LAST_LOOK_SECONDS
        return self.end_by if self.asked_at is None else self.deadline

    @property
    def ask(self) -> Ask:
        """What the next request asks for."""
        return Ask.TRIGGER if self.execution_id is None else Ask.POLL

    @property
    def triggering(self) -> bool:
        """Whether a trigger is under way."""
        return self.under_way and self.ask is Ask.TRIGGER

    @property
    def attached(self) -> bool:
        """Whether somebody else triggered the run."""
        return self.workflow.execution_id is not None

    @property
    def exists(self) -> bool:
        """Whether there surely is a run: it was started here, or seen."""
        started_here = self.execution_id is not None and not self.attached
        return started_here or self.execution is not None

    @property
    def abandoned(self) -> bool:
        """Whether this job gave up a run that it started and that may still be going."""
        may_have_started = not self.attached and (self.exists or self.ambiguous)
        return (
            may_have_started and self.outcome is not None and self.outcome.verdict in _ENDED_EARLY
        )


def begin(
    workflow: Workflow,
    *,
    now: float,
    end_by: float = math.inf,
    lane: str | None = None,
    rounds: int = 1,
) -> WorkflowState:
    """Return the state of a workflow that is to be started, or attached to, from now on."""
    return WorkflowState(
        workflow=workflow,
        began=now,
        due=now,
        end_by=end_by,
        lane=lane,
        rounds=rounds,
        execution_id=workflow.execution_id,
        outcome=workflow.ended,
    )


def patience(state: WorkflowState, *, now: float) -> float:
    """Return how many seconds the request that goes out now may take.

    A poll has to end at the deadline; one that begins there has half a second.
    """
    left = (asked(state, now=now) if state.asked_at is None else state).deadline - now
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


FIRST_LOOK_AFTER = 1.0


def triggered(state: WorkflowState, execution_id: str, *, now: float) -> WorkflowState:
    """Return the state after Genesis started the run."""
    known = replace(state, execution_id=execution_id, faults=0, last_error=None)
    if not state.workflow.wait:
        return replace(known, outcome=triggered_outcome(execution_id))
    interval = state.workflow.poll_interval
    return replace(known, due=now + (FIRST_LOOK_AFTER if interval is None else interval))


def looked(state: WorkflowState, execution: Execution, *, now: float) -> WorkflowState:
    """Return the state after an answer about the run."""
    cost = 0.0 if state.asked_at is None else now - state.asked_at
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
    outcome = foreign or outcome_of(execution, state.workflow.policy, attached=state.attached)
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
    outcome = outcome_of(
        state.to_judge, state.workflow.policy, attached=state.attached, findings=findings
    )
    return replace(state, to_judge=None, findings=tuple(findings), outcome=outcome)


def unjudged(state: WorkflowState, why: str) -> WorkflowState:
    """Return the end of a workflow whose completed run could not be judged: that is no proof."""
    if state.to_judge is None:
        raise ValueError("only a completed run is judged")
    return replace(state, to_judge=None, outcome=unjudged_outcome(state.to_judge, why))


def failed(
    state: WorkflowState, error: RefusedError | ContactError, *, now: float, jitter: float
) -> WorkflowState:
    """Return the state after a request that was refused, or got no usable answer."""
    fault = fault_in(error, seen=state.execution is not None)
    if fault:
        return _faulted(state, fault, now=now, jitter=jitter)
    outcome = refused_outcome(
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
        return replace(state, outcome=out_of_time_outcome())
    return _give_up(state, now=now)


def interrupted(state: WorkflowState, *, exit_code: int) -> WorkflowState:
    """Return the state after SIGINT or SIGTERM; what already has an outcome keeps it."""
    if state.outcome:
        return state
    may_run = state.ambiguous or state.triggering
    return replace(
        state,
        to_judge=None,
        outcome=interrupted_outcome(
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
    return foreign_outcome(execution, asked_for)


def _was_last_look(state: WorkflowState, now: float) -> bool:
    return now >= state.deadline and state.last_look_for == state.deadline


def _give_up(state: WorkflowState, *, now: float) -> WorkflowState:
    if state.last_error and (state.faults > 1 or state.execution is None):
        outcome = lost_outcome(state.last_error, state.execution_id, ambiguous=state.ambiguous)
    elif state.ended_by_job:
        outcome = timed_out_outcome(
            state.execution_id, state.execution, waited=now - state.began, by_job=True
        )
    elif state.review_since is not None and state.execution:
        outcome = review_ran_out_outcome(
            state.execution, waited=state.workflow.review_wait, attached=state.attached
        )
    else:
        waited = state.workflow.max_wait
        outcome = timed_out_outcome(state.execution_id, state.execution, waited=waited)
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


def report_of(state: WorkflowState, outcome: Outcome) -> WorkflowReport:
    """Return what came of a workflow that has ended."""
    workflow, seen = state.workflow, state.execution
    ended_at = state.began if state.ended_at is None else state.ended_at
    return WorkflowReport(
        name=workflow.name or (seen and seen.workflow_name) or workflow.title,
        outcome=outcome,
        workflow_id=workflow.workflow_id or (seen.workflow_id if seen else None),
        execution_id=state.execution_id,
        execution=seen,
        variables=workflow.shown,
        required=workflow.policy.required,
        attached=state.attached,
        seconds=0.0 if state.asked_at is None else ended_at - state.began,
        polls=state.polls,
        notes=state.notes,
        run_url=workflow.address_of(state.execution_id, seen.workflow_id if seen else None),
        readiness=state.readiness,
        findings=state.findings,
        on_failed_block=workflow.policy.on_failed_block,
    )
