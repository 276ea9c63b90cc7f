"""The event loop of one job: it starts the calls that lifecycles want and returns the answers.

Threads send the requests (`workers`) and return answers and signals as events.
"""

import math
from bisect import insort
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, assert_never

from genesis_ci import outcomes
from genesis_ci.api.client import GenesisClient
from genesis_ci.errors import ContactError
from genesis_ci.execution.concurrency import Queue, serial_templates
from genesis_ci.execution.lifecycle import Lifecycles
from genesis_ci.execution.state import KEPT_CHARACTERS, Run
from genesis_ci.execution.timing import expires_at, gap
from genesis_ci.execution.wishes import Judge, Pool, Progress, Send, Slot, Turn, Wish
from genesis_ci.execution.workers import Call, Done, ThreadedCalls
from genesis_ci.http.pages import Pages
from genesis_ci.models.policy import Plan
from genesis_ci.models.readiness import Readiness, WaitFor
from genesis_ci.models.report import Outcome, WorkflowReport
from genesis_ci.models.workflow import Workflow
from genesis_ci.system.signals import Interrupted
from genesis_ci.text import clean

GRACE_FOR_TRIGGERS = 1.5
"""Seconds that an interrupted job waits for a trigger's answer, to learn the execution id."""
SLOTS = {Pool.GENESIS: 16, Pool.ADDRESSES: 8, Pool.JUDGES: 1}
"""The most requests of each kind at once. One child process judges the runs."""


