"""The command line, made from the table of inputs."""

import pytest

from genesis_ci.arguments import UsageError, flags_of, parse_arguments
from genesis_ci.config.inputs import INPUTS
from genesis_ci.gate import EXIT_CODE_MEANINGS


def help_of(*argv: str, capsys) -> str:
    with pytest.raises(SystemExit) as caught:
        parse_arguments([*argv, "--help"])
    assert caught.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("verb", ["run", "trigger", "wait", "check", "demo"])
def test_the_help_of_a_verb_names_every_input_and_exit_code(verb, capsys):
    text = help_of(verb, capsys=capsys)
    for row in INPUTS:
        assert (f"--{row.name} " in text) is row.on_command_line
    for code in EXIT_CODE_MEANINGS:
        assert f"\n  {code} " in text


def test_every_input_is_a_flag():
    argv = [part for row in INPUTS for part in (f"--{row.name}", f"v-{row.name}")]
    flags = flags_of(parse_arguments(["run", *argv]))
    assert flags == {row.name: f"v-{row.name}" for row in INPUTS}


def test_the_ids_of_wait_are_execution_ids():
    flags = flags_of(parse_arguments(["wait", "a", "b", "--execution-id", "c"]))
    assert flags["execution-id"] == "a b c"


@pytest.mark.parametrize(
    ("argv", "problem"),
    [
        (["run", "--workflow", "x"], "unknown option --workflow"),
        (["run", "--apikey=hunter2"], "unknown option --apikey"),
        (["run", "--apikey", "hunter2"], "unknown option --apikey"),
        (["run", "hunter2"], "too many arguments"),
        (["run", "--wait"], "expected one argument"),
        (["walk"], "invalid choice"),
        (["demo", "--scenario", "x"], "invalid choice"),
    ],
)
def test_misuse_is_told_without_values_of_unknown_options(argv, problem):
    with pytest.raises(UsageError) as caught:
        parse_arguments(argv)
    assert problem in str(caught.value)
    assert "hunter2" not in str(caught.value)
