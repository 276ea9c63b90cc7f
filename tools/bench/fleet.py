"""10,000 jobs at one server in virtual time: an outage of a minute, and a limit of requests."""

from __future__ import annotations

import heapq
import itertools
import math
import random
import statistics
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cadence
from section import Section, show, table

from genesis_ci.errors import ContactError
from genesis_ci.execution.lifecycle import Lifecycles
from genesis_ci.execution.state import Run
from genesis_ci.execution.wishes import Send, Slot
from genesis_ci.models.execution import Execution
from genesis_ci.models.report import Verdict
from tests.builders import a_run
from tests.fakes import FakeCall, RecordingProgress, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

JOBS = 10_000
STARTS = 240.0
"""The seconds within which the jobs start."""
RUN_SECONDS = 60.0, 180.0
BLOCKS = 3, 8
OUTAGE = 120.0, 180.0
AFTERWARDS = range(180, 240)
LIMIT = 800
LATENCY = 0.1
SEED = 20260316
FAULTS: dict[str, dict[str, Any]] = {
    "No fault": {},
    "Outage of a minute, 503 without `Retry-After`": {"is_down": True},
    "Outage of a minute, 503 with `Retry-After` until its end": {"is_down": True, "tells": True},
    f"Limit of {LIMIT} requests a second, 429 with `Retry-After: 1`": {"limit": LIMIT},
}
_, _, TOLD, LIMITED = FAULTS
INTERVALS = {"auto": None, "every 10 s": 10.0, "every 5 s": 5.0}
ABOUT = (
    f"{JOBS:,} jobs start within {STARTS:.0f} s, each for one run of {RUN_SECONDS[0]:.0f} to "
    f"{RUN_SECONDS[1]:.0f} s in {BLOCKS[0]} to {BLOCKS[1]} blocks. The outage is from second "
    f"{OUTAGE[0]:.0f} to {OUTAGE[1]:.0f}. Virtual time and a fixed seed: every machine has the "
    "same figures. `auto` is the real lifecycle of a workflow. The other two are loops that ignore "
    "a failed poll and end at a failed trigger. Lost are the jobs that do not learn the verdict: "
    "after a 503 without `Retry-After` nobody knows whether a trigger started a run, and a second "
    "one might start another. The delay is from the end of a run to its verdict. The peak is the "
    "most requests in a second of the minute after the outage, relative to the mean of that minute "
    "without a fault."
)


@dataclass(kw_only=True)
class Server:
    """Has the runs of all jobs; refuses requests during an outage and above a limit."""

    runs: list[cadence.Run]
    is_down: bool = False
    tells: bool = False
    limit: float = math.inf
    now: float = 0.0
    has_begun: dict[int, float] = field(default_factory=dict)
    requests: Counter[int] = field(default_factory=Counter)
    refused: int = 0

    def trigger(self, number: str, _: object = None) -> FakeCall:
        """Return the call that starts a run; its id is its number."""
        return FakeCall(lambda: self._started(number))

    def execution(self, number: str, _: object) -> FakeCall:
        """Return the call that reads the state of a run."""
        return FakeCall(lambda: self._state(int(number)))

    def over_since(self, number: int) -> float:
        """Return for how long a run has been over; negative if it is not."""
        return self.now - self.has_begun[number] - self.runs[number].end

    def admit(self) -> None:
        """Count a request, and refuse it."""
        second = int(self.now)
        self.requests[second] += 1
        begin, end = OUTAGE
        if self.is_down and begin <= self.now < end:
            self.refused += 1
            asked = math.ceil(end - self.now) if self.tells else None
            raise ContactError("Down.", reached=not self.tells, retry_after=asked)
        if self.requests[second] > self.limit:
            self.refused += 1
            raise ContactError("Too many requests.", reached=False, retry_after=1, limited=True)

    def _started(self, number: str) -> str:
        self.admit()
        self.has_begun[int(number)] = self.now
        return number

    def _state(self, number: int) -> Execution:
        self.admit()
        return self.runs[number].at(self.now - self.has_begun[number])


