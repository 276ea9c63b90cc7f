"""`paths` of an entry: patterns with `*`, `**`, `?` and `!` as in GitHub's `on.push.paths`.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache

from genesis_ci.config.input_types import NAMES_OF_INPUTS, SCALAR, InputType, Job
from genesis_ci.config.nodes import Node
from genesis_ci.config.problems import AdvisedError
from genesis_ci.language import N_, fill

MOST_PATTERNS = 100
LONGEST_PATTERN = 200
MOST_STEPS = 2_000_000
"""Places in names that all patterns of a job look at, in a second or two."""
_PARTS = re.compile(r"(?:(?<=/)|^)\*\*/(?!\?)|\*\*?|[^*?]\?|[^*?]+(?!\?)", re.DOTALL)
_SPECIAL = r"(^|[*?])\?|[\[\]+\\]"
_FROM_THE_ROOT = r"!?(?!\./)[^/\s!](.*[^/\s])?"
"""No path of a file matches another pattern, so that its entry would never run."""


class TooManyStepsError(Exception):
    """The names and the patterns are too many to be compared."""


class Matcher:
    """Compares names with patterns, in bounded time whatever the patterns are."""

    def __init__(self) -> None:
        self._parts = cache(_PARTS.findall)
        self._left = MOST_STEPS

    def selects(self, paths: Sequence[str], names: Iterable[str]) -> bool:
        """Return whether one of the names is selected; raise `TooManyStepsError`."""
        return any(self._includes(paths, name) for name in names)

    def _includes(self, paths: Sequence[str], name: str) -> bool:
        for text in reversed(paths):  # the last match counts
            if self._matches(text.removeprefix("!"), name):
                return not text.startswith("!")
        return False

    def _matches(self, pattern: str, name: str) -> bool:
        places = {0}  # where in the name the rest of the pattern may begin
        for part in self._parts(pattern):
            is_wild = part.startswith("*")
            self._left -= len(name) if is_wild else len(places)
            if self._left < 0:
                raise TooManyStepsError
            if is_wild:
                before, places = places, {*places}
                for at, character in enumerate(name):
                    if at in places and (part != "*" or character != "/"):
                        places.add(at + 1)
                if part == "**/":  # also no folder
                    places = before | {at for at in places if name[at - 1 : at] == "/"}
            else:
                text = part.removesuffix("?")
                found = {at + len(text) for at in places if name.startswith(text, at)}
                places = found if part == text else places | found
            if not places:
                return False
        return len(name) in places


def _paths(node: Node, _: Job) -> tuple[str, ...]:
    patterns = node.texts()
    if len(patterns) > MOST_PATTERNS:
        raise AdvisedError(f"it has {len(patterns)} patterns; write at most {MOST_PATTERNS}")
    for text in patterns:
        if not text.removeprefix("!") or len(text) > LONGEST_PATTERN:
            raise ValueError(fill("a pattern has 1 to {most} characters", most=LONGEST_PATTERN))
        if re.search(_SPECIAL, text.removeprefix("!")):
            raise AdvisedError(
                "a pattern has no “[”, “]”, “+” or “\\”, and “?” follows the character that may "
                "be missing; write * for such a character"
            )
        if not re.fullmatch(_FROM_THE_ROOT, text):
            raise AdvisedError(
                "a pattern begins at the root, without “/” or “./”, and ends with a file's name"
            )
    if all(text.startswith("!") for text in patterns):
        raise AdvisedError(
            "every pattern excludes files, so none selects the entry; add “**” first"
        )
    return patterns


_SCHEMA = rf"(?!!?\?|.*([*?]\?|[\[\]+\\])){_FROM_THE_ROOT}"
PATHS = InputType(
    parse=_paths,
    accepts=N_("a list of patterns, such as [src/**, '!**.md']"),
    max_length=MOST_PATTERNS * LONGEST_PATTERN,
    schema=NAMES_OF_INPUTS.schema
    | {"pattern": rf"^\s*{_SCHEMA}\s*$", "items": SCALAR | {"pattern": f"^{_SCHEMA}$"}},
)
