"""The command line as a parser made from the table of inputs. Knows nothing of the environment."""

import argparse
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NoReturn

from genesis_ci import __version__
from genesis_ci.config.inputs import INPUTS, Input
from genesis_ci.execution.verdicts import EXIT_CODE_MEANINGS

SCENARIOS = ("completed", "failed", "unmet", "review", "cancelled", "skipped", "slow")
SET_BY_DEMO = {"api-url", "workflow-id", "execution-id", "config", "missing-key"}
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
    "exit_on_error": False,
}
_KEY = "--api-key"
_KEY_REFUSED = (
    f"{_KEY}: a key on the command line is visible to every process of this machine. "
    "Set GENESIS_API_KEY or use --api-key-file PATH (- for standard input)."
)
_WITHOUT_VERB = {"-h", "--help", "--version"}
_FLAG = re.compile(r"(--[A-Za-z][A-Za-z_-]{0,30}|-[A-Za-z])(?==|\Z)")
_QUOTED = re.compile(r"""(['"]).*\1""", re.DOTALL)


class UsageError(Exception):
    """The command line cannot be understood; no message shows a value.

    `problems` are its sentences. `options` is what can be understood all the same, None where
    that is not even the command.
    """

    def __init__(self, *problems: str, options: argparse.Namespace | None = None) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems
        self.options = options


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}. See {self.prog} --help.")


def parse_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Return the parsed command line; `verb` says which command, None when there is none.

    Raises:
        UsageError: unknown verb or flag, a flag without its value, a key.
        SystemExit: after --help and --version.
    """
    words = _without_key(argv)
    refused = [_KEY_REFUSED] if len(words) < len(argv) else []
    if words and words[0] not in {*_VERBS, *_WITHOUT_VERB}:
        raise UsageError(*refused, _no_verb(words[0]))
    if refused:
        words = [word for word in words if word not in _WITHOUT_VERB]
    options, problems = _parsed(words)
    if refused or problems:
        raise UsageError(*refused, *problems, options=options)
    return options


def flags_of(options: argparse.Namespace) -> dict[str, str | None]:
    """Return what the flags say, by input name; `wait`'s ids count as execution-id."""
    flags: dict[str, str | None] = {
        row.name: getattr(options, _destination(row), None) for row in INPUTS if row.on_command_line
    }
    ids = " ".join([*(getattr(options, "ids", None) or ()), flags["execution-id"] or ""])
    return {**flags, "execution-id": ids if ids.strip() else None}


def help_text() -> str:
    """Return the help of the whole command."""
    return _parser().format_help()


def _without_key(argv: Sequence[str]) -> list[str]:
    """Return the words without a key, whichever way one is given."""
    return [
        word
        for before, word in pairwise(["", *argv])
        if word != _KEY
        and not word.startswith(f"{_KEY}=")
        and (before != _KEY or word.startswith("--") or word in _VERBS)
    ]


def _no_verb(word: str) -> str:
    """Return what is wrong with a first word; it may be a misplaced secret."""
    import difflib

    if word.startswith("-"):
        return (
            "options come after the command, as in genesis-ci run --workflow-id ID. "
            "See genesis-ci --help."
        )
    near = difflib.get_close_matches(word.lower(), _VERBS, n=1)
    meant = f"; did you mean {near[0]}?" if near else "."
    return f"unknown command{meant} See genesis-ci --help."


def _parsed(words: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Return what the words say without those that are wrong, and what is wrong with those."""
    try:
        options, rest = _parser(words).parse_known_args(words)
    except argparse.ArgumentError as error:
        problem = f"{_told(error)}. See genesis-ci {words[0]} --help."
        fewer = _without_flag(words, error.argument_name or "")
        if len(fewer) == len(words):
            raise UsageError(problem) from None
        options, problems = _parsed(fewer)
        return options, [problem, *problems]
    unknown = [word for word in rest if word.startswith("-") and word != "--"]
    if getattr(options, "ids", None):  # of an unknown flag nobody knows whether it has a value
        values = {
            word for before, word in pairwise(words) if before in unknown and "=" not in before
        }
        options.ids = [one for one in options.ids if one not in values]
    if not rest:
        return options, []
    names = ", ".join(name[0] for name in map(_FLAG.match, unknown) if name)
    what = f"unknown option {names}".rstrip() if unknown else "too many arguments"
    return options, [f"{what}. See genesis-ci {options.verb or ''} --help."]


def _without_flag(words: Sequence[str], flag: str) -> list[str]:
    """Return the words without a flag and its values."""
    return [
        word
        for before, word in pairwise(["", *words])
        if word.split("=", 1)[0] != flag and (before != flag or word.startswith("-"))
    ]


def _told(error: argparse.ArgumentError) -> str:
    """Return what argparse has to say, without the value that it quotes."""
    known = error.message.startswith("invalid choice")
    words = "invalid choice" if known else _QUOTED.sub("the value", error.message)
    return f"argument {error.argument_name}: {words}"


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
        from genesis_ci.emulator import cli

        cli.configure(parser)
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
    if verb != "demo":
        group.add_argument(
            "--api-key-file",
            metavar="PATH",
            help="file that holds the API key, - for standard input; or set GENESIS_API_KEY",
        )
    for row in INPUTS:
        if row.on_command_line and not (verb == "demo" and row.name in SET_BY_DEMO):
            _add_input(group, row)


def _add_input(group: argparse._ArgumentGroup, row: Input) -> None:
    default = f" (default: {row.default})" if row.default else ""
    text = f"{row.meaning}{default}".replace("%", "%%")
    group.add_argument(
        f"--{row.name}",
        dest=_destination(row),
        metavar=row.metavar,
        help=text,
    )


def _destination(row: Input) -> str:
    return "input_" + row.name.replace("-", "_")
