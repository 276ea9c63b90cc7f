"""Unit tests touch no network, no real time and start no process: whoever does is told."""

import sys
import threading
from collections.abc import Generator

import pytest

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
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Watch a test with its fixtures; a fixture that does it costs ten times as much."""
    global _guarded
    _guarded = True
    try:
        return (yield)
    finally:
        _guarded = False
