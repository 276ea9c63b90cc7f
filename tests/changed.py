"""Prints the unit tests of the files that changed since the last commit.

A test belongs to a module that it mirrors or imports. Without changes, or after a change in a
helper of tests, all unit tests run.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UNIT = Path("tests/unit")
MANY = 6
"""The number of files from which two processes are faster than one."""
SIDE_BY_SIDE = ["-n", "2", "--dist", "worksteal"]


def changed_files() -> list[Path]:
    command = ("git", "status", "--porcelain", "--untracked-files=all", "--no-renames")
    lines = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(line[3:].strip('"')) for line in lines.splitlines()]


def chosen_for(changed: Iterable[Path], tests: Iterable[Path]) -> list[Path]:
    """Return the tests to run; none means all of them."""
    found: set[Path] = set()
    texts = {test: (ROOT / test).read_text(encoding="utf-8") for test in tests}
    for path in changed:
        if path.name.startswith("test_"):
            found |= {path} & texts.keys()
        elif path.suffix == ".py" and path.parts[0] in {"genesis_ci", "genesis_emulator"}:
            found |= {test for test in texts if _is_about(path, test, texts[test])}
        elif path.parts[0] == "tests" and path.parts[1] != "e2e" and path.suffix != ".sh":
            return []
    return sorted(found)


def _is_about(module: Path, test: Path, text: str) -> bool:
    inside = Path(str(module).removeprefix("genesis_ci/"))
    mirror = UNIT / inside.parent / f"test_{module.name}"
    return test == mirror or any(name in text for name in _names_of(module))


def _names_of(module: Path) -> Iterator[str]:
    package = ".".join(module.parent.parts)
    yield f"{package}.{module.stem} import"
    yield f"from {package} import {module.stem}"
    if module.stem == "__init__":
        yield f"from {package} import"


if __name__ == "__main__":
    every = [path.relative_to(ROOT) for path in (ROOT / UNIT).rglob("test_*.py")]
    chosen = chosen_for(changed_files(), every) or [UNIT]
    options = SIDE_BY_SIDE if chosen == [UNIT] or len(chosen) >= MANY else []
    sys.stdout.write(" ".join(map(str, [*options, *chosen])) + "\n")
