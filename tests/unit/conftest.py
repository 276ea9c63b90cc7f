"""Unit tests touch no network, no real time and start no process: whoever does is told."""

import sys
import threading
from collections.abc import Iterator

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


@pytest.fixture(autouse=True)
def _no_world() -> Iterator[None]:
    global _guarded
    _guarded = True
    yield
    _guarded = False
