"""A clock for what has to be given up in time, but not before it has come so far."""

import time
from collections.abc import Callable


class ClockFrom:
    """Stands still until something has happened, however busy the machine is."""

    def __init__(self, happened: Callable[[], object]) -> None:
        self._happened = happened
        self._start: float | None = None

    def __call__(self) -> float:
        if self._start is None and self._happened():
            self._start = time.monotonic()
        return 0.0 if self._start is None else time.monotonic() - self._start
