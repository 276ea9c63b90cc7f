"""Parsed command lines and their problems."""

import shlex
from pathlib import Path

import pytest

from genesis_ci import app, cli
from genesis_ci.commands import COMMANDS, SCENARIOS, CommandLine, options_of, parse_arguments
from genesis_ci.config.inputs import INPUTS
from genesis_ci.jobs import comment, init
from tests.approved import check_approved_cases
from tests.builders import WORKFLOW_ID

JOBS = [name for name, row in COMMANDS.items() if row.does is not None]


def asked(*argv: str) -> CommandLine:
    """Parse a command line without problems."""
    parsed = parse_arguments(argv)
    assert parsed.problems == ()
    return parsed


def problems(*argv: str) -> tuple[str, ...]:
    return parse_arguments(argv).problems


def test_run_accepts_every_input_except_secrets_and_from():
    names = [row.name for row in INPUTS if row.on_command_line]
    argv = [part for name in names for part in (f"--{name}", f"v-{name}")]
    assert asked("run", *argv) == CommandLine(
        command="run", inputs={name: (f"v-{name}",) for name in names}
    )


EMULATOR_DEFAULTS = {"--port": "8765", "--host": "127.0.0.1", "--speed": "1"}
EMULATOR_OPTIONS = {"--port": "0", "--speed": "2.5", "--allow-remote": "", "--scenario": "s.yml"}
DEMO_DEFAULTS = {"--scenario": SCENARIOS[0]}


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("wait", {}),
        ("wait --from=r.json", {"options": {"--from": "r.json"}}),
        ("wait --api-key-file -", {"options": {"--api-key-file": "-"}}),
        ("wait a --execution-id c b -- --d", {"inputs": {"execution-id": ("a", "b", "--d", "c")}}),
        ("wait -q a", {"inputs": {"execution-id": ("a",)}, "options": {"--quiet": ""}}),
        ("wait --from '' a", {"inputs": {"execution-id": ("a",)}, "options": {"--from": ""}}),
        (
            "wait --from r.json --execution-id ' '",
            {"inputs": {"execution-id": (" ",)}, "options": {"--from": "r.json"}},
        ),
        (
            "comment --from r.json --name 'a b'",
            {"options": {"--from": "r.json", "--name": "a b"}},
        ),
        ("comment --started", {"options": {"--started": ""}}),
        (
            "comment --from r.json --label a --label 'b c'",
            {"options": {"--from": "r.json", "--label": "a\nb c"}},
        ),
        ("demo", {"options": DEMO_DEFAULTS}),
        ("demo --scenario=", {"options": DEMO_DEFAULTS}),
        ("demo --scenario=review", {"options": {"--scenario": "review"}}),
        ("emulator", {"options": EMULATOR_DEFAULTS}),
        (
            "emulator --port 0 --speed=2.5 --allow-remote --scenario s.yml",
            {"options": EMULATOR_DEFAULTS | EMULATOR_OPTIONS},
        ),
        (
            "emulator check a.yml b.yml",
            {"options": EMULATOR_DEFAULTS, "arguments": ("check", "a.yml", "b.yml")},
        ),
        ("run --no-wait", {"inputs": {"wait": ("false",)}, "options": {"--no-wait": ""}}),
        ("run --inputs b --inputs=a", {"inputs": {"inputs": ("b", "a")}}),
    ],
)
def test_valid_command_lines_are_parsed(line, fields):
    command, *rest = shlex.split(line)
    assert parse_arguments([command, *rest]) == CommandLine(command=command, **fields)


@pytest.mark.parametrize("argv", [[], [""]])
def test_empty_command_line_has_no_command(argv):
    assert asked(*argv) == CommandLine(command="")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("-h", None),
        ("--help run", None),
        ("help", None),
        ("help run", "run"),
        ("help --help", "help"),
        ("run -h", "run"),
        ("wait x --bogus --help", "wait"),
    ],
)
def test_help_has_an_optional_command(line, command):
    assert asked(*line.split()) == CommandLine(
        command="help", arguments=(command,) if command else ()
    )


