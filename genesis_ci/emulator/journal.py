"""The requests that the API received, for a test or a person to look at; keys never enter it."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KEPT_REQUESTS = 1000
KEPT_BODY = 64 * 1024

_SECRET_HEADERS = frozenset({"x-api-key", "authorization", "proxy-authorization", "cookie"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """One request. `at` is in seconds since the epoch.

    `body` is its first 64 KiB, empty if it was never read; `body_size` counts the bytes read.
    `status` is None if the connection was closed without an answer; `fault` names what hit it.
    """

    at: float
    method: str
    path: str
    headers: Mapping[str, str]
    body: str
    body_size: int
    status: int | None
    fault: str | None = None


class Journal:
    """The last 1000 requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Received] = deque(maxlen=KEPT_REQUESTS)

    def add(self, entry: Received) -> None:
        """Append a request; the oldest one goes when there are too many."""
        with self._lock:
            self._entries.append(entry)

    def all(self) -> list[Received]:
        """What was received, oldest first."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()


def redacted(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The headers by lower-case name, credentials as `***`, repeated ones joined by commas."""
    kept: dict[str, str] = {}
    for name, value in headers:
        shown = "***" if name.lower() in _SECRET_HEADERS else value
        kept[name.lower()] = f"{kept[name.lower()]}, {shown}" if name.lower() in kept else shown
    return kept
