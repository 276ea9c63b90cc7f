"""Variables that look like an input and are none: a misspelt gate is no gate."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from genesis_ci.config.inputs import BY_NAME, INPUTS
from genesis_ci.config.problems import LONGEST_NAME
from genesis_ci.language import N_, _, fill
from genesis_ci.text import nearest

PREFIX = "GENESIS_"
ACTION_PREFIX = "INPUT_"
_NO_INPUTS = ("GENESIS_RESULT_", "GENESIS_CI_")  # an earlier job's results, and the tool's own
_OF_COMMENT = "GENESIS_REPORT_URL"
_OF_CONTAINER = frozenset({"INPUT_ENTRYPOINT", "INPUT_ARGS"})
_LIKENESS, _LIKENESS_OF_PART = 0.75, 0.5
GONE: Mapping[str, str | None] = {
    "on-review-pending": "accept",
    "on-cancelled": "accept",
    "on-skipped": "accept",
    "on-failed-block": "accept",
    "on-unchecked": "accept",
    "on-flaky": "accept",
    "review-wait-time": "max-review-time",
    "allow-http": None,
    "changed-files": None,
}
"""Inputs that do not exist any more, and what replaced them."""
OTHER_WORDS = {
    "timeout": "max-wait-time",
    "timeout-seconds": "max-wait-time",
    "wait-timeout": "max-wait-time",
    "interval": "poll-interval",
    "retry": "attempts",
    "retries": "attempts",
    "variables": "inputs",
    "parameters": "inputs",
    "config-file": "config",
    "output-dir": "report-dir",
    "filter": "only",
    "tags": "only",
    "lang": "language",
}
"""The words of other tools for inputs."""
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


def warnings(environ: Mapping[str, str]) -> Iterator[str]:
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
    meant = _meant(name.removeprefix(PREFIX), spelled)
    if meant is None:
        words = N_(
            "{name} is set, and no input has that name. Rename it, or list it in expose if it is "
            "yours."
        )
        return Unknown(fill(words, name=name), is_error=False)
    if meant in GONE:
        return Unknown(_gone(name, meant, spelled))
    words = N_(
        "{name} is not an input; did you mean {meant}? If it is yours, rename it or list it in "
        "expose."
    )
    return Unknown(fill(words, name=name, meant=spelled[meant]))


def _not_in_with(key: str, spelled: Mapping[str, str]) -> str:
    if len(key) > LONGEST_NAME:
        return _("A key under “with” is not an input: its name is too long.")
    meant = _meant(key, spelled)
    if meant is None:
        return fill("“{name}” under “with” is not an input; drop it.", name=key)
    if meant in GONE:
        return _gone(key, meant, spelled)
    return fill(
        "“{name}” under “with” is not an input; did you mean {meant}?", name=key, meant=meant
    )


def _gone(name: str, gone: str, spelled: Mapping[str, str]) -> str:
    if successor := GONE[gone]:
        words = N_("{name} is not an input any more; {successor} replaced it (docs/reference.md).")
        return fill(words, name=name, successor=spelled[successor])
    return fill("{name} is not an input any more; drop it.", name=name)


def _meant(written: str, inputs: Collection[str]) -> str | None:
    """Return the input, or the gone name of one, that a name resembles."""
    word = re.sub("[^a-z0-9]+", "-", written.lower()).strip("-")
    known = [*inputs, *(name for name in GONE if name not in inputs)]
    if word in known:
        return word
    if word in OTHER_WORDS:
        return OTHER_WORDS[word]
    return nearest(word, [name for name in known if _may_be(word, name)], likeness=_LIKENESS)


def _may_be(word: str, name: str) -> bool:
    # prod-api-key, api-key-staging, api-key2 and workflow-login are names that people choose
    parts, of_name = word.split("-"), name.split("-")
    if {*of_name} <= {*parts} or word[-1:].isdigit():
        return False
    if len(parts) != len(of_name):
        return True
    pairs = zip(parts, of_name, strict=True)
    return all(nearest(one, [other], likeness=_LIKENESS_OF_PART) for one, other in pairs)
