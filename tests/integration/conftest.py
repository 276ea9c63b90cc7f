"""An emulator with fast time, for the real program over real HTTP."""

from collections.abc import Iterator

import pytest

from genesis_emulator import Emulator


@pytest.fixture(scope="session")
def _running() -> Iterator[Emulator]:
    with Emulator(speed=50) as running:
        yield running


@pytest.fixture
def emulator(_running: Emulator) -> Emulator:
    """The built-in scenario without executions."""
    _running.clear()
    return _running
