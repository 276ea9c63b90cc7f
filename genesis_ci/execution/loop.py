"""The event loop of one job: the queue of runs and the pools of requests.

Threads send the requests (`workers`) and return answers and signals as events. The lifecycles
decide the next step. The loop prints nothing.
"""

import heapq
import math
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, assert_never

from genesis_ci import outcomes
from genesis_ci.api.client import GenesisClient
from genesis_ci.errors import ContactError
from genesis_ci.execution.concurrency import lanes, never_startable, startable, stops_job
from genesis_ci.execution.lifecycle import Judge, Lifecycles, Pool, Progress, Send, Slot, Turn, Wish
from genesis_ci.execution.retry import gap
from genesis_ci.execution.state import KEPT_CHARACTERS, LAST_POLL_SECONDS, LONGEST_LEAD, Run
from genesis_ci.execution.wait_for import preview
from genesis_ci.execution.workers import Done, Interrupt, ThreadedCalls
from genesis_ci.http.pages import Pages
from genesis_ci.models.policy import Plan
from genesis_ci.models.readiness import Readiness, WaitFor
from genesis_ci.models.report import Outcome, WorkflowReport
from genesis_ci.models.workflow import Workflow

GRACE_FOR_TRIGGERS = 1.5
"""Seconds that an interrupted job waits for a trigger's answer, to learn the execution id."""
SLOTS = {Pool.GENESIS: 16, Pool.PREVIEWS: 8, Pool.JUDGES: 1}
"""The most requests of each kind at once. One child process judges the runs."""


