"""The state of one emulator: what the API and the control side both work on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genesis_ci.emulator.faults import FaultBook
from genesis_ci.emulator.journal import Journal
from genesis_ci.emulator.registry import Registry

if TYPE_CHECKING:
    from genesis_ci.emulator.scenario import Scenario

Clock = Callable[[], float]
"""Seconds since the epoch; never goes back."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Emulation:
    """A scenario being played."""

    scenario: Scenario
    clock: Clock
    registry: Registry
    faults: FaultBook
    journal: Journal


def start(scenario: Scenario, clock: Clock) -> Emulation:
    """A fresh emulation: no runs, no requests, the scenario's own faults."""
    return Emulation(
        scenario=scenario,
        clock=clock,
        registry=Registry(scenario.organizations, clock),
        faults=FaultBook(scenario.faults),
        journal=Journal(),
    )


def reset(emulation: Emulation) -> None:
    """Back to how it started."""
    emulation.registry.clear()
    emulation.faults.reset()
    emulation.journal.clear()


def steady_clock() -> Clock:
    """A clock that starts at the present time and is deaf to later changes of the system's."""
    offset = time.time() - time.monotonic()
    return lambda: time.monotonic() + offset
