"""One request as a value: one thread runs it, and another may end it."""

from collections.abc import Callable
from typing import Generic, TypeVar

from genesis_ci.errors import ContactError
from genesis_ci.http import faults
from genesis_ci.http.connection import Exchange

T = TypeVar("T")


class HttpCall(Generic[T]):
    """One request. `exchanged` sends it and returns the value of the answer."""

    def __init__(self, url: str, exchanged: Callable[[Exchange], T]) -> None:
        self._url = url
        self._exchanged = exchanged
        self._exchange = Exchange()

    def run(self) -> T:
        """Send the request and return the value of its answer, however long it takes.

        Raises:
            RefusedError: the server refused.
            ContactError: no usable answer; `reached` says whether the server may have acted on it.
        """
        try:
            return self._exchanged(self._exchange)
        except MemoryError as error:
            raise faults.explained(self._url, error, reached=self._exchange.sent) from None
        finally:
            self._exchange.end()

    def give_up(self) -> ContactError:
        """End the request, so that it is not sent later; `reached` says whether it was sent."""
        return faults.overdue(self._url, reached=self._exchange.cut())
