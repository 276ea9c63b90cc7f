"""Where the text of each input comes from. An empty text means "not set"."""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass

from genesis_ci.config.inputs import INPUTS


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody set: the text, and the place, for error messages.

    `line` is set when the place is a file. `private` texts came out of the environment in a
    roundabout way, so nobody who reads the error message has to know them.
    """

    text: str
    place: str
    line: int | None = None
    private: bool = False


Layer = Mapping[str, Given]
"""What one source gives, by input name."""


def from_action(environ: Mapping[str, str]) -> dict[str, Given]:
    """Return what a container action was given: `INPUT_*`, and nothing else counts."""
    return {
        row.name: Given(environ[row.action_variable], row.name)
        for row in INPUTS
        if environ.get(row.action_variable)
    }


def from_command_line(
    flags: Mapping[str, str | None], environ: Mapping[str, str]
) -> ChainMap[str, Given]:
    """Return what the command line and the environment give; a flag beats the environment."""
    by_flag = {
        row.name: Given(flag, f"--{row.name}") for row in INPUTS if (flag := flags.get(row.name))
    }
    by_variable = {
        row.name: Given(text, row.environment_name)
        for row in INPUTS
        if (text := environ.get(row.environment_name))
    }
    return ChainMap(by_flag, by_variable)


def layers_of(given: Layer) -> tuple[Layer, ...]:
    """Return the sources of what was given, the weakest first: some inputs are merged."""
    return tuple(reversed(given.maps)) if isinstance(given, ChainMap) else (given,)
