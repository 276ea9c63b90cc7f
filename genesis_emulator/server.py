"""An emulator in this process: for a test, a demo, or the command line."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount

from genesis_emulator import scenario_file, store, wire
from genesis_emulator.connection import Connection
from genesis_emulator.control import PREFIX, Control
from genesis_emulator.errors import AddressError, UnknownExecutionError
from genesis_emulator.routes import Api
from genesis_emulator.scenario import Scenario, Verdict, Workflow, at_speed

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from starlette.types import ASGIApp

    from genesis_emulator.faults import Fault
    from genesis_emulator.store import Clock, Emulation, Received

_START_TIMEOUT = 10.0
_STOP_TIMEOUT = 5.0
_KEEP_ALIVE = 75
_BACKLOG = 2048
_ATTEMPTS = 4


class Emulator:
    """Serves the Genesis API while the `with` block runs.

    Ready when `__enter__` returns; without a scenario it plays the built-in one. Every method may
    be called from any thread; `on_request` is called in the serving one, for each request.
    Raises AddressError if it cannot serve on `host` and `port`.
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
        self.scenario = at_speed(scenario or scenario_file.builtin(), speed)
        self._emulation = store.start(self.scenario, clock or store.steady_clock(), on_request)
        self._host = host
        self._port = port
        self._remote_control = remote_control
        self._serving: _Serving | None = None

    @classmethod
    def from_file(cls, path: Path | str, **options: Any) -> Self:
        """An emulator for a scenario file; the options are those of the class."""
        return cls(scenario_file.load(Path(path)), **options)

    def __enter__(self) -> Self:
        """Start serving."""
        app = application(self._emulation, remote_control=self._remote_control)
        listener = _listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        self._serving = _Serving(app, listener)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop at once, dropping every connection."""
        if self._serving is not None:
            self._serving.stop()

    @property
    def url(self) -> str:
        """What to give a client as the API's base URL."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def control_url(self) -> str:
        """Where the control side is."""
        return f"{self.url}{PREFIX}/"

    @property
    def api_key(self) -> str:
        """The first key of the scenario that works."""
        return self.scenario.usable_key

    @property
    def workflows(self) -> dict[str, Workflow]:
        """The workflows by name."""
        return {workflow.name: workflow for workflow in self.scenario.workflows}

    def environment(self, workflow: str | None = None) -> dict[str, str]:
        """What points genesis-ci here: address, key, and that workflow or the scenario's first."""
        chosen = self.workflows[workflow] if workflow else self.scenario.workflows[0]
        return {
            "GENESIS_API_URL": self.url,
            "GENESIS_API_KEY": self.api_key,
            "GENESIS_WORKFLOW_ID": chosen.id,
        }

    def executions(self) -> list[dict[str, Any]]:
        """Every execution, as the API shows it, oldest first."""
        return [wire.execution(run, view) for run, view in self._emulation.registry.all()]

    def execution(self, execution_id: str) -> dict[str, Any]:
        """One execution, as the API shows it."""
        found = self._emulation.registry.find(execution_id)
        if found is None:
            raise UnknownExecutionError(f"there is no execution {execution_id}")
        return wire.execution(*found)

    def requests(self) -> list[dict[str, Any]]:
        """What the API received, as the control side shows it, oldest first, keys as `***`."""
        return [wire.received(request) for request in self._emulation.journal.all()]

    def approve(self, execution_id: str, reason: str | None = None) -> None:
        """Approve the block that waits for review; the run goes on."""
        self._emulation.registry.decide(execution_id, Verdict.APPROVE, reason)

    def reject(self, execution_id: str, reason: str | None = None) -> None:
        """Reject the block that waits for review; the run fails."""
        self._emulation.registry.decide(execution_id, Verdict.REJECT, reason)

    def cancel(self, execution_id: str, reason: str = "Cancelled by a user") -> None:
        """Cancel a run that is not over."""
        self._emulation.registry.cancel(execution_id, reason)

    def add_fault(self, fault: Fault | None = None, **rule: Any) -> int:
        """Put a fault in force: a Fault, or an entry of the scenario file's `faults` as keywords.

        `add_fault(on="poll", nth=2, do="status", status=503)`. Returns the rule's number.
        """
        if fault is None:
            fault = scenario_file.fault_from(json.loads(json.dumps(rule)))
        return self._emulation.faults.add(fault)

    def clear_faults(self) -> None:
        """Withdraw every fault, the scenario's own too."""
        self._emulation.faults.clear()

    def clear(self) -> None:
        """Back to the start: no runs, no requests, the scenario's own faults and credits."""
        store.reset(self._emulation)


def application(emulation: Emulation, *, remote_control: bool = False) -> Starlette:
    """The application that plays `emulation`; needs this package's own connection class."""
    api = Api(emulation)
    control = Mount(PREFIX, app=Control(emulation, remote=remote_control).app())
    app = Starlette(
        routes=[*api.routes(), control], exception_handlers={HTTPException: api.elsewhere}
    )
    app.router.redirect_slashes = False
    return app


def _listen(host: str, port: int) -> socket.socket:
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


class _Serving:
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
