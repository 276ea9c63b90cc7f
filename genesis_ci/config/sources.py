"""Where the value of each input comes from, and reading it by name. An empty text is "not set"."""

import difflib
from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from genesis_ci.config import parsers
from genesis_ci.config.inputs import BY_NAME, INPUTS
from genesis_ci.text import clean_line


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


_OF_OTHERS = ("GENESIS_RESULT_", "GENESIS_CI_")
"""Beginnings of names that are an earlier job's outputs, and the GitLab component's own."""


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each variable that looks like an input's and is none's."""
    known = [row.environment_name for row in INPUTS]
    return [
        f"{clean_line(name)} is set, and no input has that name{_meant(name, known)}"
        for name in sorted(environ)
        if name.startswith("GENESIS_") and name not in known and not name.startswith(_OF_OTHERS)
    ]


def _meant(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name[:100], known, n=1)
    return f"; did you mean {near[0]}?" if near else "."


def layers_of(given: Layer) -> tuple[Layer, ...]:
    """Return the sources of what was given, the weakest first: some inputs are merged."""
    return tuple(reversed(given.maps)) if isinstance(given, ChainMap) else (given,)


T = TypeVar("T")


class Reader:
    """What was given for one job or one workflow.

    Args:
        layers: the sources, the weakest first; a text in a later one hides an earlier one.
        problems: where problems are collected; several readers may share it.
    """

    def __init__(self, layers: Sequence[Layer], problems: list[str]) -> None:
        self.layers = tuple(layers)
        self.problems = problems

    def given(self, name: str) -> Given | None:
        """Return what the strongest source gives; None when the input is not set."""
        found = (layer[name] for layer in reversed(self.layers) if name in layer)
        return next((given for given in found if given.text), None)

    def has(self, name: str) -> bool:
        """Return whether an input is set."""
        return self.given(name) is not None

    def text(self, name: str) -> str:
        """Return the text of an input, or its default."""
        given = self.given(name)
        return given.text if given else BY_NAME[name].default

    def read(self, name: str, parse: Callable[[str], T]) -> T | None:
        """Return the value; None when the input is not set and has no default, or is malformed."""
        text = self.text(name)
        if not text:
            return None
        try:
            return parse(text.strip() if name != "api-key" else text)
        except ValueError as error:
            self.problem(name, str(error))
            return None

    def choice(self, name: str, kind: type[parsers.Choice]) -> parsers.Choice:
        """Return the chosen member; a malformed one is reported and the default returned."""
        default = parsers.choice(kind, BY_NAME[name].default)
        return self.read(name, lambda text: parsers.choice(kind, text)) or default

    def seconds(self, name: str) -> float:
        """Return the duration; a malformed one is reported and the default returned."""
        return self.read(name, parsers.duration) or parsers.duration(BY_NAME[name].default)

    def problem(self, name: str, words: str, *, given: Given | None = None) -> None:
        """Note what is wrong with an input, or with what one of its sources gave."""
        self.problems.append(self.words(name, words, given=given))

    def words(self, name: str, words: str, *, given: Given | None = None) -> str:
        """Return the full sentence: the input, where it came from, what is wrong, what to do."""
        given = given or self.given(name)
        if given and given.private:
            words = "what the environment gives here is not accepted"
        told = f"{parsers.sentence(words)} Write {BY_NAME[name].accepts}."
        if given is None or given.place in {name, f"--{name}"}:
            return f"{name}: {told}"
        if given.line is None:
            return f"{name} (from {given.place}): {told}"
        return f"{given.place}:{given.line}: {name}: {told}"
