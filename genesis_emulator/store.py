"""What one emulator remembers: runs and credits, and the requests that the API received."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import uuid4

from genesis_emulator.access import Refusal
from genesis_emulator.errors import NotPossibleError, UnknownExecutionError
from genesis_emulator.faults import FaultBook
from genesis_emulator.scenario import (
    FINAL,
    SUPERSEDED,
    Organization,
    Policy,
    Scenario,
    Status,
    Verdict,
    Workflow,
    outcomes_of,
    with_outcome,
)
from genesis_emulator.simulation import Cancellation, Decision, Origin, Run, View, view

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Clock = Callable[[], float]
"""Seconds since the epoch; never goes back."""

SUPERSEDED_REASON = "Superseded by a newer API request (cancel previous executions)"
KEPT_REQUESTS = 1000
KEPT_BODY = 64 * 1024

_SECRET_HEADERS = frozenset({"x-api-key", "authorization", "proxy-authorization", "cookie"})


class Registry:
    """Every method is atomic. `clock` gives seconds since the epoch and never goes back."""

    def __init__(self, organizations: tuple[Organization, ...], clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._organizations = organizations
        self._runs: dict[str, Run] = {}
        self._unfinished: defaultdict[str, list[str]] = defaultdict(list)
        self._outcomes_taken: Counter[tuple[str, tuple[int, ...]]] = Counter()
        self._credits = _credits(organizations)

    def trigger(
        self, workflow: Workflow, payload: Mapping[str, str], origin: Origin
    ) -> str | Refusal:
        """Start a run for one credit and return its id, first cancelling what its policy says."""
        with self._lock:
            left = self._credits.get(workflow.organization)
            if left is not None and left <= 0:
                return Refusal.USAGE_LIMIT
            if left is not None:
                self._credits[workflow.organization] = left - 1
            now = self._clock()
            run = Run(
                id=str(uuid4()),
                workflow=self._with_next_outcome(workflow, payload),
                payload=payload,
                origin=origin,
                created_at=now,
            )
            self._runs[run.id] = run
            if workflow.policy is Policy.CANCEL_PREVIOUS:
                self._cancel_earlier(workflow, now)
                self._unfinished[workflow.id].append(run.id)
            return run.id

    def newest(self) -> str:
        """The id of the last run that was started. Raises UnknownExecutionError without one."""
        with self._lock:
            if not self._runs:
                raise UnknownExecutionError("there is no execution yet")
            return next(reversed(self._runs))

    def find(self, execution_id: str) -> tuple[Run, View] | None:
        """The run and what it looks like now."""
        with self._lock:
            run = self._runs.get(execution_id)
            return None if run is None else (run, view(run, self._clock()))

    def workflow_of(self, execution_id: str) -> Workflow | None:
        """The workflow that the run is a run of."""
        with self._lock:
            run = self._runs.get(execution_id)
            return None if run is None else run.workflow

    def all(self) -> list[tuple[Run, View]]:
        """Every run in the order of the triggers, all seen at one moment."""
        with self._lock:
            now = self._clock()
            return [(run, view(run, now)) for run in self._runs.values()]

    def decide(self, execution_id: str, verdict: Verdict, reason: str | None = None) -> None:
        """Approve or reject the block that waits for review."""
        with self._lock:
            now = self._clock()
            run = self._known(execution_id)
            seen = view(run, now)
            if seen.status is not Status.REVIEW_PENDING:
                raise NotPossibleError(f"no block waits for review: the run is {seen.status}")
            waiting = seen.blocks[-1].key
            decision = Decision(at=now, verdict=verdict, reason=reason)
            decisions = {**run.decisions, waiting: decision}
            self._runs[run.id] = replace(run, decisions=decisions)

    def cancel(self, execution_id: str, reason: str) -> None:
        """Cancel a run that is not final, at once."""
        with self._lock:
            now = self._clock()
            run = self._known(execution_id)
            seen = view(run, now)
            if seen.status in FINAL:
                raise NotPossibleError(f"the run is over already: it is {seen.status}")
            self._runs[run.id] = replace(run, cancellation=Cancellation(at=now, reason=reason))

    def clear(self) -> None:
        """Forget every run and give the organizations their credits back."""
        with self._lock:
            self._runs.clear()
            self._unfinished.clear()
            self._outcomes_taken.clear()
            self._credits = _credits(self._organizations)

    def _with_next_outcome(self, workflow: Workflow, payload: Mapping[str, str]) -> Workflow:
        """The first run takes the first of its outcomes, and so on; the last one stays."""
        outcomes = outcomes_of(workflow, payload)
        if not outcomes:
            return workflow
        taken = self._outcomes_taken[workflow.id, outcomes]
        self._outcomes_taken[workflow.id, outcomes] += 1
        chosen = outcomes[min(taken, len(outcomes) - 1)]
        return with_outcome(workflow, workflow.outcomes[chosen])

    def _known(self, execution_id: str) -> Run:
        try:
            return self._runs[execution_id]
        except KeyError:
            raise UnknownExecutionError(f"there is no execution {execution_id}") from None

    def _cancel_earlier(self, workflow: Workflow, now: float) -> None:
        """Cancel the workflow's pending and running runs; one that waits for review stays."""
        cancellation = Cancellation(at=now, reason=SUPERSEDED_REASON)
        remaining = []
        for execution_id in self._unfinished[workflow.id]:
            run = self._runs[execution_id]
            status = view(run, now).status
            if status in SUPERSEDED:
                self._runs[execution_id] = replace(run, cancellation=cancellation)
            elif status not in FINAL:
                remaining.append(execution_id)
        self._unfinished[workflow.id] = remaining


