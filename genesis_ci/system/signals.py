"""Signals that end a job: the first one ends it with reports, and a stuck job is killed."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

SIGNAL_CODES = {
    getattr(signal, name): exit_code
    for name, exit_code in {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 143, "SIGBREAK": 143}.items()
    if hasattr(signal, name)
}
"""A closed terminal (SIGHUP) ends a job as SIGTERM does."""
HARD_END = 3.5
"""Seconds from the first signal to the end of a process that does not end itself."""
NO_REPORTS = b"""\
genesis-ci: interrupted, and stopped because it did not end in time. Nothing was triggered, and no \
report was written; what is in the report directory is from an earlier job.
"""


class Interrupted(BaseException):
    """The first signal arrived; the process has to end with this exit code."""

    def __init__(self, exit_code: int) -> None:
        self.exit_code = exit_code


class Signals:
    """Keeps the first signal and passes it to the loop that waits for it.

    `exit_code` is that of the first signal, None before it.
    """

    def __init__(self) -> None:
        self.exit_code: int | None = None
        self._listener: Callable[[int], None] | None = None
        self._tidy: Callable[[], object] = lambda: os.write(2, NO_REPORTS)
        self._raises = False

    def install(self) -> None:
        """Handle the signals that end a job; SIGHUP stays ignored under nohup.

        Do this first: as PID 1, Python ignores SIGTERM until it has a handler.
        """
        for number in SIGNAL_CODES:
            nohup = number == getattr(signal, "SIGHUP", None)
            if not (nohup and signal.getsignal(number) is signal.SIG_IGN):
                signal.signal(number, self._handle)

    def subscribe(self, listener: Callable[[int], None]) -> None:
        """Call the listener with the exit code of the first signal, also of an earlier one."""
        self._listener = listener
        if self.exit_code is not None:
            listener(self.exit_code)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let the first signal raise `Interrupted` in this part, which must hold no resources."""
        self._raises = True
        try:
            yield
        finally:
            self._raises = False

    def before_hard_end(self, tidy: Callable[[], None]) -> None:
        """Call `tidy`, in another thread, before the process of a stuck job ends.

        Call this before the first report is written. Until then, the process prints that there is
        no report.
        """
        self._tidy = tidy

    def _handle(self, number: int, _: FrameType | None) -> None:
        if self.exit_code is not None:
            return
        self.exit_code = SIGNAL_CODES[signal.Signals(number)]
        timer = threading.Timer(HARD_END, self._end)
        timer.daemon = True
        with suppress(RuntimeError):  # no thread is left: the job still ends with reports
            timer.start()
        if self._listener:
            self._listener(self.exit_code)
        if self._raises:
            raise Interrupted(self.exit_code)

    def _end(self) -> None:
        with suppress(Exception):
            self._tidy()
        os._exit(self.exit_code or 0)
