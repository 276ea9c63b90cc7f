"""The pause between two polls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis_ci.execution.polling import LONGEST, SHORTEST, next_poll
from genesis_ci.models import Status
from tests.builders import START, a_block, after, an_execution

SECONDS = st.floats(0, 100_000, allow_nan=False)


def blocks_of(seconds: float, *, done: int):
    """Return finished blocks of so many seconds each, in sequence, and a running one."""
    ended = [
        a_block(f"b{n}", started_at=after(n * seconds), finished_at=after((n + 1) * seconds))
        for n in range(done)
    ]
    return (*ended, a_block("now", Status.RUNNING, started_at=after(done * seconds)))


JUST_BEGUN = a_block("now", Status.RUNNING, started_at=START)


def running(total: int, *, done: int, seconds: float = 60, **fields):
    blocks = blocks_of(seconds, done=done)
    given = {"block_count": total, "completed_blocks": done, "blocks": blocks, "created_at": START}
    return an_execution(Status.RUNNING, **{**given, **fields})


@given(SECONDS, SECONDS)
def test_a_fixed_interval_is_returned(elapsed, cost):
    assert next_poll(an_execution(), elapsed=elapsed, interval=7.0, cost=cost) == 7.0


@given(SECONDS, st.integers(0, 50), st.integers(0, 50), st.sampled_from(Status), SECONDS)
def test_the_adaptive_interval_has_bounds(elapsed, done, total, status, cost):
    execution = an_execution(status, completed_blocks=done, block_count=total)
    interval = next_poll(execution, elapsed=elapsed, interval=None, cost=cost)
    assert SHORTEST <= interval <= LONGEST


def test_the_first_polls_are_one_second_apart():
    assert next_poll(an_execution(Status.PENDING), elapsed=2, interval=None) == SHORTEST


def test_the_pause_is_longer_while_blocks_have_not_started():
    early = next_poll(running(10, done=1), elapsed=65, interval=None)
    late = next_poll(running(10, done=9), elapsed=545, interval=None)
    assert early > 3 * late


def test_the_pause_is_shorter_for_short_blocks():
    short = next_poll(running(5, done=4, seconds=10), elapsed=41, interval=None)
    long = next_poll(running(5, done=4, seconds=100), elapsed=401, interval=None)
    assert short < long


def test_the_pause_is_short_when_all_parallel_blocks_run():
    blocks = tuple(a_block(f"b{n}", Status.RUNNING, started_at=START) for n in range(4))
    together = running(4, done=0, blocks=blocks)
    assert next_poll(together, elapsed=20, interval=None) <= 2.1


@pytest.mark.parametrize("status", [Status.RUNNING, Status.REVIEW_PENDING, "paused"])
def test_the_pause_without_blocks_grows_with_the_elapsed_time(status):
    pauses = [next_poll(an_execution(status), elapsed=t, interval=None) for t in (10, 100, 1000)]
    assert pauses == [SHORTEST, 6, LONGEST]


def test_a_slow_answer_lengthens_the_pause():
    assert next_poll(running(2, done=1), elapsed=61, interval=None, cost=2.0) == 18


def test_the_servers_clock_does_not_change_the_pause():
    shifted = running(5, done=4)
    there = running(
        5,
        done=4,
        created_at=after(1e6),
        blocks=tuple(
            a_block(b.key, b.status, started_at=after(1e6 + n * 60),
                    finished_at=b.finished_at and after(1e6 + (n + 1) * 60))
            for n, b in enumerate(shifted.blocks)
        ),
    )  # fmt: skip
    assert next_poll(there, elapsed=250, interval=None) == next_poll(
        shifted, elapsed=250, interval=None
    )


@pytest.mark.parametrize(
    ("execution", "elapsed", "pause"),
    [
        (an_execution(Status.PENDING), 100, 12),
        (an_execution(Status.PENDING), 1000, 20),
        (an_execution(Status.REVIEW_PENDING, block_count=5), 100, 6),
        (running(3, done=1, seconds=20), 24, 3),
        (running(4, done=1, seconds=20), 24, 6),
        (running(40, done=1, seconds=20), 24, 20),
        (running(3, done=0, completed_blocks=None), 24, 12),
        (running(2, done=1), 100, 4.55),
        (running(2, done=1), 1000, 8),
        (running(2, done=1, updated_at=after(100)), 0, 4.55),
        (running(2, done=1, created_at=None), 100, 1.05),
        (running(3, done=1, blocks=()), 100, SHORTEST),
        (running(2, done=1), 60, 1.05),
        (running(2, done=1, blocks=blocks_of(60, done=1)[:1]), 100, 1.05),
        (running(2, done=1, blocks=(*blocks_of(60, done=1)[:1], JUST_BEGUN)), 0, 1.05),
    ],
    ids=[
        "pending", "pending for long", "in review", "one block has not started",
        "two blocks have not started", "many blocks have not started", "no block is done",
        "the last block runs", "the last block runs for long", "the server's elapsed time",
        "no creation time", "no blocks listed", "the last block has just started",
        "no block runs", "a block started with the run",
    ],
)  # fmt: skip
def test_the_pause_follows_the_documented_formula(execution, elapsed, pause):
    assert next_poll(execution, elapsed=elapsed, interval=None) == pytest.approx(pause)


def test_the_pause_is_nine_times_the_cost_of_an_answer():
    assert next_poll(an_execution(Status.PENDING), elapsed=0, interval=None, cost=0.5) == 4.5
    assert next_poll(an_execution(Status.PENDING), elapsed=0, interval=None) == 1.0
