"""A test whose loop never ends fails at once, in words."""

import math

import pytest

from tests.fakes import FakeApi, FakeClock, VirtualCalls


def test_a_loop_in_which_no_time_passes_is_told_so():
    clock = FakeClock()
    with pytest.raises(AssertionError, match="none passes"):
        while clock() < 2_000:
            clock.pass_(1e-99)


@pytest.mark.parametrize("seconds", [60.0, math.inf])
def test_a_wait_that_never_ends_is_told_so(seconds):
    calls = VirtualCalls(FakeClock(), FakeApi())
    with pytest.raises(AssertionError, match="there is no end"):
        while calls.next(timeout=seconds) is None:
            continue
