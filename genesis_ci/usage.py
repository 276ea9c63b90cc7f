"""Which commands there are, what each takes, and what people see of that: help and completion."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genesis_ci.config.inputs import BY_NAME, EVERYTHING, INPUTS, Needs
from genesis_ci.outcomes import EXIT_CODE_MEANINGS

if TYPE_CHECKING:
    import argparse

SCENARIOS = ("completed", "failed", "flaky", "unmet", "review", "cancelled", "skipped", "slow")
SHELLS = ("bash", "zsh", "fish")
VERSION_FLAGS = ("-V", "--version")


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """One command.

    A job takes the inputs that require nothing but what it `does`; None is no job. It ends with
    any exit code or one of `exit_codes`. `arguments` are the words beside its options.
    """

    about: str
    does: Needs | None = None
    arguments: str = ""
    exit_codes: tuple[int, ...] | None = None
    examples: tuple[str, ...] = ()

    @property
    def job(self) -> bool:
        """Whether the command takes inputs."""
        return self.does is not None


COMMANDS: dict[str, Command] = {
    "run": Command(
        about="trigger a workflow, wait for it, report, and exit with the verdict",
        does=EVERYTHING,
        examples=(
            "genesis-ci run --workflow-id UUID --inputs target_url=https://example.com",
            "genesis-ci run --api-key-file key.txt    # what .genesis-ci.yml lists",
        ),
    ),
    "trigger": Command(
        about="trigger a workflow and return at once",
        does=Needs.TRIGGER | Needs.ACCOUNT,
        exit_codes=(0, 2, 6, 7, 8, 70, 130, 143),
        examples=("genesis-ci trigger --workflow-id UUID",),
    ),
    "wait": Command(
        about="attach to runs that exist, wait for them, report; never triggers",
        does=Needs.WAIT | Needs.ACCOUNT,
        arguments="[EXECUTION_ID...]",
        examples=(
            "genesis-ci wait EXECUTION_ID --max-wait-time 10m",
            "genesis-ci wait --from genesis-results/result.json",
        ),
    ),
    "check": Command(
        about="say what run would do, and check configuration and key; starts nothing",
        does=EVERYTHING,
        exit_codes=(0, 2, 7, 8, 70, 130, 143),
        examples=("genesis-ci check", "genesis-ci check --workflow-id UUID"),
    ),
    "comment": Command(
        about="comment on the pull or merge request; one comment, kept up to date",
        examples=(
            "genesis-ci comment --from genesis-results/result.json",
            "genesis-ci comment --from genesis-results/result.json --name checkout",
        ),
    ),
    "demo": Command(
        about="run the main job against the emulator, without an account",
        does=Needs.TRIGGER | Needs.WAIT,
        examples=("genesis-ci demo", "genesis-ci demo --scenario review"),
    ),
    "emulator": Command(
        about="serve the Genesis API on this machine (extra “emulator”)",
        arguments="[check FILE...]",
        examples=("genesis-ci emulator --speed 20", "genesis-ci emulator check mine.yml"),
    ),
    "completion": Command(
        about="print a script with which a shell completes genesis-ci's words",
        arguments="|".join(SHELLS),
        examples=(
            'eval "$(genesis-ci completion bash)"    # in ~/.bashrc',
            'eval "$(genesis-ci completion zsh)"     # in ~/.zshrc, after compinit',
            "genesis-ci completion fish > ~/.config/fish/completions/genesis-ci.fish",
        ),
    ),
    "help": Command(
        about="show the help of a command",
        arguments="[COMMAND]",
        examples=("genesis-ci help run",),
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Flag:
    """One option of a command; it takes a value where it has a `metavar`."""

    name: str
    meaning: str
    metavar: str = ""
    short: str = ""
    choices: tuple[str, ...] = ()
    adds_up: bool = False


HELP = Flag(name="--help", short="-h", meaning="Show this help.")
QUIET = Flag(name="--quiet", short="-q", meaning="Log only errors and the last line.")
NO_WAIT = Flag(name="--no-wait", meaning="The same as --wait false.")
KEY_FILE = Flag(
    name="--api-key-file",
    metavar="PATH",
    meaning="The file that holds the API key, - for standard input; or set GENESIS_API_KEY.",
)
FROM = Flag(
    name="--from",
    metavar="PATH",
    meaning="Attach to the runs in an earlier job's result.json, in the workspace.",
)
RESULT_FILE = Flag(
    name="--from",
    metavar="PATH",
    meaning="The result.json to tell of, in the workspace.",
)
COMMENT_NAME = Flag(
    name="--name",
    metavar="NAME",
    meaning="Tells the comment from others of the same job; at most 100 characters.",
)
SCENARIO = Flag(
    name="--scenario",
    metavar="NAME",
    choices=SCENARIOS,
    meaning=f"How the run ends: {', '.join(SCENARIOS)} (default: completed).",
)


def flags_of(command: str) -> tuple[Flag, ...]:
    """Return every option that a command takes."""
    if command == "emulator":
        return (HELP, *emulator_flags())
    if command == "comment":
        return (HELP, QUIET, RESULT_FILE, COMMENT_NAME)
    if not COMMANDS[command].job:
        return (HELP,)
    extra = {"wait": (FROM, KEY_FILE), "demo": (SCENARIO,)}.get(command, (KEY_FILE,))
    no_wait = (NO_WAIT,) if "wait" in inputs_of(command) else ()
    return (HELP, QUIET, *extra, *no_wait, *map(_flag_of, inputs_of(command)))


def inputs_of(command: str) -> tuple[str, ...]:
    """Return the names of the inputs that a command takes as flags."""
    does = COMMANDS[command].does
    return tuple(
        row.name
        for row in INPUTS
        if row.on_command_line and does is not None and row.requires in does
    )


def _flag_of(name: str) -> Flag:
    row = BY_NAME[name]
    default = f" (default: {row.default})" if row.default else ""
    return Flag(
        name=f"--{name}",
        metavar=row.metavar,
        meaning=f"{row.meaning}{default}",
        choices=row.choices,
        adds_up=row.repeatable,
    )


def emulator_flags() -> tuple[Flag, ...]:
    """Return the emulator's options, which it states itself."""
    return tuple(
        Flag(
            name=action.option_strings[0],
            meaning=(action.help or "") % {"default": action.default},
            metavar="" if action.nargs == 0 else str(action.metavar or action.dest.upper()),
        )
        for action in emulator_parser()[1]
    )


