"""The help texts agree with the table of commands."""

import pytest

from genesis_ci.commands import COMMANDS, options_of
from genesis_ci.config.inputs import BY_NAME, INPUTS
from genesis_ci.help import WIDTH, help_of, help_text
from genesis_ci.outcomes import EXIT_CODE_MEANINGS


def exit_codes(text: str) -> list[int]:
    section = text.split("exit codes:\n")[1].split("\n\n", maxsplit=1)[0]
    return [int(line.split()[0]) for line in section.splitlines() if line[2:3] != " "]


@pytest.mark.parametrize(
    "command", [name for name, row in COMMANDS.items() if row.does is not None]
)
def test_help_of_a_job_lists_exactly_its_inputs(command):
    text = help_of(command).split("\ninputs (")[1]
    named = {row.name for row in INPUTS if f"\n  --{row.name} " in text}
    assert named == {row.name for row in INPUTS} & {each.name[2:] for each in options_of(command)}
    assert all(BY_NAME[name].default in text for name in named)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_lists_every_option_and_fits_a_terminal(command):
    text = help_of(command)
    for option in options_of(command):
        assert f"{option.short}, {option.name}".removeprefix(", ") in text
    before_examples = text.split("examples:")[0]
    assert max(map(len, before_examples.splitlines())) <= WIDTH


@pytest.mark.parametrize("command", [name for name, row in COMMANDS.items() if row.does is None])
def test_help_of_any_other_command_has_no_inputs(command):
    assert "inputs (" not in help_of(command)


def test_help_shows_defaults_and_repeatable_options():
    text = " ".join(help_of("run").split())
    assert "(default: {}) Can be repeated. --inputs-file" in text


@pytest.mark.parametrize(
    ("command", "codes"),
    [
        *((waits, [*EXIT_CODE_MEANINGS]) for waits in ("run", "wait", "demo")),
        ("trigger", [0, 2, 6, 7, 8, 70, 130, 143]),
        ("check", [0, 2, 7, 8, 70, 130, 143]),
        ("comment", [0, 2, 7, 8, 70, 130, 143]),
        ("emulator", [0, 2]),
        ("help", [0, 2]),
    ],
)
def test_help_lists_the_exit_codes_of_the_command(command, codes):
    assert exit_codes(help_of(command)) == codes


def test_main_help_lists_every_command_and_exit_code():
    text = help_text()
    assert all(f"\n  {command} " in text for command in COMMANDS)
    assert exit_codes(text) == [*EXIT_CODE_MEANINGS]
