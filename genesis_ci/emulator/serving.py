"""uvicorn in a thread of its own: on when `Serving` is made, off at once when told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from typing import TYPE_CHECKING

import uvicorn

from genesis_ci.emulator.connection import Connection
from genesis_ci.emulator.errors import AddressError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_START_TIMEOUT = 10.0
_STOP_TIMEOUT = 5.0
_KEEP_ALIVE = 75
_BACKLOG = 2048
_ATTEMPTS = 4


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 is any free one. Raises AddressError."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as exc:
        reason = exc.strerror
        if exc.errno is not None and not isinstance(exc, socket.gaierror):
            reason = os.strerror(exc.errno)
        remedy = "give an address of this machine, choose another port, or 0 for a free one"
        raise AddressError(f"cannot serve on {host} port {port}: {reason}; {remedy}") from exc


class Serving:
    """A server thread."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        self._server = _Server(app, listener)
        self._thread = threading.Thread(
            target=self._server.run_here, name="genesis-emulator", daemon=True
        )
        self._thread.start()
        if not self._server.ready.wait(_START_TIMEOUT):
            raise AddressError("the emulator did not start in time")

    def stop(self) -> None:
        """Drop every connection and end the thread; harmless when it has ended."""
        self._server.stop_soon()
        self._thread.join(_STOP_TIMEOUT)


class _Server(uvicorn.Server):
    """uvicorn that waits for nobody when it stops."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=_BACKLOG,
            timeout_keep_alive=_KEEP_ALIVE,
        )
        super().__init__(config)
        self.ready = threading.Event()
        self._listener = listener
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()

    def run_here(self) -> None:
        """Serve in this thread until told to stop."""
        asyncio.run(self.serve([self._listener]))

    def stop_soon(self) -> None:
        """Tell the serving thread to stop; may be called from any thread."""
        with contextlib.suppress(RuntimeError):
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._stop.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening and say so."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        await self.on_tick(0)
        self.ready.set()

    async def main_loop(self) -> None:
        """Keep the Date header right once a second until the stop."""
        while not self._stop.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept nobody any more, drop every connection, then close.

        In this order, because asyncio stumbles over a connection that it is just accepting while
        its server closes (github.com/python/cpython/issues/109564).
        """
        for listener in sockets or []:
            with contextlib.suppress(NotImplementedError):
                asyncio.get_running_loop().remove_reader(listener)
        await self._drop_connections()
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()

    async def _drop_connections(self) -> None:
        """Drop them until nothing is going on, such as an accept or a held back answer."""
        for _ in range(_ATTEMPTS):
            for connection in list(self.server_state.connections):
                connection.transport.abort()
            await asyncio.sleep(0)
            others = asyncio.all_tasks() - {asyncio.current_task()}
            if others:
                await asyncio.wait(others, timeout=1.0)
            elif not self.server_state.connections:
                return
