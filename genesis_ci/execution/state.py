"""Where one workflow stands, what it asks for next, and what an answer, a fault or a signal makes
of it. Pure: times are seconds of a monotonic clock and come in as parameters."""

import math
from dataclasses import dataclass, replace

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution.outcomes import (
    foreign_outcome,
    interrupted_outcome,
    lost_outcome,
    refused_outcome,
    review_ran_out_outcome,
    timed_out_outcome,
    triggered_outcome,
)
from genesis_ci.execution.polling import next_poll
from genesis_ci.execution.retry import Ask, may_ask_again, pause
from genesis_ci.execution.verdicts import outcome_of
from genesis_ci.models import (
    Concurrency,
    Execution,
    OnReview,
    Outcome,
    Status,
    Verdict,
    Workflow,
)

POLL_SECONDS = 30.0
TRIGGER_SECONDS = 30.0
LAST_LOOK_SECONDS = 0.5
LONGEST_LEAD = 3.0
_ENDED_EARLY = {Verdict.TIMED_OUT, Verdict.LOST_CONTACT, Verdict.REJECTED}
"""What a watch ends with that never saw the end of its run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkflowState:
    """Where one workflow stands.

    `began` is when the wait began, `asked_at` when the latest request went out, `due` when the
    next may, `cost` what the latest answer took, `last_look_for` the deadline for which a last
    look has begun. `faults` counts failures in a row, `ambiguous` is true once a trigger may have
    started a run that nobody knows the id of. `review_spent` is what earlier reviews took,
    `review_since` when the present one began. At `end_by` the CI would end the job itself.
    """

    run: Workflow
    began: float
    due: float
    end_by: float = math.inf
    asked_at: float | None = None
    cost: float = 0.0
    last_look_for: float | None = None
    execution_id: str | None = None
    execution: Execution | None = None
    outcome: Outcome | None = None
    polls: int = 0
    faults: int = 0
    ambiguous: bool = False
    last_error: ContactError | None = None
    review_since: float | None = None
    review_spent: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def deadline(self) -> float:
        """When this watch has to end, in monotonic seconds."""
        return min(self.end_by, self._own_deadline)

    @property
    def _own_deadline(self) -> float:
        if self.review_since is not None:
            return self.review_since + max(0.0, self.run.review_wait - self.review_spent)
        return self.began + self.run.max_wait + self.review_spent

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
        return deadline - min(LONGEST_LEAD, 2 * self.cost)

    @property
    def ask(self) -> Ask:
        """What the next request asks for."""
        return Ask.TRIGGER if self.execution_id is None else Ask.POLL

    @property
    def attached(self) -> bool:
        """Whether somebody else triggered the run."""
        return self.run.execution_id is not None

    @property
    def exists(self) -> bool:
        """Whether there surely is a run: it was started here, or seen."""
        started_here = self.execution_id is not None and not self.attached
        return started_here or self.execution is not None

    @property
    def abandoned(self) -> bool:
        """Whether this job ended the watch of a run that it started and that may still be going."""
        may_have_started = not self.attached and (self.exists or self.ambiguous)
        return (
            may_have_started and self.outcome is not None and self.outcome.verdict in _ENDED_EARLY
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """The next request of a watch: what to ask, not before `at`, at most `timeout` seconds."""

    ask: Ask
    at: float
    timeout: float


def begin(run: Workflow, *, now: float, end_by: float = math.inf) -> WorkflowState:
    """Return the watch of a run that is to be started, or attached to, from now on."""
    return WorkflowState(run=run, began=now, due=now, end_by=end_by, execution_id=run.execution_id)


def next_call(watch: WorkflowState, *, now: float) -> Call:
    """Return the next request; only for a watch without an outcome.

    A poll has to end at the deadline; one that begins there has half a second.
    """
    at = max(now, watch.next_at)
    left = (asked(watch, now=at) if watch.asked_at is None else watch).deadline - at
    longest = POLL_SECONDS if watch.ask is Ask.POLL else _patience(watch)
    return Call(ask=watch.ask, at=at, timeout=max(LAST_LOOK_SECONDS, min(longest, left)))


def asked(watch: WorkflowState, *, now: float) -> WorkflowState:
    """Return the watch after a request went out; max-wait-time counts from the trigger."""
    began = now if watch.asked_at is None and not watch.attached else watch.began
    last_look_for = watch.deadline if now >= watch.last_look_at else watch.last_look_for
    return replace(watch, began=began, asked_at=now, last_look_for=last_look_for)


def _patience(watch: WorkflowState) -> float:
    """The longest wait for a trigger's answer: all there is, unless a second one is safe."""
    second_is_safe = watch.run.policy.concurrency is Concurrency.CANCEL_PREVIOUS
    if second_is_safe and not watch.ambiguous:
        return min(TRIGGER_SECONDS, max(watch.run.max_wait / 3, 1.0))
    return TRIGGER_SECONDS


FIRST_LOOK_AFTER = 1.0


def triggered(watch: WorkflowState, execution_id: str, *, now: float) -> WorkflowState:
    """Return the watch after Genesis started the run."""
    known = replace(watch, execution_id=execution_id, faults=0, last_error=None)
    if not watch.run.wait:
        return replace(known, outcome=triggered_outcome(execution_id))
    interval = watch.run.poll_interval
    return replace(known, due=now + (FIRST_LOOK_AFTER if interval is None else interval))


