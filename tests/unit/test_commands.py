"""Parsed command lines and their problems."""

import shlex
from pathlib import Path

import pytest

from genesis_ci import cli
from genesis_ci.commands import COMMANDS, SCENARIOS, Asked, options_of, parse_arguments
from genesis_ci.config.inputs import INPUTS

JOBS = [name for name, row in COMMANDS.items() if row.does is not None]
EMULATOR_DEFAULTS = {"--port": "8765", "--host": "127.0.0.1", "--speed": "1"}


def asked(*argv: str) -> Asked:
    """Parse a command line without problems."""
    parsed = parse_arguments(argv)
    assert parsed.problems == ()
    return parsed


def problems(*argv: str) -> tuple[str, ...]:
    return parse_arguments(argv).problems


def words_of(value: object) -> str:
    return " ".join(value) if isinstance(value, list) else ""


def test_run_accepts_every_input_except_secrets():
    names = [row.name for row in INPUTS if row.on_command_line]
    argv = [part for name in names for part in (f"--{name}", f"v-{name}")]
    assert asked("run", *argv) == Asked(
        command="run", inputs={name: (f"v-{name}",) for name in names}
    )
    assert {row.name for row in INPUTS} - {*names} == {"api-key", "github-token"}


def test_wait_accepts_its_own_options():
    parsed = asked("wait", "-q", "--api-key-file", "-", "--from", "r.json")
    assert parsed.options == {"--quiet": "", "--api-key-file": "-", "--from": "r.json"}
    assert asked("wait") == Asked(command="wait")


def test_comment_accepts_a_file_and_a_name():
    assert asked("comment", "--from", "r.json").options == {"--from": "r.json"}
    assert asked("comment", "-q", "--from=r.json", "--name", "a b") == Asked(
        command="comment", options={"--from": "r.json", "--name": "a b", "--quiet": ""}
    )


def test_demo_has_a_default_scenario():
    assert asked("demo").options == {"--scenario": SCENARIOS[0]}
    assert asked("demo", "--scenario=").options == {"--scenario": SCENARIOS[0]}
    assert asked("demo", "--scenario=review").options == {"--scenario": "review"}


def test_emulator_accepts_options_with_defaults():
    assert asked("emulator") == Asked(command="emulator", options=EMULATOR_DEFAULTS)
    parsed = asked(
        "emulator", "--port", "0", "--speed=2.5", "--allow-remote", "--scenario", "s.yml"
    )
    given = {"--port": "0", "--speed": "2.5", "--allow-remote": "", "--scenario": "s.yml"}
    assert parsed.options == EMULATOR_DEFAULTS | given


def test_emulator_check_accepts_scenario_files():
    assert asked("emulator", "check", "a.yml", "b.yml").arguments == ("check", "a.yml", "b.yml")


@pytest.mark.parametrize(
    "words",
    [["--inputs", "a=1"], ["--inputs=a=1"], ["--report-dir", "out", "--inputs", "a=1"]],
)
def test_value_is_the_next_word_or_follows_an_equals_sign(words):
    assert asked("run", *words).inputs["inputs"] == ("a=1",)


@pytest.mark.parametrize("text", ["-1", "-", "- a", "", "-5s"])
def test_value_can_begin_with_a_dash(text):
    assert asked("run", "--max-wait-time", text).inputs["max-wait-time"] == (text,)


def test_no_wait_means_wait_false_and_contradicts_wait():
    assert asked("run", "--no-wait").inputs == {"wait": ("false",)}
    assert problems("run", "--no-wait", "--wait", "true") == (
        "--wait and --no-wait both say whether to wait. Drop one.",
    )


@pytest.mark.parametrize("name", ["inputs", "execution-id", "secret-inputs"])
def test_repeatable_options_keep_every_text_in_order(name):
    assert asked("run", f"--{name}", "b", f"--{name}=a").inputs == {name: ("b", "a")}


@pytest.mark.parametrize("command", JOBS)
def test_other_repeated_options_are_refused(command):
    for option in options_of(command):
        value = option.default or "x"
        word = f"{option.name}={value}" if option.metavar else option.name
        repeated = f"{option.name} is given 2 times. Give it once."
        is_allowed = option.repeatable or option.name == "--help"
        assert problems(command, word, word) == (() if is_allowed else (repeated,))


def test_last_text_of_a_repeated_option_is_kept():
    parsed = parse_arguments(["run", "--report-dir", "a", "--report-dir", "b"])
    assert parsed.inputs == {"report-dir": ("b",)}
    assert len(parsed.problems) == 1


def test_arguments_of_wait_are_execution_ids():
    parsed = asked("wait", "a", "--execution-id", "c", "b", "--", "--d")
    assert (parsed.inputs, parsed.arguments) == ({"execution-id": ("a", "b", "--d", "c")}, ())


