"""docs/emulator.md agrees with the code."""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from genesis_ci.commands import COMMANDS, parse_arguments
from genesis_emulator import Emulator, cli, scenario_file
from genesis_emulator.control import PREFIX, Control
from genesis_emulator.routes import Refusal
from genesis_emulator.scenario import PARTS, FaultKind, Scenario
from tests.emulated import client_of, clock
from tests.schemas import check_gitlab
from tests.test_recipes import lint

__all__ = ["client_of", "clock"]

PAGE = (Path(__file__).parents[1] / "docs" / "emulator.md").read_text("utf-8")
RECIPES = Path(__file__).parents[1] / "docs/recipes/emulator"
ROWS = [line for line in PAGE.splitlines() if line.startswith("|")]

WITHOUT_A_ROW = {
    "processed", "headers", "body", "word", "size", "over", "after", "decision", "when",
}  # fmt: skip
"""Keys that the page explains in the row of another key."""


def first_cells() -> set[str]:
    """The code words in the first cells of all tables."""
    return {word for row in ROWS for word in re.findall(r"`([^`]+)`", row.split("|")[1])}


YAML_BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
(WHOLE_SCENARIO,) = [block for block in YAML_BLOCKS if "\norganizations:" in block]
OUTCOMES = [block for block in YAML_BLOCKS if block.startswith("    outcomes:")]


def test_scenario_on_the_page_is_valid():
    assert scenario_file.parse(WHOLE_SCENARIO, "docs").workflows[0].name == "checkout smoke"


@pytest.mark.parametrize("outcomes", OUTCOMES)
def test_outcomes_on_the_page_are_valid(outcomes):
    text = WHOLE_SCENARIO.replace("[target_url]", "[target_url, browser]")
    text = text.replace("    blocks:\n", f"{outcomes}    blocks:\n")
    assert scenario_file.parse(text, "docs").workflows[0].outcomes


def as_written(text: str) -> Any:
    """YAML whose scalars stay texts, as in scenario files: `on` is no boolean."""
    return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - makes nothing but texts


ATTEMPTS = [
    (tuple(how.split(", ")), [as_written(text) for text in re.findall("`([a-z]+: .+?)`", written)])
    for how, written in re.findall(r"^\| (fails, .+?) \| (`outcomes: .+) \|$", PAGE, re.MULTILINE)
]
ENDS = {
    "passes": "completed",
    "fails": "failed",
    "never ends": "running",
    "waits for review": "review_pending",
    "is cancelled": "cancelled",
    "its trigger is lost": None,
}


@pytest.mark.parametrize(("how", "parts"), ATTEMPTS, ids=[how[1] for how, _ in ATTEMPTS])
def test_attempts_end_as_documented(how, parts, clock, client_of):
    written = as_written(WHOLE_SCENARIO)
    [workflow] = written["workflows"]
    workflow |= {"policy": "parallel", "blocks": [{"duration": 1}], **parts[0]}
    written["faults"] = [fault for part in parts[1:] for fault in part["faults"]]
    with Emulator(scenario_file.parse(yaml.safe_dump(written), "page"), clock=clock) as emulator:
        client = client_of(emulator.url, emulator.api_key)
        ends: list[str | None] = []
        for _ in range(2):
            try:
                execution = client.start(workflow["id"])
            except ConnectionError:
                ends.append(None)
            else:
                clock.advance(3600)
                ends.append(client.poll(execution).json()["status"])
        assert ends == [ENDS[word] for word in how]
        assert len(emulator.executions()) == 2


def test_page_has_attempts_of_every_kind():
    assert {how for how, _ in ATTEMPTS} == {("fails", end) for end in ENDS}


def test_commands_on_the_page_are_printed_by_the_emulator():
    printed = cli.ready_text(Emulator(port=8765), None, 1)
    pasted = [line for line in PAGE.splitlines() if line.startswith(("export ", "curl "))]
    assert len(pasted) == 3
    assert [line for line in pasted if f"  {line}\n" not in printed] == []


