"""Cleans text from outside, once, when it is parsed; each output format has its encoder."""

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any
from unicodedata import combining, east_asian_width, normalize
from urllib.parse import urlsplit

from genesis_ci.language import N_
from genesis_ci.models.recorded import ID

MAX_TEXT = 1_048_576
"""Characters kept of one remote text; a mark in the text says how many are cut."""
REACH = 1_048_576
"""Characters searched for secrets beyond those that are shown: more than the longest form of a
secret of 64 KiB in any encoding that is searched for."""
MARK = N_("… [{count} more characters cut]")
"""That mark; English in what programs read too, such as names."""
LONGEST_MARK = 50
"""Characters of that mark."""

UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_LINK = r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/%+=&?#,-]*)?"
SAFE_ID = re.compile(ID.pattern)
_ACTIVE = (
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and line feed, DEL, C1
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u3164\uffa0"  # invisible letters and marks
    "\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # zero width, bidi
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # format and tag characters
    "]"
)
_UNSEEN = f"[{_ACTIVE[1:-1]}\u200d\u2800\ufe00-\ufe0f]"
_ENDS_OF_PLANES = "".join(
    chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)
_NOT_CHARACTERS = (
    "[\ud800-\udfff\ufdd0-\ufdef\ufffe-\U0010ffff]"  # ten times faster than the full class
    f"(?<=[\ud800-\udfff\ufdd0-\ufdef{_ENDS_OF_PLANES}])"
)


def clean(text: str, *, limit: int = MAX_TEXT, mark: str = MARK) -> str:
    r"""Return text that is safe for terminals, logs and renderers, of about `limit` characters.

    Line ends become LF. Control, bidi, zero-width and tag characters become visible (`\x1b`),
    surrogates and non-characters become U+FFFD. Emoji, their joiner and every script stay.
    """
    if len(text) <= limit and text.isascii() and text.replace("\n", "").isprintable():
        return text
    normalised = re.sub("\r\n?", "\n", cut(text, limit=limit, mark=mark))
    return re.sub(_ACTIVE, _visible, re.sub(_NOT_CHARACTERS, "\ufffd", normalised))


def clean_line(text: str, *, limit: int = 200, mark: str = MARK) -> str:
    """Return `clean` text on one line: white space becomes single spaces."""
    return clean(" ".join(text[:MAX_TEXT].split()), limit=limit, mark=mark)


def seen_lines(text: str) -> list[str]:
    """Return the lines of a text as a reader sees them: blanks are alike, and nothing invisible."""
    lines = normalize("NFC", text).splitlines()
    return [" ".join(re.sub(_UNSEEN, "", line).split()) for line in lines]


def with_escapes(quotation: str) -> str:
    """Return JSON in which each blank but a single space, and each mark that is no letter of its
    own, is an escape of JSON."""
    shown = (
        one
        if one.isprintable() and not combining(one) and not re.match(_UNSEEN, one)
        else json.dumps(one)[1:-1]
        for one in quotation
    )
    return re.sub("(?<= ) ", r"\\u0020", "".join(shown))


def cut(text: str, *, limit: int, mark: str = MARK) -> str:
    """Return text of at most `limit` characters, with a mark if it was longer."""
    if len(text) <= limit:
        return text
    return text[:limit] + mark.format(count=len(text) - limit)


def without_full_stop(text: str) -> str:
    """Return a sentence without its last full stop, also a Japanese one."""
    return text.removesuffix(".").removesuffix("。")


def cells(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    return sum(0 if combining(one) else 1 + (east_asian_width(one) in "FW") for one in text)


def cut_to_cells(text: str, most: int) -> str:
    """Return the beginning of a text that fits into so many cells of a terminal."""
    ends = accumulate(map(cells, text))
    return "".join(character for character, end in zip(text, ends, strict=True) if end <= most)


def scrubbed_beginning(text: str, scrub: Callable[[str], str], *, limit: int = MAX_TEXT) -> str:
    """Return a text without secrets; of a very long one at most `limit` characters with a mark.

    The search takes time and memory for each character, so a server could block the job with a long
    text. The end of the searched part is dropped: it may contain half a secret.
    """
    if len(text) <= limit + REACH:
        return scrub(text)
    head = scrub(text[: limit + REACH])[:-REACH][: limit - LONGEST_MARK]
    return head + MARK.format(count=len(text) - len(head))


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def utc_time(text: str) -> datetime | None:
    """Return an ISO 8601 time in UTC, which is also the default zone; None if it is malformed."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment - (moment.utcoffset() or timedelta(0))).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


class Names:
    """Returns each name once; a name that is taken gets a number: `name`, `name (2)`."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def unique(self, text: str) -> str:
        name = text.strip() or "unnamed"
        candidate = name
        while candidate in self._numbers:
            self._numbers[name] += 1
            candidate = f"{name} ({self._numbers[name]})"
        self._numbers[candidate] = 1
        return candidate


def with_texts(
    value: Any, change: Callable[[str], str], change_key: Callable[[str], str] = str
) -> Any:
    """Return a JSON value in which each text is changed; keys that become equal get a number."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [with_texts(item, change, change_key) for item in value]
    if isinstance(value, dict):
        keys = [*map(change_key, value)]
        if len({*keys}) < len(keys):
            keys = [*map(Names().unique, keys)]
        items = (with_texts(item, change, change_key) for item in value.values())
        return dict(zip(keys, items, strict=True))
    return value


def nearest(word: str, known: Sequence[str], *, likeness: float = 0.6) -> str | None:
    """Return the known word that is most similar to a misspelt one; 1.0 is the same word."""
    import difflib  # few jobs need it

    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=likeness)), None)


def suggestion(word: str, known: Sequence[str]) -> str:
    """Return the end of a message about a misspelt word: `; did you mean fail?`, or nothing."""
    near = nearest(word.lower(), known)
    return f"; did you mean {near}?" if near else ""


def is_uuid(text: str) -> bool:
    return UUID.fullmatch(text) is not None


def is_safe_id(text: str) -> bool:
    """Return whether an id is safe in a URL path and is not a flag on a command line."""
    return SAFE_ID.fullmatch(text) is not None


def is_link(url: str) -> bool:
    """Return whether an address can be linked in every report."""
    return re.fullmatch(_LINK, url) is not None


def in_one_spelling(identifier: str | None) -> str | None:
    """Return an id in the spelling for comparisons; servers may accept several."""
    return identifier and identifier.replace("-", "").lower()


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of an address; raise `ValueError` for a malformed one."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, parts.hostname or "", port


def brief(text: str, limit: int) -> str:
    """Return at most `limit` characters of a text; an ellipsis shows that it was longer."""
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"
