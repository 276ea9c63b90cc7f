"""uvicorn's HTTP protocol; an application can close the connection instead of answering."""

import asyncio
import socket
from collections.abc import MutableMapping
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_EXTENSION = "genesis_emulator.connection"
_IGNORED_BYTES = 64 * 1024 * 1024
_IDLE_SECONDS = 5.0


class Connection(H11Protocol):
    """One client connection. Nothing that arrives on it stops the server."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._application = self.app
        self.app = self._with_connection
        self.lost = asyncio.Event()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Send each write at once: head and body are two writes.

        asyncio does this only if the listening socket has a protocol number.
        """
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake the tasks that wait for the end of the connection."""
        super().connection_lost(exc)
        self.lost.set()

    def data_received(self, data: bytes) -> None:
        """Read, or close the connection on malformed HTTP."""
        try:
            super().data_received(data)
        except (h11.ProtocolError, ValueError):
            self.transport.abort()

    async def abort(self) -> None:
        """Close now, without sending what is still to be sent."""
        self.transport.abort()
        await self.lost.wait()

    async def close(self) -> None:
        """Send what is still to be sent, then close."""
        self.transport.close()
        await self.lost.wait()

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than the client."""
        try:
            await asyncio.wait_for(self.lost.wait(), seconds)
        except TimeoutError:
            return

    async def _with_connection(self, scope: Any, receive: Any, send: Any) -> None:
        scope["extensions"] = {_EXTENSION: self}

        async def send_and_drain(message: MutableMapping[str, Any]) -> None:
            is_last = message["type"] == "http.response.body" and not message.get("more_body")
            sending = self.conn.their_state is h11.SEND_BODY
            if is_last and sending and not self.conn.they_are_waiting_for_100_continue:
                await send({**message, "more_body": True})
                await self._drain(receive)
                message = {**message, "body": b""}
            await send(message)

        await self._application(scope, receive, send_and_drain)

    async def _drain(self, receive: Any) -> None:
        """Discard the rest of a body that is answered already.

        If the connection were closed now, a client that writes everything before it reads
        (urllib) would get a reset instead of the answer.
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
    return cast("Connection", scope["extensions"][_EXTENSION])
