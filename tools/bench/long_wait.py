"""Memory and size of the log during a wait of 24 hours in virtual time."""

from __future__ import annotations

import gc
import tracemalloc
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from section import Section, show

from genesis_ci.errors import ContactError
from genesis_ci.execution.loop import Loop
from genesis_ci.execution.workers import Call, Done, Interrupt
from genesis_ci.log import JobLog
from genesis_ci.models import Block, Execution, Plan, Status, Workflow
from genesis_ci.providers.plain import Plain

DAY = 86_400.0
HOUR = 3600.0
FLAT = 64.0
"""The most KiB by which memory may grow from the second hour to the last."""
EPOCH = datetime(2026, 3, 16, tzinfo=UTC)


def no_judge(*_: object) -> Call:
    """Fail, because these runs have no checks."""
    raise AssertionError("these runs have no checks")


class AtOnce:
    """A call with an immediate answer."""

    def __init__(self, answer: Callable[[], object]) -> None:
        self.run = answer

    def give_up(self) -> ContactError:
        """Is never called."""
        raise NotImplementedError


class VirtualTime:
    """Clock, calls and API. Time passes only during waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.polls = 0
        self.memory: dict[int, int] = {}
        self._ends: deque[Done] = deque()

    def clock(self) -> float:
        """Return the seconds since the start."""
        return self.now

    def start(self, key: int, call: Call, *, timeout: float) -> None:  # noqa: ARG002
        """Run the call immediately."""
        self._ends.append(Done(key, value=call.run()))

    def next(self, *, timeout: float) -> Done | Interrupt | None:
        """Return the next answer, or let the timeout pass."""
        if self._ends:
            return self._ends.popleft()
        hour = int(self.now / HOUR)
        self.now += timeout
        if int(self.now / HOUR) > hour:
            gc.collect()
            self.memory[int(self.now / HOUR)] = tracemalloc.get_traced_memory()[0]
        return None

    def trigger(self, workflow_id: str, variables: Mapping[str, str]) -> AtOnce:  # noqa: ARG002
        """Start the run."""
        return AtOnce(lambda: "run")

    def execution(self, execution_id: str) -> AtOnce:
        """Return a run of nine blocks of three hours; the last block never ends."""
        return AtOnce(lambda: self._polled(execution_id))

    def _polled(self, execution_id: str) -> Execution:
        self.polls += 1
        begun = min(8, int(self.now / (3 * HOUR)))
        return Execution(
            id=execution_id,
            status=Status.RUNNING,
            status_word="running",
            block_count=9,
            completed_blocks=begun,
            created_at=EPOCH,
            updated_at=EPOCH + timedelta(seconds=self.now),
            blocks=tuple(
                self._block(number, running=number == begun) for number in range(begun + 1)
            ),
        )

    def _block(self, number: int, *, running: bool) -> Block:
        status = Status.RUNNING if running else Status.COMPLETED
        started = EPOCH + timedelta(hours=3 * number)
        return Block(
            key=f"block-{number}",
            status=status,
            status_word=status.value,
            started_at=started,
            finished_at=None if running else started + timedelta(hours=3),
        )


def measured(interval: float | None) -> tuple[float, float, int, str]:
    """Return growth in KiB, size of the log in KB, polls and verdict."""
    time, log = VirtualTime(), [0]

    def write(text: str) -> None:
        log[0] += len(text.encode())

    tracemalloc.start()
    job_log = JobLog(Plain({}, write), clock=time.clock, several=False)
    loop = Loop(
        api=time,
        pages=time,
        calls=time,
        clock=time.clock,
        jitter=lambda: 0.5,
        progress=job_log,
        judge=no_judge,
        scrub=str,
        record=lambda _: True,
        plan=Plan(),
    )
    run = Workflow(workflow_id="workflow", max_wait=DAY, poll_interval=interval)
    (report,) = loop.run([run])
    tracemalloc.stop()
    growth = (time.memory[23] - time.memory[2]) / 1024
    return growth, log[0] / 1000, time.polls, report.outcome.verdict.value


def measure() -> Section:
    """Wait a day with `auto` and with a fixed interval of 5 s."""
    section = Section(title="A wait of 24 hours", command="python tools/bench/long_wait.py")
    for words, interval in {"auto": None, "every 5 s": 5.0}.items():
        growth, log, polls, verdict = measured(interval)
        section.target(f"24 h, {words}: growth from hour 2 to hour 23", growth, FLAT, "KiB")
        section.target(f"24 h, {words}: log", log, 100, "KB")
        section.details.append(f"Interval {words}: {polls} polls, verdict `{verdict}`.")
    section.details.append(
        "Virtual time, the real runner and log; memory as `tracemalloc` counts it after a "
        "collection."
    )
    return section


if __name__ == "__main__":
    show(measure, __doc__)
