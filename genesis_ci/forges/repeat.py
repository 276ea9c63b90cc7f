"""Repeats requests to a forge after faults."""

from collections.abc import Callable, Iterator
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
