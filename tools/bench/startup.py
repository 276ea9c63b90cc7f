"""CPU time, wall time and peak memory of one job as a process, medians of many runs.

`make dist` makes the tree and the single file before.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from processes import KEY, Cost, cost_of, emulator, installed, workflow_id
from section import Section, show, table

RUNS = 20
DIST = Path(__file__).parents[2] / "dist"
PYTHON = [sys.executable, "-I", "-c"]
WITHOUT_REQUESTS = """
import sys
from genesis_ci.cli import main
main(["--version"])
sys.exit("requests" in sys.modules)
"""
LOOP = """
id=$(curl -sf -X POST "$URL/api/workflows/$WORKFLOW/trigger" -H "x-api-key: $KEY" -d '{}' \
  | PICK executionId)
while :; do
  sleep 1
  status=$(curl -sf "$URL/api/executions/$id" -H "x-api-key: $KEY" | PICK status)
  case $status in completed) exit 0;; failed|cancelled|skipped|review_pending) exit 1;; esac
done
"""
WITH_JQ = "jq -r ."
WITH_PYTHON = f"{sys.executable} -I -c 'import json,sys; print(json.load(sys.stdin)[sys.argv[1]])' "


def measure() -> Section:
    """Run the commands in turns, so that load on the machine affects all of them."""
    pick, picker = (WITH_JQ, "jq") if shutil.which("jq") else (WITH_PYTHON, "python -c")
    with emulator([[0.001]]) as server, tempfile.TemporaryDirectory() as folder:
        environment = server.environment(
            GENESIS_WORKFLOW_ID=workflow_id(0), URL=server.url, KEY=KEY, WORKFLOW=workflow_id(0)
        )
        commands = {
            "python -I -c pass": [*PYTHON, "pass"],
            "python -I -c 'import requests'": [*PYTHON, "import requests"],
            "genesis-ci --version": [installed("genesis-ci"), "--version"],
            "genesis-ci trigger": [installed("genesis-ci"), "trigger"],
            "genesis-ci run, over at once": [installed("genesis-ci"), "run"],
            "genesis-ci trigger, tree": [*PYTHON[:2], str(DIST / "tree"), "trigger"],
            "genesis-ci trigger, single file": [
                *PYTHON[:2],
                str(DIST / "genesis-ci.pyz"),
                "trigger",
            ],
            f"curl and {picker} in a loop": ["sh", "-c", LOOP.replace("PICK ", pick)],
        }
        runs: dict[str, list[Cost]] = {name: [] for name in commands}
        for _ in range(RUNS):
            for name, command in commands.items():
                cost = cost_of(command, folder=folder, environment=environment)
                if cost.exit_code:
                    raise SystemExit(f"{name} ended with exit code {cost.exit_code}")
                runs[name].append(cost)
        quick = cost_of([*PYTHON, WITHOUT_REQUESTS], folder=folder).exit_code == 0
    return _section({name: _median(costs) for name, costs in runs.items()}, quick=quick)


def _median(costs: list[Cost]) -> tuple[float, float, float]:
    return (
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.memory for cost in costs),
    )


def _section(figures: dict[str, tuple[float, float, float]], *, quick: bool) -> Section:
    bare, requests, version, trigger, run, tree, file, loop = figures.values()
    section = Section(title="Start", command="python tools/bench/startup.py")
    section.target("`--version`: CPU ÷ `python -I -c pass`", version[0] / bare[0], 3, "×")
    section.holds("`--version` imports no requests", "yes" if quick else "no", met=quick)
    for name, job in {"`trigger`": trigger, "instant `run`": run}.items():
        what = f"{name}, in process: CPU ÷ `import requests`"
        section.target(what, (job[0] - bare[0]) / (requests[0] - bare[0]), 1.5, "×")
    section.target("`trigger` from the tree: CPU ÷ installed", tree[0] / trigger[0], 1.3, "×")
    section.target(
        "`trigger` from the single file: CPU ÷ installed", file[0] / trigger[0], 1.3, "×"
    )
    section.target("peak memory, one workflow ÷ `import requests`", run[2] / requests[2], 1.5, "×")
    rows = [
        [f"`{name}`", f"{1000 * cpu:.0f} ms", f"{1000 * wall:.0f} ms", f"{memory:.1f} MiB"]
        for name, (cpu, wall, memory) in figures.items()
    ]
    section.details = [
        table(["whole process", "CPU", "wall", "peak memory"], rows),
        f"Medians of {RUNS} runs, in turns. In process is without `python -I -c pass`. "
        "`run` and the loop first look after 1 s. "
        f"The loop with curl takes {loop[0] / run[0]:.2f} × the CPU of `run`, reads two fields, "
        "and has no retries, time limit, reports or exit codes. The peak of a process is never "
        "below the measuring one's own (that of `-c pass` here): smaller figures cannot be told "
        "apart.",
    ]
    return section


if __name__ == "__main__":
    show(measure, __doc__)
