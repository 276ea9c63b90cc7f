"""Runs workflows to their end: does what `state` decides, over calls that take time.

One loop, many workflows: requests run elsewhere (`workers`), their results and signals come back
as events. Prints nothing, reads no clock but the one it is given."""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution import schedule, state
from genesis_ci.execution.retry import Ask
from genesis_ci.execution.schedule import Place, Plan
from genesis_ci.execution.state import WorkflowState
from genesis_ci.execution.workers import Calls, Done, Interrupt
from genesis_ci.models import Execution, Outcome, Workflow, WorkflowReport


class Progress(Protocol):
    """Is told what happens, for people to follow."""

    def starting(self, run: Workflow) -> None:
        """A workflow is about to be triggered or attached to."""

    def triggered(self, run: Workflow, execution_id: str) -> None:
        """Genesis started the run."""

    def looked(self, watch: WorkflowState, *, now: float) -> None:
        """An answer about the run arrived."""

    def trouble(self, watch: WorkflowState, *, now: float) -> None:
        """A request got no usable answer and will be repeated."""

    def idle(self, watches: Sequence[WorkflowState], *, now: float) -> None:
        """Nothing happened for a while."""

    def ended(self, report: WorkflowReport) -> None:
        """A workflow has its outcome."""


GRACE_FOR_TRIGGERS = 1.5
"""Seconds that an interrupted job still waits for a trigger's answer: its id is worth knowing."""


class Api(Protocol):
    """What the runner needs of Genesis."""

    def trigger(self, workflow_id: str, variables: Mapping[str, str], *, timeout: float) -> str:
        """Start a run and return its execution id."""
        ...

    def execution(self, execution_id: str, *, timeout: float) -> Execution:
        """Return the state of a run."""
        ...


