"""uvicorn's HTTP protocol with a handle on the connection, so that an answer can be withheld."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_EXTENSION = "genesis_ci.connection"
_IGNORED_BYTES = 64 * 1024 * 1024


class Connection(H11Protocol):
    """One client connection. Whatever arrives on it, the server lives on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._application = self.app
        self._ignored = 0
        self.app = self._with_connection
        self.lost = asyncio.Event()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Send what is written at once: head and body are two writes.

        asyncio would do this itself, were the listening socket made with a protocol number.
        """
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake whoever waits for the end of the connection."""
        super().connection_lost(exc)
        self.lost.set()

    def data_received(self, data: bytes) -> None:
        """Read on; give up on nonsense, and on a body that goes on long after its answer."""
        self._ignored = self._ignored + len(data) if self._answered_early() else 0
        if self._ignored > _IGNORED_BYTES:
            self.transport.abort()
            return
        try:
            super().data_received(data)
        except (h11.ProtocolError, ValueError):
            self.transport.abort()

    async def abort(self) -> None:
        """Close now; what was not sent yet never will be."""
        self.transport.abort()
        await self.lost.wait()

    async def close(self) -> None:
        """Send what is waiting to be sent, then close."""
        self.transport.close()
        await self.lost.wait()

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than the client does."""
        try:
            await asyncio.wait_for(self.lost.wait(), seconds)
        except TimeoutError:
            return

    def _answered_early(self) -> bool:
        return self.conn.our_state is h11.DONE and self.conn.their_state is h11.SEND_BODY

    async def _with_connection(self, scope: Any, receive: Any, send: Any) -> None:
        scope["extensions"] = {_EXTENSION: self}
        await self._application(scope, receive, send)


def connection_of(scope: MutableMapping[str, Any]) -> Connection:
    """The connection that an ASGI request came in on."""
    connection = scope["extensions"][_EXTENSION]
    assert isinstance(connection, Connection)  # noqa: S101 - the server installs nothing else
    return connection