def _credits(organizations: tuple[Organization, ...]) -> dict[str, int | None]:
    return {organization.id: organization.credits for organization in organizations}


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """One request. `at` is in seconds since the epoch.

    `body` is its first 64 KiB, empty if it was never read; `body_size` counts the bytes read.
    `status` is None if the connection was closed without an answer; `fault` names what hit it.
    `result` says in words what the request did or found.
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


class Journal:
    """The last 1000 requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Received] = deque(maxlen=KEPT_REQUESTS)

    def add(self, entry: Received) -> None:
        """Append a request; the oldest one goes when there are too many."""
        with self._lock:
            self._entries.append(entry)

    def all(self) -> list[Received]:
        """What was received, oldest first."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()


def redacted(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The headers by lower-case name, credentials as `***`, repeated ones joined by commas."""
    kept: dict[str, str] = {}
    for name, value in headers:
        shown = "***" if name.lower() in _SECRET_HEADERS else value
        kept[name.lower()] = f"{kept[name.lower()]}, {shown}" if name.lower() in kept else shown
    return kept


@dataclass(frozen=True, kw_only=True, slots=True)
class Emulation:
    """A scenario being played."""

    scenario: Scenario
    clock: Clock
    registry: Registry
    faults: FaultBook
    journal: Journal
    on_request: Callable[[Received], None]


def start(
    scenario: Scenario, clock: Clock, on_request: Callable[[Received], None] | None = None
) -> Emulation:
    """A fresh emulation: no runs, no requests, the scenario's own faults."""
    return Emulation(
        scenario=scenario,
        clock=clock,
        registry=Registry(scenario.organizations, clock),
        faults=FaultBook(scenario.faults),
        journal=Journal(),
        on_request=on_request or (lambda _: None),
    )


def reset(emulation: Emulation) -> None:
    """Back to how it started."""
    emulation.registry.clear()
    emulation.faults.reset()
    emulation.journal.clear()


def steady_clock() -> Clock:
    """A clock that starts at the present time and is deaf to later changes of the system's."""
    offset = time.time() - time.monotonic()
    return lambda: time.monotonic() + offset
