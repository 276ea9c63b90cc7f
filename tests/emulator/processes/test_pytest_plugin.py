"""The fixtures in a separate test suite, as users have it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.emulator.test_docs import PYTHON_BLOCKS
from tests.jobs import environment

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
        env=environment(
            PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", PYTHONPATH=os.pathsep.join(filter(None, sys.path))
        ),
    )


USERS_TESTS = """
import os, pathlib
import pytest
from genesis_emulator.scenario_file import load
from tests.emulator.client import Client

def ours():
    return {name: text for name, text in os.environ.items() if name.startswith("GENESIS_")}

def test_first(genesis_emulator):
    client = Client(genesis_emulator.url, genesis_emulator.api_key)
    client.start(genesis_emulator.workflows["completed"].id)
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

mine = pathlib.Path("mine.yml")

@pytest.mark.parametrize("genesis_scenario", [mine, load(mine)])
def test_overridden(genesis_emulator):
    assert list(genesis_emulator.workflows) == ["mine"]
"""


def test_each_test_gets_its_own_emulator_environment_and_scenario(tmp_path):
    before = "import os; os.environ['GENESIS_EXECUTION_ID'] = 'of-this-shell'; "
    done = pytest_in(tmp_path, USERS_TESTS, before=before)
    assert "\n7 passed" in done.stdout, done.stdout + done.stderr


def test_without_the_extra_only_tests_with_the_fixture_fail(tmp_path):
    hidden = ("pydantic", "starlette", "uvicorn", "yaml")
    done = pytest_in(
        tmp_path,
        "def test_plain():\n    pass\n\ndef test_emulated(genesis_emulator):\n    pass\n",
        before=f"import sys; sys.modules.update(dict.fromkeys({hidden})); ",
    )
    assert "1 passed, 1 error" in done.stdout, done.stdout + done.stderr
    assert "the fixture needs the emulator; install it as in docs/emulator.md" in done.stdout


def test_example_tests_on_the_page_pass(tmp_path):
    [example] = [block for block in PYTHON_BLOCKS if "def test_" in block]
    (tmp_path / "release.py").write_text(RELEASE, encoding="utf-8")
    done = pytest_in(tmp_path, f"import release\n\n{example}")
    assert "\n2 passed" in done.stdout, done.stdout + done.stderr


RELEASE = """
import os
from tests.emulator.client import Client

def main():
    client = Client(os.environ["GENESIS_API_URL"], os.environ["GENESIS_API_KEY"])
    sent = {"target_url": "https://staging.example.com"}
    execution = client.start(os.environ["GENESIS_WORKFLOW_ID"], sent)
    while b'"status":"completed"' not in client.poll(execution).body[:100]:
        pass
"""
