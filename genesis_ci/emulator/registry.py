"""The runs of the emulated Genesis and its organizations' credits, behind one lock."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from genesis_ci.emulator.errors import NotPossibleError, UnknownExecutionError
from genesis_ci.emulator.execution import Cancellation, Decision, Origin, Run, View, view
from genesis_ci.emulator.refusals import Refusal
from genesis_ci.emulator.scenario import Organization, Policy, Verdict, Workflow
from genesis_ci.emulator.status import FINAL, SUPERSEDED, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SUPERSEDED_REASON = "Superseded by a newer API request (cancel previous executions)"


class Registry:
    """Every method is atomic. `clock` gives seconds since the epoch and never goes back."""

    def __init__(self, organizations: tuple[Organization, ...], clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._organizations = organizations
        self._runs: dict[str, Run] = {}
        self._unfinished: defaultdict[str, list[str]] = defaultdict(list)
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
                id=str(uuid4()), workflow=workflow, payload=payload, origin=origin, created_at=now
            )
            self._runs[run.id] = run
            if workflow.policy is Policy.CANCEL_PREVIOUS:
                self._cancel_earlier(workflow, now)
                self._unfinished[workflow.id].append(run.id)
            return run.id

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
            self._credits = _credits(self._organizations)

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
