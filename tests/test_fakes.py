"""Endless loops in virtual time fail at once, with a message."""

import math

import pytest

from tests.fakes import FakeApi, FakeClock, VirtualCalls


def test_a_loop_in_which_no_time_passes_fails():
    clock = FakeClock()
    with pytest.raises(AssertionError, match="no time passed"):
        while clock() < 2_000:
            clock.pass_(1e-99)


@pytest.mark.parametrize("seconds", [60.0, math.inf])
def test_an_endless_wait_fails(seconds):
    calls = VirtualCalls(FakeClock(), FakeApi())
    with pytest.raises(AssertionError, match="did not end"):
        while calls.next(timeout=seconds) is None:
            continue
