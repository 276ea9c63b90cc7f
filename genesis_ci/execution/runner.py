"""Runs workflows to their end: does what `state` decides, over calls that take time.

One loop, many workflows: requests run elsewhere (`workers`), their results and signals come back
as events. Prints nothing, reads no clock but the one it is given.
"""

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from genesis_ci import outcomes
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution.agenda import Agenda
from genesis_ci.execution.attempts import last_word, next_attempt
from genesis_ci.execution.keeping import is_kept, run_again, why_not
from genesis_ci.execution.protocols import Api, Judge, Previews, Progress
from genesis_ci.execution.schedule import ends, lanes, late_ends, stops, turns
from genesis_ci.execution.state import WorkflowState, begin, report_of
from genesis_ci.execution.steps import (
    asked,
    failed,
    interrupted,
    judged,
    looked,
    patience,
    too_late,
    triggered,
    unjudged,
)
from genesis_ci.execution.workers import Calls, Done, Interrupt
from genesis_ci.models import Execution, Outcome, Plan, Verdict, Workflow, WorkflowReport
from genesis_ci.models.readiness import Page, Readiness, WaitFor

GRACE_FOR_TRIGGERS = 1.5
"""Seconds that an interrupted job still waits for a trigger's answer: its id is worth knowing."""
JUDGES = 2
"""How many runs are judged at once: each takes a process that may be busy for seconds."""
JUDGING_SECONDS = 60.0
LEAST_JUDGING = 0.5


