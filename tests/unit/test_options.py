"""What a command line says, and what is wrong with it."""

import pytest

from genesis_ci.config.inputs import INPUTS
from genesis_ci.models import Verb
from genesis_ci.options import (
    CommentOptions,
    Completion,
    EmulatorOptions,
    Help,
    Misuse,
    Options,
    ScenarioCheck,
    Version,
    parse_arguments,
)
from genesis_ci.usage import COMMANDS, HELP, SCENARIOS, flags_of

JOBS = [name for name, row in COMMANDS.items() if row.job]


def options(*argv: str) -> Options:
    parsed = parse_arguments(argv)
    assert isinstance(parsed, Options)
    return parsed


def problems(*argv: str) -> tuple[str, ...]:
    parsed = parse_arguments(argv)
    assert isinstance(parsed, Options | Misuse)
    return parsed.problems


def test_every_input_is_a_flag_of_run():
    names = [row.name for row in INPUTS if row.on_command_line]
    argv = [part for name in names for part in (f"--{name}", f"v-{name}")]
    assert options("run", *argv) == Options(
        verb=Verb.RUN, flags={name: (f"v-{name}",) for name in names}
    )
    assert {row.name for row in INPUTS} - {*names} == {"api-key", "github-token"}


def test_what_a_job_takes_beside_its_inputs_is_read():
    said = options("wait", "-q", "--api-key-file", "-", "--from", "r.json")
    assert (said.quiet, said.api_key_file, said.attach_from) == (True, "-", "r.json")
    assert options("wait").quiet is False


def test_a_comment_is_of_a_file_and_may_have_a_name():
    assert parse_arguments(["comment", "--from", "r.json"]) == CommentOptions(path="r.json")
    assert parse_arguments(["comment", "-q", "--from=r.json", "--name", "a b"]) == CommentOptions(
        path="r.json", name="a b", quiet=True
    )


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ([], "--from: name the result.json"),
        (["--from="], "--from: name the result.json"),
        (["--from", "a", "--from", "b"], "--from is given 2 times"),
        (["--from", "a", "b"], "too many arguments"),
        (["--from", "a", "--workflow-id", "x"], "--workflow-id is not an option of comment"),
    ],
)
def test_what_is_wrong_with_a_comment_s_command_line(words, problem):
    parsed = parse_arguments(["comment", *words])
    assert isinstance(parsed, Misuse)
    assert problem in parsed.problems[0]


def test_a_demo_is_a_run_with_a_scenario():
    assert options("demo") == Options(verb=Verb.RUN, scenario="completed")
    assert options("demo", "--scenario=review").scenario == "review"
    assert options("run").scenario is None


@pytest.mark.parametrize(
    "words",
    [["--inputs", "a=1"], ["--inputs=a=1"], ["--report-dir", "out", "--inputs", "a=1"]],
)
def test_a_value_is_the_next_word_or_follows_an_equals_sign(words):
    assert options("run", *words).flags["inputs"] == ("a=1",)


@pytest.mark.parametrize("text", ["-1", "-", "- a", "", "-5s"])
def test_a_text_that_begins_with_a_dash_may_be_a_value(text):
    assert options("run", "--max-wait-time", text).flags["max-wait-time"] == (text,)


def test_no_wait_is_wait_false():
    assert options("run", "--no-wait").flags == {"wait": ("false",)}
    assert problems("run", "--no-wait", "--wait", "true") == (
        "--wait and --no-wait both say whether to wait. Drop one.",
    )


@pytest.mark.parametrize("name", ["inputs", "execution-id", "secret-inputs"])
def test_flags_that_add_up_keep_every_text_in_order(name):
    said = options("run", f"--{name}", "b", f"--{name}=a")
    assert (said.flags[name], said.problems) == (("b", "a"), ())


def test_the_ids_of_wait_are_execution_ids_wherever_they_stand():
    said = options("wait", "a", "--execution-id", "c", "b", "--", "d")
    assert said.flags["execution-id"] == ("a", "b", "d", "c")


