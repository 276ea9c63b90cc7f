"""Settings of all tests: examples of each property, unique ids, mixed files."""

import gc
import os
import signal
from collections import Counter
from zlib import crc32

import pytest
from hypothesis import HealthCheck, settings

from genesis_ci.language import Language, use

SLOW_MACHINE = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
"""A property does not fail because the machine is busy."""
settings.register_profile("every minute", max_examples=50, derandomize=True, **SLOW_MACHINE)
settings.register_profile("thorough", max_examples=2_000, **SLOW_MACHINE)
settings.load_profile("every minute")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a background job of a shell
    signal.signal(signal.SIGINT, signal.default_int_handler)  # child processes get the default
for name in list(os.environ):
    if name.startswith(("GENESIS_", "GITHUB_", "GITLAB_", "RUNNER_", "CI_")):
        del os.environ[name]  # of the job that runs the tests
direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY", "")
direct += ",localhost,127.0.0.1,127.0.0.2"  # the servers of tests, which no proxy reaches
os.environ |= {"no_proxy": direct, "NO_PROXY": direct}
gc.disable()  # during the collection of tests, which creates only objects that stay


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse two tests with one id, and mix tests that wait with tests that compute.

    xdist would silently skip the second test with an id.
    """
    double = [id_ for id_, times in Counter(item.nodeid for item in items).items() if times > 1]
    if double:
        raise pytest.UsageError(f"several tests have one id: {', '.join(double)}")
    items.sort(key=lambda item: crc32(item.path.name.encode()))


@pytest.fixture(autouse=True)
def english():
    """Each test begins in English: the language is that of the whole process."""
    use(Language.ENGLISH)


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()
