"""Prints some tests of the files that changed since the last commit, for `make quick`.

A module's tests are the file with its name and a few of those that import it.
"""

import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FEW = 5


def changed_files() -> list[Path]:
    """Return the paths that git lists as changed."""
    command = ("git", "status", "--porcelain", "--untracked-files=all", "--no-renames")
    lines = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(line[3:].strip('"')) for line in lines.splitlines()]


def chosen_for(changed: Iterable[Path], texts: Mapping[Path, str]) -> set[Path]:
    """Return the tests to run; `texts` has the source of each test."""
    found: set[Path] = set()
    for path in changed:
        name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        package, _, module = name.rpartition(".")
        imports = (f"from {name} import", f"from {package} import {module}\n")
        users = sorted(test for test in texts if any(one in texts[test] for one in imports))
        own = [test for test in texts if test in (path, _mirror_of(path))]
        found |= {*own, *users[:FEW]}
    return found


def _mirror_of(module: Path) -> Path:
    inside = Path(*module.parts[1:]) if module.parts[0] == "genesis_ci" else module
    return Path("tests/unit", inside.parent, f"test_{module.name}")


if __name__ == "__main__":
    sources = {
        path.relative_to(ROOT): path.read_text(encoding="utf-8")
        for folder in ("unit", "emulator")
        for path in (ROOT / "tests" / folder).rglob("test_*.py")
    }
    sys.stdout.write(" ".join(sorted(map(str, chosen_for(changed_files(), sources)))))
