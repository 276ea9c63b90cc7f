"""Golden files: what each report looked like when somebody last read it.

`python tests/unit/reporters/golden.py` writes them anew; the difference is then reviewed like code.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
FOLDER = Path(__file__).resolve().parent / "golden"
OUTLINED = ("failed", "unmet", "review", "several", "bad-configuration")
"""Of these the HTML page's structure is kept."""


def path_of(kind: str, scenario: str) -> Path:
    suffix = {"junit": "xml", "summary": "md", "result": "json", "html": "txt"}[kind]
    return FOLDER / kind / f"{scenario}.{suffix}"


def read(kind: str, scenario: str) -> str:
    return path_of(kind, scenario).read_text(encoding="utf-8")


def renderers() -> dict[str, Callable[..., str]]:
    from genesis_ci.reporters import junit, result, summary

    return {"junit": junit.render, "summary": summary.render, "result": result.render}


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
    """Write every golden file, remove those of scenarios that are gone; return their number."""
    for old in FOLDER.glob("*/*.*"):
        old.unlink()
    for kind, render in renderers().items():
        for name, make in scenarios.items():
            path = path_of(kind, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(render(make()), encoding="utf-8", newline="\n")
    for name in OUTLINED:
        path = path_of("html", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(outline(_page(scenarios[name]())), encoding="utf-8", newline="\n")
    return len(scenarios) * len(renderers()) + len(OUTLINED)


def _page(report: Any) -> Any:
    from markdown import taken_apart

    from genesis_ci.reporters import html

    return taken_apart(html.render(report))


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]
    import reports

    sys.stdout.write(f"{rewrite(reports.SCENARIOS)} golden files written\n")
