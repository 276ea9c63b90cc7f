"""The time from the end of a run to the end of its job: runs of a minute over real HTTP."""

from __future__ import annotations

import json
import statistics
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from processes import Emulator, cost_of, emulator, installed, workflow_id
from section import Section, show

RUNS = 9
SHAPE = (0.15, 0.25, 0.2, 0.3, 0.1)


def measure() -> Section:
    """Measure parallel runs that end between 56 and 64 s, each with its own job."""
    ends = [56 + 8 * number / (RUNS - 1) for number in range(RUNS)]
    blocks = [[end * share for share in SHAPE] for end in ends]
    with emulator(blocks) as server, ThreadPoolExecutor(RUNS) as pool:
        delays = sorted(pool.map(lambda number: _delay(server, number), range(RUNS)))
    section = Section(title="A run of a minute", command="python tools/bench/final_delay.py")
    middle = statistics.median(delays)
    section.target("final delay of a real 60 s run: median", middle, 1, "s")
    seconds = ", ".join(f"{delay:.2f}" for delay in delays)
    section.details = [
        f"{RUNS} runs of 56 to 64 s in five blocks, side by side, each in a process of its own, "
        f"`poll-interval: auto`. From the run's end on the server to the end of the process, "
        f"reports written: {seconds} s."
    ]
    return section


def _delay(server: Emulator, number: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        environment = server.environment(GENESIS_WORKFLOW_ID=workflow_id(number))
        cost = cost_of([installed("genesis-ci"), "run"], folder=folder, environment=environment)
        ended = datetime.now(UTC)
        if cost.exit_code:
            raise SystemExit(f"a run ended with exit code {cost.exit_code}")
        result = json.loads(Path(folder, "genesis-results/result.json").read_text(encoding="utf-8"))
    wanted = result["workflows"][0]["execution_id"]
    (finished,) = [row["finishedAt"] for row in server.executions() if row["id"] == wanted]
    return (ended - datetime.fromisoformat(finished)).total_seconds()


if __name__ == "__main__":
    show(measure, __doc__)
