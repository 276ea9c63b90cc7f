"""docs/emulator.md says what the code does."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest
import yaml

from genesis_ci.emulator import command, scenario_file, scenario_shape
from genesis_ci.emulator import emulation as emulations
from genesis_ci.emulator.control import PREFIX, Control
from genesis_ci.emulator.faults import FaultKind
from genesis_ci.emulator.refusals import Refusal

PAGE = (Path(__file__).parents[2] / "docs" / "emulator.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("|")]


def first_cells() -> set[str]:
    """The code words in the first cells of all tables."""
    return {word for row in ROWS for word in re.findall(r"`([^`]+)`", row.split("|")[1])}


def test_the_whole_scenario_on_the_page_can_be_played() -> None:
    (example,) = [
        block
        for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
        if block.startswith("organizations:")
    ]
    assert scenario_file.parse(example, "docs").workflows[0].name == "checkout smoke"


def test_every_yaml_example_on_the_page_is_yaml() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        assert isinstance(yaml.safe_load(block), dict)


def test_the_commands_of_the_ci_example_are_strings() -> None:
    block = next(b for b in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "try-the" in b)
    assert all(
        isinstance(line, str) for line in yaml.safe_load(block)["try-the-pipeline"]["script"]
    )


@pytest.mark.parametrize(
    "fields",
    [
        scenario_shape.SCENARIO,
        scenario_shape.ORGANIZATION,
        scenario_shape.KEY,
        scenario_shape.PROJECT,
        scenario_shape.WORKFLOW,
        scenario_shape.BLOCK,
    ],
)
def test_every_key_of_a_scenario_file_has_a_row(fields: dict[str, object]) -> None:
    assert set(fields) <= first_cells()


def test_every_key_and_kind_of_a_fault_is_documented() -> None:
    assert {kind.value for kind in FaultKind} <= first_cells()
    for key in scenario_shape.FAULT:
        assert f"`{key}`" in PAGE


def test_every_option_of_the_command_has_a_row() -> None:
    parser = argparse.ArgumentParser(add_help=False)
    command.configure(parser)
    options = set(re.findall(r"--[a-z-]+", parser.format_help()))
    assert options <= {cell.split(" ")[0] for cell in first_cells()}


def test_every_workflow_of_the_built_in_scenario_has_a_row() -> None:
    assert {each.name for each in scenario_file.builtin().workflows} <= first_cells()
    for key in scenario_file.builtin().keys:
        assert f"`{key.key}`" in PAGE


def test_every_request_of_the_control_side_has_a_row() -> None:
    emulation = emulations.start(scenario_file.builtin(), lambda: 0.0)
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
