"""The state of a scenario: runs, credits, faults, and the requests that the API received."""

import json
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from typing import Any
from uuid import uuid4

from genesis_emulator import scenario_file, simulation
from genesis_emulator.scenario import (
    FINAL,
    EmulatorError,
    Endpoint,
    Fault,
    Policy,
    Scenario,
    ScenarioError,
    Status,
    Verdict,
    Workflow,
    outcomes_of,
    with_outcome,
)

Clock = Callable[[], float]
"""Seconds since the epoch; never goes back."""

SUPERSEDED_REASON = "Superseded by a newer API request (cancel previous executions)"


class NotPossibleError(EmulatorError):
    """The execution's present state does not allow this action."""


class UnknownExecutionError(EmulatorError):
    """There is no such execution."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """One request. `at` is in seconds since the epoch.

    `body` is its first 64 KiB, empty if it was never read; `body_size` counts the bytes read.
    `status` is None if the connection was closed without an answer; `fault` is the kind of fault
    that was applied, and `result` describes what the request did.
    """

    at: float
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    body_size: int = 0
    status: int | None
    fault: str | None = None
    result: str = ""


class Emulation:
    """Plays a scenario for the API, the control side and Python. Every method is atomic."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        speed: float = 1.0,
        clock: Clock | None = None,
        on_request: Callable[[Received], None] | None = None,
    ) -> None:
        if not speed > 0:
            raise ValueError(f"a speed of {speed} is not possible; give a number above 0")
        self.scenario = scenario
        self.speed = speed
        self.clock = clock or _steady_clock()
        self.on_request = on_request or (lambda _: None)
        self._lock = threading.RLock()
        self._fault_numbers = count(1)
        self.clear()

    def clear(self) -> None:
        """Back to the start: no runs, no requests, the scenario's own faults and credits."""
        with self._lock:
            self._requests: deque[Received] = deque(maxlen=1000)
            self._runs: dict[str, simulation.Run] = {}
            self._unfinished: defaultdict[str, list[str]] = defaultdict(list)
            self._outcomes_taken: Counter[tuple[str, tuple[int, ...]]] = Counter()
            self._credits = {each.id: each.credits for each in self.scenario.organizations}
            self._faults: dict[int, tuple[Fault, Counter[str]]] = {
                next(self._fault_numbers): (fault, Counter()) for fault in self.scenario.faults
            }

    def trigger(
        self, workflow: Workflow, payload: Mapping[str, str], metadata: Mapping[str, str]
    ) -> str | None:
        """Start a run for one credit and return its id; None if there is no credit left.

        Cancels what the workflow's policy requires.
        """
        with self._lock:
            left = self._credits.get(workflow.organization)
            if left is not None:
                if left <= 0:
                    return None
                self._credits[workflow.organization] = left - 1
            run = simulation.Run(
                id=str(uuid4()),
                workflow=self._with_next_outcome(workflow, payload),
                payload=payload,
                metadata=metadata,
                created_at=self.clock(),
                speed=self.speed,
            )
            self._runs[run.id] = run
            if workflow.policy is Policy.CANCEL_PREVIOUS:
                self._cancel_earlier(workflow, run.created_at)
                self._unfinished[workflow.id].append(run.id)
            return run.id

    def _with_next_outcome(self, workflow: Workflow, payload: Mapping[str, str]) -> Workflow:
        outcomes = outcomes_of(workflow, payload)
        if not outcomes:
            return workflow
        taken = self._outcomes_taken[workflow.id, outcomes]
        self._outcomes_taken[workflow.id, outcomes] += 1
        chosen = outcomes[min(taken, len(outcomes) - 1)]
        return with_outcome(workflow, workflow.outcomes[chosen])

    def _cancel_earlier(self, workflow: Workflow, now: float) -> None:
        """Cancel the workflow's pending and running runs; one that waits for review stays."""
        cancellation = simulation.Cancellation(at=now, reason=SUPERSEDED_REASON)
        remaining = []
        for execution_id in self._unfinished[workflow.id]:
            run = self._runs[execution_id]
            status = simulation.view(run, now).status
            if status in {Status.PENDING, Status.RUNNING}:
                self._runs[execution_id] = replace(run, cancellation=cancellation)
            elif status not in FINAL:
                remaining.append(execution_id)
        self._unfinished[workflow.id] = remaining

    def newest(self) -> str:
        """The id of the last run that was started. Raises UnknownExecutionError without one."""
        with self._lock:
            if not self._runs:
                raise UnknownExecutionError("there is no execution yet")
            return next(reversed(self._runs))

    def workflow_of(self, execution_id: str) -> Workflow | None:
        with self._lock:
            run = self._runs.get(execution_id)
            return None if run is None else run.workflow

    def find(
        self, execution_id: str, now: float | None = None
    ) -> tuple[simulation.Run, simulation.View]:
        """The run and its state, now or at a moment. Raises UnknownExecutionError."""
        with self._lock:
            if execution_id not in self._runs:
                raise UnknownExecutionError(f"there is no execution {execution_id}")
            run = self._runs[execution_id]
            return run, simulation.view(run, self.clock() if now is None else now)

    def execution(self, execution_id: str) -> dict[str, Any]:
        return self.as_json(*self.find(execution_id))

    def as_json(self, run: simulation.Run, seen: simulation.View) -> dict[str, Any]:
        """The execution that `find` returned, as the API shows it."""
        return simulation.execution_json(run, seen, own_state=self.scenario.own_state)

    def executions(self) -> list[dict[str, Any]]:
        """Every execution, as the API shows it, oldest first, all at one moment."""
        with self._lock:
            now = self.clock()
            return [self.as_json(run, simulation.view(run, now)) for run in self._runs.values()]

    def approve(self, execution_id: str, reason: str | None = None) -> None:
        """Approve the block that waits for review; the run continues."""
        self._decide(execution_id, Verdict.APPROVE, reason)

    def reject(self, execution_id: str, reason: str | None = None) -> None:
        """Reject the block that waits for review; the run fails."""
        self._decide(execution_id, Verdict.REJECT, reason)

    def _decide(self, execution_id: str, verdict: Verdict, reason: str | None) -> None:
        with self._lock:
            now = self.clock()
            run, seen = self.find(execution_id, now)
            if seen.status is not Status.REVIEW_PENDING:
                raise NotPossibleError(f"no block waits for review: the run is {seen.status}")
            decision = simulation.Decision(at=now, verdict=verdict, reason=reason)
            decisions = {**run.decisions, seen.blocks[-1].key: decision}
            self._runs[run.id] = replace(run, decisions=decisions)

    def cancel(self, execution_id: str, reason: str | None = None) -> None:
        """Cancel a run that is not over, at once."""
        with self._lock:
            now = self.clock()
            run, seen = self.find(execution_id, now)
            if seen.status in FINAL:
                raise NotPossibleError(f"the run is over already: it is {seen.status}")
            cancellation = simulation.Cancellation(at=now, reason=reason or "Cancelled by a user")
            self._runs[run.id] = replace(run, cancellation=cancellation)

    def add_fault(self, fault: Fault | None = None, **rule: Any) -> int:
        """Put a fault in force: a Fault, or an entry of the scenario file's `faults` as keywords.

        `add_fault(on="poll", nth=2, do="status", status=503)`. Returns the rule's number.
        """
        if fault is None:
            fault = scenario_file.fault_from(json.loads(json.dumps(rule)))
        if fault.workflow not in {None, *(one.name for one in self.scenario.workflows)}:
            words = f"no workflow is called {fault.workflow!r}; write a name from workflows"
            raise ScenarioError((f"fault.workflow: {words}",))
        with self._lock:
            number = next(self._fault_numbers)
            self._faults[number] = (fault, Counter())
            return number

    def remove_fault(self, number: int) -> bool:
        """Withdraw a fault; False if there is none of that number."""
        with self._lock:
            return self._faults.pop(number, None) is not None

    def clear_faults(self) -> None:
        """Withdraw every fault, the scenario's own too."""
        with self._lock:
            self._faults.clear()

    def faults(self) -> dict[int, Fault]:
        with self._lock:
            return {number: fault for number, (fault, _) in self._faults.items()}

    def next_fault(
        self, on: Endpoint, workflow: str | None, execution_id: str = ""
    ) -> Fault | None:
        """Count a request and return the first fault that hits it.

        `workflow` is its name if it is known. Polls are counted for each execution, triggers all
        together.
        """
        hit = None
        with self._lock:
            for fault, counts in self._faults.values():
                if fault.on is on and fault.workflow in {None, workflow}:
                    counts[execution_id] += 1
                    if not fault.nth or counts[execution_id] in fault.nth:
                        hit = hit or fault
        return hit

    def record(self, request: Received) -> None:
        with self._lock:
            self._requests.append(request)
        self.on_request(request)

    def requests(self) -> list[dict[str, Any]]:
        """The last 1000 requests that the API received, oldest first, keys as `***`."""
        with self._lock:
            return [{**asdict(each), "at": simulation.iso_time(each.at)} for each in self._requests]

    def clear_requests(self) -> None:
        with self._lock:
            self._requests.clear()


def _steady_clock() -> Clock:
    """The present time at the start; later changes of the system's clock do not count."""
    offset = time.time() - time.monotonic()
    return lambda: time.monotonic() + offset