def test_help_can_list_every_input():
    every = CommandLine(command="help", arguments=("run",), options={"--help-all": ""})
    assert asked("run", "--help-all", "--bogus") == every


@pytest.mark.parametrize("text", ["-1", "-", "- a", ""])
def test_value_can_begin_with_a_dash(text):
    assert asked("run", "--max-wait-time", text).inputs["max-wait-time"] == (text,)


@pytest.mark.parametrize("command", JOBS)
def test_other_repeated_options_are_refused(command):
    for option in options_of(command):
        value = option.default or "x"
        word = f"{option.name}={value}" if option.metavar else option.name
        repeated = f"{option.name} is given 2 times. Give it once."
        is_allowed = option.repeatable or not option.metavar
        if option.name == "--workflow-id":
            repeated += " For several, use a config file."
        assert problems(command, word, word) == (() if is_allowed else (repeated,))


def test_problems_of_the_command_line_are_approved():
    """Each heading in `tests/approved/usage.txt` is a command line; the problem has no value."""

    def problem_with(_: str, line: str) -> str:
        [problem] = problems(*shlex.split(line.replace("<ID>", WORKFLOW_ID)))
        assert "hunter2" not in problem
        return problem

    check_approved_cases("usage", problem_with)


@pytest.mark.parametrize(
    "key",
    ["--api-key hunter2", "--api-key=hunter2", "--api-key", "--api-key -hunter2", "--api-key ''"],
)
@pytest.mark.parametrize("command", COMMANDS)
def test_key_is_refused_with_any_command_and_hidden(command, key):
    lines = {f"{key} {command}": "", f"{command} {key}": command, f"{command} {key} -h": command}
    for line, named in lines.items():
        parsed = parse_arguments(shlex.split(line))
        assert parsed.command == named
        assert parsed.problems[0].startswith("--api-key: a key on the command line is visible")
        assert "hunter" not in str(parsed), line


def test_value_of_a_flag_is_refused_and_hidden():
    """The message depends on Python's version."""
    [problem] = problems("run", "-qxhunter2")
    assert "hunter" not in problem


VALID = {"workflow-id": ("X",), "report-dir": ("out",)}


@pytest.mark.parametrize(
    ("line", "inputs", "count"),
    [
        ("run x --wait --bogus x --workflow-id X --report-dir out", VALID, 3),
        ("run --workflow-id X --report-dir out --wait --bogus --api-key x", VALID, 3),
        ("run --workflow-id X --report-dir out --quiet=x --wait --bogus", VALID, 1),
        ("run --workflow-id X --wait --report-dir out x", VALID, 2),
        ("run --report-dir a --report-dir b", {"report-dir": ("b",)}, 1),
        ("wait run-1 --apikey hunter2 -- run-2", {"execution-id": ("run-1", "run-2")}, 1),
        ("wait --bogus=1 run-1", {}, 1),
        ("emulator x --port=x --speed=x --bogus", {}, 4),
        ("comment x --api-key=x --bogus", {}, 4),
        ("comment - --from a --api-key", {}, 2),
        ("help walk --bogus", {}, 2),
    ],
)
def test_all_problems_are_reported_and_valid_words_kept(line, inputs, count):
    parsed = parse_arguments(line.split())
    assert (parsed.inputs, len(parsed.problems)) == (inputs, count)
    assert parsed.command == line.split()[0]


@pytest.mark.parametrize("example", [one for row in COMMANDS.values() for one in row.examples])
def test_examples_of_help_are_valid(example):
    program, *words = shlex.split(example, comments=True)
    assert program == "genesis-ci"
    assert asked(*words)


def test_every_option_of_a_command_is_used():
    code = "".join(
        Path(one.__file__).read_text(encoding="utf-8") for one in (cli, app, comment, init)
    )
    names = {option.name for command in COMMANDS.values() for option in command.options}
    assert {name for name in names if f'"{name}"' not in code} == {"--no-wait"}  # the input wait
