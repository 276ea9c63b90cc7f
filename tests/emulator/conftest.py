"""The emulator with the built-in scenario, on a clock that tests set."""

from collections.abc import Iterator

import pytest

from genesis_emulator import Emulator
from tests.emulator.client import Client, Clock


@pytest.fixture(scope="session")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def _serving(clock: Clock) -> Iterator[Emulator]:
    with Emulator(clock=clock) as emulator:
        yield emulator


@pytest.fixture
def emulator(_serving: Emulator, clock: Clock) -> Emulator:
    """The emulator without runs, at the start of its clock."""
    clock.now = 0
    _serving.clear()
    return _serving


@pytest.fixture
def client(emulator: Emulator) -> Client:
    """A client of `emulator` with its API key."""
    return Client(emulator.url, emulator.api_key)