def looked(watch: WorkflowState, execution: Execution, *, now: float) -> WorkflowState:
    """Return the watch after an answer about the run."""
    cost = 0.0 if watch.asked_at is None else now - watch.asked_at
    seen = replace(
        _in_or_out_of_review(watch, execution, now=now),
        execution=execution,
        cost=cost,
        polls=watch.polls + 1,
        faults=0,
        last_error=None,
        notes=watch.notes or _unknown_status_notes(execution),
    )
    outcome = _foreign(watch, execution) or outcome_of(
        execution, watch.run.policy, attached=watch.attached
    )
    if outcome:
        return replace(seen, outcome=outcome)
    if now >= seen.deadline:
        return _give_up(seen, now=now)
    wait = next_poll(
        execution,
        elapsed=now - watch.began,
        interval=watch.run.poll_interval,
        cost=cost,
    )
    return replace(seen, due=now + wait)


def refused(watch: WorkflowState, error: RefusedError) -> WorkflowState:
    """Return the watch after Genesis refused: the end."""
    outcome = refused_outcome(
        error, watch.execution_id, exists=watch.exists, ambiguous=watch.ambiguous
    )
    return replace(watch, outcome=outcome)


def faulted(
    watch: WorkflowState, error: ContactError, *, now: float, jitter: float
) -> WorkflowState:
    """Return the watch after a request without a usable answer."""
    again = may_ask_again(
        watch.ask,
        error,
        concurrency=watch.run.policy.concurrency,
        ambiguous_before=watch.ambiguous,
        met=watch.exists,
    )
    failed = replace(
        watch,
        faults=watch.faults + 1,
        polls=watch.polls + (watch.ask is Ask.POLL),
        last_error=error,
        ambiguous=watch.ambiguous or (watch.ask is Ask.TRIGGER and error.reached),
    )
    wait = pause(error, faults=failed.faults, jitter=jitter)
    if watch.ask is Ask.TRIGGER and not error.retry_after:
        wait = min(wait, max(1.0, (watch.deadline - now) / 4))
    due = now + wait
    over = due >= watch.deadline if watch.ask is Ask.TRIGGER else _was_last_look(watch, now)
    if not again or over:
        return _give_up(failed, now=now)
    return replace(failed, due=due)


def too_late(watch: WorkflowState, *, now: float) -> WorkflowState | None:
    """Return the watch's end when a trigger that is due again would go out past the deadline."""
    again = watch.ask is Ask.TRIGGER and watch.asked_at is not None
    return _give_up(watch, now=now) if again and now >= watch.deadline else None


def interrupted(watch: WorkflowState, *, exit_code: int, trigger_in_flight: bool) -> WorkflowState:
    """Return the watch after SIGINT or SIGTERM; what already has an outcome keeps it."""
    if watch.outcome:
        return watch
    may_run = watch.ambiguous or trigger_in_flight
    return replace(
        watch,
        outcome=interrupted_outcome(watch.execution_id, exit_code=exit_code, may_run=may_run),
    )


def _foreign(watch: WorkflowState, execution: Execution) -> Outcome | None:
    """The end of a watch that was pointed at a run of another workflow than it names."""
    asked_for, told = watch.run.workflow_id, execution.workflow_id
    if not watch.attached or not asked_for or not told or asked_for.casefold() == told.casefold():
        return None
    return foreign_outcome(execution, asked_for)


def _was_last_look(watch: WorkflowState, now: float) -> bool:
    return now >= watch.deadline and watch.last_look_for == watch.deadline


def _give_up(watch: WorkflowState, *, now: float) -> WorkflowState:
    if watch.last_error and (watch.faults > 1 or watch.execution is None):
        outcome = lost_outcome(watch.last_error, watch.execution_id, ambiguous=watch.ambiguous)
    elif watch.ended_by_job:
        outcome = timed_out_outcome(
            watch.execution_id, watch.execution, waited=now - watch.began, by_job=True
        )
    elif watch.review_since is not None and watch.execution:
        outcome = review_ran_out_outcome(
            watch.execution, waited=watch.run.review_wait, attached=watch.attached
        )
    else:
        waited = watch.run.max_wait
        outcome = timed_out_outcome(watch.execution_id, watch.execution, waited=waited)
    return replace(watch, outcome=outcome)


def _in_or_out_of_review(
    watch: WorkflowState, execution: Execution, *, now: float
) -> WorkflowState:
    waits = (
        execution.status is Status.REVIEW_PENDING
        and watch.run.policy.on_review_pending is OnReview.WAIT
    )
    if waits and watch.review_since is None:
        return replace(watch, review_since=now)
    if not waits and watch.review_since is not None:
        spent = watch.review_spent + now - watch.review_since
        return replace(watch, review_since=None, review_spent=spent)
    return watch


def _unknown_status_notes(execution: Execution) -> tuple[str, ...]:
    if execution.status is not None:
        return ()
    return (
        f"Genesis says the status is “{execution.status_word}”, which this version does not "
        "know; it is watched on like a running one.",
    )