class Runner:
    """Takes workflow runs to their reports.

    Args:
        clock: monotonic seconds.
        jitter: a number in [0, 1), fresh at each call.
        judge: judges completed runs of workflows that have checks.
        plan: which runs may be triggered beside which.
        max_requests: how many requests may be under way at once.
        tick: the longest silence in seconds before `Progress.idle` is called.
        end_by: when the CI would end the job, in seconds of the clock.
        previews: the addresses that have to answer before workflows are triggered.
    """

    def __init__(
        self,
        *,
        api: Api,
        calls: Calls,
        clock: Callable[[], float],
        jitter: Callable[[], float],
        progress: Progress,
        judge: Judge,
        plan: Plan | None = None,
        max_requests: int = 16,
        tick: float = 60.0,
        end_by: float = math.inf,
        previews: Previews | None = None,
    ) -> None:
        self._api = api
        self._previews = previews
        self._calls = calls
        self._clock = clock
        self._jitter = jitter
        self._progress = progress
        self._judge = judge
        self._plan = plan or Plan()
        self._max_requests = max_requests
        self._tick = tick
        self._end_by = end_by
        self._states: list[WorkflowState] = []
        """Where each workflow stands, in the order asked for; everything below holds its places."""
        self._kept: set[int] = set()
        """Those of which an earlier job's run is looked at; nothing is triggered meanwhile."""
        self._waiting: list[int] = []
        self._going: set[int] = set()
        self._released = False
        """Whether something let go those that wait, since turns were given last."""
        self._stopped = False
        """Whether nothing more is triggered."""
        self._over: list[int] = []
        """What ended since turns were given last."""
        self._agenda = Agenda()
        self._requests = 0
        self._to_judge: deque[int] = deque()
        """What is completed and waits for its judge."""
        self._judges = self._open = 0

    def run(self, workflows: Sequence[Workflow]) -> tuple[WorkflowReport, ...]:
        """Trigger or attach to each run when it may, watch all, and return their reports in order.

        Returns also when a signal arrives; what has no outcome then is `interrupted`.
        """
        self._begin(workflows)
        while self._open:
            event = self._calls.next(timeout=self._until_next())
            if isinstance(event, Interrupt):
                self._interrupt(event.exit_code)
            elif event:
                self._take(event)
            elif not (self._ask_previews() | self._send_what_is_due()):
                self._progress.idle(self._states, now=self._clock())
            self._give_judges()
            self._give_turns()
        return self._reports()

    def abandon(self, outcome: Outcome) -> tuple[WorkflowReport, ...]:
        """Return the reports with this outcome for all that has none; for the end by a bug.

        Does not tell `progress`, for the bug may be there.
        """
        with suppress(Exception):
            self._await_triggers()
        now = self._clock()
        self._states = [
            replace(state, outcome=state.outcome or outcome, ended_at=state.ended_at or now)
            for state in self._states
        ]
        return self._reports()

    def _reports(self) -> tuple[WorkflowReport, ...]:
        return tuple(report_of(state, state.outcome) for state in self._states if state.outcome)

    def _begin(self, workflows: Sequence[Workflow]) -> None:
        now = self._clock()
        rounds = math.ceil(len(workflows) / self._max_requests)
        self._states = [
            begin(workflow, now=now, end_by=self._end_by, lane=lane, rounds=rounds)
            for workflow, lane in zip(workflows, lanes(workflows), strict=True)
        ]
        self._open = len(self._states)
        for place, state in enumerate(self._states):
            if state.outcome:
                self._settle(place, state, now=now)
            elif state.attached:
                if state.keeping:
                    self._kept.add(place)
                self._start(place, now=now)
            else:
                self._waiting.append(place)
        if not self._kept:
            self._open_queue(now=now)
        self._give_turns()

    def _open_queue(self, *, now: float) -> None:
        """Let those that wait have their turns, now that it is known which have to run."""
        self._waiting.sort()
        if self._previews:
            self._previews.begin(self._awaited(), now=now)
        self._released = True

    def _give_turns(self) -> None:
        """End those whose turn never comes, and start those whose turn has come."""
        now = self._clock()
        if self._waiting and now >= self._end_by:
            self._end_waiting(late_ends(self._queue()), now=now)
        if self._kept or not (self._over or self._released):
            return
        self._released = False
        while self._over:
            over = self._states[self._over.pop()]
            self._end_waiting(ends(self._queue(), over, self._plan), now=now)
        going = [self._states[place] for place in self._going]
        queue = (self._states[place] for place in self._waiting)
        for place in self._off_the_queue(turns(queue, going, self._plan)):
            self._going.add(place)
            self._start(place, now=now)

    def _awaited(self) -> list[WaitFor]:
        wanted = (state.workflow.wait_for for state in self._queue() if state.held)
        return [one for one in wanted if one]

    def _ask_previews(self) -> bool:
        """Ask the addresses that are due, and end the workflows whose address took too long."""
        now = self._clock()
        if self._previews is None or now < self._previews.next_at:
            return False
        for wanted, readiness in self._previews.expire(self._awaited(), now=now):
            self._previewed(wanted, readiness, now=now)
        for key, call, seconds in self._previews.asks(now=now):
            self._calls.start(-1 - key, call, timeout=seconds)
        return True

    def _previewed(self, wanted: WaitFor, readiness: Readiness, *, now: float) -> None:
        """Keep how an address stands for all that wait for it."""
        self._progress.awaited(wanted, readiness)
        positions = [n for n, one in enumerate(self._queue()) if one.workflow.wait_for == wanted]
        for position in positions:
            place = self._waiting[position]
            self._states[place] = replace(self._states[place], readiness=readiness)
        if readiness.ready is False:
            self._end_waiting(dict.fromkeys(positions, outcomes.not_ready(readiness)), now=now)
        elif readiness.ready:
            self._released = True

    def _take_page(self, event: Done) -> None:
        answer = event.error or event.value
        if not isinstance(answer, Page | ContactError):
            raise event.error or TypeError("an address answers with a page")
        if self._previews:
            now = self._clock()
            self._previewed(*self._previews.take(-1 - event.key, answer, now=now), now=now)

    def _queue(self) -> list[WorkflowState]:
        return [self._states[place] for place in self._waiting]

    def _off_the_queue(self, positions: Sequence[int]) -> list[int]:
        places = [self._waiting[position] for position in positions]
        for position in reversed(positions):
            del self._waiting[position]
        return places

    def _end_waiting(self, outcomes: Mapping[int, Outcome], *, now: float) -> None:
        places = self._off_the_queue(list(outcomes))
        for place, outcome in zip(places, outcomes.values(), strict=True):
            self._settle(place, replace(self._states[place], outcome=outcome), now=now)

    def _start(self, place: int, *, now: float) -> None:
        state = replace(self._states[place], due=now)
        self._settle(place, state, now=now)
        self._progress.starting(state)

    def _until_next(self) -> float:
        now = self._clock()
        moments = [now + self._tick, self._agenda.next_at(has_room=self._has_room)]
        if self._waiting:
            moments.append(self._end_by)
            moments.append(self._previews.next_at if self._previews else math.inf)
        return max(0.0, min(moments) - now)

    @property
    def _has_room(self) -> bool:
        return self._requests < self._max_requests

    def _send_what_is_due(self) -> bool:
        """Send what is due while there is room, and end what has expired; return whether any."""
        now, acted = self._clock(), False
        while (place := self._next_due(now)) is not None:
            if over := too_late(self._states[place], now=now):
                self._settle(place, over, now=now)
            else:
                self._send(place, now=now)
            acted = True
        return acted

    def _next_due(self, now: float) -> int | None:
        def expires_at(place: int) -> float:
            return self._states[place].expires_at

        return self._agenda.take(expires_at, now=now, has_room=self._has_room)

    def _send(self, place: int, *, now: float) -> None:
        seconds = patience(self._states[place], now=now)
        self._states[place] = state = asked(self._states[place], now=now)
        if state.execution_id is None:
            workflow = state.workflow
            call = self._api.trigger(workflow.workflow_id or "", workflow.variables)
        else:
            call = self._api.execution(state.execution_id)
        self._requests += 1
        self._calls.start(place, call, timeout=seconds)

    def _take(self, event: Done) -> None:
        if event.key < 0:
            self._take_page(event)
            return
        place, now = event.key, self._clock()
        if self._states[place].to_judge:
            self._take_judgement(event, now=now)
            return
        self._requests -= 1
        self._states[place] = state = replace(self._states[place], under_way=False)
        match event.error:
            case None:
                self._answered(place, event.value, now=now)
            case RefusedError() | ContactError() as error:
                after = failed(state, error, now=now, jitter=self._jitter())
                self._states[place] = after
                if after.outcome is None:
                    self._progress.trouble(after, now=now)
                self._settle(place, after, now=now)
            case bug:
                raise bug

    def _give_judges(self) -> None:
        """Have completed runs judged while there is room; when the CI ends the job, it is late."""
        while self._to_judge and self._judges < JUDGES:
            place, now = self._to_judge.popleft(), self._clock()
            state = self._states[place]
            if now >= self._end_by:
                self._settle(place, unjudged(state, "the CI job's time was over"), now=now)
            elif state.to_judge:
                call = self._judge(state.workflow.proof.checks, state.to_judge.blocks)
                seconds = max(LEAST_JUDGING, min(JUDGING_SECONDS, self._end_by - now))
                self._judges += 1
                self._calls.start(place, call, timeout=seconds)

    def _take_judgement(self, event: Done, *, now: float) -> None:
        self._judges -= 1
        state = self._states[event.key]
        if isinstance(event.error, ContactError):
            self._settle(event.key, unjudged(state, event.error.message), now=now)
        elif event.error:
            raise event.error
        elif isinstance(event.value, tuple):
            self._settle(event.key, judged(state, event.value), now=now)
        else:
            raise TypeError("a judge returns findings")

    def _answered(self, place: int, answer: object, *, now: float) -> None:
        state = self._states[place]
        if isinstance(answer, Execution):
            self._states[place] = after = looked(state, answer, now=now)
            if state.keeping and (why := why_not(after, answer)):
                self._run_again(place, why, now=now)
                return
            self._progress.looked(after, now=now)
        else:
            self._states[place] = after = triggered(state, str(answer), now=now)
            self._progress.triggered(state.workflow, str(answer))
        self._settle(place, after, now=now)

    def _settle(self, place: int, state: WorkflowState, *, now: float) -> None:
        """Keep where a workflow stands: at its end, or until its next request is due."""
        outcome = state.outcome
        if outcome is None:
            self._states[place] = state
            if state.to_judge:
                self._to_judge.append(place)
            else:
                self._agenda.put(place, due=state.next_at)
            return
        if state.keeping and outcome.verdict is not Verdict.INTERRUPTED and not is_kept(state):
            self._run_again(place, f"it is {outcome.verdict} now", now=now)
            return
        following = None if self._stopped else next_attempt(state, now=now)
        if following:
            self._states[place] = following
            self._progress.trying_again(following)
            self._agenda.put(place, due=following.next_at)
            return
        self._end(place, replace(state, outcome=last_word(state, outcome), ended_at=now), now=now)

    def _end(self, place: int, state: WorkflowState, *, now: float) -> None:
        self._states[place] = state
        self._open -= 1
        self._going.discard(place)
        self._stopped |= stops(state, self._plan)
        self._looked_at(place, now=now)
        if self._waiting or self._kept:
            self._over.append(place)
        if state.outcome:
            self._progress.ended(report_of(state, state.outcome))

    def _run_again(self, place: int, why: str, *, now: float) -> None:
        """Have a workflow take its turn: the earlier job's run does not stand for it."""
        self._states[place] = state = run_again(self._states[place], why, now=now)
        self._progress.trying_again(state)
        self._waiting.append(place)
        self._looked_at(place, now=now)

    def _looked_at(self, place: int, *, now: float) -> None:
        if self._kept == {place}:
            self._open_queue(now=now)
        self._kept.discard(place)

    def _interrupt(self, exit_code: int) -> None:
        self._await_triggers()
        self._waiting.clear()
        self._to_judge.clear()
        self._kept.clear()
        now = self._clock()
        for place, state in enumerate(self._states):
            if state.outcome is None:
                self._settle(place, interrupted(state, exit_code=exit_code), now=now)

    def _await_triggers(self) -> None:
        """Give triggers under way a moment, so that people need not search for their runs."""
        until = self._clock() + GRACE_FOR_TRIGGERS
        while any(state.triggering for state in self._states) and self._clock() < until:
            event = self._calls.next(timeout=until - self._clock())
            if isinstance(event, Done):
                self._take(event)
