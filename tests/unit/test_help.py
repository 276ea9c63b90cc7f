"""The help texts agree with the table of commands."""

import pytest

from genesis_ci.commands import COMMANDS, inputs_of, options_of
from genesis_ci.config.inputs import BY_NAME, INPUTS
from genesis_ci.help import WIDTH, help_of, help_text
from genesis_ci.models.report import EXIT_CODE_MEANINGS


def exit_codes(text: str) -> list[int]:
    section = text.split("exit codes:\n")[1].split("\n\n", maxsplit=1)[0]
    return [int(line.split()[0]) for line in section.splitlines() if line[2:3] != " "]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_lists_all_options_and_fits_a_terminal(command):
    text = help_of(command, every=True)
    own, _, inputs = text.partition("\ninputs (")
    assert bool(inputs) is (COMMANDS[command].does is not None)
    options = options_of(command)
    named = {row.name for row in INPUTS if f"\n  --{row.name} " in inputs}
    assert named == {row.name for row in inputs_of(command)}
    assert all(BY_NAME[name].default in " ".join(inputs.split()) for name in named)
    assert all(f"{one.short}, {one.name}".removeprefix(", ") in own + inputs for one in options)
    assert max(map(len, text.split("examples:")[0].splitlines())) <= WIDTH


def test_help_shows_defaults_and_repeatable_options():
    text = " ".join(help_of("run", every=True).split())
    assert "(default: {}) Can be repeated. --inputs-file" in text


def test_short_help_shows_common_inputs_and_fits_a_page():
    shown = {name: f"\n  --{name} " in help_of("run") for name in BY_NAME}
    assert shown == {row.name: row.common and row.on_command_line for row in INPUTS}
    assert len(help_of("run").splitlines()) <= 45
    assert "--max-wait-time" not in help_of("demo")
    assert set(exit_codes(help_of("check"))) < {*EXIT_CODE_MEANINGS}


def test_help_lists_commands_and_exit_codes():
    text = help_text()
    assert all(f"\n  {command} " in text for command in COMMANDS)
    assert exit_codes(text) == [*EXIT_CODE_MEANINGS]
    assert {command: exit_codes(help_of(command, every=True)) for command in COMMANDS} == {
        "run": [*EXIT_CODE_MEANINGS],
        "trigger": [0, 2, 6, 7, 8, 10, 70, 130, 143],
        "wait": [*EXIT_CODE_MEANINGS],
        "check": [0, 2, 7, 8, 70, 130, 143],
        "init": [0, 2, 70, 130, 143],
        "comment": [0, 2, 7, 8, 70, 130, 143],
        "show": [*EXIT_CODE_MEANINGS],
        "demo": [*EXIT_CODE_MEANINGS],
        "emulator": [0, 2],
        "help": [0, 2],
    }
