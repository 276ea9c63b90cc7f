"""What holds for every test: how many examples a property gets, and ids that are unique."""

import gc
from collections import Counter
from zlib import crc32

import pytest
from hypothesis import HealthCheck, settings

SLOW_MACHINE = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
"""A busy machine is no reason for a property to fail."""
settings.register_profile("every minute", max_examples=50, **SLOW_MACHINE)
settings.register_profile("thorough", max_examples=2_000, **SLOW_MACHINE)
settings.load_profile("every minute")
gc.disable()  # while tests are collected, for they stay: looking at them again costs a tenth


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse two tests of one id, and mix the files: those that wait among those that compute.

    Side by side, the second of one id would be left out in silence.
    """
    double = [id_ for id_, times in Counter(item.nodeid for item in items).items() if times > 1]
    if double:
        raise pytest.UsageError(f"tests of one id: {', '.join(double)}")
    items.sort(key=lambda item: crc32(item.path.name.encode()))


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()
