"""Runs the cases of one test in parallel, because they mostly wait."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest


def check_side_by_side(
    subtests: pytest.Subtests,
    directory: Path,
    names: Iterable[str],
    check: Callable[[str, Path], Any],
    *,
    at_once: int,
) -> None:
    """Check all cases, each in its own directory, and report each failure."""
    with ThreadPoolExecutor(at_once) as pool:
        under_way = {name: pool.submit(check, name, directory / name) for name in names}
        for name, case in under_way.items():
            with subtests.test(name):
                case.result()
