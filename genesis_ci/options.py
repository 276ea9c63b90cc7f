"""What the command line says. Knows nothing of the environment; no message shows a value."""

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from genesis_ci.config.inputs import BY_NAME
from genesis_ci.models import Verb
from genesis_ci.text import is_uuid
from genesis_ci.usage import (
    COMMANDS,
    COMMENT_NAME,
    FROM,
    HELP,
    KEY_FILE,
    NO_WAIT,
    QUIET,
    RESULT_FILE,
    SCENARIO,
    SCENARIOS,
    SHELLS,
    VERSION_FLAGS,
    Flag,
    emulator_flags,
    emulator_parser,
    flags_of,
    inputs_of,
)

if TYPE_CHECKING:
    import argparse

_QUOTED = re.compile(r"""(['"]).*\1""", re.DOTALL)
_OPTION = re.compile(r"--|-[A-Za-z]\S*|--[A-Za-z]\S*(=.*)?", re.DOTALL)
_SHOWN = re.compile(r"--[A-Za-z][A-Za-z_-]{0,30}|-[A-Za-z]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What a command line asks of a job.

    `flags` are the inputs by name, in the order in which they were given. `scenario` is set for
    the demo. `problems` are sentences that say what is wrong with the command line; the rest is
    what can be understood all the same.
    """

    verb: Verb
    flags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attach_from: str | None = None
    api_key_file: str | None = None
    scenario: str | None = None
    quiet: bool = False
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CommentOptions:
    """What a command line says of a comment: of which result.json, and under which name."""

    path: str
    name: str | None = None
    quiet: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class EmulatorOptions:
    """What a command line asks of the emulator, in the emulator's own terms."""

    arguments: "argparse.Namespace"


@dataclass(frozen=True, kw_only=True, slots=True)
class ScenarioCheck:
    """A command line that asks whether the emulator could play these files."""

    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Help:
    """A command line that asks for help, on a command where one is named."""

    command: str | None = None
    exit_code: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """A command line that asks for the version."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """A command line that asks for the script with which a shell completes words."""

    for_shell: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Misuse:
    """A command line that no job can be made of, and what is wrong with it."""

    problems: tuple[str, ...]


CommandLine = (
    Options
    | CommentOptions
    | EmulatorOptions
    | ScenarioCheck
    | Help
    | Version
    | Completion
    | Misuse
)

_KEY = "--api-key"
_KEY_REFUSED = (
    f"{_KEY}: a key on the command line is visible to every process of this machine. "
    "Set GENESIS_API_KEY or use --api-key-file PATH (- for standard input)."
)


def parse_arguments(argv: Sequence[str]) -> CommandLine:
    """Return what the words ask for, with everything that is wrong with them."""
    words = _without_key(argv)
    refused = (_KEY_REFUSED,) if len(words) < len(argv) else ()
    first = words[0] if words else ""
    if first not in COMMANDS:
        return _without_command(first, refused, alone=len(words) == 1)
    found = _read(words[1:], first)
    problems = (*refused, *_repeated(found, first), *found.problems)
    if HELP.name in found.values and not refused:
        return Help(command=first)
    if first == "emulator":
        return _for_emulator(found, problems)
    if first == "comment":
        return _for_comment(found, problems)
    if first == "help" and not problems:
        return _help(found.loose)
    if first == "completion" and not problems:
        return _completion(found.loose)
    if not COMMANDS[first].job:
        return Misuse(problems=problems)
    return _for_job(first, found, problems)


def _without_key(argv: Sequence[str]) -> list[str]:
    """Return the words without a key, whichever way one is given."""
    return [
        word
        for before, word in pairwise(["", *argv])
        if word != _KEY
        and not word.startswith(f"{_KEY}=")
        and (before != _KEY or word in COMMANDS or _is_known(word))
    ]


def _is_known(word: str) -> bool:
    name = word.partition("=")[0]
    return name != "" and any(
        name in {flag.name, flag.short} for command in COMMANDS for flag in flags_of(command)
    )


def _without_command(word: str, refused: tuple[str, ...], *, alone: bool) -> CommandLine:
    if refused or word not in {"", HELP.name, HELP.short, *VERSION_FLAGS}:
        return Misuse(problems=(*refused, *([_no_command(word)] if word else [])))
    if word in VERSION_FLAGS:
        return Version() if alone else Misuse(problems=(f"{word} stands alone.",))
    return Help(exit_code=0 if word else 2)


def _no_command(word: str) -> str:
    if word.startswith("-"):
        return (
            "options come after the command, as in genesis-ci run --workflow-id ID. "
            "See genesis-ci --help."
        )
    return f"unknown command{_meant(word.lower(), [*COMMANDS])} See genesis-ci --help."


def _meant(word: str, known: Sequence[str]) -> str:
    import difflib

    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]}?" if near else "."


@dataclass(frozen=True, slots=True)
class _Found:
    """What stands in the words: values by flag, words beside the flags, and what is wrong."""

    values: dict[str, list[str]] = field(default_factory=dict)
    loose: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def _read(words: Sequence[str], command: str) -> _Found:
    flags = flags_of(command)
    known = {flag.name: flag for flag in flags} | {flag.short: flag for flag in flags if flag.short}
    found = _Found()
    left = deque(words)
    while left:
        word = left.popleft()
        name, equals, value = word.partition("=")
        flag = known.get(name)
        if word == "--":
            found.loose.extend(left)
            break
        if flag:
            _take(flag, value if equals else None, left, command, found)
        elif not _is_option(word):
            found.loose.append(word)
        else:
            found.problems.append(f"{_unknown(name, command)} {_see(command)}")
            if not equals and left and not _is_option(left[0]):
                left.popleft()  # nobody knows whether an unknown option takes a value
    return found


def _take(flag: Flag, value: str | None, left: deque[str], command: str, found: _Found) -> None:
    """Note a flag with its value, which may be the next word."""
    if flag.metavar and value is None and left and not _is_option(left[0]):
        value = left.popleft()
    if flag.metavar and value is None:
        found.problems.append(f"{flag.name} needs a value. {_see(command)}")
    elif not flag.metavar and value is not None:
        found.problems.append(f"{flag.name} takes no value. {_see(command)}")
    else:
        found.values.setdefault(flag.name, []).append(value or "")


def _is_option(word: str) -> bool:
    return _OPTION.fullmatch(word) is not None


def _see(command: str) -> str:
    return f"See genesis-ci {command} --help."


def _unknown(name: str, command: str) -> str:
    if not _SHOWN.fullmatch(name):  # a value may have got here
        return "unknown option."
    others = [verb for verb, row in COMMANDS.items() if row.job and _takes(verb, name)]
    if others:
        return f"{name} is not an option of {command}, but of {', '.join(others)}."
    known = [flag.name for flag in flags_of(command)]
    return f"unknown option {name}{_meant(name.lower().replace('_', '-'), known)}"


def _takes(command: str, name: str) -> bool:
    return any(flag.name == name for flag in flags_of(command))


def _repeated(found: _Found, command: str) -> Iterator[str]:
    flags = {flag.name: flag for flag in flags_of(command)}
    for name, values in found.values.items():
        if len(values) > 1 and not flags[name].adds_up:
            yield f"{name} is given {len(values)} times. Give it once."
    if NO_WAIT.name in found.values and found.values.get("--wait"):
        yield "--wait and --no-wait both say whether to wait. Drop one."


def _for_job(command: str, found: _Found, problems: Sequence[str]) -> Options:
    def last(flag: Flag) -> str:
        return (found.values.get(flag.name) or [""])[-1]

    flags = {
        name: tuple(given if BY_NAME[name].repeatable else given[-1:])
        for name in inputs_of(command)
        for given in [found.values.get(f"--{name}", [])]
    }
    if NO_WAIT.name in found.values:
        flags["wait"] = ("false",)
    told = list(problems)
    if command == "wait":
        flags["execution-id"] = (*found.loose, *flags["execution-id"])
        if last(FROM) and any(map(str.strip, flags["execution-id"])):
            told.append("--from and EXECUTION_ID both say what to attach to. Drop one.")
    elif found.loose:
        told.append(_too_many(found.loose, command))
    scenario = last(SCENARIO) or SCENARIOS[0]
    if scenario not in SCENARIOS:
        told.append(f"{SCENARIO.name}: write one of {', '.join(SCENARIOS)}.")
    return Options(
        verb=Verb.RUN if command == "demo" else Verb(command),
        flags={name: values for name, values in flags.items() if values},
        attach_from=last(FROM) or None,
        api_key_file=last(KEY_FILE) or None,
        scenario=scenario if command == "demo" else None,
        quiet=QUIET.name in found.values,
        problems=tuple(told),
    )


def _for_comment(found: _Found, problems: Sequence[str]) -> CommentOptions | Misuse:
    told = list(problems)
    if found.loose:
        told.append(_too_many(found.loose, "comment"))
    path, name = (found.values.get(flag.name) for flag in (RESULT_FILE, COMMENT_NAME))
    if not (path and path[-1]):
        told.append(f"{RESULT_FILE.name}: name the result.json to tell of. {_see('comment')}")
    if told or not path:
        return Misuse(problems=tuple(told))
    return CommentOptions(
        path=path[-1], name=name[-1] if name else None, quiet=QUIET.name in found.values
    )


def _too_many(words: Sequence[str], command: str) -> str:
    if "workflow-id" in inputs_of(command) and any(
        is_uuid(word) or word.endswith("/trigger") for word in words
    ):
        return f"a workflow is named with an option: genesis-ci {command} --workflow-id ID."
    return f"too many arguments: {command} takes only options. {_see(command)}"


def _help(topics: Sequence[str]) -> Help | Misuse:
    if not topics:
        return Help()
    if len(topics) > 1:
        return Misuse(problems=("help: name one command.",))
    if topics[0] not in COMMANDS:
        return Misuse(problems=(_no_command(topics[0]),))
    return Help(command=topics[0])


def _completion(shells: Sequence[str]) -> Completion | Misuse:
    if len(shells) != 1 or shells[0] not in SHELLS:
        return Misuse(problems=(f"completion: name one shell: {', '.join(SHELLS)}.",))
    return Completion(for_shell=shells[0])


def _for_emulator(
    found: _Found, problems: Sequence[str]
) -> EmulatorOptions | ScenarioCheck | Misuse:
    import argparse

    if found.loose[:1] == ["check"]:
        return _scenario_check(found, problems)
    told = list(problems)
    if found.loose:
        told.append(f"emulator takes options, or check FILE. {_see('emulator')}")
    arguments = argparse.Namespace()
    parser, _ = emulator_parser()
    for flag in emulator_flags():
        for value in found.values.get(flag.name, ()):
            try:
                parser.parse_args(
                    [f"{flag.name}={value}" if flag.metavar else flag.name], arguments
                )
            except argparse.ArgumentError as error:
                told.append(f"{flag.name}: {_QUOTED.sub('the value', error.message)}.")
    if told:
        return Misuse(problems=tuple(told))
    return EmulatorOptions(arguments=parser.parse_args([], arguments))


def _scenario_check(found: _Found, problems: Sequence[str]) -> ScenarioCheck | Misuse:
    told = list(problems)
    if found.values:
        told.append(f"emulator check takes no options, but {', '.join(found.values)} is given.")
    if not all(found.loose[1:]) or len(found.loose) == 1:
        told.append("emulator check: name the scenario file to check.")
    return Misuse(problems=tuple(told)) if told else ScenarioCheck(files=tuple(found.loose[1:]))
