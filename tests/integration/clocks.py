"""A clock that starts with an event."""

import time
from collections.abc import Callable


class ClockFrom:
    """Returns 0 until `happened` is true, and then the seconds since."""

    def __init__(self, happened: Callable[[], object]) -> None:
        self._happened = happened
        self._start: float | None = None

    def __call__(self) -> float:
        if self._start is None and self._happened():
            self._start = time.monotonic()
        return 0.0 if self._start is None else time.monotonic() - self._start
