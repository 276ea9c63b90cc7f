"""Counts the cost of work instead of timing it, so that a busy machine changes nothing."""

import os
import sys
from collections import Counter
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

PACKAGE = f"{os.sep}genesis_ci{os.sep}"


def calls(work: Callable[[], object]) -> Counter[CodeType]:
    """Count the calls of each Python function."""
    counted: Counter[CodeType] = Counter()
    _traced(work, lambda frame, *_: counted.update([frame.f_code]))
    return counted


def steps(work: Callable[[], object]) -> int:
    """Count the executed lines of the package, and all calls of Python functions."""
    taken = 0

    def count(frame: FrameType, *_: object) -> Any:
        nonlocal taken
        taken += 1
        return count if PACKAGE in frame.f_code.co_filename else None

    _traced(work, count)
    return taken


def _traced(work: Callable[[], object], trace: Callable[..., Any]) -> None:
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
