"""An emulator in this process: for a test, a demo, or the command line."""

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount
from starlette.types import ASGIApp

from genesis_emulator import scenario_file
from genesis_emulator.connection import Connection
from genesis_emulator.control import PREFIX, Control
from genesis_emulator.emulation import Clock, Emulation, Received
from genesis_emulator.routes import Api
from genesis_emulator.scenario import EmulatorError, Scenario, Workflow

_START_TIMEOUT = 10.0
_STOP_TIMEOUT = 5.0
_BACKLOG = 2048


class Emulator(Emulation):
    """Serves the Genesis API while the `with` block runs.

    Ready when `__enter__` returns; `__exit__` stops at once, dropping every connection. Without a
    scenario it plays the built-in one. Every method may be called from any thread; `on_request`
    is called in the serving one, for each request.
    Raises EmulatorError if it cannot serve on `host` and `port`.
    """

    def __init__(
        self,
        scenario: Scenario | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        speed: float = 1.0,
        clock: Clock | None = None,
        remote_control: bool = False,
        on_request: Callable[[Received], None] | None = None,
    ) -> None:
        chosen = scenario or scenario_file.builtin()
        super().__init__(chosen, speed=speed, clock=clock, on_request=on_request)
        self._host = host
        self._port = port
        self._remote_control = remote_control
        self._server: _Server | None = None

    @classmethod
    def from_file(cls, path: Path | str, **options: Any) -> Self:
        """An emulator for a scenario file; the options are those of the class."""
        return cls(scenario_file.load(Path(path)), **options)

    def __enter__(self) -> Self:
        listener = _listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        self._server = _Server(application(self, remote_control=self._remote_control), listener)
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.stop()

    @property
    def url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def control_url(self) -> str:
        return f"{self.url}{PREFIX}/"

    @property
    def api_key(self) -> str:
        """The first key of the scenario that works, or an empty string."""
        keys = self.scenario.keys
        usable = (each.key for each in keys if each.member and each.organization is not None)
        return next(usable, "")

    @property
    def workflows(self) -> dict[str, Workflow]:
        return {workflow.name: workflow for workflow in self.scenario.workflows}

    def environment(self, workflow: str | None = None) -> dict[str, str]:
        """The variables with this address, the key, and that workflow or the scenario's first."""
        chosen = self.workflows[workflow] if workflow else self.scenario.workflows[0]
        return {
            "GENESIS_API_URL": self.url,
            "GENESIS_API_KEY": self.api_key,
            "GENESIS_WORKFLOW_ID": chosen.id,
        }


def application(emulation: Emulation, *, remote_control: bool = False) -> Starlette:
    """The application that plays `emulation`; needs this package's own connection class."""
    api = Api(emulation)
    control = Mount(PREFIX, app=Control(emulation, remote=remote_control).app())
    app = Starlette(
        routes=[*api.routes(), control], exception_handlers={HTTPException: api.not_found}
    )
    app.router.redirect_slashes = False
    return app


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as exc:
        reason = exc.strerror
        if exc.errno is not None and not isinstance(exc, socket.gaierror):
            reason = os.strerror(exc.errno)
        remedy = "give an address of this machine, choose another port, or 0 for a free one"
        raise EmulatorError(f"cannot serve on {host} port {port}: {reason}; {remedy}") from exc


class _Server(uvicorn.Server):
    """uvicorn in a thread of its own; it stops without waiting for clients."""

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
            timeout_keep_alive=75,
        )
        super().__init__(config)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self.serve([listener])), name="genesis-emulator", daemon=True
        )

    def start(self) -> None:
        self._thread.start()
        if not self._ready.wait(_START_TIMEOUT):
            raise EmulatorError("the emulator did not start in time")

    def stop(self) -> None:
        """Drop every connection and end the thread; harmless when it has ended."""
        with contextlib.suppress(RuntimeError):
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_STOP_TIMEOUT)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        await self.on_tick(0)
        self._ready.set()

    async def main_loop(self) -> None:
        """Update the Date header once a second until the stop."""
        while not self._stop.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no connection any more, drop all of them, then close.

        In this order, because asyncio fails on a connection that it is just accepting while its
        server closes (github.com/python/cpython/issues/109564).
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
        """Drop them until no task is left, such as an accept or an answer that is held back."""
        for _ in range(4):
            for connection in list(self.server_state.connections):
                connection.transport.abort()
            await asyncio.sleep(0)
            others = asyncio.all_tasks() - {asyncio.current_task()}
            if others:
                await asyncio.wait(others, timeout=1.0)
            elif not self.server_state.connections:
                return