def emulator_parser() -> "tuple[argparse.ArgumentParser, list[argparse.Action]]":
    """Return the parser of the emulator's options, and what it was told to take."""
    import argparse

    from genesis_ci.emulator import cli

    stated: list[argparse.Action] = []

    class Listening(argparse.ArgumentParser):
        def add_argument(self, *names: str, **details: Any) -> argparse.Action:
            action = super().add_argument(*names, **details)
            stated.append(action)
            return action

    parser = Listening(add_help=False, allow_abbrev=False, exit_on_error=False)
    cli.configure(parser)
    return parser, stated


WIDTH = 79
_COLUMN = 27
_EMULATOR_CODES = {
    0: "stopped by SIGINT or SIGTERM; check: nothing is wrong",
    2: "it could not start, or bad usage; check: something is wrong",
}
_COMMENT_CODES = {
    0: "the comment is there, or there is nothing to comment on",
    2: "a bad file or bad usage",
    7: "the forge refused; the message names the permission",
    8: "no contact to the forge",
    70: "a bug of genesis-ci",
    130: "interrupted (SIGINT)",
    143: "terminated (SIGTERM)",
}
_PRINTING_CODES = {0: "printed", 2: "bad usage"}


def help_text() -> str:
    """Return the help of the whole program."""
    return _page(
        "usage: genesis-ci COMMAND [OPTION...]",
        _filled("Run an Autify Genesis workflow from a CI job and get a verdict you can trust."),
        _section("commands", [(name, row.about) for name, row in COMMANDS.items()]),
        _section(
            "options",
            [
                ("-h, --help", "Show this help."),
                (", ".join(reversed(VERSION_FLAGS)), "Show the version."),
            ],
        ),
        _section("exit codes", _codes(EXIT_CODE_MEANINGS)),
        _listed(
            "examples",
            [
                "genesis-ci demo    # no account needed",
                "export GENESIS_API_KEY=...",
                *COMMANDS["check"].examples[:1],
                *COMMANDS["run"].examples,
            ],
        ),
        "In a workspace with foreign code, run python -I -m genesis_ci instead.\n"
        "genesis-ci help COMMAND says what a command takes.",
    )


def help_of(command: str) -> str:
    """Return the help of a command."""
    row = COMMANDS[command]
    inputs = {f"--{name}" for name in inputs_of(command)} if row.job else set()
    flags = flags_of(command)
    arguments = f" {row.arguments}" if row.arguments else ""
    return _page(
        f"usage: genesis-ci {command} [OPTION...]{arguments}",
        _filled(f"{row.about[0].upper()}{row.about[1:]}."),
        _section("options", [_row(flag) for flag in flags if flag.name not in inputs]),
        _section(
            "inputs (each may stand in the environment too: --x-y is GENESIS_X_Y)",
            [_row(flag) for flag in flags if flag.name in inputs],
        ),
        _section("exit codes", _codes(_exit_codes(command))),
        _listed("examples", row.examples),
    )


def _exit_codes(command: str) -> dict[int, str]:
    row = COMMANDS[command]
    if command == "emulator":
        return _EMULATOR_CODES
    if command == "comment":
        return _COMMENT_CODES
    if not row.job:
        return _PRINTING_CODES
    codes = row.exit_codes or EXIT_CODE_MEANINGS
    return {code: EXIT_CODE_MEANINGS[code] for code in codes}


def _codes(meanings: dict[int, str]) -> list[tuple[str, str]]:
    return [(str(code), meaning) for code, meaning in meanings.items()]


def _row(flag: Flag) -> tuple[str, str]:
    name = f"{flag.short}, {flag.name}" if flag.short else flag.name
    again = " May stand several times." if flag.adds_up else ""
    return f"{name} {flag.metavar}".rstrip(), f"{flag.meaning}{again}"


def _page(*parts: str) -> str:
    return "\n\n".join(filter(None, parts))


def _filled(text: str) -> str:
    import textwrap

    return textwrap.fill(text, WIDTH)


def _section(title: str, rows: Sequence[tuple[str, str]]) -> str:
    import textwrap

    width = min(_COLUMN, max((len(name) for name, _ in rows), default=0) + 4)
    lines = [f"{title}:"]
    for name, text in rows:
        told = textwrap.wrap(text, WIDTH - width, break_on_hyphens=False)
        first = f"  {name:<{width - 2}}"
        if len(name) + 4 > width:
            lines.append(first)
            first = " " * width
        lines.append(f"{first}{told[0]}")
        lines += [f"{' ' * width}{line}" for line in told[1:]]
    return "\n".join(lines) if rows else ""


def _listed(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"{title}:", *(f"  {line}" for line in lines)])
