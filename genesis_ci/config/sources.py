"""The sources of a job's inputs: action, flags and environment."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from genesis_ci.config.inputs import INPUTS
from genesis_ci.config.problems import LONGEST_NAME
from genesis_ci.language import fill
from genesis_ci.text import nearest

PREFIX = "GENESIS_"
_NO_INPUTS = ("GENESIS_RESULT_", "GENESIS_CI_")  # an earlier job's results, and the tool's own


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


def unknown_variables(environ: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each variable that has the prefix of inputs but is not an input."""
    known = {row.environment_name.removeprefix(PREFIX) for row in INPUTS if not row.of_action}
    known.add("REPORT_URL")  # an option of `comment`
    for name in sorted(environ):
        ending = name.removeprefix(PREFIX)
        if ending == name or name.startswith(_NO_INPUTS) or ending in known:
            continue
        if len(name) > LONGEST_NAME:
            yield fill(
                "A variable with {prefix} in front is not an input: its name is too long.",
                prefix=PREFIX,
            )
        elif near := nearest(ending, sorted(known)):
            yield fill(
                "{name} is set, and no input has that name; did you mean {prefix}{near}?",
                name=name,
                prefix=PREFIX,
                near=near,
            )
        else:
            yield fill(
                "{name} is set, and no input has that name. Rename it, or leave it if it is yours.",
                name=name,
            )