@pytest.mark.parametrize("command", JOBS)
def test_any_other_flag_that_is_repeated_is_told(command):
    for flag in flags_of(command):
        word = (
            f"{flag.name}={flag.choices[0] if flag.choices else 'x'}" if flag.metavar else flag.name
        )
        told = problems(command, word, word) if flag is not HELP else ()
        repeated = f"{flag.name} is given 2 times. Give it once."
        assert (repeated in told) is not (flag.adds_up or flag is HELP)


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
        (["run", "--from", "hunter2"], "--from is not an option of run, but of wait."),
        (["run", "--scenario", "hunter2"], "--scenario is not an option of run, but of demo."),
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
        (["runn"], "unknown command; did you mean run?"),
        (["CHECK"], "unknown command; did you mean check?"),
        (["help", "runn"], "unknown command; did you mean run?"),
        (["help", "run", "wait"], "help: name one command."),
        (["completion"], "completion: name one shell: bash, zsh, fish."),
        (["completion", "hunter2"], "completion: name one shell: bash, zsh, fish."),
        (["--report-dir", "hunter2", "run"], "options come after the command"),
        (["--apikey=hunter2", "run"], "options come after the command"),
        (["demo", "--scenario", "hunter2"], f"--scenario: write one of {', '.join(SCENARIOS)}."),
        (["emulator", "--port", "hunter2"], "--port: the value is not a port; give 0 to 65535."),
        (["emulator", "--speed=hunter2"], "--speed: the value is not a speed"),
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
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_misuse_is_told_in_one_sentence_without_any_value(argv, problem):
    [told] = problems(*argv)
    assert problem in told
    assert "hunter2" not in told


@pytest.mark.parametrize("command", ["run", "trigger", "check"])
@pytest.mark.parametrize(
    "word",
    [
        "6f9619ff-8b86-4d01-b42d-00c04fc964ff",
        "https://genesis.autify.com/api/workflows/6f9619ff-8b86-4d01-b42d-00c04fc964ff/trigger",
    ],
)
def test_a_workflow_without_its_flag_is_told_the_flag(command, word):
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
)
def test_a_key_is_refused_whatever_the_command_and_wherever_it_stands(key):
    for command in COMMANDS:
        for argv in ([*key, command], [command, *key], [command, *key, "--help"]):
            told = problems(*argv)
            assert told[0].startswith("--api-key: a key on the command line is visible"), argv
            assert "hunter" not in str(told), argv


def test_a_key_without_a_command_is_refused_too():
    [told] = problems("--api-key", "hunter2")
    assert told.startswith("--api-key: ")


def test_the_version_is_asked_for_alone():
    assert parse_arguments(["-V", "x"]) == Misuse(problems=("-V stands alone.",))


@pytest.mark.parametrize("version", [["--version"], ["-V"]])
def test_the_version_is_asked_for(version):
    assert parse_arguments(version) == Version()


@pytest.mark.parametrize(
    ("argv", "asked"),
    [
        (["-h"], Help()),
        (["--help"], Help()),
        (["help"], Help()),
        ([], Help(exit_code=2)),
        (["help", "run"], Help(command="run")),
        (["run", "-h"], Help(command="run")),
        (["emulator", "--help"], Help(command="emulator")),
        (["wait", "x", "--bogus", "--help"], Help(command="wait")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_help_is_asked_for(argv, asked):
    assert parse_arguments(argv) == asked


def test_completion_is_asked_for():
    assert parse_arguments(["completion", "bash"]) == Completion(for_shell="bash")


def test_the_emulator_gets_its_options_in_its_own_terms():
    asked = parse_arguments(["emulator", "--port", "0", "--speed=20", "--allow-remote"])
    assert isinstance(asked, EmulatorOptions)
    arguments = asked.arguments
    assert (arguments.port, arguments.speed, arguments.allow_remote) == (0, 20.0, True)
    assert (arguments.host, arguments.scenario) == ("127.0.0.1", None)


def test_scenario_files_are_to_be_checked():
    asked = parse_arguments(["emulator", "check", "a.yml", "b.yml"])
    assert asked == ScenarioCheck(files=("a.yml", "b.yml"))


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
    ids=" ".join,
)
def test_what_is_right_in_a_command_line_is_kept_beside_what_is_wrong(wrong):
    for argv in (
        ["run", *wrong, "--workflow-id", "X", "--report-dir", "out"],
        ["run", "--workflow-id", "X", "--report-dir", "out", *wrong],
    ):
        said = options(*argv)
        assert said.flags == {"workflow-id": ("X",), "report-dir": ("out",)}
        assert said.problems


def test_every_wrong_word_is_told():
    assert len(problems("run", "x", "--wait", "--max-wait-time", "--bogus", "--quiet=x")) == 5


def test_what_stands_behind_an_unknown_option_is_no_execution_id():
    assert options("wait", "run-1", "--apikey", "hunter2").flags["execution-id"] == ("run-1",)


def test_an_unknown_option_that_has_its_value_takes_no_execution_id_along():
    assert options("wait", "--bogus=1", "run-1").flags["execution-id"] == ("run-1",)


def test_an_empty_value_says_nothing():
    said = options("wait", "--from", "", "--api-key-file=", "run-1")
    assert (said.attach_from, said.api_key_file, said.problems) == (None, None, ())
