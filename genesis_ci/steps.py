"""The steps of one workflow's life: what an answer, a fault or a signal makes of its watch.

Pure, as `watch` is; nothing here sleeps, sends or prints.
"""

from dataclasses import replace

from genesis_ci.api.retry import Ask, may_ask_again, pause
from genesis_ci.domain import Execution, OnReview, Outcome, Status
from genesis_ci.endings import (
    foreign_outcome,
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
from genesis_ci.watch import Watch

FIRST_LOOK_AFTER = 1.0


def triggered(watch: Watch, execution_id: str, *, now: float) -> Watch:
    """Return the watch after Genesis started the run."""
    known = replace(watch, execution_id=execution_id, faults=0, last_error=None)
    if not watch.run.wait:
        return replace(known, outcome=triggered_outcome(execution_id))
    interval = watch.run.poll_interval
    return replace(known, due=now + (FIRST_LOOK_AFTER if interval is None else interval))


def looked(watch: Watch, execution: Execution, *, now: float) -> Watch:
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


def refused(watch: Watch, error: RefusedError) -> Watch:
    """Return the watch after Genesis refused: the end."""
    outcome = refused_outcome(
        error, watch.execution_id, exists=watch.exists, ambiguous=watch.ambiguous
    )
    return replace(watch, outcome=outcome)


def faulted(watch: Watch, error: ContactError, *, now: float, jitter: float) -> Watch:
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


def too_late(watch: Watch, *, now: float) -> Watch | None:
    """Return the watch's end when a trigger that is due again would go out past the deadline."""
    again = watch.ask is Ask.TRIGGER and watch.asked_at is not None
    return _give_up(watch, now=now) if again and now >= watch.deadline else None


def interrupted(watch: Watch, *, exit_code: int, trigger_in_flight: bool) -> Watch:
    """Return the watch after SIGINT or SIGTERM; what already has an outcome keeps it."""
    if watch.outcome:
        return watch
    may_run = watch.ambiguous or trigger_in_flight
    return replace(
        watch,
        outcome=interrupted_outcome(watch.execution_id, exit_code=exit_code, may_run=may_run),
    )


def _foreign(watch: Watch, execution: Execution) -> Outcome | None:
    """The end of a watch that was pointed at a run of another workflow than it names."""
    asked_for, told = watch.run.workflow_id, execution.workflow_id
    if not watch.attached or not asked_for or not told or asked_for.casefold() == told.casefold():
        return None
    return foreign_outcome(execution, asked_for)


def _was_last_look(watch: Watch, now: float) -> bool:
    return now >= watch.deadline and watch.last_look_for == watch.deadline


def _give_up(watch: Watch, *, now: float) -> Watch:
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


def _unknown_status_notes(execution: Execution) -> tuple[str, ...]:
    if execution.status is not None:
        return ()
    return (
        f"Genesis says the status is “{execution.status_word}”, which this version does not "
        "know; it is watched on like a running one.",
    )
