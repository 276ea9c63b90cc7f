"""The command line, made from the table of inputs."""

import pytest

from genesis_ci.config.inputs import INPUTS
from genesis_ci.execution.verdicts import EXIT_CODE_MEANINGS
from genesis_ci.options import SET_BY_DEMO, UsageError, flags_of, parse_arguments


def misuse(*argv: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        parse_arguments(argv)
    return caught.value


def help_of(*argv: str, capsys) -> str:
    with pytest.raises(SystemExit) as caught:
        parse_arguments([*argv, "--help"])
    assert caught.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("verb", ["run", "trigger", "wait", "check", "demo"])
def test_the_help_of_a_verb_names_every_input_and_exit_code(verb, capsys):
    text = help_of(verb, capsys=capsys)
    for row in INPUTS:
        is_its_own = verb == "demo" and row.name in SET_BY_DEMO
        assert (f"--{row.name} " in text) is (row.on_command_line and not is_its_own)
    for code in EXIT_CODE_MEANINGS:
        assert f"\n  {code} " in text


def test_every_input_is_a_flag():
    names = [row.name for row in INPUTS if row.on_command_line]
    argv = [part for name in names for part in (f"--{name}", f"v-{name}")]
    flags = flags_of(parse_arguments(["run", *argv]))
    assert flags == {name: f"v-{name}" for name in names}
    assert {row.name for row in INPUTS} - {*names} == {"api-key"}


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
        (["run", "--hunter2"], "unknown option. See"),
        (["run", "-khunter2"], "unknown option. See"),
        (["run", "-hhunter2"], "ignored explicit argument the value"),
        (["wait", "--apikey", "hunter2"], "unknown option --apikey"),
        (["walk"], "unknown command."),
        (["hunter2"], "unknown command."),
        (["hunter2", "run"], "unknown command."),
        (["runn"], "unknown command; did you mean run?"),
        (["CHECK"], "unknown command; did you mean check?"),
        (["--report-dir", "hunter2", "run"], "options come after the command"),
        (["--apikey=hunter2", "run"], "options come after the command"),
        (["demo", "--scenario", "hunter2"], "argument --scenario: invalid choice. See"),
        (["emulator", "--port", "hunter2"], "argument --port: the value is not a port"),
    ],
)
def test_misuse_is_told_without_any_value(argv, problem):
    error = misuse(*argv)
    assert [problem in told for told in error.problems] == [True]
    assert "hunter2" not in str(error)


@pytest.mark.parametrize("verb", ["run", "trigger", "wait", "check", "emulator", "demo"])
@pytest.mark.parametrize("key", [["--api-key", "hunter2"], ["--api-key=hunter2"], ["--api-key"]])
def test_a_key_is_refused_whatever_the_verb_and_wherever_it_stands(verb, key):
    for argv in ([*key, verb], [verb, *key], [verb, *key, "--help"]):
        error = misuse(*argv)
        assert [told.startswith("--api-key: a key on the command") for told in error.problems] == [
            True
        ]
        assert "hunter2" not in str(error)
        assert error.options.verb == verb


def test_a_key_without_a_command_is_refused_too():
    assert misuse("--api-key", "hunter2").problems[0].startswith("--api-key: ")


@pytest.mark.parametrize(
    "wrong",
    [["--bogus"], ["--bogus", "x"], ["--wait"], ["x"], ["--api-key", "x"], ["--wait", "--bogus"]],
)
def test_what_is_right_in_a_command_line_is_kept_beside_what_is_wrong(wrong):
    for argv in (
        ["run", *wrong, "--workflow-id", "X", "--report-dir", "out"],
        ["run", "--workflow-id", "X", "--report-dir", "out", *wrong],
    ):
        flags = flags_of(misuse(*argv).options)
        assert {name: text for name, text in flags.items() if text} == {
            "workflow-id": "X", "report-dir": "out"
        }  # fmt: skip


def test_every_wrong_word_is_told():
    assert len(misuse("run", "--wait", "--max-wait-time", "--bogus").problems) == 3


def test_what_stands_behind_an_unknown_option_is_no_execution_id():
    error = misuse("wait", "run-1", "--apikey", "hunter2")
    assert flags_of(error.options)["execution-id"].split() == ["run-1"]


def test_an_unknown_option_that_has_its_value_takes_no_execution_id_along():
    error = misuse("wait", "--bogus=1", "run-1")
    assert flags_of(error.options)["execution-id"].split() == ["run-1"]


@pytest.mark.parametrize("words", [["wait", ""], ["wait", " ", "--execution-id", ""], ["wait"]])
def test_an_empty_execution_id_is_none(words):
    assert flags_of(parse_arguments(words))["execution-id"] is None
