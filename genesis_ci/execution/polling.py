"""The pause between two polls. Pure; `docs/performance.md` explains the numbers."""

from genesis_ci.models.execution import Block, Execution, Status, seconds_between

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
    """Return the seconds from one poll to the next.

    `elapsed` is local seconds since the trigger, `interval` a fixed interval or None for the
    adaptive one, `cost` the seconds that the last answer took. Of the server's times only
    differences count, since its clock and the runner's may disagree.

    The adaptive interval is long while blocks have not started, and short once the last one runs,
    in proportion to the duration of the blocks. Without blocks in the answer it grows with the
    elapsed time. It stays between 1 s and 30 s.
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
