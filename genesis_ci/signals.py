"""SIGINT and SIGTERM: the first one ends the job in order, a stuck end is cut short."""

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
LONGEST_END = 3.4
"""Seconds an interrupted job has for its reports before the process is ended."""


class Signals:
    """Remembers the first signal and passes it on to whoever waits for it.

    As PID 1 Python ignores SIGTERM unless a handler is set, so this is done first of all.
    """

    def __init__(self) -> None:
        self._exit_code: int | None = None
        self._tell: Callable[[int], None] | None = None

    def install(self) -> None:
        """Handle SIGINT and SIGTERM from now on."""
        for number in EXIT_CODES:
            signal.signal(number, self._handle)

    def tell(self, listener: Callable[[int], None]) -> None:
        """Call the listener with the exit code of the first signal, also of one that was."""
        self._tell = listener
        if self._exit_code is not None:
            listener(self._exit_code)

    def _handle(self, number: int, _: FrameType | None) -> None:
        if self._exit_code is not None:
            return
        self._exit_code = EXIT_CODES[signal.Signals(number)]
        watchdog = threading.Timer(LONGEST_END, os._exit, [self._exit_code])
        watchdog.daemon = True
        watchdog.start()
        if self._tell:
            self._tell(self._exit_code)
