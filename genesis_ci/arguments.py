"""The command line as a parser made from the table of inputs. Knows nothing of the environment."""

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from genesis_ci import __version__
from genesis_ci.config.inputs import INPUTS, Input
from genesis_ci.gate import EXIT_CODE_MEANINGS

SCENARIOS = ("completed", "failed", "review", "cancelled", "skipped", "slow")
JOB_VERBS = ("run", "trigger", "wait", "check")
_ABOUT = "Run an Autify Genesis workflow from a CI job and get a verdict you can trust."
_VERBS = {
    "run": "trigger a workflow, wait for it, report, and exit with the verdict",
    "trigger": "trigger a workflow and return at once",
    "wait": "attach to runs that exist, wait for them, report; never triggers",
    "check": "check configuration and credentials; starts nothing",
    "emulator": "serve the Genesis API on this machine (extra “emulator”)",
    "demo": "run the main job against the emulator, without an account",
}


_EXIT_CODES = "exit codes:\n" + "\n".join(
    f"  {code:<4} {meaning}" for code, meaning in EXIT_CODE_MEANINGS.items()
)
_LOOK: dict[str, Any] = {
    "epilog": _EXIT_CODES,
    "formatter_class": argparse.RawDescriptionHelpFormatter,
    "allow_abbrev": False,
}


class UsageError(Exception):
    """The command line cannot be understood; the message never shows a value."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}. See {self.prog} --help.")


def parse_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Return the parsed command line; `verb` says which command, None when there is none.

    Raises:
        UsageError: unknown verb or flag, a flag without its value.
        SystemExit: after --help and --version.
    """
    options, rest = _parser(argv).parse_known_args(argv)
    if rest:
        flags = [word.split("=", 1)[0] for word in rest if word.startswith("-")]
        what = f"unknown option {', '.join(flags)}" if flags else "too many arguments"
        raise UsageError(f"{what}. See genesis-ci {options.verb or ''} --help.")
    return options


def flags_of(options: argparse.Namespace) -> dict[str, str | None]:
    """Return what the flags say, by input name; `wait`'s ids count as execution-id."""
    flags: dict[str, str | None] = {
        row.name: getattr(options, _destination(row), None) for row in INPUTS
    }
    ids = getattr(options, "ids", None)
    if ids:
        flags["execution-id"] = " ".join([*ids, flags["execution-id"] or ""])
    return flags


def help_text() -> str:
    """Return the help of the whole command."""
    return _parser().format_help()


def _parser(argv: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Return a parser of all verbs; only those in `argv` get their options, for a quick start."""
    parser = _Parser(prog="genesis-ci", description=_ABOUT, **_LOOK)
    parser.add_argument("--version", action="version", version=f"genesis-ci {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="COMMAND", title="commands")
    for verb, about in _VERBS.items():
        description = f"{about[0].upper()}{about[1:]}."
        added = verbs.add_parser(verb, help=about, description=description, **_LOOK)
        if verb in argv:
            _add_options(added, verb)
    return parser


def _add_options(parser: argparse.ArgumentParser, verb: str) -> None:
    if verb == "emulator":
        from genesis_ci.emulator import command

        command.configure(parser)
        return
    if verb == "demo":
        parser.add_argument(
            "--scenario", choices=SCENARIOS, default="completed", help="how the run ends"
        )
    if verb == "wait":
        parser.add_argument("ids", nargs="*", metavar="EXECUTION_ID", help="the runs to attach to")
        parser.add_argument(
            "--from",
            dest="attach_from",
            metavar="PATH",
            help="attach to the runs in an earlier job's result.json, in the workspace",
        )
    group = parser.add_argument_group(
        "inputs", "Each can be given in the environment too: --x-y is GENESIS_X_Y."
    )
    group.add_argument(
        "--api-key-file",
        metavar="PATH",
        help="file that holds the API key, - for standard input; or set GENESIS_API_KEY",
    )
    for row in INPUTS:
        _add_input(group, row)


def _add_input(group: argparse._ArgumentGroup, row: Input) -> None:
    default = f" (default: {row.default})" if row.default else ""
    text = f"{row.meaning}{default}".replace("%", "%%")
    group.add_argument(
        f"--{row.name}",
        dest=_destination(row),
        metavar=row.metavar,
        help=text if row.on_command_line else argparse.SUPPRESS,
    )


def _destination(row: Input) -> str:
    return "input_" + row.name.replace("-", "_")
