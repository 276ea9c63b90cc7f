"""The fixtures in a separate test suite, as users have it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SCENARIO = """
organizations: [{id: acme}]
keys: [{key: secret, organization: acme}]
workflows: [{id: 6f9619ff-8b86-4d01-b42d-00c04fc964ff, name: mine, organization: acme}]
"""


def pytest_in(folder: Path, tests: str, *, before: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "test_users.py").write_text(tests)
    (folder / "mine.yml").write_text(SCENARIO)
    code = f"{before}import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))"
    plugin = ["-p", "genesis_emulator.pytest_plugin", "--strict-markers", "-W", "error"]
    plugin += ["-p", "no:cacheprovider", "-q", "-rA"]
    return subprocess.run(
        [sys.executable, "-c", code, *plugin, "test_users.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        },
    )


USERS_TESTS = """
import os, pathlib, urllib.request
import pytest
from genesis_emulator.scenario_file import load

def start(emulator):
    url = f"{emulator.url}/api/workflows/{emulator.workflows['completed'].id}/trigger"
    headers = {"x-api-key": emulator.api_key}
    urllib.request.urlopen(urllib.request.Request(url, b"{}", headers)).close()

def ours():
    return {name: text for name, text in os.environ.items() if name.startswith("GENESIS_")}

def test_first(genesis_emulator):
    start(genesis_emulator)
    assert len(genesis_emulator.executions()) == 1

def test_second_gets_another(genesis_emulator):
    assert genesis_emulator.executions() == []

def test_inside(genesis_environment, genesis_emulator):
    assert ours() == genesis_environment == genesis_emulator.environment()

def test_afterwards():
    assert ours() == {"GENESIS_EXECUTION_ID": "of-this-shell"}

@pytest.mark.genesis_scenario("mine.yml")
def test_marked(genesis_emulator):
    assert list(genesis_emulator.workflows) == ["mine"]

class TestPath:
    @pytest.fixture
    def genesis_scenario(self):
        return pathlib.Path("mine.yml")

    def test_overridden(self, genesis_emulator):
        assert list(genesis_emulator.workflows) == ["mine"]

class TestValue:
    @pytest.fixture
    def genesis_scenario(self):
        return load(pathlib.Path("mine.yml"))

    def test_overridden(self, genesis_emulator):
        assert list(genesis_emulator.workflows) == ["mine"]
"""
PASSED = [
    "test_first",
    "test_second_gets_another",
    "test_inside",
    "test_afterwards",
    "test_marked",
    "TestPath::test_overridden",
    "TestValue::test_overridden",
]


def test_each_test_gets_its_own_emulator_environment_and_scenario(tmp_path):
    done = pytest_in(
        tmp_path,
        USERS_TESTS,
        before="import os; os.environ['GENESIS_EXECUTION_ID'] = 'of-this-shell'; ",
    )
    passed = [test for test in PASSED if f"PASSED test_users.py::{test}\n" in done.stdout]
    assert passed == PASSED, done.stdout + done.stderr


def test_plugin_imports_nothing_of_the_extra():
    code = (
        "import sys, genesis_emulator.pytest_plugin\n"
        "print(sorted({'pydantic', 'starlette', 'uvicorn', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert done.stdout.strip() == "[]"


def test_without_the_extra_only_tests_with_the_fixture_fail(tmp_path):
    done = pytest_in(
        tmp_path,
        "def test_plain():\n    pass\n\ndef test_emulated(genesis_emulator):\n    pass\n",
        before="import sys; sys.modules['starlette'] = sys.modules['uvicorn'] = None; ",
    )
    assert "1 passed, 1 error" in done.stdout
    assert "the fixture needs the extra genesis-ci[emulator]" in done.stdout
