"""An inbox: what comes first is taken first, and nobody waits for long at once."""

import math
import threading

from genesis_ci.inbox import LONGEST_WAIT, Inbox
from tests.fakes import FakeClock


class TickingClock(FakeClock):
    """Passes a step each time somebody looks."""

    def __init__(self, step: float) -> None:
        super().__init__()
        self._step = step

    def __call__(self) -> float:
        self.pass_(self._step)
        return super().__call__()


def test_items_are_taken_in_their_order():
    inbox: Inbox[str] = Inbox(FakeClock())
    inbox.put("first")
    inbox.put("second")
    assert [inbox.take(0), inbox.take(0)] == ["first", "second"]


def test_nothing_is_taken_where_nothing_came_in_time():
    assert Inbox(TickingClock(LONGEST_WAIT)).take(3 * LONGEST_WAIT) is None


def test_whoever_waits_without_an_end_gets_what_another_thread_puts():
    inbox: Inbox[str] = Inbox(TickingClock(1.0))
    threading.Timer(0, inbox.put, ["late"]).start()
    assert inbox.take(math.inf) == "late"
