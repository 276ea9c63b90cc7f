"""The commands of the command line: their table, and its parser.

No message shows a value, because it may be a secret.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile
from types import MappingProxyType
from typing import NamedTuple

from genesis_ci.config.inputs import BY_NAME, EVERYTHING, INPUTS, Input, Needs
from genesis_ci.document.words import meant, spelled
from genesis_ci.models.report import EXIT_CODE_MEANINGS
from genesis_ci.text import is_uuid, nearest, suggestion

SCENARIOS = (
    *("passed", "completed", "failed", "flaky", "unmet"),
    *("review", "cancelled", "skipped", "slow"),
)
VERSION = ("-V", "--version")
SHOWN = f"{BY_NAME['report-dir'].default}/result.json"


class Option(NamedTuple):
    """One option of a command; it takes a value if it has a `metavar`.

    `fits` returns whether a value is valid; `accepts` completes the sentence "write …"; `choices`
    are the words of a closed set.
    """

    name: str
    meaning: str
    metavar: str = ""
    default: str = ""
    repeatable: bool = False
    short: str = ""
    accepts: str = ""
    choices: Sequence[str] = ()
    fits: Callable[[str], bool] = lambda _: True


class Command(NamedTuple):
    """One command.

    It accepts `--help`, its `options`, and the inputs that require nothing but what it `does`;
    without `does` it accepts no inputs. `arguments` are the other words, in the form for help.
    Without `shows_inputs` only `--help-all` shows the common inputs too.
    """

    about: str
    does: Needs | None = None
    options: tuple[Option, ...] = ()
    arguments: str = ""
    exit_codes: Mapping[int, str] = EXIT_CODE_MEANINGS
    examples: tuple[str, ...] = ()
    shows_inputs: bool = True


def _is_port(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,5}", text) is not None and int(text) <= 65535


def _is_speed(text: str) -> bool:
    try:
        return 0 < float(text) < math.inf
    except ValueError:
        return False


_HELP = Option("--help", "Show this help.", short="-h")
_HELP_ALL = Option("--help-all", "Show this help with every input.")
_QUIET = Option("--quiet", "Log only errors and the last line.", short="-q")
_NO_WAIT = Option("--no-wait", "The same as --wait false.")
_KEY_FILE = Option(
    "--api-key-file",
    metavar="PATH",
    meaning="The file that holds the API key, - for standard input; or set GENESIS_API_KEY.",
)

COMMANDS: dict[str, Command] = {
    "run": Command(
        about="trigger a workflow, wait for it, report, and exit with the verdict",
        does=EVERYTHING,
        options=(_QUIET, _KEY_FILE, _NO_WAIT),
        examples=(
            "genesis-ci run --workflow-id UUID --inputs target_url=https://example.com",
            "genesis-ci run --api-key-file key.txt    # what .genesis-ci.yml lists",
        ),
    ),
    "trigger": Command(
        about="trigger a workflow and return at once",
        does=Needs.TRIGGER | Needs.ACCOUNT,
        options=(_QUIET, _KEY_FILE),
        exit_codes={code: EXIT_CODE_MEANINGS[code] for code in (0, 2, 6, 7, 8, 10, 70, 130, 143)},
        examples=("genesis-ci trigger --workflow-id UUID",),
    ),
    "wait": Command(
        about="attach to runs that exist, wait for them, report; never triggers",
        does=Needs.WAIT | Needs.ACCOUNT,
        options=(
            _QUIET,
            Option(
                "--from",
                metavar="PATH",
                meaning="Attach to the runs in an earlier job's result.json, in the workspace.",
            ),
            _KEY_FILE,
        ),
        arguments="[EXECUTION_ID...]",
        examples=(
            "genesis-ci wait EXECUTION_ID --max-wait-time 10m",
            "genesis-ci wait --from genesis-results/result.json",
        ),
    ),
    "check": Command(
        about="say what run would do, and check configuration and key; starts nothing",
        does=EVERYTHING,
        options=(
            _QUIET,
            _KEY_FILE,
            _NO_WAIT,
            Option(
                "--json",
                meaning="Write the plan as one JSON document to standard output, and the log to "
                "standard error.",
            ),
            Option("--offline", "Send no request; no key is needed."),
        ),
        exit_codes={code: EXIT_CODE_MEANINGS[code] for code in (0, 2, 7, 8, 70, 130, 143)},
        examples=("genesis-ci check", "genesis-ci check --json --offline"),
    ),
    "init": Command(
        about=f"write a strict {BY_NAME['config'].default} from a run that you have made",
        options=(
            Option(
                "--from",
                metavar="PATH",
                default=SHOWN,
                meaning="The result.json of the run, in the workspace.",
            ),
            Option("--force", "Replace the file if it exists."),
            Option("--print", "Write to standard output, and no file."),
        ),
        exit_codes={
            0: "written; the last lines say what to do next",
            2: "a bad file, bad usage, or the file exists and is kept",
            70: "a bug of genesis-ci",
            130: "interrupted (SIGINT)",
            143: "terminated (SIGTERM)",
        },
        examples=("genesis-ci init", "genesis-ci init --print"),
    ),
    "comment": Command(
        about="comment on the pull or merge request, or keep an issue up to date",
        options=(
            _QUIET,
            Option(
                "--from",
                metavar="PATH",
                meaning="The result.json that the comment shows, in the workspace. Required "
                "without --started.",
            ),
            Option(
                "--name",
                metavar="NAME",
                meaning="Keeps the comment apart from others of the same job; at most 100 "
                "characters.",
            ),
            Option(
                "--started",
                meaning="Before the run: say that it is running. The result of the same job "
                "replaces it.",
            ),
            Option(
                "--only-red",
                meaning="Write no new comment about a green job, but update one that is there.",
            ),
            Option(
                "--issue",
                meaning="For a run that nobody watches, such as a schedule: open an issue when it "
                "is red, keep it up to date, and close it when it is green.",
            ),
            Option(
                "--label",
                metavar="NAME",
                repeatable=True,
                meaning="With --issue: a label that the issue gets when it is opened.",
            ),
            Option(
                "--report-url",
                metavar="URL",
                meaning="The https address of the reports, which the comment or issue links first; "
                "or set GENESIS_REPORT_URL.",
            ),
        ),
        exit_codes={
            0: "comment or issue is up to date, or there is nothing to comment on",
            2: "a bad file or bad usage",
            7: "the forge refused; the message names the permission",
            8: "no contact to the forge",
            70: "a bug of genesis-ci",
            130: "interrupted (SIGINT)",
            143: "terminated (SIGTERM)",
        },
        examples=(
            "genesis-ci comment --from genesis-results/result.json",
            "genesis-ci comment --from genesis-results/result.json --name checkout",
            "genesis-ci comment --started",
            "genesis-ci comment --from genesis-results/result.json --issue",
        ),
    ),
    "show": Command(
        about="print what a job's result.json says, and exit with the exit code in it",
        options=(Option("--failures", "Leave out what did not fail."),),
        arguments=f"[{SHOWN}]",
        examples=("genesis-ci show", "genesis-ci show --failures"),
    ),
    "demo": Command(
        about="run the main job against the emulator, without an account",
        does=Needs.TRIGGER | Needs.WAIT,
        options=(
            _QUIET,
            Option(
                "--scenario",
                metavar="NAME",
                default=SCENARIOS[0],
                meaning=f"How the run ends: {', '.join(SCENARIOS)}.",
                accepts=f"one of {', '.join(SCENARIOS)}",
                choices=SCENARIOS,
                fits=lambda text: text in ("", *SCENARIOS),
            ),
            _NO_WAIT,
        ),
        examples=("genesis-ci demo", "genesis-ci demo --scenario review"),
        shows_inputs=False,
    ),
    "emulator": Command(
        about="serve the Genesis API on this machine (extra “emulator”)",
        options=(
            Option(
                "--port",
                metavar="PORT",
                default="8765",
                meaning="The port to serve on, 0 for a free one.",
                accepts="a port from 0 to 65535",
                fits=_is_port,
            ),
            Option(
                "--host",
                metavar="HOST",
                default="127.0.0.1",
                meaning="The address to serve on.",
                accepts="an address of this machine",
                fits=bool,
            ),
            Option(
                "--allow-remote", meaning="Let --host be an address that other machines can reach."
            ),
            Option(
                "--scenario",
                metavar="FILE",
                meaning="A YAML file that says what the emulated Genesis holds (default: the "
                "built-in one).",
            ),
            Option(
                "--speed",
                metavar="N",
                default="1",
                meaning="Let runs go N times as fast.",
                accepts="a number above 0, such as 20",
                fits=_is_speed,
            ),
            Option("--quiet", "Print no line for each request."),
        ),
        arguments="[check FILE...]",
        exit_codes={
            0: "stopped by SIGINT or SIGTERM; check: nothing is wrong",
            2: "it could not start, or bad usage; check: something is wrong",
        },
        examples=("genesis-ci emulator --speed 20", "genesis-ci emulator check mine.yml"),
    ),
    "help": Command(
        about="show the help of a command",
        arguments="[COMMAND]",
        exit_codes={0: "printed", 2: "bad usage"},
        examples=("genesis-ci help run",),
    ),
}


def inputs_of(command: str) -> tuple[Input, ...]:
    if (does := COMMANDS[command].does) is None:
        return ()
    return tuple(row for row in INPUTS if row.on_command_line and row.requires in does)


def options_of(command: str) -> tuple[Option, ...]:
    """Return every option of a command; those of its inputs are last."""
    inputs = (
        Option(f"--{row.name}", row.meaning, row.type.metavar, row.default, row.repeatable)
        for row in inputs_of(command)
    )
    helps = (_HELP,) if COMMANDS[command].does is None else (_HELP, _HELP_ALL)
    return (*helps, *COMMANDS[command].options, *inputs)


class CommandLine(NamedTuple):
    """A parsed command line.

    `command` is empty if no word names one. `inputs` are the texts of each input, by its name.
    `options` are the values of the command's own options that are set or have a default, by their
    names with hyphens; an option without a value has an empty one, and one that is repeated has a
    line for each. `arguments` are the other words;
    for `wait` they are in the input execution-id. `problems` say what is wrong with the words.
    """

    command: str
    inputs: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    options: Mapping[str, str] = MappingProxyType({})
    arguments: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


_KEY = Option("--api-key", metavar="KEY", meaning="Refused.")
_KEY_REFUSED = (
    f"{_KEY.name}: a key on the command line is visible to every process of this machine. "
    "Set GENESIS_API_KEY or use --api-key-file PATH (- for standard input)."
)
_MEANT = {
    **dict.fromkeys(("start", "execute", "exec", "launch", "test"), "run"),
    **dict.fromkeys(("validate", "verify", "lint", "plan"), "check"),
    **dict.fromkeys(("attach", "watch", "status"), "wait"),
    **dict.fromkeys(("report", "view", "print"), "show"),
}
"""Words that people try, and the commands that they mean."""
_OPTION_NAME = r"--[A-Za-z][A-Za-z_-]{0,30}|-[A-Za-z]"


def parse_arguments(argv: Sequence[str]) -> CommandLine:
    """Return the parsed words, with their problems.

    `cli.main` handles `--version` and `-V` if they are alone.
    """
    first, *words = argv or [""]
    if first in COMMANDS:
        return _parsed(first, words)
    if any(word.partition("=")[0] == _KEY.name for word in argv):
        problem = _KEY_REFUSED
    elif first in ("", _HELP.name, _HELP.short):
        return CommandLine(command="help" if first else "")
    else:
        problem = f"{first} takes no other arguments." if first in VERSION else _no_command(first)
    return CommandLine(command="", problems=(problem,))


def _no_command(word: str) -> str:
    if word.startswith("-"):
        return (
            "options come after the command, as in genesis-ci run --workflow-id ID. "
            "See genesis-ci --help."
        )
    shown = f" {word}" if re.fullmatch("[a-z]{1,20}", word) else ""  # another may be a secret
    near = nearest(word.lower(), [*COMMANDS, *_MEANT])
    meant = f"; did you mean {_MEANT.get(near, near)}?" if near else "."
    return f"unknown command{shown}{meant} See genesis-ci --help."


def _parsed(command: str, words: Sequence[str]) -> CommandLine:
    values, arguments, problems = _read(command, words)
    if _KEY.name in values:
        problems.insert(0, _KEY_REFUSED)
    elif _HELP.name in values or _HELP_ALL.name in values:
        every = {_HELP_ALL.name: ""} if _HELP_ALL.name in values else {}
        return CommandLine(command="help", arguments=(command,), options=every)
    if command == "wait":
        values["--execution-id"] = [*arguments, *values.get("--execution-id", ())]
        arguments = []
    problems += _problems_of_options(command, values)
    problems += _problems_of_arguments(command, arguments, values)
    inputs = {
        row.name: tuple(given if row.repeatable else given[-1:])
        for row in inputs_of(command)
        if (given := values.get(f"--{row.name}"))
    }
    if _NO_WAIT.name in values:
        inputs["wait"] = ("false",)
    options = {
        option.name: "\n".join(values.get(option.name) or [""]) or option.default
        for option in COMMANDS[command].options
        if option.name in values or option.default
    }
    return CommandLine(command, inputs, options, tuple(arguments), tuple(problems))


def _read(command: str, words: Sequence[str]) -> tuple[dict[str, list[str]], list[str], list[str]]:
    """Return the values by option, the other words, and the problems."""
    if not words:  # the environment has the inputs of most jobs
        return {}, [], []
    from argparse import ArgumentError, ArgumentParser, Namespace

    parser = ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    for option in (*options_of(command), _KEY):
        names = [name for name in (option.short, option.name) if name]
        if option.metavar:  # a missing value is None, so that the options after it are read
            parser.add_argument(*names, dest=option.name, action="append", nargs="?")
        else:
            parser.add_argument(*names, dest=option.name, action="store_const", const=[""])
    end = words.index("--") if "--" in words else len(words)
    found = Namespace()
    others: list[str] = []
    wrong: list[str] = []
    try:
        _, others = parser.parse_known_args(words[:end], found)
    except ArgumentError as error:  # its text has the value
        wrong.append(f"{(error.argument_name or '').rpartition('/')[2]} takes no value.")
    given = {name: texts for name, texts in vars(found).items() if texts}
    missing = [name for name, texts in given.items() if None in texts and name != _KEY.name]
    wrong += (f"{name} needs a value." for name in missing)
    wrong += (_unknown(word.partition("=")[0], command) for word in others if _is_option(word))
    # what follows an unknown option may be its value, and a secret
    arguments = [*takewhile(lambda word: not _is_option(word), others), *words[end + 1 :]]
    values = {name: [text for text in texts if text is not None] for name, texts in given.items()}
    return values, arguments, [f"{one} {_see(command)}" for one in wrong]


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-"


def _see(command: str) -> str:
    return f"See genesis-ci {command} --help."


def _unknown(name: str, command: str) -> str:
    if not re.fullmatch(_OPTION_NAME, name):  # the word may be a secret value
        return "unknown option."
    others = [one for one in COMMANDS if name in {option.name for option in options_of(one)}]
    if others:
        return f"{name} is not an option of {command}, but of {', '.join(others)}."
    from genesis_ci.config.config_file import ENTRY, TOP

    if spelled(name) in {*ENTRY, *TOP}:
        return f"{name} is not an option, but a key of the config file."
    near = meant(name, [one.name.removeprefix("--") for one in (*options_of(command), _KEY)])
    if near == "api-key":
        return f"unknown option {name}. {_KEY_REFUSED}"
    return f"unknown option {name}; did you mean --{near}?" if near else f"unknown option {name}."


def _problems_of_options(command: str, values: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for option in options_of(command):
        given = values.get(option.name, ())
        if len(given) > 1 and not option.repeatable:
            several = " For several, use a config file." if option.name == "--workflow-id" else ""
            yield f"{option.name} is given {len(given)} times. Give it once.{several}"
        if unfit := [text for text in given if not option.fits(text)]:
            near = suggestion(unfit[0], option.choices) or "."
            yield f"{option.name}: write {option.accepts}{near}"
    if _NO_WAIT.name in values and "--wait" in values:
        yield "--wait and --no-wait both say whether to wait. Drop one."
    path = (values.get("--from") or [""])[-1]
    if path and any(map(str.strip, values.get("--execution-id", ()))):
        yield "--from and EXECUTION_ID both say what to attach to. Drop one."
    if command == "comment" and not path and "--started" not in values:
        yield f"--from: name the result.json that the comment shows. {_see(command)}"


def _problems_of_arguments(
    command: str, arguments: Sequence[str], values: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    match command, arguments:
        case (_, []) | ("show", [_]):
            return
        case "help", [topic]:
            if topic not in COMMANDS:
                yield _no_command(topic)
        case "help" | "show", _:
            yield f"{command}: name one {'command' if command == 'help' else 'file'}."
        case "emulator", ["check", *files]:
            if values:
                yield f"emulator check takes no options, but {', '.join(values)} is given."
            if not (files and all(files)):
                yield "emulator check: name the scenario file to check."
        case "emulator", _:
            yield f"emulator takes options, or check FILE. {_see(command)}"
        case _ if BY_NAME["workflow-id"] in inputs_of(command) and any(
            is_uuid(word) or word.endswith("/trigger") for word in arguments
        ):
            yield f"a workflow is named with an option: genesis-ci {command} --workflow-id ID."
        case _:
            yield f"too many arguments: {command} takes only options. {_see(command)}"
