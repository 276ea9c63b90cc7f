"""One workflow's life from the trigger to its outcome, as a value and the steps between values.

Pure: times are seconds of a monotonic clock and come in as parameters. The runner acts on
`next_call` and feeds back what happened; nothing here sleeps, sends or prints.
"""

from dataclasses import dataclass, replace

from genesis_ci.api.retry import Ask, may_ask_again, pause
from genesis_ci.domain import Execution, OnReview, Outcome, Status, WorkflowRun
from genesis_ci.endings import (
    interrupted_outcome,
    lost_outcome,
    refused_outcome,
    review_ran_out_outcome,
    timed_out_outcome,
    triggered_outcome,
)
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.gate import outcome_of
from genesis_ci.polling import next_poll

POLL_SECONDS = 30.0
TRIGGER_SECONDS = 30.0
LAST_LOOK_SECONDS = 0.9
FIRST_LOOK_AFTER = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """Where one workflow stands.

    `due` is when the next request may go out, `faults` counts failures in a row, `ambiguous`
    is true once a trigger may have started a run that nobody knows the id of.
    `review_spent` is what earlier reviews took, `review_since` when the present one began.
    """

    run: WorkflowRun
    began: float
    due: float
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
        if self.review_since is not None:
            return self.review_since + max(0.0, self.run.review_wait - self.review_spent)
        return self.began + self.run.max_wait + self.review_spent


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """The next request of a watch: what to ask, not before `at`, at most `timeout` seconds."""

    ask: Ask
    at: float
    timeout: float


def begin(run: WorkflowRun, *, now: float) -> Watch:
    """Return the watch of a run that starts, or is attached to, now."""
    return Watch(run=run, began=now, due=now, execution_id=run.execution_id)


def next_call(watch: Watch, *, now: float) -> Call:
    """Return the next request; only for a watch without an outcome."""
    at = max(now, min(watch.due, watch.deadline))
    left = watch.deadline - at
    if watch.execution_id is None:
        longest = min(TRIGGER_SECONDS, max(watch.run.max_wait / 3, 1.0))
        return Call(ask=Ask.TRIGGER, at=at, timeout=max(LAST_LOOK_SECONDS, min(longest, left)))
    return Call(ask=Ask.POLL, at=at, timeout=min(POLL_SECONDS, left + LAST_LOOK_SECONDS))


def triggered(watch: Watch, execution_id: str, *, now: float) -> Watch:
    """Return the watch after Genesis started the run."""
    known = replace(watch, execution_id=execution_id, faults=0, last_error=None)
    if not watch.run.wait:
        return replace(known, outcome=triggered_outcome(execution_id))
    interval = watch.run.poll_interval
    return replace(known, due=now + (FIRST_LOOK_AFTER if interval is None else interval))


def looked(watch: Watch, execution: Execution, *, now: float) -> Watch:
    """Return the watch after an answer about the run."""
    seen = replace(
        _in_or_out_of_review(watch, execution, now=now),
        execution=execution,
        polls=watch.polls + 1,
        faults=0,
        last_error=None,
        notes=_with_note(watch.notes, _unknown_status_note(execution)),
    )
    outcome = outcome_of(execution, watch.run.policy)
    if outcome:
        return replace(seen, outcome=outcome)
    if now >= seen.deadline:
        return _give_up(seen)
    wait = next_poll(execution, elapsed=now - watch.began, interval=watch.run.poll_interval)
    return replace(seen, due=now + wait)


def refused(watch: Watch, error: RefusedError) -> Watch:
    """Return the watch after Genesis refused: the end."""
    seen = watch.execution is not None
    outcome = refused_outcome(error, watch.execution_id, seen=seen, ambiguous=watch.ambiguous)
    return replace(watch, outcome=outcome)


def faulted(watch: Watch, error: ContactError, *, now: float, jitter: float) -> Watch:
    """Return the watch after a request without a usable answer."""
    ask = Ask.TRIGGER if watch.execution_id is None else Ask.POLL
    again = may_ask_again(
        ask,
        error,
        concurrency=watch.run.policy.concurrency,
        ambiguous_before=watch.ambiguous,
    )
    failed = replace(
        watch,
        faults=watch.faults + 1,
        polls=watch.polls + (ask is Ask.POLL),
        last_error=error,
        ambiguous=watch.ambiguous or (ask is Ask.TRIGGER and error.reached),
    )
    if not again or now >= watch.deadline:
        return _give_up(failed)
    wait = pause(error, faults=failed.faults, jitter=jitter)
    if ask is Ask.TRIGGER and now + wait >= watch.deadline:
        return _give_up(failed)
    return replace(failed, due=now + wait)


def interrupted(watch: Watch, *, exit_code: int, trigger_in_flight: bool) -> Watch:
    """Return the watch after SIGINT or SIGTERM; what already has an outcome keeps it."""
    if watch.outcome:
        return watch
    may_run = watch.ambiguous or trigger_in_flight
    return replace(
        watch,
        outcome=interrupted_outcome(watch.execution_id, exit_code=exit_code, may_run=may_run),
    )


def _give_up(watch: Watch) -> Watch:
    waited = watch.run.max_wait
    if watch.last_error and (watch.faults > 1 or watch.execution is None):
        outcome = lost_outcome(watch.last_error, watch.execution_id, ambiguous=watch.ambiguous)
    elif watch.review_since is not None and watch.execution:
        outcome = review_ran_out_outcome(watch.execution, waited=watch.run.review_wait)
    else:
        outcome = timed_out_outcome(watch.execution_id, watch.execution, waited=waited)
    return replace(watch, outcome=outcome)


def _in_or_out_of_review(watch: Watch, execution: Execution, *, now: float) -> Watch:
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


def _with_note(notes: tuple[str, ...], note: str | None) -> tuple[str, ...]:
    return notes if note is None or note in notes else (*notes, note)


def _unknown_status_note(execution: Execution) -> str | None:
    if execution.status is not None:
        return None
    return (
        f"Genesis says the status is “{execution.status_word}”, which this version does not "
        "know; it is watched on like a running one."
    )
