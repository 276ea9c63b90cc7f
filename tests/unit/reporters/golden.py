"""Golden files: what each report looked like when somebody last read it.

`python tests/unit/reporters/golden.py` writes them anew; the difference is then reviewed like code.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[3])

from tests.unit.reporters.markdown import taken_apart

FOLDER = Path(__file__).resolve().parent / "golden"
KEPT = {
    "junit": ("failed", "unmet", "timed-out", "bad-configuration", "several", "flaky"),
    "summary": ("failed", "unmet", "review", "several", "flaky"),
    "result": ("several", "flaky"),  # of the others test_result.py knows the schema
    "html": ("several",),  # the structure of the page
}
"""A few endings, which together have each part of a report once."""


def path_of(kind: str, scenario: str) -> Path:
    suffix = {"junit": "xml", "summary": "md", "result": "json", "html": "txt"}[kind]
    return FOLDER / kind / f"{scenario}.{suffix}"


def read(kind: str, scenario: str) -> str:
    return path_of(kind, scenario).read_text(encoding="utf-8")


def render(kind: str, report: Any) -> str:
    from genesis_ci import result
    from genesis_ci.reporters import html, junit, summary

    if kind == "html":
        return outline(taken_apart(html.render(report)))
    return {"junit": junit, "summary": summary, "result": result}[kind].render(report)


def outline(page: Any) -> str:
    """The elements of a page with their classes, one a line, indented: its structure, no pixels."""
    lines, depth = [], 0
    for tag, attributes in page.tags:
        if tag.startswith("/"):
            depth -= 1
            continue
        classes = dict(attributes).get("class")
        lines.append(f"{'  ' * depth}{tag}{f'.{classes}' if classes else ''}")
        depth += tag not in ("meta", "br")
    return "\n".join(lines) + "\n"


def rewrite(scenarios: dict[str, Callable[..., object]]) -> int:
    """Write every golden file, remove what is no longer kept; return their number."""
    for old in FOLDER.glob("*/*.*"):
        old.unlink()
    for kind, names in KEPT.items():
        for name in names:
            path = path_of(kind, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(render(kind, scenarios[name]()), encoding="utf-8", newline="\n")
    return sum(map(len, KEPT.values()))


if __name__ == "__main__":
    from tests.unit.reporters import reports

    sys.stdout.write(f"{rewrite(reports.SCENARIOS)} golden files written\n")
