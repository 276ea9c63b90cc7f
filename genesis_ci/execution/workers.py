"""A queue for a main thread that has to hear signals while it waits.

Windows runs a signal's handler only between two waits, up to Python 3.13
(https://github.com/python/cpython/issues/125541); so nobody waits for long at once.
"""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from genesis_ci.errors import ContactError
from genesis_ci.models import Execution

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


Answer = str | Execution
GRACE = 0.15
"""Seconds that a call may overstay: the transport's own word for it is the better one."""
LAST_CHANCE = 0.3
"""Seconds for the answers of calls that went on while this process was stopped or held up."""


@dataclass(frozen=True, slots=True)
class Done:
    """A call came back: with a value, or with the error it raised."""

    key: int
    value: Answer | None = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Interrupt:
    """A signal arrived; the job has to end with this exit code."""

    exit_code: int


class Calls(Protocol):
    """Runs requests beside the loop and hands their ends back, one event at a time."""

    def start(self, key: int, call: Callable[[], Answer], *, timeout: float) -> None:
        """Begin a call; its `Done` comes a moment after `timeout` seconds at the latest."""
        ...

    def next(self, *, timeout: float) -> Done | Interrupt | None:
        """Return the next event, or None when there was none for `timeout` seconds."""
        ...


@dataclass(frozen=True, slots=True)
class _Task:
    number: int
    key: int
    call: Callable[[], Answer]


class ThreadedCalls:
    """`Calls` over daemon threads, which are reused.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tasks: queue.SimpleQueue[_Task] = queue.SimpleQueue()
        self._events: Inbox[tuple[int, Done] | Interrupt] = Inbox(clock)
        self._open: dict[int, tuple[int, float]] = {}
        self._started = 0
        self._threads = 0
        self._busy = 0

    def start(self, key: int, call: Callable[[], Answer], *, timeout: float) -> None:
        """Begin a call; see `Calls.start`."""
        self._started += 1
        self._open[self._started] = (key, self._clock() + timeout + GRACE)
        self._busy += 1
        if self._busy > self._threads:
            self._threads += 1
            threading.Thread(target=self._work, daemon=True).start()
        self._tasks.put(_Task(self._started, key, call))

    def interrupt(self, exit_code: int) -> None:
        """Make `next` return an `Interrupt`. Safe to call from a signal handler."""
        self._events.put(Interrupt(exit_code))

    def next(self, *, timeout: float) -> Done | Interrupt | None:
        """Return the next event; see `Calls.next`. What has arrived is never called overdue."""
        until = self._clock() + timeout
        while True:
            soonest = min([until, *(end for _, end in self._open.values())])
            event = self._event(soonest - self._clock())
            if event is None and self._has_overdue():
                event = self._event(LAST_CHANCE) or self._first_overdue()
            if event or self._clock() >= until:
                return event

    def _event(self, seconds: float) -> Done | Interrupt | None:
        """Return what comes within some seconds, but for answers of calls that were given up."""
        until = self._clock() + seconds
        while True:
            event = self._events.take(until - self._clock())
            if event is None or isinstance(event, Interrupt):
                return event
            number, done = event
            self._busy -= 1
            if self._open.pop(number, None):
                return done

    def _has_overdue(self) -> bool:
        now = self._clock()
        return any(end <= now for _, end in self._open.values())

    def _first_overdue(self) -> Done | None:
        now = self._clock()
        for number, (key, end) in self._open.items():
            if end <= now:
                del self._open[number]
                return Done(key, error=_overstayed())
        return None

    def _work(self) -> None:
        while True:
            task = self._tasks.get()
            try:
                done = Done(task.key, value=task.call())
            except Exception as error:
                done = Done(task.key, error=error)
            self._events.put((task.number, done))


def _overstayed() -> ContactError:
    return ContactError(
        "Lost the connection to Genesis: no whole answer in time.",
        reached=True,
        hint="The network or the server is at fault; nothing has to be changed here.",
    )
