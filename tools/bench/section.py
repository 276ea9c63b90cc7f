"""One part of the report on performance: figures with their targets."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(kw_only=True)
class Section:
    """Rows of `what, target, figure, met`, and tables or remarks below them."""

    title: str
    command: str
    rows: list[tuple[str, str, str, bool]] = field(default_factory=list)
    details: list[str] = field(default_factory=list)

    def target(self, what: str, figure: float, limit: float, unit: str = "") -> None:
        """Add a figure with an upper limit."""
        row = (what, f"≤ {limit:g} {unit}".strip(), f"{figure:.2f} {unit}".strip(), figure <= limit)
        self.rows.append(row)

    def holds(self, what: str, figure: str, *, met: bool) -> None:
        """Add a condition."""
        self.rows.append((what, "yes", figure, met))


def table(heads: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table: words in the first column, figures in the others."""
    lines = [heads, ["---", *["--:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def target_rows(section: Section) -> list[list[str]]:
    """Return the rows of a table of targets."""
    return [
        [what, target, f"**{figure}**", "yes" if met else "**no**"]
        for what, target, figure, met in section.rows
    ]


def show(measure: Callable[[], Section], about: str) -> None:
    """Measure, and print Markdown or, with `--json`, JSON."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--json", action="store_true", help="print JSON instead of Markdown")
    as_json = parser.parse_args().json
    section = measure()
    if as_json:
        print(json.dumps(asdict(section)))
    else:
        print(table(["what", "target", "measured", "met"], target_rows(section)))
        print("", *section.details, sep="\n\n")
