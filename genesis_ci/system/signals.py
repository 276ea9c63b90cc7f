"""Signals that end a job: the first one ends it in order, a stuck end is cut short."""

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

EXIT_CODES = {
    getattr(signal, name): exit_code
    for name, exit_code in {"SIGINT": 130, "SIGTERM": 143, "SIGBREAK": 143}.items()
    if hasattr(signal, name)
}
STUCK_AFTER = 2.8
"""Seconds after which an interrupted job that has not ended is taken for stuck and rescued."""
LONGEST_END = 3.6
"""Seconds after which the process of an interrupted job is ended, whatever it does."""


class Signals:
    """Remembers the first signal and passes it on to whoever waits for it.

    As PID 1 Python ignores SIGTERM unless a handler is set, so this is done first of all.
    """

    def __init__(self) -> None:
        self._exit_code: int | None = None
        self._tell: Callable[[int], None] | None = None
        self._rescue: Callable[[int], None] | None = None
        self._tidy: Callable[[], None] = lambda: None
        self._ending = threading.Lock()

    @property
    def exit_code(self) -> int | None:
        """The exit code of the first signal, None while there was none."""
        return self._exit_code

    def install(self) -> None:
        """Handle the signals that end a job from now on."""
        for number in EXIT_CODES:
            signal.signal(number, self._handle)

    def tell(self, listener: Callable[[int], None]) -> None:
        """Call the listener with the exit code of the first signal, also of one that was."""
        self._tell = listener
        if self._exit_code is not None:
            listener(self._exit_code)

    def when_stuck(self, rescue: Callable[[int], None], tidy: Callable[[], None]) -> None:
        """Call `rescue`, in another thread, when the main one does not end after a signal.

        It may be blocked in a write to a log that nobody reads. `tidy` is the last thing that is
        done before the process ends under it.
        """
        self._rescue, self._tidy = rescue, tidy

    def ended(self) -> None:
        """Say that the job has ended by itself: no rescue begins from now on.

        Where one has begun it ends the process, and this does not return: two that end the same
        job would leave half of each.
        """
        self._ending.acquire()

    def _handle(self, number: int, _: FrameType | None) -> None:
        if self._exit_code is not None:
            return
        self._exit_code = EXIT_CODES[signal.Signals(number)]
        _later(STUCK_AFTER, self._end_stuck)
        _later(LONGEST_END, self._end)
        if self._tell:
            self._tell(self._exit_code)

    def _end_stuck(self) -> None:
        with self._ending:
            if self._rescue and self._exit_code is not None:
                with suppress(Exception):
                    self._rescue(self._exit_code)
            self._end()

    def _end(self) -> None:
        with suppress(Exception):
            self._tidy()
        os._exit(self._exit_code or 0)


def _later(seconds: float, act: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()
