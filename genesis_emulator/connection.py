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
_IDLE_SECONDS = 5.0


class Connection(H11Protocol):
    """One client connection. Whatever arrives on it, the server lives on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._application = self.app
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
        """Read on; give up on nonsense."""
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

    async def _with_connection(self, scope: Any, receive: Any, send: Any) -> None:
        scope["extensions"] = {_EXTENSION: self}

        async def send_and_read_on(message: MutableMapping[str, Any]) -> None:
            is_last = message["type"] == "http.response.body" and not message.get("more_body")
            if is_last and self._body_is_on_its_way():
                await send({**message, "more_body": True})
                await self._read_on(receive)
                message = {**message, "body": b""}
            await send(message)

        await self._application(scope, receive, send_and_read_on)

    def _body_is_on_its_way(self) -> bool:
        sending = self.conn.their_state is h11.SEND_BODY
        return sending and not self.conn.they_are_waiting_for_100_continue

    async def _read_on(self, receive: Any) -> None:
        """Throw away the rest of a body whose answer is out already.

        Were the connection closed now, a client that writes all before it reads (urllib) would
        see a reset and never the answer.
        """
        ignored = 0
        while ignored <= _IGNORED_BYTES:
            try:
                message = await asyncio.wait_for(receive(), _IDLE_SECONDS)
            except TimeoutError:
                break
            if not message.get("more_body"):
                return
            ignored += len(message["body"])
        self.transport.abort()


def connection_of(scope: MutableMapping[str, Any]) -> Connection:
    """The connection that an ASGI request came in on."""
    connection = scope["extensions"][_EXTENSION]
    assert isinstance(connection, Connection)  # noqa: S101 - the server installs nothing else
    return connection
