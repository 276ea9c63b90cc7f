"""Fixtures for users' tests: an emulator for each test, and the variables that point to it.

The emulator and its extra are imported only when a test uses a fixture.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genesis_emulator.scenario import Scenario
    from genesis_emulator.server import Emulator

_MARKER = "genesis_scenario"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(scenario): the scenario file, or Scenario, that `genesis_emulator` plays",
    )


@pytest.fixture
def genesis_scenario() -> Scenario | Path | None:
    """The scenario that `genesis_emulator` plays; override it for another than the built-in."""
    return None


@pytest.fixture
def genesis_speed() -> float:
    """The speed of `genesis_emulator`; override it for another than 20."""
    return 20.0


@pytest.fixture
def genesis_emulator(
    request: pytest.FixtureRequest, genesis_scenario: Scenario | Path | None, genesis_speed: float
) -> Iterator[Emulator]:
    """An emulator on a free port. The marker `genesis_scenario` overrides that fixture."""
    try:
        from genesis_emulator.scenario_file import load
        from genesis_emulator.server import Emulator
    except ImportError as missing:
        pytest.fail(f"{missing}: the fixture needs the emulator; install it as in docs/emulator.md")

    marker = request.node.get_closest_marker(_MARKER)
    scenario = genesis_scenario if marker is None else marker.args[0]
    if isinstance(scenario, str | Path):
        scenario = load(Path(scenario))
    with Emulator(scenario, speed=genesis_speed) as emulator:
        yield emulator


@pytest.fixture
def genesis_environment(
    genesis_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """`GENESIS_API_URL`, `GENESIS_API_KEY`, `GENESIS_WORKFLOW_ID`: set for the test, and returned.

    All other variables called `GENESIS_…` are unset.
    """
    for name in [name for name in os.environ if name.startswith("GENESIS_")]:
        monkeypatch.delenv(name)
    environment = genesis_emulator.environment()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment
