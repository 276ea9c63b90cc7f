"""An emulator with fast time, for the real program over real HTTP."""

from collections.abc import Iterator

import pytest

from genesis_emulator import Emulator


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(speed=20) as running:
        yield running