class _Slots:
    """The slots of a pool, and the tasks that wait for one.

    The lowest rank goes first, and in a rank the task that expires first. After a 429 there is a
    gap between two requests, except before last polls, which expire soon.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.busy = 0
        self._gap = 0.0
        self._taken_at = self._slowed_at = -math.inf
        self._early: list[tuple[float, int, Slot]] = []
        """Heap of (due, key, slot) of tasks whose request may not be due yet."""
        self._due: tuple[list[tuple[float, float, int]], ...] = ([], [], [])
        """For each rank, the heap of (until, due, key) of tasks whose request is due."""

    def add(self, key: int, slot: Slot) -> None:
        heapq.heappush(self._early, (slot.due, key, slot))

    @property
    def next_at(self) -> float:
        """When `take` returns a task next; without a free slot, when the next task expires."""
        early = self._early[0][0] if self._early else math.inf
        return min([early, *(self._opens_at(tasks[0][0]) for tasks in self._due if tasks)])

    def _opens_at(self, until: float) -> float:
        if self.busy >= self.most:
            return until
        return min(self._taken_at + self._gap, until - LONGEST_LEAD - LAST_POLL_SECONDS)

    def take(self, now: float) -> tuple[int, bool] | None:
        """Return the key of the next task, and whether it is too late for its request."""
        while self._early and self._early[0][0] <= now:
            due, key, slot = heapq.heappop(self._early)
            heapq.heappush(self._due[slot.rank], (slot.until, due, key))
        for tasks in self._due:
            if tasks and now >= self._opens_at(tasks[0][0]):
                until, _, key = heapq.heappop(tasks)
                self._taken_at = now
                return key, now >= until
        return None

    def adapt(self, error: Exception | None, *, sent_at: float, now: float, runs: int) -> None:
        """Adapt the gap to an answer. Several 429 count once if all were sent before the first."""
        if not error:
            self._gap = gap(self._gap, limited=False, runs=runs)
        elif isinstance(error, ContactError) and error.limited and sent_at > self._slowed_at:
            self._gap = gap(self._gap, limited=True, runs=runs)
            self._slowed_at = now


@dataclass(kw_only=True, slots=True)
class _Task:
    """The lifecycle of a run, or a preview; `pool` is the pool of its current slot."""

    generator: Generator[Wish, Any, Outcome | None]
    run: Run | None = None
    wanted: WaitFor | None = None
    pool: Pool = Pool.GENESIS


@dataclass(kw_only=True, slots=True, eq=False)
class Loop:
    """Runs several workflows to their reports.

    Args:
        api, judge, clock, jitter, progress: as in `Lifecycles`.
        pages: fetches the addresses of `wait-for`.
        scrub: removes secrets from messages about the addresses.
        record: writes the execution ids to disk. It returns False to be called again later.
        plan: how many runs may run at once, and whether a failure stops the others.
        slots: the most requests of each kind at once.
        tick: seconds without an event after which `Progress.idle` is called.
        end_by: when the CI ends the job, in seconds of the clock.
    """

    api: GenesisClient
    pages: Pages
    judge: Judge
    calls: ThreadedCalls
    clock: Callable[[], float]
    jitter: Callable[[], float]
    progress: Progress
    scrub: Callable[[str], str]
    record: Callable[[Sequence[Run]], bool]
    plan: Plan
    slots: Mapping[Pool, int] = field(default_factory=lambda: SLOTS)
    tick: float = 60.0
    end_by: float = math.inf
    _pools: dict[Pool, _Slots] = field(init=False, default_factory=dict)
    _recorded: bool = field(init=False, default=False)
    _runs: list[Run] = field(init=False, default_factory=list)
    _tasks: dict[int, _Task] = field(init=False, default_factory=dict)
    """Open tasks: runs by their position, then previews."""
    _open: int = field(init=False, default=0)
    _queue: list[Run] = field(init=False, default_factory=list)
    """Runs that wait for their turn."""
    _going: set[Run] = field(init=False, default_factory=set)
    _undecided: set[Run] = field(init=False, default_factory=set)
    """Runs of an earlier job that may be kept; nothing is triggered until that is known."""
    _over: list[Run] = field(init=False, default_factory=list)
    """Runs that ended since `_start_runs` last checked the queue."""
    _may_start: bool = field(init=False, default=False)
    """True when a run in the queue may have become startable."""
    _stopped: bool = field(init=False, default=False)
    """True once all further triggers are stopped."""

    def run(self, workflows: Sequence[Workflow]) -> tuple[WorkflowReport, ...]:
        """Trigger or attach to each run, watch all of them, and return their reports in order.

        After a signal, runs without an outcome are `interrupted`.
        """
        self._begin(workflows)
        while self._open:
            event = self.calls.next(timeout=self._seconds_to_next())
            if isinstance(event, Interrupt):
                self._end_by_signal(event)
            elif event:
                self._take(event)
            elif not (self._fill(Pool.PREVIEWS) | self._fill(Pool.GENESIS)):
                self.progress.idle(self._runs)
            self._fill(Pool.JUDGES)
            self._start_runs()
            if not self._recorded:
                self._keep_record()
        return self._reports()

    def abandon(self, outcome: Outcome) -> tuple[WorkflowReport, ...]:
        """Return the reports after a bug, with this outcome for each run that has none.

        Calls no `Progress`, because it may have the bug.
        """
        with suppress(Exception):
            self._await_triggers()
        for run in self._runs:
            run.outcome = run.outcome or outcome
            run.ended_at = run.ended_at or self.clock()
        return self._reports()

    def _reports(self) -> tuple[WorkflowReport, ...]:
        return tuple(run.report(run.outcome) for run in self._runs if run.outcome)

    def _begin(self, workflows: Sequence[Workflow]) -> None:
        lifecycles = Lifecycles(
            api=self.api,
            judge=self.judge,
            clock=self.clock,
            jitter=self.jitter,
            progress=self.progress,
            record=self._keep_record,
            may_trigger=lambda: not self._stopped,
        )
        now = self.clock()
        self._pools = {pool: _Slots(most) for pool, most in self.slots.items()}
        rounds = math.ceil(len(workflows) / self.slots[Pool.GENESIS])
        for workflow, lane in zip(workflows, lanes(workflows), strict=True):
            run = Run(
                position=len(self._runs),
                workflow=workflow,
                began=now,
                end_by=self.end_by,
                lane=lane,
                rounds=rounds,
                most_kept=KEPT_CHARACTERS // len(workflows) // workflow.policy.attempts,
                execution_id=workflow.execution_id or workflow.keeps,
                is_kept=workflow.keeps is not None,
                earlier=workflow.earlier,
            )
            self._runs.append(run)
            self._tasks[run.position] = _Task(generator=lifecycles.of(run), run=run)
        self._open = len(self._runs)
        self._undecided = {run for run in self._runs if run.is_kept}
        self._keep_record()
        for position in range(len(self._runs)):
            self._resume(position)
        if not self._undecided:
            self._open_queue()
        self._start_runs()

    def _keep_record(self) -> None:
        self._recorded = self.record(self._runs)

    def _resume(self, key: int, answer: object = None, error: Exception | None = None) -> None:
        """Send a task its answer, and handle its next wish."""
        task = self._tasks[key]
        try:
            wish = task.generator.throw(error) if error else task.generator.send(answer)
        except StopIteration as end:
            del self._tasks[key]
            if task.run:
                self._end(task.run, end.value)
            return
        match wish:
            case Turn():
                self._queue.append(wish.run)
                self._decide(wish.run)
            case Slot():
                task.pool = wish.pool
                self._pools[task.pool].add(key, wish)
            case Send():
                self._pools[task.pool].busy += 1
                self.calls.start(key, wish.call, timeout=wish.seconds)
            case _:
                assert_never(wish)

    def _take(self, event: Done) -> None:
        task = self._tasks[event.key]
        slots = self._pools[task.pool]
        slots.busy -= 1
        if task.run:
            sent_at = task.run.sent_at or 0.0
            slots.adapt(event.error, sent_at=sent_at, now=self.clock(), runs=self._open)
        self._resume(event.key, event.value, event.error)

    def _end(self, run: Run, outcome: Outcome) -> None:
        run.outcome = outcome
        run.ended_at = self.clock()
        self._open -= 1
        self._going.discard(run)
        self._stopped |= stops_job(run, self.plan)
        self._decide(run)
        if self._queue or self._undecided:
            self._over.append(run)
        self.progress.ended(run.report(outcome))

    def _seconds_to_next(self) -> float:
        now = self.clock()
        moments = [now + self.tick, self._pools[Pool.GENESIS].next_at]
        if self._queue:
            moments += [self.end_by, self._pools[Pool.PREVIEWS].next_at]
        return max(0.0, min(moments) - now)

    def _fill(self, pool: Pool) -> bool:
        """Resume tasks that are due or too late; return whether there were any."""
        filled = False
        now = self.clock()
        while found := self._pools[pool].take(now):
            key, late = found
            filled = True
            task = self._tasks.get(key)
            if task and task.wanted and task.wanted not in self._awaited():
                del self._tasks[key]
            elif task:
                self._resume(key, late)
        return filled

    def _decide(self, run: Run) -> None:
        """Mark a run as decided. The queue opens once no earlier run is undecided."""
        if self._undecided == {run}:
            self._open_queue()
        self._undecided.discard(run)

    def _open_queue(self) -> None:
        self._queue.sort(key=lambda run: run.position)
        for number, wanted in enumerate(self._awaited(), start=len(self._runs)):
            generator = preview(
                wanted,
                pages=self.pages,
                clock=self.clock,
                scrub=self.scrub,
                show=self._previewed,
            )
            self._tasks[number] = _Task(generator=generator, wanted=wanted)
            self._resume(number)
        self._may_start = True

    def _awaited(self) -> dict[WaitFor, None]:
        wanted = (run.workflow.wait_for for run in self._queue if run.held)
        return dict.fromkeys(one for one in wanted if one)

    def _previewed(self, wanted: WaitFor, readiness: Readiness) -> None:
        """Pass the answer of an address to all runs that wait for it."""
        self.progress.awaited(wanted, readiness)
        waiting = [run for run in self._queue if run.workflow.wait_for == wanted]
        for run in waiting:
            run.readiness = readiness
        if readiness.ready:
            self._may_start = True
        elif readiness.ready is False:
            self._end_waiting(dict.fromkeys(waiting, outcomes.not_ready(readiness)))

    def _start_runs(self) -> None:
        """Start the runs that may start, and end those that never may."""
        if self._queue and self.clock() >= self.end_by:
            self._end_waiting(dict.fromkeys(self._queue, outcomes.job_out_of_time()))
        if self._undecided or not (self._over or self._may_start):
            return
        self._may_start = False
        while self._over:
            self._end_waiting(never_startable(self._queue, self._over.pop(), self.plan))
        for run in startable(self._queue, self._going, self.plan):
            self._queue.remove(run)
            self._going.add(run)
            self._resume(run.position)

    def _end_waiting(self, never: Mapping[Run, Outcome]) -> None:
        self._queue = [run for run in self._queue if run not in never]
        for run, outcome in never.items():
            self._resume(run.position, outcome)

    def _end_by_signal(self, signal: Interrupt) -> None:
        self._await_triggers()
        self._queue.clear()
        self._undecided.clear()
        for run in self._runs:
            if run.position in self._tasks:
                self._resume(run.position, error=signal)

    def _await_triggers(self) -> None:
        """Wait briefly for open triggers, so that the reports have their execution ids."""
        until = self.clock() + GRACE_FOR_TRIGGERS
        while any(run.under_way and run.execution_id is None for run in self._runs):
            if self.clock() >= until:
                return
            event = self.calls.next(timeout=until - self.clock())
            if isinstance(event, Done):
                self._take(event)