def test_commands_on_the_page_are_accepted():
    commands = re.findall(r"^genesis-ci (.+)$|`genesis-ci (.+?)`", PAGE, re.MULTILINE)
    assert len(commands) >= 3
    for found in commands:
        asked = parse_arguments(shlex.split("".join(found)))
        assert asked.problems == ()


PYTHON_BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_example_tests_on_the_page_pass(tmp_path):
    [example] = [block for block in PYTHON_BLOCKS if "def test_" in block]
    (tmp_path / "test_page.py").write_text(f"import release\n\n{example}", encoding="utf-8")
    (tmp_path / "release.py").write_text(RELEASE, encoding="utf-8")
    options = ["-q", "-p", "no:cacheprovider", "-p", "genesis_emulator.pytest_plugin"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "test_page.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr


RELEASE = """
import json, os, time, urllib.request

def ask(path, body=None):
    url = os.environ["GENESIS_API_URL"] + path
    headers = {"x-api-key": os.environ["GENESIS_API_KEY"]}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
        return json.load(answer)

def main():
    started = ask(
        f"/api/workflows/{os.environ['GENESIS_WORKFLOW_ID']}/trigger",
        b'{"target_url": "https://staging.example.com"}',
    )
    status = "running"
    while status != "completed":
        time.sleep(0.05)
        try:
            status = ask(f"/api/executions/{started['executionId']}")["status"]
        except urllib.error.HTTPError as bad:
            assert bad.code == 502
"""


def test_emulator_has_every_documented_attribute():
    named = set(re.findall(r"\bemulator\.(\w+)", "\n".join(PYTHON_BLOCKS)))
    assert len(named) > 8
    assert [name for name in named if not hasattr(Emulator, name)] == []


def test_page_links_to_every_recipe():
    linked = re.findall(r"\]\(recipes/emulator/(.+?)\)", PAGE)
    assert sorted(linked) == sorted(path.name for path in RECIPES.iterdir())


def test_linters_accept_the_recipes():
    github, gitlab = RECIPES / "github.yml", RECIPES / "gitlab.yml"
    lint("actionlint", github)
    config = RECIPES.parent / "zizmor.yaml"
    strict = ["--offline", "--strict-collection", "--persona", "pedantic", "--config", config]
    assert f"completed {github}" in lint("zizmor", *strict, github)
    check_gitlab(gitlab)


@pytest.mark.parametrize("part", [Scenario, *PARTS.values()])
def test_every_key_of_a_scenario_file_has_a_row(part):
    assert {field.name for field in fields(part)} <= first_cells() | WITHOUT_A_ROW


@pytest.mark.parametrize("key", sorted(WITHOUT_A_ROW))
def test_key_without_a_row_is_explained_elsewhere(key):
    assert re.search(rf"`{key}`|`{{{key}:|, {key}: ", PAGE)


def test_every_fault_has_a_row():
    assert {kind.value for kind in FaultKind} <= first_cells()


def test_every_option_of_the_command_has_a_row():
    options = {option.name for option in COMMANDS["emulator"].options}
    assert options <= {cell.split(" ")[0] for cell in first_cells()}


def test_every_workflow_of_the_built_in_scenario_has_a_row():
    assert {each.name for each in scenario_file.builtin().workflows} <= first_cells()
    for key in scenario_file.builtin().keys:
        assert f"`{key.key}`" in PAGE


def test_every_request_of_the_control_side_has_a_row():
    control = Control(Emulator(), remote=False)
    table = "\n".join(ROWS).replace("`…/", f"`GET {PREFIX}/")
    for method, path in control.handlers():
        written = path.replace("{id}", "ID").replace("{number:int}", "NUMBER")
        assert f"`{method} {PREFIX}{written}`" in table


def test_messages_on_the_page_are_those_of_the_guide():
    messages = {row.value[1] for row in Refusal}
    quoted = set(re.findall(r"`([A-Z][A-Za-z :]+[a-z])`", PAGE)) - {"Allow", "Superseded"}
    others = {"Not Found", "Cancelled by a user", "Content-Type"}
    known = messages | others
    assert {each for each in quoted if " " in each and "BLOCK" not in each} <= known
