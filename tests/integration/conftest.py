"""Emulators with fast time, for the real program over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from genesis_emulator import Emulator, scenario_file


@pytest.fixture(scope="session", params=[False, True], ids=["", "own state"])
def _running(request) -> Iterator[Emulator]:
    """Both kinds of servers that the guide allows: with equal ids in `state`, and with others."""
    scenario = replace(scenario_file.builtin(), own_state=request.param)
    with Emulator(scenario, speed=50) as running:
        yield running


@pytest.fixture
def emulator(_running: Emulator) -> Emulator:
    """The built-in scenario without executions."""
    _running.clear()
    return _running
