"""Daemon threads, and an inbox for what they and signal handlers send."""

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

LONGEST_WAIT = 0.5
"""Seconds of one wait: up to Python 3.13, Windows runs signal handlers only between two waits
(https://github.com/python/cpython/issues/125541)."""

T = TypeVar("T")


def start_daemon(work: Callable[[], None]) -> None:
    """Run a function in a new thread; raise `RuntimeError` if there is none."""
    threading.Thread(target=work, daemon=True).start()


class Inbox(Generic[T]):
    """Passes items from any thread or signal handler to one reader; `clock` is monotonic."""

    def __init__(
        self, clock: Callable[[], float], items: queue.SimpleQueue[T] | None = None
    ) -> None:
        self._clock = clock
        self._items = items or queue.SimpleQueue()
        self.put = self._items.put

    def take(self, seconds: float) -> T | None:
        ends_at = self._clock() + seconds
        while True:
            left = ends_at - self._clock()
            try:
                return self._items.get(timeout=max(0.0, min(left, LONGEST_WAIT)))
            except queue.Empty:
                if left <= LONGEST_WAIT:
                    return None
