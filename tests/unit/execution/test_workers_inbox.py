"""An inbox: what comes first is taken first, and nobody waits for long at once."""

import math
import queue

import pytest

from genesis_ci.execution.workers import LONGEST_WAIT, Inbox
from tests.fakes import FakeClock


class LateItems:
    """A queue that holds nothing until some waits are over, and keeps how long each was."""

    def __init__(self, clock: FakeClock, *, after: float) -> None:
        self._clock = clock
        self._after = after
        self.waits: list[float] = []

    def put(self, item: str) -> None:
        raise NotImplementedError

    def get(self, *, timeout: float) -> str:
        self.waits.append(timeout)
        self._clock.pass_(timeout)
        if len(self.waits) < self._after:
            raise queue.Empty
        return "late"


def test_items_are_taken_in_their_order():
    inbox: Inbox[str] = Inbox(FakeClock())
    inbox.put("first")
    inbox.put("second")
    assert [inbox.take(0), inbox.take(0)] == ["first", "second"]


def test_nothing_is_taken_where_nothing_came_in_time():
    clock = FakeClock()
    items = LateItems(clock, after=math.inf)
    assert Inbox(clock, items).take(3.2 * LONGEST_WAIT) is None
    assert sum(items.waits) == pytest.approx(3.2 * LONGEST_WAIT)


def test_whoever_waits_without_an_end_gets_what_comes_late():
    clock = FakeClock()
    assert Inbox(clock, LateItems(clock, after=100)).take(math.inf) == "late"


@pytest.mark.parametrize("seconds", [0.0, 0.7, 60.0, math.inf])
def test_nobody_waits_for_long_at_once(seconds):
    clock = FakeClock()
    items = LateItems(clock, after=200)
    Inbox(clock, items).take(seconds)
    assert items.waits
    assert all(0 <= wait <= LONGEST_WAIT for wait in items.waits)
