"""The pause between two polls."""

import pytest

from genesis_ci.execution.polling import LONGEST, SHORTEST, next_poll
from genesis_ci.models.execution import Status
from tests.builders import START, a_block, after, an_execution

JUST_BEGUN = a_block("now", Status.RUNNING, started_at=START)


def blocks_of(seconds: float, *, done: int, start: float = 0):
    """Return finished blocks of so many seconds each, in sequence, and a running one."""
    times = [after(start + n * seconds) for n in range(done + 1)]
    ended = [a_block(f"b{n}", started_at=times[n], finished_at=times[n + 1]) for n in range(done)]
    return (*ended, a_block("now", Status.RUNNING, started_at=times[-1]))


def running(total: int, *, done: int, seconds: float = 60, **fields):
    blocks = blocks_of(seconds, done=done)
    given = {"block_count": total, "completed_blocks": done, "blocks": blocks, "created_at": START}
    return an_execution(Status.RUNNING, **{**given, **fields})


ON_ANOTHER_CLOCK = {"created_at": after(4e6), "blocks": blocks_of(60, done=1, start=4e6)}


@pytest.mark.parametrize(
    ("execution", "elapsed", "pause"),
    [
        (an_execution(Status.PENDING), 2, SHORTEST),
        (an_execution(Status.PENDING), 100, 12),
        (an_execution(Status.PENDING), 1000, 20),
        (an_execution(Status.RUNNING), 10, SHORTEST),
        (an_execution(Status.RUNNING), 100, 6),
        (an_execution(Status.RUNNING), 1000, LONGEST),
        (an_execution(Status.REVIEW_PENDING, block_count=5), 100, 6),
        (an_execution("paused"), 100, 6),
        (running(3, done=1, seconds=20), 24, 3),
        (running(4, done=1, seconds=20), 24, 6),
        (running(40, done=1, seconds=20), 24, 20),
        (running(3, done=0, completed_blocks=None), 24, 12),
        (running(3, done=0, blocks=(JUST_BEGUN,) * 3), 20, 2.1),
        (running(2, done=1), 100, 4.55),
        (running(2, done=1), 1000, 8),
        (running(2, done=1, updated_at=after(100)), 0, 4.55),
        (running(2, done=1, **ON_ANOTHER_CLOCK), 100, 4.55),
        (running(2, done=1, created_at=None), 100, 1.05),
        (running(3, done=1, blocks=()), 100, SHORTEST),
        (running(2, done=1), 60, 1.05),
        (running(2, done=1, blocks=blocks_of(60, done=1)[:1]), 100, 1.05),
        (running(2, done=1, blocks=(*blocks_of(60, done=1)[:1], JUST_BEGUN)), 0, 1.05),
    ],
    ids=[
        "just pending", "pending", "pending for long", "no blocks", "no blocks for a while",
        "no blocks for long", "in review", "unknown status", "one block has not started",
        "two blocks have not started", "many blocks have not started", "no block is done",
        "parallel blocks run", "the last block runs", "the last block runs for long",
        "the server's elapsed time", "another clock", "no creation time", "no blocks listed",
        "the last block has just started", "no block runs", "a block started with the run",
    ],
)  # fmt: skip
def test_the_pause_follows_the_documented_formula(execution, elapsed, pause):
    assert next_poll(execution, elapsed=elapsed, interval=None) == pytest.approx(pause)


@pytest.mark.parametrize(("cost", "pause"), [(0.0, 1.0), (0.5, 4.5), (10.0, LONGEST)])
def test_the_pause_is_nine_times_the_cost_of_an_answer(cost, pause):
    assert next_poll(an_execution(Status.PENDING), elapsed=0, interval=None, cost=cost) == pause


def test_a_fixed_interval_is_returned():
    assert next_poll(an_execution(), elapsed=1000, interval=7.0, cost=10.0) == 7.0
