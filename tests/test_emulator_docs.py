"""docs/emulator.md says what the code does."""

from __future__ import annotations

import argparse
import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from genesis_ci.emulator import cli, scenario_file, store
from genesis_ci.emulator.access import Refusal
from genesis_ci.emulator.control import PREFIX, Control
from genesis_ci.emulator.faults import FaultKind
from genesis_ci.emulator.scenario import Scenario

PAGE = (Path(__file__).parents[1] / "docs" / "emulator.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("|")]

WITHOUT_A_ROW = {
    "processed", "headers", "body", "word", "size", "over", "after", "decision", "when",
}  # fmt: skip
"""Keys that the page explains with what they go with."""


def first_cells() -> set[str]:
    """The code words in the first cells of all tables."""
    return {word for row in ROWS for word in re.findall(r"`([^`]+)`", row.split("|")[1])}


YAML_BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
(WHOLE_SCENARIO,) = [block for block in YAML_BLOCKS if "\norganizations:" in block]
OUTCOMES = [block for block in YAML_BLOCKS if block.startswith("    outcomes:")]


def test_the_whole_scenario_on_the_page_can_be_played() -> None:
    assert scenario_file.parse(WHOLE_SCENARIO, "docs").workflows[0].name == "checkout smoke"


@pytest.mark.parametrize("outcomes", OUTCOMES)
def test_the_outcomes_on_the_page_can_be_played(outcomes: str) -> None:
    text = WHOLE_SCENARIO.replace("[target_url]", "[target_url, browser]")
    text = text.replace("    blocks:\n", f"{outcomes}    blocks:\n")
    assert scenario_file.parse(text, "docs").workflows[0].outcomes


def test_every_yaml_example_on_the_page_is_yaml() -> None:
    assert len(YAML_BLOCKS) == 6
    for block in YAML_BLOCKS:
        assert isinstance(yaml.safe_load(block), dict)


def test_the_commands_of_the_ci_example_are_strings() -> None:
    block = next(block for block in YAML_BLOCKS if "try-the" in block)
    assert all(
        isinstance(line, str) for line in yaml.safe_load(block)["try-the-pipeline"]["script"]
    )


@pytest.mark.parametrize("part", [Scenario, *scenario_file.PARTS.values()])
def test_every_key_of_a_scenario_file_has_a_row(part: type) -> None:
    assert {field.name for field in fields(part)} <= first_cells() | WITHOUT_A_ROW


@pytest.mark.parametrize("key", sorted(WITHOUT_A_ROW))
def test_a_key_without_a_row_is_explained_elsewhere(key: str) -> None:
    assert re.search(rf"`{key}`|`{{{key}:|, {key}: ", PAGE)


def test_every_kind_of_a_fault_has_a_row() -> None:
    assert {kind.value for kind in FaultKind} <= first_cells()


def test_every_option_of_the_command_has_a_row() -> None:
    parser = argparse.ArgumentParser(add_help=False)
    cli.configure(parser)
    options = set(re.findall(r"--[a-z-]+", parser.format_help()))
    assert options <= {cell.split(" ")[0] for cell in first_cells()}


def test_every_workflow_of_the_built_in_scenario_has_a_row() -> None:
    assert {each.name for each in scenario_file.builtin().workflows} <= first_cells()
    for key in scenario_file.builtin().keys:
        assert f"`{key.key}`" in PAGE


def test_every_request_of_the_control_side_has_a_row() -> None:
    emulation = store.start(scenario_file.builtin(), lambda: 0.0)
    table = "\n".join(ROWS).replace("`…/", f"`GET {PREFIX}/")
    for method, path in Control(emulation, remote=False).paths():
        written = path.replace("{id}", "ID").replace("{number:int}", "NUMBER")
        assert f"`{method} {PREFIX}{written}`" in table


def test_the_messages_on_the_page_are_the_guides() -> None:
    messages = {row.message for row in Refusal}
    quoted = set(re.findall(r"`([A-Z][A-Za-z :]+[a-z])`", PAGE)) - {"Allow", "Superseded"}
    others = {"Not Found", "Cancelled by a user", "Content-Type"}
    known = messages | others
    assert {each for each in quoted if " " in each and "BLOCK" not in each} <= known
