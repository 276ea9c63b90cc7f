"""`paths` of an entry: patterns with `*`, `**`, `?` and `!` as in GitHub's `on.push.paths`.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from unicodedata import normalize

from genesis_ci.config.input_types import NAMES_OF_INPUTS
from genesis_ci.document.keys import SCALAR, InputType, ReadContext
from genesis_ci.document.nodes import Node
from genesis_ci.document.problems import AdvisedError, quoted_in_language
from genesis_ci.language import N_, _, fill, listed

MOST_PATTERNS = 100
LONGEST_PATTERN = 200
MOST_STEPS = 2_000_000
"""Places in names that all patterns of a job look at, in a second or two."""
_PARTS = re.compile(r"(?:(?<=/)|^)\*\*/(?!\?)|\*\*?|[^*?]\?|[^*?]+(?!\?)", re.DOTALL)
_SPECIAL = r"(^|[*?])\?|[\[\]{}+\\]"
_BRACES = r"\{([^{}]*,[^{}]*)\}"
MOST_COMMAS = 9
"""In the braces of one pattern: they double what it stands for."""
_FROM_THE_ROOT = r"!?(?!\./)[^/\s!](.*[^/\s])?"
"""No path of a file matches another pattern, so that its entry would never run."""


class TooManyStepsError(Exception):
    """The names and the patterns are too many to be compared."""


class Matcher:
    """Compares names with patterns, in bounded time whatever the patterns are."""

    def __init__(self, most_steps: int = MOST_STEPS) -> None:
        self._parts = cache(lambda pattern: _PARTS.findall(normalize("NFC", pattern)))
        self._left = most_steps

    def selects(self, paths: Sequence[str], names: Iterable[str]) -> bool:
        """Return whether one of the names is selected; raise `TooManyStepsError`."""
        return any(self._includes(paths, normalize("NFC", name)) for name in names)

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


def _paths(node: Node, _context: ReadContext) -> tuple[str, ...]:
    patterns = tuple(text.strip() for text in node.texts())
    if len(patterns) > MOST_PATTERNS:
        words = N_("it has {count} patterns; write at most {most}")
        raise AdvisedError(fill(words, count=len(patterns), most=MOST_PATTERNS))
    for text in patterns:
        if not text.removeprefix("!") or len(text) > LONGEST_PATTERN:
            raise ValueError(fill("a pattern has 1 to {most} characters", most=LONGEST_PATTERN))
        if _is_pattern(text):
            continue
        meant = _meant(text)
        if all(map(_is_pattern, meant)):
            words = N_("{text} is not written as GitHub's patterns are. Write {patterns}")
            shown = listed([*map(quoted_in_language, meant)], most=10)
            raise AdvisedError(fill(words, text=quoted_in_language(text), patterns=shown))
        words = N_(
            "{text}: a pattern begins at the root and ends with a file's name. It has no braces, "
            "“[”, “]”, “+” or “\\”, and “?” follows the character that may be missing; write * for "
            "such a character"
        )
        raise AdvisedError(fill(words, text=quoted_in_language(text)))
    if all(text.startswith("!") for text in patterns):
        words = _("every pattern excludes files, so none selects the entry; add “**” first")
        raise AdvisedError(words)
    return patterns


def _is_pattern(text: str) -> bool:
    is_plain = not re.search(_SPECIAL, text.removeprefix("!"))
    return is_plain and re.fullmatch(_FROM_THE_ROOT, text) is not None


def _meant(text: str) -> tuple[str, ...]:
    """Return the patterns that a text with braces, or a path of a shell or of Windows, means."""
    if re.search(r"/\s", text):
        return tuple(one for part in text.split() for one in _meant(part))
    text = re.sub(r"^(!?)\s*(\.?/)*", r"\1", re.sub(r"\\(?=\*\*|[\w.])", "/", text))
    text = re.sub("/+$", "/**", text)
    found = re.search(_BRACES, text)
    if not found or text.count(",") > MOST_COMMAS:
        return (text,)
    before, after = text[: found.start()], text[found.end() :]
    each = (_meant(before + part.strip() + after) for part in found[1].split(","))
    return tuple(dict.fromkeys(one for several in each for one in several))


_SCHEMA = rf"^\s*(?!!?\?|.*([*?]\?|[\[\]{{}}+\\])){_FROM_THE_ROOT}\s*$"
PATHS = InputType(
    parse=_paths,
    accepts=N_("a list of patterns, such as [src/**, '!**.md']"),
    max_length=MOST_PATTERNS * LONGEST_PATTERN,
    schema=NAMES_OF_INPUTS.schema | {"pattern": _SCHEMA, "items": SCALAR | {"pattern": _SCHEMA}},
)
