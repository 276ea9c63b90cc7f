"""Runs all benchmarks; `docs/internals/performance.md` gets the figures. About six minutes."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from section import Section, table, target_rows

HERE = Path(__file__).resolve().parent
TARGET = HERE.parents[1] / "docs/internals/performance.md"
BEGIN = "<!-- generated: measured -->\n"
END = "<!-- end: measured -->\n"
PARTS = ("startup", "fanout", "long_wait", "final_delay", "fleet")


def section_of(part: str) -> Section:
    """Run a benchmark in its own process."""
    command = [sys.executable, str(HERE / f"{part}.py"), "--json"]
    printed = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return Section(**json.loads(printed))


def machine() -> str:
    """Describe this machine without its name."""
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("genesis-ci", "requests", "urllib3")
    )
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs"
    return f"{system}, {platform.python_implementation()} {platform.python_version()}, {packages}"


def measured(sections: list[Section]) -> str:
    """Return the figures as Markdown, with the table of targets first."""
    rows = [row for section in sections for row in target_rows(section)]
    parts = [
        f"By `make bench` on {datetime.now(UTC):%Y-%m-%d}: {machine()}.",
        table(["what", "target", "measured", "met"], rows),
    ]
    for section in sections:
        parts += [f"### {section.title}", f"`{section.command}`", *section.details]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Measure everything and write the figures into the page."""
    sections = []
    for part in PARTS:
        print(f"{part} …", flush=True)
        sections.append(section_of(part))
    before, begin, rest = TARGET.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    figures = measured(sections)
    TARGET.write_text(f"{before}{begin}{figures}{end}{after}", encoding="utf-8")
    print(figures)


if __name__ == "__main__":
    main()
