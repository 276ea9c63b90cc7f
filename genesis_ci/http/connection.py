"""One HTTP exchange that can be cut at any moment, and the connections that take part in it.

A socket's timeout bounds one `recv`, so a server that sends a byte a second never exceeds it.
Instead, the thread that waits for the answer cuts the exchange: this shuts the socket down, and
the thread that reads ends. A request that was not sent by then is never sent.
"""

import http.client
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import HTTPResponse

from genesis_ci.errors import ContactError
from genesis_ci.http import faults

T = TypeVar("T")
_MMAP_THRESHOLD = -3
"""For glibc: memory of at least this size is given back when it is freed. By default, each thread
keeps up to 64 MiB that it freed. For 16 answers of 30 MiB, a job takes 248 MiB with it, 913 MiB
without it."""


class CutError(Exception):
    """The exchange was cut, because it took too long."""


class Exchange:
    """One request; shared by the thread that carries it out and the thread that waits.

    It is a context manager for the first of them, whose connections find it.
    """

    def __init__(self) -> None:
        self.sent = False
        """Whether the first byte of the request may have been sent."""
        self._lock = threading.Lock()
        self._is_cut = False
        self._socket: socket.socket | None = None
        self.has_large_answer = False
        """Whether its answer is large and not yet decoded, see `begin_large_answer`."""

    def cut(self) -> bool:
        """End the exchange now and return whether it was `sent`."""
        with self._lock:
            self._is_cut = True
            if self._socket:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)
            return self.sent

    def hold(self, connected: socket.socket) -> None:
        """Remember the socket, so that `cut` can shut it down.

        A duplicate is kept, because TLS replaces the socket object while it shakes hands. Raise
        `CutError` if the exchange was cut before.
        """
        duplicate = socket.fromfd(connected.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        with self._lock:
            if self._is_cut:
                duplicate.close()
                raise CutError
            former, self._socket = self._socket, duplicate
        if former:
            former.close()

    def begin_sending(self) -> None:
        """Note that the first byte is sent next; raise `CutError` if the exchange was cut."""
        with self._lock:
            if self._is_cut:
                raise CutError
            self.sent = True

    def end(self) -> None:
        """Let another exchange read a large answer, because this one's is decoded."""
        if self.has_large_answer:
            self.has_large_answer = False
            _large_answer.release()

    def __enter__(self) -> "Exchange":
        if self._is_cut:
            raise CutError
        _thread.exchange = self
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            duplicate, self._socket = self._socket, None
        if duplicate:
            duplicate.close()


class HttpCall(Generic[T]):
    """One request. `exchanged` sends it and returns the value of the answer."""

    def __init__(self, url: str, exchanged: Callable[[Exchange], T]) -> None:
        self._url = url
        self._exchanged = exchanged
        self._exchange = Exchange()

    def run(self) -> T:
        """Send the request and return the value of its answer, however long it takes.

        Raises `RefusedError` or `ContactError`.
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


_thread = threading.local()
"""Its attribute `exchange` is the exchange of the thread."""
_large_answer = threading.Lock()
"""Held while one large answer is read and decoded, which takes several times its size. 16 answers
of 60 MiB take 399 MiB with it, 1,046 MiB without it."""


def begin_large_answer() -> None:
    """Wait until no other exchange has a large answer; this thread's has one until its `end`."""
    import ctypes  # few jobs need it

    _large_answer.acquire()
    _thread.exchange.has_large_answer = True
    with suppress(AttributeError, OSError, TypeError):  # C libraries other than glibc
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, 1 << 20)


class _FinalResponse(http.client.HTTPResponse):
    """Skips interim answers: the standard library takes `103 Early Hints` for the final one."""

    def _read_status(self) -> tuple[str, int, str]:
        line: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
        while 101 < line[1] < 200:
            http.client.parse_headers(self.fp)
            line = super()._read_status()  # type: ignore[misc]
        return line


class _HttpConnection(HTTPConnection):
    response_class = _FinalResponse

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        try:
            _thread.exchange.hold(connected)
        except BaseException:
            connected.close()
            raise
        return connected

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is None:
            self.connect()
        else:
            _thread.exchange.hold(self.sock)
        _thread.exchange.begin_sending()
        super().request(*args, **kwargs)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3's own
        answer = super().getresponse()
        # After an error the server may send more, so the connection is not used again. The body
        # can still be read: the answer holds the socket open.
        if not 200 <= answer.status < 300 and self.sock is not None:
            self.sock.close()
            self.sock = None
        return answer


class _HttpsConnection(_HttpConnection, HTTPSConnection):
    """The same with TLS, by way of `HTTPSConnection`."""


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection


POOLS: dict[str, type[HTTPConnectionPool]] = {"http": _HttpPool, "https": _HttpsPool}
"""Pools of connections that take part in exchanges, by scheme."""
