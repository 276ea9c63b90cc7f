"""An emulator in this process: for a test, a demo, or the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from genesis_ci.emulator import app, scenario_file, serving, wire
from genesis_ci.emulator import emulation as emulations
from genesis_ci.emulator.control import PREFIX
from genesis_ci.emulator.errors import UnknownExecutionError
from genesis_ci.emulator.scenario import Scenario, Verdict, Workflow, at_speed

if TYPE_CHECKING:
    from types import TracebackType

    from genesis_ci.emulator.emulation import Clock
    from genesis_ci.emulator.faults import Fault
    from genesis_ci.emulator.journal import Received


class Emulator:
    """Serves the Genesis API while the `with` block runs.

    Ready when `__enter__` returns; without a scenario it plays the built-in one. Every method may
    be called from any thread. Raises AddressError if it cannot serve on `host` and `port`.
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
    ) -> None:
        self.scenario = at_speed(scenario or scenario_file.builtin(), speed)
        self._emulation = emulations.start(self.scenario, clock or emulations.steady_clock())
        self._host = host
        self._port = port
        self._remote_control = remote_control
        self._serving: serving.Serving | None = None

    @classmethod
    def from_file(cls, path: Path | str, **options: Any) -> Self:
        """An emulator for a scenario file; the options are those of the class."""
        return cls(scenario_file.load(Path(path)), **options)

    def __enter__(self) -> Self:
        """Start serving."""
        application = app.build(self._emulation, remote_control=self._remote_control)
        listener = serving.listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        self._serving = serving.Serving(application, listener)
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

    def executions(self) -> list[dict[str, Any]]:
        """Every execution, as the API shows it, oldest first."""
        return [wire.execution(run, view) for run, view in self._emulation.registry.all()]

    def execution(self, execution_id: str) -> dict[str, Any]:
        """One execution, as the API shows it."""
        found = self._emulation.registry.find(execution_id)
        if found is None:
            raise UnknownExecutionError(f"there is no execution {execution_id}")
        return wire.execution(*found)

    def requests(self) -> list[Received]:
        """What the API received, oldest first, with keys redacted."""
        return self._emulation.journal.all()

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
        emulations.reset(self._emulation)
