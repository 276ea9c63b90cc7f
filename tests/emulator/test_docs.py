"""docs/emulator.md and docs/internals/emulator.md agree with the code."""

import re
import shlex
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
from tests.emulator.client import Client, Clock
from tests.schemas import check_gitlab
from tests.test_recipes import lint

DOCS = Path(__file__).parents[2] / "docs"
PAGE = "".join(
    (DOCS / f"{name}.md").read_text("utf-8") for name in ("emulator", "internals/emulator")
)
RECIPES = DOCS / "recipes/emulator"
ROWS = [line for line in PAGE.splitlines() if line.startswith("|")]

WITHOUT_A_ROW = {
    "processed", "headers", "body", "word", "size", "over", "after", "decision", "when",
}  # fmt: skip
"""Keys that the page explains in the row of another key."""

YAML_BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
(WHOLE_SCENARIO,) = [block for block in YAML_BLOCKS if "\norganizations:" in block]
OUTCOMES = [block for block in YAML_BLOCKS if block.startswith("    outcomes:")]


@pytest.mark.parametrize("outcomes", ["", *OUTCOMES])
def test_scenario_on_the_page_is_valid(outcomes):
    text = WHOLE_SCENARIO.replace("[target_url]", "[target_url, browser]")
    text = text.replace("    blocks:\n", f"{outcomes}    blocks:\n")
    workflow = scenario_file.parse(text, "docs").workflows[0]
    assert (workflow.name, bool(workflow.outcomes)) == ("checkout smoke", bool(outcomes))


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
def test_attempts_end_as_documented(how, parts):
    clock = Clock()
    written = as_written(WHOLE_SCENARIO)
    [workflow] = written["workflows"]
    workflow |= {"policy": "parallel", "blocks": [{"duration": 1}], **parts[0]}
    written["faults"] = [fault for part in parts[1:] for fault in part["faults"]]
    with Emulator(scenario_file.parse(yaml.safe_dump(written), "page"), clock=clock) as emulator:
        client = Client(emulator.url, emulator.api_key)
        ends: list[str | None] = []
        for _ in range(2):
            try:
                execution = client.start(workflow["id"])
            except ConnectionError:
                ends.append(None)
            else:
                clock.now += 3600
                ends.append(client.poll(execution).json()["status"])
        assert ends == [ENDS[word] for word in how]
        assert len(emulator.executions()) == 2


def test_page_has_attempts_of_every_kind():
    assert {how for how, _ in ATTEMPTS} == {("fails", end) for end in ENDS}


def test_the_emulator_prints_and_accepts_the_documented_commands():
    printed = cli.ready_text(Emulator(port=8765), None, 1)
    pasted = [line for line in PAGE.splitlines() if line.startswith(("export ", "curl "))]
    assert len(pasted) == 3
    assert [line for line in pasted if f"  {line}\n" not in printed] == []
    commands = re.findall(r"^genesis-ci (.+)$|`genesis-ci (.+?)`", PAGE, re.MULTILINE)
    assert len(commands) >= 3
    for found in commands:
        assert parse_arguments(shlex.split("".join(found))).problems == ()


PYTHON_BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


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


def test_every_key_fault_option_and_workflow_has_a_row():
    cells = [word for row in ROWS for word in re.findall(r"`([^`]+)`", row.split("|")[1])]
    builtin = scenario_file.builtin()
    names = {field.name for part in (Scenario, *PARTS.values()) for field in fields(part)}
    names |= {kind.value for kind in FaultKind} | {each.name for each in builtin.workflows}
    names |= {option.name for option in COMMANDS["emulator"].options}
    assert names - {cell.split(" ")[0] for cell in cells} == WITHOUT_A_ROW
    for key in WITHOUT_A_ROW:
        assert re.search(rf"`{key}`|`{{{key}:|, {key}: ", PAGE), key
    assert [each.key for each in builtin.keys if f"`{each.key}`" not in PAGE] == []


def test_every_request_of_the_control_side_has_a_row():
    control = Control(Emulator(), remote=False)
    table = "\n".join(ROWS).replace("`…/", f"`GET {PREFIX}/")
    for method, path in control.handlers():
        written = path.replace("{id}", "ID").replace("{number:int}", "NUMBER")
        assert f"`{method} {PREFIX}{written}`" in table


def test_messages_on_the_page_are_those_of_the_guide():
    quoted = re.findall(r"`([A-Z][A-Za-z :]+ [A-Za-z :]+[a-z])`", PAGE)
    known = {row.value[1] for row in Refusal} | {"Not Found", "Cancelled by a user"}
    assert len(quoted) > 2
    assert [each for each in quoted if each not in known] == []
