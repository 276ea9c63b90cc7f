"""All deadlines and pauses of requests to Genesis, and which failed ones are sent again. Pure.

The words for times in this folder. All but `pause` and `gap` are seconds of a monotonic clock.

- began: the wait for a run began, at its first trigger; `max-wait-time` counts from then.
- sent at: its latest request was sent.
- due: its next request is to be sent, if a slot is free.
- expires at: from then on its next request is not sent any more.
- deadline: the wait for the run ends.
- end by: the CI ends the job.
- pause: seconds after a failed request. gap: seconds between any two requests of the job.
"""

import math

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution.state import Run
from genesis_ci.models.execution import Block, Execution, Status, seconds_between
from genesis_ci.models.policy import Concurrency

# The deadline of a run, and the two polls around it

LONGEST_LEAD = 3.0
"""The most seconds between the early poll and the deadline."""
REQUEST_SECONDS = 30.0
SHORTEST_REQUEST = 0.5
"""The timeout of a poll at the deadline."""
JUDGING_SECONDS = 120.0
SHORTEST_JUDGING = 0.5


def deadline(run: Run) -> float:
    """Return when the wait for a run ends."""
    return min(run.end_by, workflow_deadline(run))


def workflow_deadline(run: Run) -> float:
    """Return when the workflow's own time limits end the wait, without that of the CI job."""
    if run.review_since is not None:
        return run.review_since + max(0.0, run.workflow.max_review - run.review_spent)
    return run.began + run.workflow.max_wait + run.review_spent


def early_poll_at(run: Run) -> float:
    """Return when the early poll is due: its answer arrives before the deadline.

    The answer may take twice as long as the latest one, and the job may poll all its runs then.
    """
    return deadline(run) - min(LONGEST_LEAD, 2 * run.cost * run.rounds)


def next_request_at(run: Run) -> float:
    """Return when the next request is due.

    Neither a pause nor a `Retry-After` delays the early poll, nor the poll at the deadline.
    """
    return min(run.due, deadline(run) if _is_polled_early(run) else early_poll_at(run))


def _is_polled_early(run: Run) -> bool:
    return run.early_poll_for == deadline(run)


def expires_at(run: Run) -> float:
    """Return the time from which the next request is not sent."""
    if run.execution_id is not None:
        return deadline(run) + SHORTEST_REQUEST
    return run.end_by if run.sent_at is None else deadline(run)


def urgent_from(run: Run) -> float:
    """Return the time from which gaps do not delay the next request, because it expires soon."""
    return expires_at(run) - LONGEST_LEAD - SHORTEST_REQUEST


def request_timeout(run: Run, *, now: float) -> float:
    """Return the seconds for the answer; a trigger leaves time for a second one if that is safe."""
    longest = REQUEST_SECONDS
    second_is_safe = run.workflow.policy.concurrency is Concurrency.CANCEL_PREVIOUS
    if run.execution_id is None and second_is_safe and not run.lost_triggers:
        longest = min(longest, max(run.workflow.max_wait / 3, 1.0))
    return max(SHORTEST_REQUEST, min(longest, deadline(run) - now))


def judging_timeout(run: Run, *, now: float) -> float:
    """Return the seconds for the checks of a completed run."""
    return max(SHORTEST_JUDGING, min(JUDGING_SECONDS, run.end_by - now))


# The next poll after an answer

FIRST_POLL_AFTER = 1.0
SHORTEST = 1.0
LONGEST = 30.0
PENDING_SHARE, PENDING_MOST = 0.12, 20.0
BLIND_SHARE, BLIND_MOST = 0.06, LONGEST
MIDDLE_SHARE, MIDDLE_MOST = 0.25, 20.0
FINAL_SHARE, FINAL_MOST = 0.035, 8.0
COST_FACTOR = 9.0
"""The pause is at least this many times the duration of the last answer, to limit the load."""


def next_poll(
    execution: Execution, *, elapsed: float, interval: float | None, cost: float = 0.0
) -> float:
    """Return the seconds until the next poll; `docs/internals/performance.md` explains them.

    `elapsed` is local seconds since the trigger, `interval` a fixed interval or None for the
    adaptive one, `cost` the seconds that the last answer took. Of the server's times only
    differences count, since its clock and the runner's may disagree.
    """
    if interval is not None:
        return interval
    wanted = max(_wanted(execution, elapsed), COST_FACTOR * cost)
    return min(LONGEST, max(SHORTEST, wanted))


def _wanted(execution: Execution, elapsed: float) -> float:
    if execution.status is Status.PENDING:
        return min(PENDING_MOST, PENDING_SHARE * elapsed)
    if execution.status is not Status.RUNNING or not execution.block_count:
        return min(BLIND_MOST, BLIND_SHARE * elapsed)
    return _by_progress(execution, execution.block_count, elapsed)


