"""`paths` of an entry: patterns as in GitHub's `on.push.paths`.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from string import ascii_letters, digits
from typing import NamedTuple

from genesis_ci.config.input_types import NAMES_OF_INPUTS, SCALAR, InputType, Job
from genesis_ci.config.nodes import Node
from genesis_ci.config.problems import AdvisedError, MalformedError, Quoted

MOST_PATTERNS = 100
LONGEST_PATTERN = 200
MOST_STEPS = 2_000_000
"""Characters of names that all patterns of a job read, in a second or two."""
_IN_CLASSES = ascii_letters + digits
_PART = re.compile(r"(\*\*/|\*\*?|\[[A-Za-z0-9-]+\]|\\.|[^*?+\[\\])([?+]?)")


_FROM_THE_ROOT = r"!?(?!\./)[^/\s!](.*[^/\s])?"
"""No path of a file matches another pattern, so that its entry would never run."""


class TooManyStepsError(Exception):
    """The names and the patterns are too many to be compared."""


class _Step(NamedTuple):
    """A step of a pattern: which characters lead to the next step, and which to this one again."""

    takes: Callable[[str], bool]
    repeats: Callable[[str], bool]
    optional: bool


class Pattern:
    """A pattern that reads each character of a name once, whatever the pattern is.

    A place is a number of steps that were taken; the bits of a number are places.
    """

    def __init__(self, text: str) -> None:
        """Raise `MalformedError`."""
        steps = tuple(_steps(text))
        mentioned = {"", "/", *text, *(_IN_CLASSES if "[" in text else "")}
        self._end = 1 << len(steps)
        self._optional = _bits(one.optional for one in steps)
        self._moves = {
            character: (
                _bits(one.takes(character) for one in steps),
                _bits(one.repeats(character) for one in steps),
            )
            for character in mentioned
        }

    def read(self, name: str) -> tuple[bool, int]:
        """Return whether a name matches, and how many characters were read."""
        places, count = self._entered(1), 0
        for character in name:
            count += 1
            takes, repeats = self._moves.get(character, self._moves[""])
            places = self._entered((places & takes) << 1) | (places & repeats)
            if not places:
                break
        return bool(places & self._end), count

    def _entered(self, places: int) -> int:
        """Return the places and those behind optional steps."""
        # the sum carries each place to the end of its run of optional steps
        carried = self._optional + (places & self._optional)
        return places | (carried ^ self._optional)


def is_path(text: str) -> bool:
    """Return whether a text can be the path of a file in a repository, or a pattern for one."""
    parts = text.split("/")
    is_plain = text == text.strip() and not re.search(r'["\\\t\0\n]', text)
    return is_plain and not {"", ".", ".."} & {*parts}


def _bits(values: Iterable[bool]) -> int:
    return sum(1 << place for place, value in enumerate(values) if value)


def _steps(text: str) -> Iterator[_Step]:
    at = 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None or (part[1].startswith("*") and part[2]):
            raise MalformedError(Quoted(text), f" cannot be read from character {at + 1} on")
        one, times = part.groups()
        if one == "**/" and text[at - 1 : at] in {"", "/"}:  # also no folder
            yield _Step(takes="/".__eq__, repeats=_is_any, optional=True)
        elif one.startswith("*"):
            among = _is_any if one.startswith("**") else "/".__ne__
            yield _Step(takes=among, repeats=among, optional=True)
            if one == "**/":
                yield _Step(takes="/".__eq__, repeats=_is_none, optional=False)
        else:
            try:
                in_class = re.compile(one).fullmatch if one.startswith("[") else None
            except re.error:
                raise MalformedError(Quoted(text), " has a range that is not in order") from None
            characters = frozenset(
                filter(in_class, ascii_letters + digits) if in_class else one[-1]
            )
            among = characters.__contains__
            yield _Step(among, among if times == "+" else _is_none, times == "?")
        at = part.end()


def _is_any(_: str) -> bool:
    return True


def _is_none(_: str) -> bool:
    return False


class Matcher:
    """Compares names with patterns; each pattern is compiled once."""

    def __init__(self) -> None:
        self._compiled = cache(Pattern)
        self._left = MOST_STEPS

    def selects(self, paths: Sequence[str], names: Iterable[str]) -> bool:
        """Return whether one of the names is selected; raise `TooManyStepsError`."""
        return any(self._includes(paths, name) for name in names)

    def _includes(self, paths: Sequence[str], name: str) -> bool:
        for text in reversed(paths):  # the last match counts
            matches, steps = self._compiled(text.removeprefix("!")).read(name)
            self._left -= steps
            if self._left < 0:
                raise TooManyStepsError
            if matches:
                return not text.startswith("!")
        return False


def _paths(node: Node, _: Job) -> tuple[str, ...]:
    patterns = node.texts()
    if len(patterns) > MOST_PATTERNS:
        raise AdvisedError(f"it has {len(patterns)} patterns; write at most {MOST_PATTERNS}")
    for text in patterns:
        if not text.removeprefix("!") or len(text) > LONGEST_PATTERN:
            raise ValueError(f"a pattern has 1 to {LONGEST_PATTERN} characters")
        Pattern(text.removeprefix("!"))
        if not re.fullmatch(_FROM_THE_ROOT, text):
            raise AdvisedError(
                "a pattern begins at the root, without “/” or “./”, and ends with a file's name"
            )
    if all(text.startswith("!") for text in patterns):
        raise AdvisedError(
            "every pattern excludes files, so none selects the entry; add “**” first"
        )
    return patterns


PATHS = InputType(
    parse=_paths,
    accepts="a list of patterns, such as [src/**, '!**.md']",
    max_length=MOST_PATTERNS * LONGEST_PATTERN,
    schema=NAMES_OF_INPUTS.schema
    | {
        "pattern": rf"^\s*{_FROM_THE_ROOT}\s*$",
        "items": SCALAR | {"pattern": f"^{_FROM_THE_ROOT}$"},
    },
)