def adaptive(
    server: Server, number: int, jitter: Callable[[], float]
) -> Generator[float, None, bool]:
    """Yield the times of the next steps of genesis-ci; return whether it learned the verdict."""
    run = Run(workflow=a_run(workflow_id=str(number)), began=server.now, due=server.now)
    lifecycles: Any = Lifecycles(
        api=server,  # type: ignore[arg-type]
        judge=judge,
        clock=lambda: server.now,
        jitter=jitter,
        progress=RecordingProgress(),
        save_ids=lambda: None,
        stopped=lambda: None,
        await_again=lambda *_: iter(()),
    )
    lifecycle = lifecycles.lifecycle(run)
    answer: object = None
    try:
        while True:
            failed = isinstance(answer, ContactError)
            wish = lifecycle.throw(answer) if failed else lifecycle.send(answer)
            answer = None
            if isinstance(wish, Slot):
                yield wish.due
                answer = server.now >= wish.expires_at
            elif isinstance(wish, Send):
                try:
                    answer = wish.call.run()
                except ContactError as error:
                    answer = error
                yield server.now + LATENCY
    except StopIteration as end:
        return end.value.verdict is Verdict.PASSED


def every(interval: float, server: Server, number: int) -> Generator[float, None, bool]:
    """Yield the times of the next steps of a loop; return whether it learned the verdict."""
    try:
        server.trigger(str(number)).run()
    except ContactError:
        return False
    is_over = False
    while not is_over:
        yield server.now + LATENCY + interval
        try:
            server.admit()
            is_over = server.over_since(number) >= 0
        except ContactError:
            continue
    yield server.now + LATENCY
    return True


def played(server: Server, interval: float | None) -> list[float]:
    """Play all jobs; return the delays of the verdicts that they learned, in order."""
    draw = random.Random(SEED)
    steps = [(draw.uniform(0, STARTS), number) for number in range(JOBS)]
    heapq.heapify(steps)
    jobs = [
        every(interval, server, number) if interval else adaptive(server, number, draw.random)
        for number in range(JOBS)
    ]
    delays = []
    while steps:
        server.now, number = heapq.heappop(steps)
        try:
            heapq.heappush(steps, (next(jobs[number]), number))
        except StopIteration as end:
            if end.value:
                delays.append(server.over_since(number))
    return sorted(delays)


def measure() -> Section:
    """Play every fault with `auto` and with loops of fixed intervals."""
    section = Section(title="A fleet of 10,000 jobs", command="python tools/bench/fleet.py")
    draw = random.Random(SEED)
    runs = [_run(draw) for _ in range(JOBS)]
    mean_load: dict[str, float] = {}
    for fault, options in FAULTS.items():
        rows = []
        for way, interval in INTERVALS.items():
            server = Server(runs=runs, **options)
            delays = played(server, interval)
            after = [server.requests[second] for second in AFTERWARDS]
            mean = mean_load.setdefault(way, statistics.mean(after))
            known, peak = len(delays), max(after) / mean
            if interval is None and fault == TOLD:
                section.target("10,000 jobs after `Retry-After`: peak ÷ mean load", peak, 1.5, "×")
            if interval is None and fault in {TOLD, LIMITED}:
                cause = "`Retry-After`" if fault == TOLD else "a limit"
                words = f"10,000 jobs, {cause}: each learns its verdict"
                section.holds(words, f"{known:,} of {JOBS:,}", met=known == JOBS)
            rows.append(
                [
                    way,
                    f"{server.requests.total():,}",
                    f"{server.refused:,}",
                    f"{JOBS - known:,}",
                    f"{statistics.median(delays):.1f} s",
                    f"{delays[math.ceil(0.95 * len(delays)) - 1]:.1f} s",
                    f"{peak:.2f} ×",
                ]
            )
        heads = [fault, "requests", "refused", "lost", "median delay", "p95 delay", "peak"]
        section.details.append(table(heads, rows))
    section.details.append(ABOUT)
    return section


def _run(draw: random.Random) -> cadence.Run:
    end = draw.uniform(*RUN_SECONDS)
    weights = [draw.lognormvariate(0, 0.8) for _ in range(draw.randint(*BLOCKS))]
    scale = end / sum(weights)
    ends = [scale * part for part in itertools.accumulate(weights)]
    return cadence.Run(
        pending=0.0, blocks=tuple(itertools.pairwise([0.0, *ends])), end=end, visible=True
    )


if __name__ == "__main__":
    show(measure, __doc__)