class Runner:
    """Takes workflow runs to their reports.

    Args:
        clock: monotonic seconds.
        jitter: a number in [0, 1), fresh at each call.
        plan: which runs may be triggered beside which.
        max_requests: how many requests may be under way at once.
        tick: the longest silence in seconds before `Progress.idle` is called.
        end_by: when the CI would end the job, in seconds of the clock.
    """

    def __init__(
        self,
        *,
        api: Api,
        calls: Calls,
        clock: Callable[[], float],
        jitter: Callable[[], float],
        progress: Progress,
        plan: Plan | None = None,
        max_requests: int = 16,
        tick: float = 60.0,
        end_by: float = math.inf,
    ) -> None:
        self._api = api
        self._calls = calls
        self._clock = clock
        self._jitter = jitter
        self._progress = progress
        self._plan = plan or Plan()
        self._max_requests = max_requests
        self._tick = tick
        self._end_by = end_by
        self._watches: list[WorkflowState] = []
        self._queued: set[int] = set()
        self._under_way: dict[int, Ask] = {}
        self._reports: dict[int, WorkflowReport] = {}

    def run(self, runs: Sequence[Workflow]) -> tuple[WorkflowReport, ...]:
        """Trigger or attach to each run when it may, watch all, and return their reports in order.

        Returns also when a signal arrives; what has no outcome then is `interrupted`.
        """
        now = self._clock()
        self._watches = [state.begin(run, now=now, end_by=self._end_by) for run in runs]
        self._queued = set(range(len(runs)))
        self._start_what_may()
        while any(watch.outcome is None for watch in self._watches):
            event = self._calls.next(timeout=self._until_next())
            if isinstance(event, Interrupt):
                self._interrupt(event.exit_code)
            elif event:
                self._take(event)
            elif not self._send_what_is_due():
                self._progress.idle(self._watches, now=self._clock())
            self._start_what_may()
        return tuple(self._reports[key] for key in sorted(self._reports))

    def abandon(self, outcome: Outcome) -> tuple[WorkflowReport, ...]:
        """Return the reports with this outcome for all that has none; for the end by a bug.

        Tells nobody, for that may be where the bug is.
        """
        with suppress(Exception):
            self._await_triggers()
        now = self._clock()
        for key, watch in enumerate(self._watches):
            self._keep(key, watch if watch.outcome else replace(watch, outcome=outcome), now=now)
        return tuple(self._reports[key] for key in sorted(self._reports))

    def _start_what_may(self) -> None:
        """Let those begin whose turn it is, and end those whose turn never comes."""
        if not self._queued:
            return
        now = self._clock()
        places = [
            Place(
                run=watch.run,
                started=key not in self._queued,
                outcome=watch.outcome,
                abandoned=watch.abandoned,
            )
            for key, watch in enumerate(self._watches)
        ]
        turns = schedule.turns(places, self._plan, late=now >= self._end_by)
        self._queued -= {*turns.starts, *turns.ends}
        for key, outcome in turns.ends.items():
            self._settle(key, replace(self._watches[key], outcome=outcome), now=now)
        for key in turns.starts:
            run = self._watches[key].run
            self._watches[key] = state.begin(run, now=now, end_by=self._end_by)
            self._progress.starting(run)

    def _at_rest(self) -> list[int]:
        """The keys of the watches that may send a request."""
        busy = self._queued | self._under_way.keys()
        return [
            key
            for key, watch in enumerate(self._watches)
            if watch.outcome is None and key not in busy
        ]

    def _send_what_is_due(self) -> bool:
        """Send the requests that are due, the longest due first; return whether any was."""
        now = self._clock()
        acted = False
        for key in sorted(self._at_rest(), key=lambda key: self._watches[key].next_at):
            if self._watches[key].next_at > now or len(self._under_way) >= self._max_requests:
                break
            self._send(key, state.next_call(self._watches[key], now=now), now=now)
            acted = True
        return acted

    def _send(self, key: int, call: state.Call, *, now: float) -> None:
        over = state.too_late(self._watches[key], now=now)
        if over:
            self._settle(key, over, now=now)
            return
        self._watches[key] = watch = state.asked(self._watches[key], now=now)
        self._under_way[key] = call.ask
        run, execution_id = watch.run, watch.execution_id

        def trigger() -> str:
            workflow_id = run.workflow_id or ""
            return self._api.trigger(workflow_id, run.variables, timeout=call.timeout)

        def poll() -> Execution:
            return self._api.execution(execution_id or "", timeout=call.timeout)

        self._calls.start(key, trigger if call.ask is Ask.TRIGGER else poll, timeout=call.timeout)

    def _until_next(self) -> float:
        now = self._clock()
        free = len(self._under_way) < self._max_requests
        keys = self._at_rest() if free else []
        return max(0.0, min([self._tick, *(self._watches[key].next_at - now for key in keys)]))

    def _take(self, event: Done) -> None:
        if event.key not in self._under_way:
            return
        del self._under_way[event.key]
        watch, now = self._watches[event.key], self._clock()
        match event.error:
            case None:
                self._answered(event, watch, now=now)
            case RefusedError() as error:
                self._settle(event.key, state.refused(watch, error), now=now)
            case ContactError() as error:
                after = state.faulted(watch, error, now=now, jitter=self._jitter())
                self._watches[event.key] = after
                if after.outcome is None:
                    self._progress.trouble(after, now=now)
                self._settle(event.key, after, now=now)
            case bug:
                raise bug

    def _answered(self, event: Done, watch: WorkflowState, *, now: float) -> None:
        if isinstance(event.value, Execution):
            self._watches[event.key] = after = state.looked(watch, event.value, now=now)
            self._progress.looked(after, now=now)
        else:
            execution_id = str(event.value)
            self._watches[event.key] = after = state.triggered(watch, execution_id, now=now)
            self._progress.triggered(watch.run, execution_id)
        self._settle(event.key, after, now=now)

    def _settle(self, key: int, watch: WorkflowState, *, now: float) -> None:
        report = self._keep(key, watch, now=now)
        if report:
            self._progress.ended(report)

    def _keep(self, key: int, watch: WorkflowState, *, now: float) -> WorkflowReport | None:
        """Keep the watch, and return its report if this is its end."""
        self._watches[key] = watch
        if watch.outcome is None or key in self._reports:
            return None
        seconds = 0.0 if watch.asked_at is None else now - watch.began
        self._reports[key] = report = _report(watch, watch.outcome, seconds=seconds)
        return report

    def _interrupt(self, exit_code: int) -> None:
        self._await_triggers()
        now = self._clock()
        for key, watch in enumerate(self._watches):
            in_flight = self._under_way.get(key) is Ask.TRIGGER
            ended = state.interrupted(watch, exit_code=exit_code, trigger_in_flight=in_flight)
            self._settle(key, ended, now=now)

    def _await_triggers(self) -> None:
        """Give triggers under way a moment: with their ids known, nobody has to search."""
        until = self._clock() + GRACE_FOR_TRIGGERS
        while Ask.TRIGGER in self._under_way.values() and self._clock() < until:
            event = self._calls.next(timeout=until - self._clock())
            if isinstance(event, Done):
                self._take(event)


def _report(watch: WorkflowState, outcome: Outcome, *, seconds: float) -> WorkflowReport:
    seen = watch.execution
    return WorkflowReport(
        name=watch.run.name or (seen and seen.workflow_name) or watch.run.title,
        outcome=outcome,
        workflow_id=watch.run.workflow_id or (seen.workflow_id if seen else None),
        execution_id=watch.execution_id,
        execution=seen,
        variables=watch.run.shown,
        required=watch.run.policy.required,
        attached=watch.attached,
        seconds=seconds,
        polls=watch.polls,
        notes=watch.notes,
    )
