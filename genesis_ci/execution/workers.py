"""Sends requests in threads, and passes their results and signals to the loop."""

import itertools
import queue
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from genesis_ci.errors import ContactError
from genesis_ci.language import _
from genesis_ci.system.signals import Interrupted
from genesis_ci.system.threads import Inbox, start_daemon

LAST_CHANCE = 0.1
"""More seconds for overdue calls: their answers may have arrived while the process was stopped."""


class Call(Protocol):
    """One request: sent by one thread, and given up by another after its timeout."""

    def run(self) -> object:
        """Send the request and return its answer, without a limit of time."""

    def give_up(self) -> ContactError:
        """End the request, so that nothing more is sent, and return the error for it."""


class Done(NamedTuple):
    """A call returned a value or raised an error."""

    key: int
    value: Any = None
    error: Exception | None = None


class _OpenCall(NamedTuple):
    number: int
    key: int
    call: Call
    ends_at: float
    in_last_chance: bool = False


class ThreadedCalls:
    """Runs requests in daemon threads, which are reused, and returns their results as events.

    It measures the timeouts of all requests. An overdue call gets `LAST_CHANCE` more seconds and is
    then given up. `clock` returns monotonic seconds.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        start_thread: Callable[[Callable[[], None]], None] = start_daemon,
    ) -> None:
        self._clock = clock
        self._start_thread = start_thread
        self._tasks: queue.SimpleQueue[_OpenCall] = queue.SimpleQueue()
        self._events: Inbox[tuple[int, Done] | Interrupted] = Inbox(clock)
        self._open: dict[int, _OpenCall] = {}
        self._numbers = itertools.count()
        self._threads = 0
        self._busy = 0

    def start(self, key: int, call: Call, *, timeout: float) -> None:
        """Start a call; its `Done` comes shortly after `timeout` seconds at the latest."""
        task = _OpenCall(next(self._numbers), key, call, self._clock() + timeout)
        self._open[task.number] = task
        self._busy += 1
        if self._busy > self._threads:
            try:
                self._start_thread(self._work)
            except (RuntimeError, MemoryError):
                error = ContactError(
                    _("Nothing was sent: this machine cannot start another thread."),
                    reached=False,
                    hint=_("Give the job more memory, or a higher limit of processes and threads."),
                )
                self._events.put((task.number, Done(key, error=error)))
                return
            self._threads += 1
        self._tasks.put(task)

    def interrupt(self, exit_code: int) -> None:
        """Make `next` return an `Interrupted`. Safe to call from a signal handler."""
        self._events.put(Interrupted(exit_code))

    def next(self, *, timeout: float) -> Done | Interrupted | None:
        """Return the next event, or None when there was none for `timeout` seconds.

        A call whose answer has arrived is never overdue.
        """
        ends_at = self._clock() + timeout
        while True:
            soonest = min([ends_at, *(task.ends_at for task in self._open.values())])
            event = self._events.take(soonest - self._clock())
            if isinstance(event, Interrupted):
                return event
            if event is None:
                overdue = self._given_up()
                if overdue or self._clock() >= ends_at:
                    return overdue
                continue
            number, done = event
            self._busy -= 1
            if self._open.pop(number, None):  # else it was given up
                return done

    def _given_up(self) -> Done | None:
        now = self._clock()
        for task in list(self._open.values()):
            if task.ends_at > now:
                continue
            if task.in_last_chance:
                del self._open[task.number]
                return Done(task.key, error=task.call.give_up())
            self._open[task.number] = task._replace(ends_at=now + LAST_CHANCE, in_last_chance=True)
        return None

    def _work(self) -> None:
        while True:
            task = self._tasks.get()
            self._events.put((task.number, _done(task)))


def _done(task: _OpenCall) -> Done:
    # apart, so that a thread that waits for its next task holds no value
    try:
        return Done(task.key, value=task.call.run())
    except Exception as error:
        return Done(task.key, error=error)


def answer_to(call: Call, calls: ThreadedCalls, *, key: int, timeout: float) -> Any:
    """Start one call and return its value; raise its error, or `Interrupted` for a signal.

    The ends of earlier calls, with other keys, are ignored.
    """
    calls.start(key, call, timeout=timeout)
    while True:
        event = calls.next(timeout=timeout)
        if isinstance(event, Interrupted):
            raise event
        if event and event.key == key:
            if event.error:
                raise event.error
            return event.value
