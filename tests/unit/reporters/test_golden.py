"""Reports of a few endings are as they were when they were last reviewed.

`python -m tests.unit.reporters.test_golden` rewrites the files; review the difference like code.
A new file may be empty before.
"""

from pathlib import Path

import pytest

from genesis_ci import result
from genesis_ci.reporters import html, junit, summary

from .pages import VOID, parsed_html
from .reports import SCENARIOS

FOLDER = Path(__file__).resolve().parent / "golden"
"""A folder for each report: the files have the names of endings."""
FILES = sorted(FOLDER.glob("*/*.*"))


def structure(page: str) -> str:
    """Return the elements of a page with their classes, one per line, indented."""
    lines, depth = [], 0
    for tag, attributes in parsed_html(page).tags:
        if tag.startswith("/"):
            depth -= 1
            continue
        classes = dict(attributes).get("class")
        lines.append(f"{'  ' * depth}{tag}{f'.{classes}' if classes else ''}")
        depth += tag not in VOID
    return "\n".join(lines) + "\n"


RENDER = {
    "html": lambda report: structure(html.render(report)),
    "junit": junit.render,
    "result": result.render,
    "summary": summary.render,
}


def rendered(path: Path) -> str:
    return RENDER[path.parent.name](SCENARIOS[path.stem]()._replace(tool_version="1.0.0"))


def test_each_report_has_golden_files():
    assert {path.parent.name for path in FILES} == RENDER.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_report_equals_its_golden_file(path):
    assert rendered(path) == path.read_text(encoding="utf-8"), "see the head of this file"


if __name__ == "__main__":
    for path in FILES:
        path.write_text(rendered(path), encoding="utf-8", newline="\n")
