"""A queue for a main thread that has to hear signals while it waits.

Windows runs a signal's handler only between two waits, up to Python 3.13
(https://github.com/python/cpython/issues/125541); so nobody waits for long at once.
"""

import queue
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

LONGEST_WAIT = 0.5
"""Seconds."""

T = TypeVar("T")


class Items(Protocol[T]):
    """What an inbox needs of a queue."""

    def put(self, item: T) -> None:
        """Add an item; from any thread or signal handler."""
        ...

    def get(self, *, timeout: float) -> T:
        """Return the first item, or raise `queue.Empty` when there was none for some seconds."""
        ...


class Inbox(Generic[T]):
    """Takes items from any thread or signal handler, and hands them to one reader.

    Args:
        clock: monotonic seconds.
        items: where they are kept.
    """

    def __init__(self, clock: Callable[[], float], items: Items[T] | None = None) -> None:
        self._clock = clock
        self._items: Items[T] = items or queue.SimpleQueue()
        self.put = self._items.put

    def take(self, seconds: float) -> T | None:
        """Return the next item, or None when there was none for some seconds."""
        until = self._clock() + seconds
        while True:
            left = until - self._clock()
            try:
                return self._items.get(timeout=max(0.0, min(left, LONGEST_WAIT)))
            except queue.Empty:
                if left <= LONGEST_WAIT:
                    return None