@pytest.mark.parametrize(
    ("argv", "problem"),
    [
        (["run", "--workflow", "x"], "unknown option --workflow; did you mean --workflow-id?"),
        (["run", "--worklow-id", "x"], "unknown option --worklow-id; did you mean --workflow-id?"),
        (["run", "--workflow_id=x"], "unknown option --workflow_id; did you mean --workflow-id?"),
        (["run", "--apikey=hunter2"], "unknown option --apikey; did you mean --api-key-file?"),
        (["run", "--apikey", "hunter2"], "unknown option --apikey; did you mean --api-key-file?"),
        (["run", "--bogus"], "unknown option --bogus. See genesis-ci run --help."),
        (["run", "--hunter2"], "unknown option. See"),
        (["run", "-khunter2"], "unknown option. See"),
        (["run", "-hhunter2"], "unknown option. See"),
        (["run", "-qhunter2"], "unknown option. See"),
        (["run", "--quiet=hunter2"], "--quiet takes no value."),
        (["run", "--help=hunter2"], "--help takes no value."),
        (["run", "hunter2"], "too many arguments: run takes only options."),
        (["run", "--wait"], "--wait needs a value."),
        (["run", "--wait", "--summary=true"], "--wait needs a value."),
        (["run", "--from", "hunter2"], "--from is not an option of run, but of wait, comment."),
        (["run", "--port", "hunter2"], "--port is not an option of run, but of emulator."),
        (
            ["trigger", "--max-wait-time=hunter2"],
            "--max-wait-time is not an option of trigger, but of run, wait, check, demo.",
        ),
        (
            ["wait", "--inputs", "hunter2"],
            "--inputs is not an option of wait, but of run, trigger, check, demo.",
        ),
        (["wait", "--apikey", "hunter2"], "unknown option --apikey"),
        (["wait", "--from", "a", "b"], "--from and EXECUTION_ID both say what to attach to."),
        (["walk"], "unknown command."),
        (["hunter2"], "unknown command."),
        (["hunter2", "run"], "unknown command."),
        (["completion", "bash"], "unknown command."),
        (["runn"], "unknown command; did you mean run?"),
        (["CHECK"], "unknown command; did you mean check?"),
        (["help", "runn"], "unknown command; did you mean run?"),
        (["help", "run", "wait"], "help: name one command."),
        (["--report-dir", "hunter2", "run"], "options come after the command"),
        (["--apikey=hunter2", "run"], "options come after the command"),
        (["-V", "hunter2"], "-V takes no other arguments."),
        (["comment"], "--from: name the result.json that the comment shows."),
        (["comment", "--from="], "--from: name the result.json that the comment shows."),
        (["comment", "--from", "a", "hunter2"], "too many arguments: comment takes only options."),
        (["demo", "--scenario", "hunter2"], f"--scenario: write one of {', '.join(SCENARIOS)}."),
        (["emulator", "--port", "hunter2"], "--port: write a port from 0 to 65535."),
        (["emulator", "--port", "70000"], "--port: write a port from 0 to 65535."),
        (["emulator", "--port", "-1"], "--port: write a port from 0 to 65535."),
        (["emulator", "--port="], "--port: write a port from 0 to 65535."),
        (["emulator", "--speed=hunter2"], "--speed: write a number above 0, such as 20."),
        (["emulator", "--speed", "0"], "--speed: write a number above 0, such as 20."),
        (["emulator", "--speed", "-1"], "--speed: write a number above 0, such as 20."),
        (["emulator", "--speed", "nan"], "--speed: write a number above 0, such as 20."),
        (["emulator", "--speed", "inf"], "--speed: write a number above 0, such as 20."),
        (["emulator", "--host="], "--host: write an address of this machine."),
        (["emulator", "--prot", "1"], "unknown option --prot; did you mean --port?"),
        (["emulator", "--port=1", "--port=2"], "--port is given 2 times."),
        (["emulator", "hunter2"], "emulator takes options, or check FILE. See"),
        (["emulator", "check"], "emulator check: name the scenario file to check."),
        (["emulator", "check", ""], "emulator check: name the scenario file to check."),
        (
            ["emulator", "check", "a.yml", "--port=1"],
            "emulator check takes no options, but --port is given.",
        ),
    ],
    ids=words_of,
)
def test_problem_is_one_sentence_without_the_value(argv, problem):
    [words] = problems(*argv)
    assert words.startswith(problem)
    assert "hunter2" not in words


@pytest.mark.parametrize("command", ["run", "trigger", "check"])
@pytest.mark.parametrize(
    "word",
    [
        "6f9619ff-8b86-4d01-b42d-00c04fc964ff",
        "https://genesis.autify.com/api/workflows/6f9619ff-8b86-4d01-b42d-00c04fc964ff/trigger",
    ],
)
def test_workflow_as_argument_is_refused_with_advice(command, word):
    assert problems(command, word) == (
        f"a workflow is named with an option: genesis-ci {command} --workflow-id ID.",
    )


