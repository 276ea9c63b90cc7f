"""When to look again."""

from hypothesis import given
from hypothesis import strategies as st

from genesis_ci.domain import Status
from genesis_ci.polling import LONGEST, SHORTEST, next_poll
from tests.builders import an_execution

SECONDS = st.floats(0, 100_000, allow_nan=False)


@given(SECONDS)
def test_a_fixed_interval_is_kept(elapsed):
    assert next_poll(an_execution(), elapsed=elapsed, interval=7.0) == 7.0


@given(SECONDS, st.integers(0, 50), st.integers(0, 50), st.sampled_from(Status))
def test_the_adaptive_interval_has_bounds(elapsed, done, total, status):
    execution = an_execution(status, completed_blocks=done, block_count=total)
    assert SHORTEST <= next_poll(execution, elapsed=elapsed, interval=None) <= LONGEST


def test_the_first_looks_are_close_together():
    assert next_poll(None, elapsed=0, interval=None) == SHORTEST


def test_many_blocks_to_go_allow_a_longer_pause_than_the_last_one():
    early = an_execution(completed_blocks=1, block_count=10)
    late = an_execution(completed_blocks=9, block_count=10)
    assert next_poll(early, elapsed=20, interval=None) > next_poll(late, elapsed=20, interval=None)
