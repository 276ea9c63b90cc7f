"""The sources of a job's inputs: action, flags and environment, and what in them is no input.

A misspelt gate is no gate.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from genesis_ci.config.inputs import BY_NAME, INPUTS
from genesis_ci.document.problems import LONGEST_NAME
from genesis_ci.document.words import GONE, meant
from genesis_ci.language import N_, _, fill

PREFIX = "GENESIS_"
ACTION_PREFIX = "INPUT_"
_NO_INPUTS = ("GENESIS_RESULT_", "GENESIS_CI_")  # an earlier job's results, and the tool's own
_CHOSEN = frozenset({"GENESIS_ENV"})
"""Names that people choose, whatever the words of other tools are."""
_OF_COMMENT = "GENESIS_REPORT_URL"
_OF_CONTAINER = frozenset({"INPUT_ENTRYPOINT", "INPUT_ARGS"})
_ELSEWHERE = {
    "GENESIS_FROM": N_(
        "{name} has no effect: write wait --from FILE, or the input “from” of the action or the "
        "component."
    ),
    "GENESIS_DRY_RUN": N_(
        "{name} has no effect: use the command check, or the input “dry-run” of the action or the "
        "component."
    ),
    "GENESIS_GITHUB_TOKEN": N_(
        "{name} has no effect: set GITHUB_TOKEN, or the input “github-token” of the action."
    ),
}


class Given(NamedTuple):
    """The text or texts of an input, and the flag or variable that gave it."""

    value: str | tuple[str, ...]
    place: str


def from_action(environ: Mapping[str, str]) -> dict[str, Given]:
    each = ((row.name, environ.get(row.action_variable)) for row in INPUTS)
    return {name: Given(text, name) for name, text in each if text}


def from_flags(flags: Mapping[str, Sequence[str]]) -> dict[str, Given]:
    """Return the inputs of the command line; a repeated flag has several texts."""
    each = ((row.name, tuple(filter(None, flags.get(row.name, ())))) for row in INPUTS)
    return {name: Given(texts, f"--{name}") for name, texts in each if texts}


def from_environment(environ: Mapping[str, str]) -> dict[str, Given]:
    each = ((row, environ.get(row.environment_name)) for row in INPUTS)
    return {row.name: Given(text, row.environment_name) for row, text in each if text}


class Unknown(NamedTuple):
    """A variable that is no input; it `is_error` if it was probably meant to be one."""

    words: str
    is_error: bool = True


FindUnknown = Callable[[Collection[str]], Iterable[Unknown]]


def unknown_variables(environ: Mapping[str, str], exposed: Collection[str]) -> Iterator[Unknown]:
    """Yield each variable that has the prefix of inputs, is none, and is not in `exposed`."""
    known = {row.environment_name for row in INPUTS}
    rows = [row for row in INPUTS if not row.of_action]
    for name in _unknown(environ, PREFIX, known, exposed):
        yield _judged(name, {row.name: row.environment_name for row in rows})


def unknown_in_action(environ: Mapping[str, str], exposed: Collection[str]) -> Iterator[Unknown]:
    """Yield what the container action cannot read as an input, from `with` and from `env`."""
    rows = {row.name: row.name for row in INPUTS}
    known = _OF_CONTAINER | {row.action_variable for row in INPUTS}
    for name in _unknown(environ, ACTION_PREFIX, known, ()):
        key = name.removeprefix(ACTION_PREFIX).lower()
        yield Unknown(_not_in_with(key, rows))
    of_environment = {row.environment_name: row for row in INPUTS}
    for name in _unknown(environ, PREFIX, (), exposed):
        row = of_environment.get(name)
        if row is None:
            yield _judged(name, rows)
        elif not environ.get(row.action_variable):
            words = N_("{name} has no effect in the container action: write {input} under “with”.")
            yield Unknown(fill(words, name=name, input=row.name))


def warnings_of_unknown(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each unknown variable, for commands that have nearly no inputs."""
    exposed = re.split(r"[\s,]+", environ.get(BY_NAME["expose"].environment_name, ""))
    yield from (one.words for one in unknown_variables(environ, exposed))


def _unknown(
    environ: Mapping[str, str], prefix: str, known: Collection[str], exposed: Collection[str]
) -> Iterable[str]:
    # an empty one says nothing, as an empty input
    others = {*known, *exposed, _OF_COMMENT}
    return sorted(
        name
        for name, text in environ.items()
        if text and name.startswith(prefix) and name not in others
        if not name.startswith(_NO_INPUTS)
    )


def _judged(name: str, spelled: Mapping[str, str]) -> Unknown:
    """Return what is said of a variable; `spelled` has the inputs as they are written here."""
    if len(name) > LONGEST_NAME:
        words = N_("A variable with {prefix} in front is not an input: its name is too long.")
        return Unknown(fill(words, prefix=PREFIX), is_error=False)
    if elsewhere := _ELSEWHERE.get(name):
        return Unknown(fill(elsewhere, name=name))
    near = None if name in _CHOSEN else _meant(name.removeprefix(PREFIX), spelled)
    if near is None:
        words = N_(
            "{name} is set, and no input has that name. Rename it, or list it in expose if it is "
            "yours."
        )
        return Unknown(fill(words, name=name), is_error=False)
    if near in GONE:
        return Unknown(_gone(name, near, spelled))
    words = N_(
        "{name} is not an input; did you mean {meant}? If it is yours, rename it or list it in "
        "expose."
    )
    return Unknown(fill(words, name=name, meant=spelled[near]))


def _not_in_with(key: str, spelled: Mapping[str, str]) -> str:
    if len(key) > LONGEST_NAME:
        return _("A key under “with” is not an input: its name is too long.")
    near = _meant(key, spelled)
    if near is None:
        return fill("“{name}” under “with” is not an input; drop it.", name=key)
    if near in GONE:
        return _gone(key, near, spelled)
    return fill(
        "“{name}” under “with” is not an input; did you mean {meant}?", name=key, meant=near
    )


def _gone(name: str, gone: str, spelled: Mapping[str, str]) -> str:
    if successor := GONE[gone]:
        words = N_("{name} is not an input any more; {successor} replaced it (docs/reference.md).")
        return fill(words, name=name, successor=spelled[successor])
    return fill("{name} is not an input any more; drop it.", name=name)


def _meant(written: str, inputs: Collection[str]) -> str | None:
    """Return the input, or the gone name of one, that a name resembles."""
    gone = [name for name in GONE if name not in inputs]
    return meant(written, [*inputs, *gone])
