"""The inbox, with a queue that needs no time."""

import math
import queue

import pytest

from genesis_ci.system.threads import LONGEST_WAIT, Inbox
from tests.fakes import FakeClock


class LateItems:
    """A queue that stays empty for some waits; `waits` are their lengths."""

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


def test_take_returns_none_after_its_time():
    clock = FakeClock()
    items = LateItems(clock, after=math.inf)
    assert Inbox(clock, items).take(3.2 * LONGEST_WAIT) is None
    assert sum(items.waits) == pytest.approx(3.2 * LONGEST_WAIT)


def test_take_does_not_wait_again_after_its_time():
    items = LateItems(FakeClock(), after=math.inf)
    assert Inbox(FakeClock(), items).take(0.0) is None
    assert items.waits == [0.0]
    clock = FakeClock()
    items = LateItems(clock, after=math.inf)
    assert Inbox(clock, items).take(LONGEST_WAIT) is None
    assert items.waits == [LONGEST_WAIT]


def test_an_endless_take_returns_a_late_item():
    clock = FakeClock()
    assert Inbox(clock, LateItems(clock, after=100)).take(math.inf) == "late"


@pytest.mark.parametrize("seconds", [0.0, 0.7, 60.0, math.inf])
def test_take_waits_in_short_steps(seconds):
    clock = FakeClock()
    items = LateItems(clock, after=200)
    Inbox(clock, items).take(seconds)
    assert items.waits
    assert all(0 <= wait <= LONGEST_WAIT for wait in items.waits)
