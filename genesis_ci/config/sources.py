"""The sources of a job's inputs: action, flags and environment."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from genesis_ci.config.inputs import INPUTS


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
