"""Memory and size of the log during a wait of 24 hours in virtual time."""

from __future__ import annotations

import gc
import tracemalloc
from collections import deque
from datetime import timedelta

from section import Section, show

from genesis_ci.models.execution import Block, Execution, Status
from genesis_ci.providers.plain import Plain
from genesis_ci.reporters.log import JobLog
from tests.builders import START, a_block, a_run, an_execution
from tests.fakes import FakeApi, FakeClock, VirtualCalls, a_loop

DAY = 86_400.0
HOUR = 3600.0
FLAT = 64.0
"""The most KiB by which memory may grow from the second hour to the last."""


class MeasuringClock(FakeClock):
    """Measures the memory once an hour."""

    def __init__(self) -> None:
        super().__init__(start=0)
        self.memory: dict[int, int] = {}

    def pass_(self, seconds: float) -> None:
        """Let the time pass."""
        hour = self.seconds // HOUR
        super().pass_(seconds)
        if self.seconds // HOUR > hour:
            gc.collect()
            self.memory[int(self.seconds / HOUR)] = tracemalloc.get_traced_memory()[0]


class LongRun(FakeApi):
    """A run of nine blocks of three hours; the last block never ends."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.polls = 0
        self._clock = clock

    def poll(self, execution_id: str) -> Execution:
        """Return the run at this moment."""
        self.polls += 1
        now = self._clock()
        begun = min(8, int(now / (3 * HOUR)))
        return an_execution(
            id=execution_id,
            block_count=9,
            completed_blocks=begun,
            created_at=START,
            updated_at=START + timedelta(seconds=now),
            blocks=tuple(_block(number, is_running=number == begun) for number in range(begun + 1)),
        )


def _block(number: int, *, is_running: bool) -> Block:
    started = START + timedelta(hours=3 * number)
    if is_running:
        return a_block(f"block-{number}", Status.RUNNING, started_at=started)
    finished = started + timedelta(hours=3)
    return a_block(f"block-{number}", started_at=started, finished_at=finished)


def measured(interval: float | None) -> tuple[float, float, int, str]:
    """Return growth in KiB, size of the log in KB, polls and verdict."""
    clock, log = MeasuringClock(), [0]
    api = LongRun(clock)

    def write(text: str) -> None:
        log[0] += len(text.encode())

    tracemalloc.start()
    job_log = JobLog(Plain({}, write), clock=clock, several=False)
    calls = VirtualCalls(clock, api)
    calls.started_at = deque(maxlen=1)  # else the memory is that of this list
    loop = a_loop(api, clock, calls, progress=job_log)
    (report,) = loop.run([a_run(max_wait=DAY, poll_interval=interval)])
    tracemalloc.stop()
    growth = (clock.memory[23] - clock.memory[2]) / 1024
    return growth, log[0] / 1000, api.polls, report.outcome.verdict.value


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