def _by_progress(execution: Execution, total: int, elapsed: float) -> float:
    running = execution.blocks_with(Status.RUNNING)
    ages = [_age(block, execution, elapsed) for block in running]
    age = max(ages, default=0.0)
    ended = [block.seconds for block in execution.blocks if block.seconds is not None]
    typical = (sum(ended) + age) / (len(ended) + 1)
    to_start = total - (execution.completed_blocks or 0) - max(1, len(running))
    if to_start > 0:
        return min(MIDDLE_MOST, MIDDLE_SHARE * typical * to_start)
    return min(FINAL_MOST, FINAL_SHARE * (2 * age + typical))


def _age(block: Block, execution: Execution, elapsed: float) -> float:
    before = seconds_between(execution.created_at, block.started_at)
    if before is None:
        return 0.0
    by_server = seconds_between(execution.created_at, execution.updated_at) or 0.0
    return max(0.0, max(elapsed, by_server) - before)


# After a failed request

LAG_SECONDS = 60.0
"""The longest time in which a replica learns of a run that this job triggered."""
ASTRAY_SECONDS = 120.0
"""Seconds without any sign that the requests go to Genesis, after which the job ends."""
LONGEST_PAUSE = 30.0
SPREAD = 0.5
"""The longest jitter after a `Retry-After`, as a share of it."""


def may_trigger_again(fault: ContactError, run: Run) -> bool:
    """Return whether a run is triggered again after a fault, which `run` has recorded.

    A trigger that reached Genesis may have started a run. Then a second one is safe only under
    `cancel-previous`, because its run cancels the first, and only once unless the server asks.
    """
    if not fault.reached:
        return not fault.permanent
    is_safe = run.workflow.policy.concurrency is Concurrency.CANCEL_PREVIOUS
    return is_safe and (fault.asks_to_retry or run.lost_triggers == 1)


def is_final(error: ContactError | RefusedError, run: Run) -> bool:
    """Return whether no poll follows one that ended in this error.

    Refusals by Genesis are final, except that it may not know a run of this job yet.
    """
    if isinstance(error, ContactError):
        return False
    return error.fault is None or (error.unknown_run and run.attached)


def polling_ends_at(error: ContactError | RefusedError, run: Run) -> float:
    """Return when polling ends if the polls go on to end in this error, which is not final.

    A permanent fault, or a refusal by another server, may be that of a wrong address, unless the
    run exists.
    """
    ends_at = deadline(run)
    if isinstance(error, ContactError):
        return -math.inf if error.permanent and not run.exists else ends_at
    if error.unknown_run:
        return min(ends_at, run.refused_since + LAG_SECONDS)
    return ends_at if run.exists else min(ends_at, run.refused_since + ASTRAY_SECONDS)


def may_poll_again(run: Run, *, ends_at: float, now: float) -> bool:
    """Return whether a failed poll is sent again; `ends_at` is from `polling_ends_at`.

    If the failed poll took so long that there was no early poll, one more is sent at the deadline.
    """
    return now < ends_at or (ends_at == deadline(run) and not _is_polled_early(run))


def pause(fault: ContactError, *, faults: int, jitter: float) -> float:
    """Return the seconds to wait after the nth fault in a row (from 1).

    Doubles from one second, or four after a 429, to half a minute; `jitter` in [0, 1) shortens it
    by up to half. A longer `Retry-After` is obeyed, and `jitter` lengthens it by up to half, so
    that clients with the same `Retry-After` do not return at once.
    """
    asked = fault.retry_after or 0.0
    longest = min(LONGEST_PAUSE, (4.0 if fault.limited else 1.0) * 2.0 ** min(faults - 1, 10))
    return max(longest * (1 - jitter / 2), asked * (1 + SPREAD * jitter))


def trigger_pause(fault: ContactError, *, faults: int, jitter: float, left: float) -> float:
    """Return the pause before a trigger: at most a quarter of the time left after `Retry-After`."""
    asked = fault.retry_after or 0.0
    longest = max(asked or 1.0, asked + (left - asked) / 4)
    return min(longest, pause(fault, faults=faults, jitter=jitter))


# Between two requests of a job

FIRST_GAP = 0.02
RECOVERY = 0.2
"""The step by which an answer raises the rate, in requests a second."""


def gap(before: float, *, limited: bool, runs: int) -> float:
    """Return the seconds between two requests of the job, after a 429 (`limited`) or an answer.

    A 429 multiplies the gap by 1.5, at most until one request of each run takes half a minute. An
    answer raises the rate by a step.
    """
    if limited:
        return min(LONGEST_PAUSE / runs, max(FIRST_GAP, 1.5 * before))
    return before / (1 + RECOVERY * before)
