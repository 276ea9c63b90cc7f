"""Unit tests that touch the network or real time, or start a process, fail with a message."""

import sys
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

UNIT = Path(__file__).parent
_FORBIDDEN = {
    "socket.connect",
    "socket.bind",
    "socket.getaddrinfo",
    "subprocess.Popen",
    "time.sleep",
}
_guarded = False


def _guard(event: str, _: tuple[object, ...]) -> None:
    if _guarded and event in _FORBIDDEN and threading.current_thread() is threading.main_thread():
        raise AssertionError(f"a unit test used {event}")


sys.addaudithook(_guard)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Watch a unit test with its fixtures; a fixture that does it costs ten times as much."""
    global _guarded
    _guarded = UNIT in item.path.parents
    try:
        return (yield)
    finally:
        _guarded = False
