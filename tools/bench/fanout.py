"""One job with 1, 20, 200 and 1000 workflows of 5 s, all at the same time, over real HTTP."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from processes import Cost, cost_of, emulator, installed, workflow_id
from section import Section, show, table

COUNTS = (1, 20, 200, 1000)
BLOCKS = [1.0, 1.5, 1.5, 1.0]
CHECK = {"block": "block-1", "matches": "^PASS$"}
LONGEST = 45.0


def measure() -> Section:
    """Measure every size with its own emulator."""
    section = Section(title="Many workflows in one job", command="python tools/bench/fanout.py")
    rows = []
    for count in COUNTS:
        cost, right, polls = _job(count)
        rows.append(
            [
                str(count),
                f"{cost.wall:.2f} s",
                f"{cost.cpu:.2f} s",
                f"{cost.memory:.1f} MiB",
                str(cost.threads),
                f"{count} + {polls}",
                f"{right} of {count}",
            ]
        )
        if count == 200:
            section.target("200 workflows: wall", cost.wall, 7, "s")
            section.target("200 workflows: CPU", cost.cpu, 4, "s")
            section.target("200 workflows: peak memory", cost.memory, 90, "MiB")
            section.target("200 workflows: threads", cost.threads, 40)
            checked, right_too, _ = _job(count, expect=[CHECK])
            words = f"{count} workflows, one `matches` each ÷ without"
            section.target(f"{words}: wall", checked.wall / cost.wall, 1.6, "×")
            section.target(f"{words}: CPU", checked.cpu / cost.cpu, 1.6, "×")
            section.holds(f"{words}: right", f"{right_too} of {count}", met=right_too == count)
        if count == 1000 and cost.exit_code == 0:
            section.target("1000 workflows: peak memory", cost.memory, 200, "MiB")
        words = f"{count} workflows: right verdicts and exit code"
        section.holds(words, f"{right} of {count}", met=right == count and cost.exit_code == 0)
    heads = ["workflows", "wall", "CPU", "peak memory", "threads", "triggers + polls", "right"]
    section.details = [
        table(heads, rows),
        "Each run takes 5 s in four blocks. The emulator runs in a process of its own on the same "
        "machine, and takes its share of it. 1000 workflows are the most that a config file may "
        "hold. A job that is not over after 45 s is killed, and "
        "its figures are those until then.",
    ]
    return section


def _job(count: int, **each: Any) -> tuple[Cost, int, int]:
    """Return the cost, the number of right verdicts, and the polls of one job."""
    with emulator([BLOCKS] * count) as server, tempfile.TemporaryDirectory() as folder:
        entries = [{"name": f"w-{n}", "workflow-id": workflow_id(n), **each} for n in range(count)]
        config = {"version": 1, "max-parallel": count, "workflows": entries}
        Path(folder, ".genesis-ci.yml").write_text(json.dumps(config), encoding="utf-8")
        command = [installed("genesis-ci"), "run"]
        environment = server.environment()
        cost = cost_of(command, folder=folder, environment=environment, longest=LONGEST)
        result = json.loads(Path(folder, "genesis-results/result.json").read_text(encoding="utf-8"))
        done = {row["id"] for row in server.executions() if row["status"] == "completed"}
    reports = result["workflows"]
    passed = {each["execution_id"] for each in reports if each["verdict"] == "passed"}
    return cost, len(passed & done), sum(each.get("polls") or 0 for each in reports)


if __name__ == "__main__":
    show(measure, __doc__)