@pytest.mark.parametrize(
    "key",
    [
        ["--api-key", "hunter2"],
        ["--api-key=hunter2"],
        ["--api-key"],
        ["--api-key", "-hunter2"],
        ["--api-key", "--hunter"],
        ["--api-key", ""],
    ],
    ids=words_of,
)
@pytest.mark.parametrize("command", COMMANDS)
def test_key_is_refused_with_any_command_and_hidden(command, key):
    for argv in ([*key, command], [command, *key], [command, *key, "--help"]):
        parsed = parse_arguments(argv)
        assert parsed.command == command
        assert parsed.problems[0].startswith("--api-key: a key on the command line is visible"), (
            argv
        )
        assert "hunter" not in str(parsed), argv


@pytest.mark.parametrize("argv", [["--api-key", "hunter2"], ["--help", "--api-key=hunter2"]])
def test_key_without_a_command_is_refused_and_hidden(argv):
    [problem] = problems(*argv)
    assert problem.startswith("--api-key: ")
    assert "hunter2" not in problem


def test_known_words_after_a_key_are_kept():
    parsed = parse_arguments(["--api-key", "run", "--api-key", "--report-dir=out"])
    assert (parsed.command, parsed.inputs) == ("run", {"report-dir": ("out",)})


@pytest.mark.parametrize(
    ("argv", "command"),
    [
        (["-h"], None),
        (["--help"], None),
        (["--help", "run"], None),
        (["help"], None),
        (["help", "run"], "run"),
        (["help", "--help"], "help"),
        (["run", "-h"], "run"),
        (["emulator", "--help"], "emulator"),
        (["wait", "x", "--bogus", "--help"], "wait"),
    ],
    ids=words_of,
)
def test_help_has_an_optional_command(argv, command):
    assert asked(*argv) == Asked(command="help", arguments=(command,) if command else ())


@pytest.mark.parametrize("argv", [[], [""]])
def test_empty_command_line_has_no_command(argv):
    assert asked(*argv) == Asked(command="")


@pytest.mark.parametrize(
    "wrong",
    [
        ["--bogus"],
        ["--bogus", "x"],
        ["--wait"],
        ["x"],
        ["--api-key", "x"],
        ["--wait", "--bogus"],
        ["-hx"],
        ["--quiet=x"],
    ],
    ids=words_of,
)
def test_valid_words_are_kept_with_problems(wrong):
    for argv in (
        ["run", *wrong, "--workflow-id", "X", "--report-dir", "out"],
        ["run", "--workflow-id", "X", "--report-dir", "out", *wrong],
    ):
        parsed = parse_arguments(argv)
        assert parsed.inputs == {"workflow-id": ("X",), "report-dir": ("out",)}
        assert parsed.problems


@pytest.mark.parametrize(
    ("argv", "count"),
    [
        (["run", "x", "--wait", "--max-wait-time", "--bogus", "--quiet=x"], 5),
        (["emulator", "x", "--port=x", "--speed=x", "--bogus", "--quiet=x"], 5),
        (["comment", "x", "--api-key=x", "--bogus"], 4),
        (["help", "walk", "--bogus"], 2),
    ],
    ids=words_of,
)
def test_all_problems_are_reported_at_once(argv, count):
    assert len(problems(*argv)) == count


def test_unknown_option_includes_the_next_word():
    for unknown in (["--apikey", "hunter2"], ["--bogus=1"]):
        parsed = parse_arguments(["wait", "run-1", *unknown, "--", "run-2"])
        assert parsed.inputs == {"execution-id": ("run-1", "run-2")}
    parsed = parse_arguments(["wait", "--bogus=1", "run-1"])
    assert parsed.inputs == {"execution-id": ("run-1",)}


def test_empty_path_with_execution_ids_is_accepted():
    assert asked("wait", "--from", "", "--api-key-file=", "run-1").inputs == {
        "execution-id": ("run-1",)
    }
    assert asked("wait", "--from", "r.json", "--execution-id", " ").options == {"--from": "r.json"}


@pytest.mark.parametrize("example", [one for row in COMMANDS.values() for one in row.examples])
def test_examples_of_help_are_valid(example):
    program, *words = shlex.split(example, comments=True)
    assert program == "genesis-ci"
    assert asked(*words)


def test_every_option_of_a_command_is_used():
    code = Path(cli.__file__).read_text(encoding="utf-8")
    names = {option.name for command in COMMANDS.values() for option in command.options}
    assert {name for name in names if f'"{name}"' not in code} == {"--no-wait"}  # the input wait
