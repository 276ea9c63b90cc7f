"""Golden files: reports as they were when they were last reviewed.

`python tests/unit/reporters/golden.py` rewrites them; review the difference like code.
"""

import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[3])

from tests.unit.reporters.pages import parsed_html

FOLDER = Path(__file__).resolve().parent / "golden"
_NAMES = {
    "junit/{}.xml": ("failed", "unmet", "timed-out", "bad-configuration", "several", "flaky"),
    "summary/{}.md": ("failed", "unmet", "review", "several", "flaky"),
    "result/{}.json": ("several", "flaky"),  # test_result.py checks the schema of the others
    "html/{}.txt": ("several",),  # only the structure of the page
}
FILES = [FOLDER / form.format(name) for form, names in _NAMES.items() for name in names]
"""Reports of a few endings that together have each part of a report."""


def rendered(path: Path) -> str:
    """Return what the golden file should be; its folder is the kind, its stem the ending."""
    from genesis_ci import result
    from genesis_ci.reporters import html, junit, summary
    from tests.unit.reporters.reports import SCENARIOS

    report = SCENARIOS[path.stem]()
    if path.parent.name == "html":
        return outline(parsed_html(html.render(report)))
    return {"junit": junit, "summary": summary, "result": result}[path.parent.name].render(report)


def outline(page: Any) -> str:
    """Return the elements of a page with their classes, one per line, indented."""
    lines, depth = [], 0
    for tag, attributes in page.tags:
        if tag.startswith("/"):
            depth -= 1
            continue
        classes = dict(attributes).get("class")
        lines.append(f"{'  ' * depth}{tag}{f'.{classes}' if classes else ''}")
        depth += tag not in ("meta", "br")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for old in FOLDER.glob("*/*.*"):
        old.unlink()
    for path in FILES:
        path.write_text(rendered(path), encoding="utf-8", newline="\n")
    sys.stdout.write(f"{len(FILES)} golden files written\n")