class _Slots:
    """The slots of a pool, and the tasks that wait for one.

    The lowest rank goes first, and in a rank the task that expires first. After a 429 there is a
    gap between two requests.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.busy = 0
        self._gap = 0.0
        self._taken_at = self._lengthened_at = -math.inf
        self._early: list[tuple[float, int, Slot]] = []
        """When a request is due, its task and slot, for those not due when `take` last looked."""
        self._due: tuple[list[tuple[float, float, int, Slot]], ...] = ([], [], [])
        """For each rank, when a request expires and was due, its task and slot."""

    def add(self, key: int, slot: Slot) -> None:
        insort(self._early, (slot.due, key, slot))

    @property
    def next_at(self) -> float:
        """The next time at which `take` can return a task, or one expires."""
        early = self._early[0][0] if self._early else math.inf
        return min([early, *(self._opens_at(tasks[0][-1]) for tasks in self._due if tasks)])

    def _opens_at(self, slot: Slot) -> float:
        if self.busy >= self.most:
            return slot.expires_at
        return min(self._taken_at + self._gap, slot.urgent_from)

    def take(self, now: float) -> tuple[int, bool] | None:
        """Return the key of the next task, and whether its request may still be sent."""
        while self._early and self._early[0][0] <= now:
            due, key, slot = self._early.pop(0)
            insort(self._due[slot.rank], (slot.expires_at, due, key, slot))
        for tasks in self._due:
            if tasks and now >= self._opens_at(tasks[0][-1]):
                *_, key, slot = tasks.pop(0)
                self._taken_at = now
                return key, now < slot.expires_at
        return None

    def adapt(self, error: Exception | None, *, sent_at: float, now: float, runs: int) -> None:
        """Shorten the gap after an answer, and lengthen it after a 429.

        A 429 to a request that was sent before the gap was last lengthened does not count.
        """
        if not error:
            self._gap = gap(self._gap, limited=False, runs=runs)
        elif isinstance(error, ContactError) and error.limited and sent_at > self._lengthened_at:
            self._gap = gap(self._gap, limited=True, runs=runs)
            self._lengthened_at = now


@dataclass(kw_only=True, slots=True, eq=False)
class _Task:
    """The lifecycle of a run, or a wait for an address; `pool` is the pool of its slot."""

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
        save_ids: writes the execution ids to disk. It returns False to be called again later.
        plan: how many runs may run at once, and whether a failure stops the others.
        slots: the most requests of each kind at once.
        tick: seconds without an event after which `Progress.idle` is called.
        end_by: when the CI ends the job, in seconds of the clock.
        deployments: as in `await_ready`.
    """

    api: GenesisClient
    pages: Pages
    judge: Judge
    calls: ThreadedCalls
    clock: Callable[[], float]
    jitter: Callable[[], float]
    progress: Progress
    scrub: Callable[[str], str]
    save_ids: Callable[[Sequence[Run]], bool]
    plan: Plan
    slots: Mapping[Pool, int] = field(default_factory=lambda: SLOTS)
    tick: float = 60.0
    end_by: float = math.inf
    deployments: Callable[[str], Call] | None = None
    _pools: dict[Pool, _Slots] = field(init=False, default_factory=dict)
    _queue: Queue = field(init=False)
    _runs: list[Run] = field(init=False, default_factory=list)
    _tasks: dict[int, _Task] = field(init=False, default_factory=dict)
    """Tasks that have not ended: runs by their position, then addresses."""
    _unfinished: int = field(init=False, default=0)
    """The number of runs that have not ended."""
    _ids_saved: bool = field(init=False, default=False)

    def run(self, workflows: Sequence[Workflow]) -> tuple[WorkflowReport, ...]:
        """Trigger or attach to each run, watch all of them, and return their reports in order.

        A signal ends all runs.
        """
        self._begin(workflows)
        while self._unfinished:
            event = self.calls.next(timeout=self._seconds_to_next())
            if isinstance(event, Interrupted):
                self._end_by_signal(event)
            elif event:
                self._receive(event)
            elif not (self._resume_due(Pool.ADDRESSES) | self._resume_due(Pool.GENESIS)):
                self.progress.idle(self._runs)
            self._resume_due(Pool.JUDGES)
            self._give_turns()
            if not self._ids_saved:
                self._save_ids()
        return self._reports()

    def _begin(self, workflows: Sequence[Workflow]) -> None:
        lifecycles = Lifecycles(
            api=self.api,
            judge=self.judge,
            clock=self.clock,
            jitter=self.jitter,
            progress=self.progress,
            save_ids=self._save_ids,
            stopped=lambda: self._queue.stopped,
            await_again=self._await,
        )
        now = self.clock()
        self._pools = {pool: _Slots(most) for pool, most in self.slots.items()}
        rounds = math.ceil(len(workflows) / self.slots[Pool.GENESIS])
        for workflow, template in zip(workflows, serial_templates(workflows), strict=True):
            run = Run(
                position=len(self._runs),
                workflow=workflow,
                began=now,
                end_by=self.end_by,
                serial_template=template,
                rounds=rounds,
                most_kept=KEPT_CHARACTERS // len(workflows) // workflow.policy.attempts,
                execution_id=workflow.execution_id,
                earlier=workflow.earlier,
            )
            self._runs.append(run)
            self._tasks[run.position] = _Task(generator=lifecycles.lifecycle(run), run=run)
        self._unfinished = len(self._runs)
        self._queue = Queue(self._runs, self.plan, end_by=self.end_by)
        self._save_ids()
        for run in self._runs:
            self._resume(run.position)
        for key, wanted in enumerate(self._queue.awaited(), start=len(self._runs)):
            self._tasks[key] = _Task(generator=self._await(wanted), wanted=wanted)
            self._resume(key)
        self._give_turns()

    def _seconds_to_next(self) -> float:
        now = self.clock()
        pools = (self._pools[Pool.GENESIS], self._pools[Pool.ADDRESSES])
        moments = [now + self.tick, *(one.next_at for one in pools)]
        if self._queue.waiting:
            moments.append(self.end_by)
        return max(0.0, min(moments) - now)

    def _receive(self, event: Done) -> None:
        task = self._tasks[event.key]
        slots = self._pools[task.pool]
        slots.busy -= 1
        if task.run:
            sent_at = task.run.sent_at or 0.0
            slots.adapt(event.error, sent_at=sent_at, now=self.clock(), runs=self._unfinished)
        self._resume(event.key, event.value, event.error)

    def _resume_due(self, pool: Pool) -> bool:
        """Resume the tasks whose slots are due or expired; return whether there were any."""
        found_any = False
        now = self.clock()
        while found := self._pools[pool].take(now):
            key, in_time = found
            found_any = True
            task = self._tasks.get(key)
            if task and task.wanted and task.wanted not in self._queue.awaited():
                del self._tasks[key]
            elif task:
                self._resume(key, in_time)
        return found_any

    def _end_by_signal(self, signal: Interrupted) -> None:
        self._await_triggers()
        self._queue.waiting.clear()
        for run in self._runs:
            if run.position in self._tasks:
                self._resume(run.position, error=signal)

    def _await_triggers(self) -> None:
        """Wait briefly for open triggers, so that the reports have their execution ids."""
        ends_at = self.clock() + GRACE_FOR_TRIGGERS
        while any(run.is_triggering for run in self._runs) and self.clock() < ends_at:
            event = self.calls.next(timeout=ends_at - self.clock())
            if isinstance(event, Done):
                self._receive(event)

    def _give_turns(self) -> None:
        """Start the runs that may start, and end those that never may."""
        now = self.clock()
        while turn := self._queue.next_turn(now):
            run, never = turn
            self._resume(run.position, never)

    def _await(self, wanted: WaitFor, run: Run | None = None) -> Generator[Wish, Any, None]:
        """Wait for an address: for all runs that wait for it, or for one that starts now."""
        from genesis_ci.execution.wait_for import Waiting, await_ready  # few jobs wait for one

        waiting = Waiting(
            wanted=wanted,
            clock=self.clock,
            scrub=self.scrub,
            show=partial(self._answered, run),
            run_expires_at=expires_at(run) if run else math.inf,
        )
        return await_ready(waiting, pages=self.pages, deployments=self.deployments)

    def _answered(
        self, run: Run | None, wanted: WaitFor, readiness: Readiness, address: str
    ) -> None:
        self.progress.awaited(wanted, readiness)
        now = self.clock()
        found = {wanted.variable: address} if wanted.variable and address else {}
        shown = {name: clean(self.scrub(text)) for name, text in found.items()}
        waiting = [one for one in self._queue.waiting if one.workflow.wait_for == wanted]
        if run and readiness.ready is None:  # for the others, an earlier answer counts until then
            waiting = []
        for one in (run, *waiting) if run else waiting:
            one.record_readiness(readiness, found, shown, now)
        for never in waiting if readiness.ready is False else ():
            self._queue.waiting.remove(never)
            self._resume(never.position, outcomes.not_ready(readiness))

    def _resume(self, key: int, answer: object = None, error: BaseException | None = None) -> None:
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
                self._queue.add(wish.run)
            case Slot():
                task.pool = wish.pool
                self._pools[task.pool].add(key, wish)
            case Send():
                self._pools[task.pool].busy += 1
                self.calls.start(key, wish.call, timeout=wish.seconds)
            case _:
                assert_never(wish)

    def _end(self, run: Run, outcome: Outcome) -> None:
        run.outcome = outcome
        run.ended_at = self.clock()
        self._unfinished -= 1
        self._queue.end(run)
        self.progress.ended(run.report(outcome))

    def _save_ids(self) -> None:
        self._ids_saved = self.save_ids(self._runs)

    def _reports(self) -> tuple[WorkflowReport, ...]:
        return tuple(run.report(run.outcome) for run in self._runs if run.outcome)

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
