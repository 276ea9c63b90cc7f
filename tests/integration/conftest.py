"""Emulators with fast time, for the real program over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from genesis_emulator import Emulator, scenario_file


@pytest.fixture(scope="session")
def _running(request) -> Iterator[Emulator]:
    """A server with the ids of the execution in `state`, or with others: the guide allows both."""
    own_state = getattr(request, "param", False)
    with Emulator(replace(scenario_file.builtin(), own_state=own_state), speed=50) as running:
        yield running


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes `own_state` with both kinds of servers."""
    if "own_state" in metafunc.fixturenames:
        metafunc.parametrize("_running", [False, True], indirect=True, ids=["", "own state"])


@pytest.fixture
def own_state(_running: Emulator) -> bool:
    return _running.scenario.own_state


@pytest.fixture
def emulator(_running: Emulator) -> Emulator:
    """The built-in scenario without executions."""
    _running.clear()
    return _running
