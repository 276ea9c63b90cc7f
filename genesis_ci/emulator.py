"""`genesis-ci emulator`, as far as it is needed where the emulator is not installed.

The package `genesis_emulator` and its dependencies come with the extra `genesis-ci[emulator]`. No
image has them, nor the release's tree and single file.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_DEPENDENCIES = ("pydantic", "starlette", "uvicorn", "yaml")


def run(**options: Any) -> int:
    """Serve until a signal, with the options of `genesis_emulator.cli.run`."""
    if problem := missing_extra():
        return _fail(problem)
    from genesis_emulator import cli

    return cli.run(**options)


def check(files: Sequence[str]) -> int:
    """Check scenario files."""
    if problem := missing_extra():
        return _fail(problem)
    from genesis_emulator import cli

    return cli.check(files)


def missing_extra() -> str | None:
    """What to install before the emulator can start; None when all is there."""
    missing = [name for name in _DEPENDENCIES if find_spec(name) is None]
    if not missing and find_spec("genesis_emulator") is None:
        missing = ["genesis_emulator"]
    return (
        f"the emulator needs {', '.join(missing)}: install genesis-ci[emulator]"
        if missing
        else None
    )


def _fail(problem: str) -> int:
    sys.stderr.write(f"error: {problem}\n")
    return 2
