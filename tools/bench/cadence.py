"""Delay of the verdict and number of requests: `auto` against fixed intervals.

In virtual time. The runs are random with a fixed seed, or come from `--workload`, a JSON file with
a list of runs in seconds from the trigger:

    [{"pending": 2, "blocks": [[2, 30], [30, 61.5]], "end": 61.5, "visible": true}]

Each one is polled with the real `next_poll` and with every fixed interval.
"""

import argparse
import json
import math
import random
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from genesis_ci.execution.timing import FIRST_POLL_AFTER, next_poll
from genesis_ci.models.execution import Block, Execution, Status

FIXED = (1, 2, 5, 10, 30, 120)
RATIOS = ("requests", "median_delay", "relative_delay")
RUNS = 5000
SEED = 20260316
EPOCH = datetime(2026, 3, 16, tzinfo=UTC)

Measures = dict[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One run; all times are seconds from the trigger.

    Until `pending` it has not started. `visible` is whether the answers have its blocks.
    """

    pending: float
    blocks: tuple[tuple[float, float], ...]
    end: float
    visible: bool

    def at(self, now: float) -> Execution:
        """Return the answer of the server at a moment."""
        status = Status.RUNNING if now >= self.pending else Status.PENDING
        status = Status.COMPLETED if now >= self.end else status
        begun = [block for block in self.blocks if block[0] <= now] if self.visible else []
        return Execution(
            id="run",
            status=status,
            status_word=status.value,
            block_count=len(self.blocks) if self.visible else None,
            completed_blocks=sum(end <= now for _, end in begun) if self.visible else None,
            created_at=EPOCH,
            updated_at=EPOCH + timedelta(seconds=now),
            blocks=tuple(_block(number, *times, now=now) for number, times in enumerate(begun)),
        )


def _block(number: int, start: float, end: float, *, now: float) -> Block:
    status = Status.COMPLETED if end <= now else Status.RUNNING
    return Block(
        key=f"block-{number}",
        status=status,
        status_word=status.value,
        started_at=EPOCH + timedelta(seconds=start),
        finished_at=EPOCH + timedelta(seconds=end) if end <= now else None,
    )


def polled(run: Run) -> tuple[int, float]:
    """Return requests and delay of `auto`."""
    now, requests = FIRST_POLL_AFTER, 1
    while now < run.end:
        now += next_poll(run.at(now), elapsed=now, interval=None)
        requests += 1
    return requests, now - run.end


def polled_every(run: Run, interval: float) -> tuple[int, float]:
    """Return requests and delay of a fixed interval."""
    requests = max(1, math.ceil(run.end / interval))
    return requests, requests * interval - run.end


def measured(runs: Sequence[Run], poll: Callable[[Run], tuple[int, float]]) -> Measures:
    """Return the figures of one way to poll, over all runs."""
    ends = [poll(run) for run in runs]
    delays = sorted(delay for _, delay in ends)
    return {
        "requests": statistics.mean(requests for requests, _ in ends),
        "median_delay": statistics.median(delays),
        "mean_delay": statistics.mean(delays),
        "p95_delay": delays[math.ceil(0.95 * len(delays)) - 1],
        "relative_delay": statistics.mean(
            delay / run.end for (_, delay), run in zip(ends, runs, strict=True)
        ),
    }


def compared(runs: Sequence[Run]) -> dict[str, Measures]:
    """Return the figures of `auto` and of every fixed interval."""
    fixed = {
        f"fixed-{every}": measured(runs, partial(polled_every, interval=every)) for every in FIXED
    }
    return {"auto": measured(runs, polled), **fixed}


Draw = Callable[[random.Random], Run]


def _run(end: float, pending: float, weights: Iterable[float], *, visible: bool = True) -> Run:
    parts = list(weights)
    scale = (end - pending) / sum(parts)
    times, now = [], pending
    for part in parts:
        times.append((now, now + part * scale))
        now += part * scale
    return Run(pending=pending, blocks=tuple(times), end=end, visible=visible)


def _end(draw: random.Random) -> float:
    return math.exp(draw.uniform(math.log(20), math.log(3600)))


def _weights(draw: random.Random, count: int, spread: float = 0.8) -> list[float]:
    return [draw.lognormvariate(0, spread) for _ in range(count)]


def mixed(draw: random.Random) -> Run:
    """20 s to 1 h, log-uniform, 3 to 12 log-normal blocks."""
    end = _end(draw)
    return _run(end, 0.02 * end * draw.random(), _weights(draw, draw.randint(3, 12)))


def long_last_block(draw: random.Random) -> Run:
    """Like `mixed`; the last block is half of the run."""
    end = _end(draw)
    weights = _weights(draw, draw.randint(2, 11))
    return _run(end, 0.02 * end * draw.random(), [*weights, sum(weights)])


def blind(draw: random.Random) -> Run:
    """Like `mixed`, without information about blocks."""
    end = _end(draw)
    return _run(end, 0.02 * end * draw.random(), [1.0], visible=False)


def long_pending(draw: random.Random) -> Run:
    """Like `mixed`; the run is pending for 30 to 80 % of the time."""
    end = _end(draw)
    return _run(end, end * draw.uniform(0.3, 0.8), _weights(draw, draw.randint(3, 12)))


def many_blocks(draw: random.Random) -> Run:
    """60 to 300 tiny blocks."""
    end = _end(draw)
    return _run(end, 0.02 * end * draw.random(), _weights(draw, draw.randint(60, 300), 0.5))


def two_hours(draw: random.Random) -> Run:
    """About two hours, 3 to 12 blocks."""
    end = 7200 * draw.uniform(0.9, 1.1)
    return _run(end, 60 * draw.random(), _weights(draw, draw.randint(3, 12)))


FAMILIES: dict[str, Draw] = {
    "mixed": mixed,
    "long last block": long_last_block,
    "no block information": blind,
    "long pending": long_pending,
    "many tiny blocks": many_blocks,
    "two hours": two_hours,
}


def drawn(family: str, count: int) -> list[Run]:
    """Return runs of a family, the same ones in every call."""
    draw = random.Random(f"{SEED} {family}")
    return [FAMILIES[family](draw) for _ in range(count)]


def read(path: Path) -> list[Run]:
    """Return the runs of a workload file."""
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return [
        Run(
            pending=float(row["pending"]),
            blocks=tuple((float(start), float(end)) for start, end in row["blocks"]),
            end=float(row["end"]),
            visible=bool(row["visible"]),
        )
        for row in rows
    ]


def table(name: str, ways: dict[str, Measures]) -> str:
    """Return the Markdown table of one family, with ratios to an interval of 10 s."""
    base = ways["fixed-10"]
    lines = [
        f"### {name}",
        "",
        "| interval | requests | median delay | mean delay | p95 delay | relative delay "
        "| requests / fixed 10 s | median / fixed 10 s | relative / fixed 10 s |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for way, figures in ways.items():
        ratios = [figures[key] / base[key] for key in RATIOS]
        lines.append(
            f"| {way} | {figures['requests']:.1f} | {figures['median_delay']:.2f} s "
            f"| {figures['mean_delay']:.2f} s | {figures['p95_delay']:.1f} s "
            f"| {100 * figures['relative_delay']:.2f} % "
            + "".join(f"| {ratio:.2f} " for ratio in ratios)
            + "|"
        )
    return "\n".join(lines)


def main() -> None:
    """Print the comparison, as tables or as JSON."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--workload", type=Path, help="runs from this JSON file")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs per family")
    options = parser.parse_args()
    if options.workload:
        results = {"workload": compared(read(options.workload))}
    else:
        results = {family: compared(drawn(family, options.runs)) for family in FAMILIES}
    if options.json:
        shown = results["workload"] if options.workload else results
        print(json.dumps(shown, indent=2))
    else:
        print("\n\n".join(table(name, ways) for name, ways in results.items()))


if __name__ == "__main__":
    main()
