"""The inbox, with a queue that needs no time."""

import queue

import pytest

from genesis_ci.system.threads import LONGEST_WAIT, Inbox
from tests.fakes import FakeClock


class EmptyQueue:
    """A queue that gets no item; `waits` are the lengths of its waits."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.waits: list[float] = []
        self.put = self.waits.append

    def get(self, *, timeout: float) -> float:
        self.waits.append(timeout)
        self._clock.pass_(timeout)
        raise queue.Empty


@pytest.mark.parametrize(
    ("steps", "waits"), [(0, [0]), (0.7, [0.7]), (1, [1]), (3.2, [1, 1, 1, 0.2])]
)
def test_take_waits_in_short_steps_until_its_timeout(steps, waits):
    clock = FakeClock()
    items = EmptyQueue(clock)
    assert Inbox(clock, items).take(steps * LONGEST_WAIT) is None
    assert items.waits == pytest.approx([step * LONGEST_WAIT for step in waits])


def test_items_are_taken_in_their_order():
    inbox: Inbox[str] = Inbox(FakeClock())
    inbox.put("first")
    inbox.put("second")
    assert [inbox.take(0), inbox.take(0)] == ["first", "second"]
