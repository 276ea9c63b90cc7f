"""Repeats requests after faults, and reads how long a server asks to wait."""

import re
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import TypeVar

from genesis_ci.errors import ContactError

T = TypeVar("T")


def repeated(
    attempt: Callable[[], T], *, waits: Iterator[float], pause: Callable[[float], bool]
) -> T:
    """Return the value of the first attempt without a fault.

    After a fault comes a pause: the next of `waits`, or a longer `Retry-After`. `pause` returns
    False if there is no time for it. A permanent fault is raised, and so is the fault after which
    no wait or no time is left.
    """
    while True:
        try:
            return attempt()
        except ContactError as error:
            if error.permanent or (wait := next(waits, None)) is None:
                raise
            if not pause(max(wait, error.retry_after or 0.0)):
                raise


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a `Retry-After`, which may be a date; None if there is none."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch("[0-9]{1,9}", value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
        now = parsedate_to_datetime(headers.get("date", ""))  # by the server's own clock
        return max(0.0, (moment - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None
