"""When to look again: one pure function of what is known."""

from genesis_ci.domain import Execution, Status

SHORTEST = 1.0
LONGEST = 30.0
_SHARE_OF_ELAPSED = 0.05
_SHARE_OF_REST = 0.2


def next_poll(execution: Execution | None, *, elapsed: float, interval: float | None) -> float:
    """Return the seconds from one look to the next.

    Args:
        execution: the last answer, if there was one.
        elapsed: seconds since the trigger, by the local monotonic clock.
        interval: a fixed interval in seconds, or None for the adaptive one.

    The adaptive interval is a twentieth of the time that has passed, so that the delay stays
    small beside the run; when finished blocks tell how long the rest will take, a fifth of that
    rest, if longer. Always between 1 s and 30 s.
    """
    if interval is not None:
        return interval
    rest = _estimated_rest(execution, elapsed) if execution else 0.0
    return min(LONGEST, max(SHORTEST, _SHARE_OF_ELAPSED * elapsed, _SHARE_OF_REST * rest))


def _estimated_rest(execution: Execution, elapsed: float) -> float:
    """Seconds that the blocks still to come will take, if they are like the ones before."""
    done, total = execution.completed_blocks, execution.block_count
    if execution.status is not Status.RUNNING or not done or not total or done >= total:
        return 0.0
    return elapsed / done * (total - done - 1)
