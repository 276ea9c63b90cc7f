"""One HTTP exchange that can be cut at any moment, and the connections that take part in it.

Timeouts of a socket bound one `recv`, so a server that sends a byte a second outlives them all.
Here whoever waits for the answer cuts the exchange: the socket is shut down under the reader,
whose thread ends with it. What was not sent by then never will be.
"""

import http.client
import socket
import threading
from contextlib import suppress
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import HTTPResponse


class CutError(Exception):
    """The exchange was cut, because it took too long."""


class Exchange:
    """One request on its way; used by the thread that carries it out and the one that waits.

    Use it as a context manager in the thread that carries it out: connections find it there.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent = False
        self._over = False
        self._twin: socket.socket | None = None

    @property
    def sent(self) -> bool:
        """Whether the first byte of the request may have gone out."""
        return self._sent

    def cut(self) -> bool:
        """End the exchange now, whatever it waits for, and return whether it was `sent`."""
        with self._lock:
            self._over = True
            if self._twin:
                with suppress(OSError):
                    self._twin.shutdown(socket.SHUT_RDWR)
            return self._sent

    def hold(self, connected: socket.socket) -> None:
        """Remember the socket, so that `cut` can shut it down.

        A duplicate is kept, because TLS replaces the socket object while it shakes hands.

        Raises:
            CutError: the exchange was cut before.
        """
        twin = socket.fromfd(connected.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        with self._lock:
            if self._over:
                twin.close()
                raise CutError
            former, self._twin = self._twin, twin
        if former:
            former.close()

    def begin_sending(self) -> None:
        """Note that the first byte goes out next. Raises `CutError` when it must not."""
        with self._lock:
            if self._over:
                raise CutError
            self._sent = True

    def __enter__(self) -> "Exchange":
        if self._over:
            raise CutError
        _thread.exchange = self
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            twin, self._twin = self._twin, None
        if twin:
            twin.close()


class _Thread(threading.local):
    exchange: Exchange


_thread = _Thread()


class _FinalResponse(http.client.HTTPResponse):
    """Reads on to the final answer: the standard library takes a `103 Early Hints` for it."""

    def _read_status(self) -> tuple[str, int, str]:
        line: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
        while 101 < line[1] < 200:
            http.client.parse_headers(self.fp)
            line = super()._read_status()  # type: ignore[misc]
        return line


class _HttpConnection(HTTPConnection):
    response_class = _FinalResponse

    def _new_conn(self) -> socket.socket:
        return _held(super()._new_conn())

    def request(self, *args: Any, **kwargs: Any) -> None:
        _begin_sending(self)
        super().request(*args, **kwargs)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3's own
        return _not_reused_after_an_oddity(self, super().getresponse())


class _HttpsConnection(_HttpConnection, HTTPSConnection):
    """The same with TLS: every step goes on to `HTTPSConnection`."""


def _held(connected: socket.socket) -> socket.socket:
    try:
        _thread.exchange.hold(connected)
    except BaseException:
        connected.close()
        raise
    return connected


def _begin_sending(connection: HTTPConnection) -> None:
    if connection.sock is None:
        connection.connect()
    else:
        _thread.exchange.hold(connection.sock)
    _thread.exchange.begin_sending()


def _not_reused_after_an_oddity(connection: HTTPConnection, answer: HTTPResponse) -> HTTPResponse:
    """Keep only connections that gave a plain answer: after an error more may follow unasked.

    The body of this answer can still be read: it holds the socket open, while the connection
    lets go of it and so counts as closed.
    """
    if not 200 <= answer.status < 300 and connection.sock is not None:
        connection.sock.close()
        connection.sock = None
    return answer


class HttpPool(HTTPConnectionPool):
    """Connections of exchanges, in the clear."""

    ConnectionCls = _HttpConnection


class HttpsPool(HTTPSConnectionPool):
    """Connections of exchanges, with TLS."""

    ConnectionCls = _HttpsConnection
