"""Secret values: a wrapper that does not print, and a scrubber for text.

SECURITY.md lists what the scrubber finds, and what it does not.
"""

import base64
import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache, partial
from itertools import chain
from typing import NamedTuple, NoReturn

HIDDEN = "***"
MIN_SCRUBBED = 4
"""Shorter values are ordinary words; without them a log would be unreadable."""
MIN_BASE64 = 8
MIN_WITHOUT_BLANKS = 8
"""Characters; a shorter form without its blanks is found in many ordinary words."""
FEW_FORMS = 200
"""Up to so many, each form is searched for; more are looked up at each place of the text."""
MAX_SECRETS = 200
LONGEST_SECRET = 64 * 1024
LONGEST_TOGETHER = 2 * LONGEST_SECRET
"""Each line of a secret is searched for in about 26 forms, which takes time and memory."""
_ANY = "surrogatepass"
"""How to encode text that is not valid UTF-8, as a secret may be."""
_INVISIBLE = (
    "\\x00-\\x08\\x0e-\\x1b\\x7f-\\x84\\x86-\\x9f\\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff"
)
_WHITE = re.compile(r"\s+")
_BLANKS = re.compile(
    r"(?i:"
    r"\n[ \t]*[>|#*]{1,4}[ \t]"  # a mail's quotation, a comment
    r"|[=\\]\r?\n"  # a continued line, as quoted-printable and shells write it
    r"|\x1b\[[0-9;]{0,20}m"  # colours of a terminal
    rf"|[\s{_INVISIBLE}]"
    r"|\xc2[\xa0\xad]|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81\xa0|\xef\xbb\xbf"  # as bytes
    r"|<w?br ?/?>"
    r")"
)
"""What servers insert between the characters of a secret: white space, invisible characters, and
marks of a continued line."""
_MARKS = rf"\\&%<\xc2\xe2\xef{_INVISIBLE}"
_MARKED = re.compile(
    rf"[{_MARKS}=\n,](?:(?<=[{_MARKS}])|(?<==)\r?\n|(?<=\n)[ \t]*[>|#*]|(?<=[0-9],))"
)
"""A text with one of these may have blanks that are not white space, or blanks inside of escapes
and numbers. The pattern begins with one class of characters, because the search for a class is five
times faster than for alternatives."""
ESCAPES: Mapping[str, str] = {
    "JSON": (
        r"\\u(?P<pair>d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2})"
        r"|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|\\(?P<sign>[^\w%&]|[bfnrtv])"
    ),
    "HTML": r"&(?:#0*[0-9]{1,7}|#x0*[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});?",
    "URLs and forms": "%([0-9a-f]{2})",
}
"""Patterns of one character; what it is follows from the only group. SECURITY.md has the names."""
_ESCAPE = re.compile(f"(?i:{'|'.join(ESCAPES.values())})")
_SIGNS = dict(zip("bfnrtv", "\b\f\n\r\t\v", strict=True))
_BETWEEN = r"[\s,;:|\"']"
_NUMBER = r"(?:0x0*(?P<hex>[0-9a-f]{1,5})|(?<![\w.])0*(?P<decimal>[0-9]{1,6}))(?!\w|\.\w)"
_NUMBERS = re.compile(rf"(?i:{_NUMBER}|(?<=[0-9a-f]){_BETWEEN}+(?=[0-9]))")
_ITEM = rf"[0-9][0-9a-fx]{{0,7}}{_BETWEEN}{{1,99}}"
_LIST = re.compile(f"(?i:{_ITEM}{_ITEM}{_ITEM}[0-9])")  # begins with a class, as `_MARKED` does

Replacement = Callable[[re.Match[str]], str]
Forms = Mapping[str, list[str]]
"""Texts to search for, by their first `MIN_SCRUBBED` characters."""


class Secret:
    """A value that prints as `***` everywhere; only `reveal()` returns it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself, for the one place that needs it."""
        return self._value

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not for pickling")


def too_much_to_hide(secrets: Collection[str]) -> str | None:
    """Return the problem if secrets are too many or too long to be hidden, or None."""
    longest, together = max(map(len, secrets), default=0), sum(map(len, secrets))
    if len(secrets) <= MAX_SECRETS and longest <= LONGEST_SECRET and together <= LONGEST_TOGETHER:
        return None
    return (
        f"there are {len(secrets)} secret values of {together} characters, the longest of "
        f"{longest}; at most {MAX_SECRETS} of {LONGEST_TOGETHER} characters, each of at most "
        f"{LONGEST_SECRET}, can be hidden; name fewer or shorter ones"
    )


class Scrubber:
    """Replaces secrets by `***`, in every form of `SPELLINGS`, `ENCODINGS` and `ESCAPES`.

    They are also found with other blanks or none, because servers, mail and base64 tools wrap
    lines.
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        values = {secret.reveal() for secret in secrets}
        # the CI masks these as well
        self.values = tuple(sorted(value for value in values if len(value) >= MIN_SCRUBBED))
        forms = {form for value in self.values for form in _forms(value)}
        # one pattern of all forms would block every other thread for seconds on a long text
        self._places_of = _by_finding if len(forms) <= FEW_FORMS else _by_looking_up
        self._forms = _by_beginning(forms)
        self._without = {
            blanks: _by_beginning(_without(blanks, form) for form in forms)
            for blanks in (_WHITE, _BLANKS)
        }

    def __call__(self, text: str) -> str:
        """Return the text without any secret. Call it before truncating and before encoding."""
        if not self.values:
            return text
        places = [
            view.place(start, end)
            for view, forms in self._searches(text)
            for start, end in self._places_of(forms, view.text)
        ]
        return _hidden(text, places) if places else text

    def _searches(self, text: str) -> Iterator[tuple["_View", Forms]]:
        for view in _decoded(_View(text)):
            yield view, self._forms
            yield _replaced(view, _WHITE), self._without[_WHITE]
        if _MARKED.search(text):  # blanks may also be inside of escapes
            for view in _decoded(_View(text), without=_BLANKS):
                yield _replaced(view, _BLANKS), self._without[_BLANKS]


def _by_beginning(forms: Iterable[str]) -> Forms:
    found: dict[str, list[str]] = {}
    for form in dict.fromkeys(forms):
        if form:
            found.setdefault(form[:MIN_SCRUBBED], []).append(form)
    return found


def _without(blanks: re.Pattern[str], form: str) -> str:
    """Return the form without blanks; empty if it would be found in ordinary words."""
    solid = blanks.sub("", form)
    least = MIN_SCRUBBED if len(solid) < len(form) else MIN_WITHOUT_BLANKS
    return solid if len(solid) >= least else ""


def _by_finding(forms: Forms, text: str) -> Iterator[tuple[int, int]]:
    for form in chain.from_iterable(forms.values()):
        at = text.find(form)
        while at >= 0:
            yield at, at + len(form)
            at = text.find(form, at + len(form))


def _by_looking_up(forms: Forms, text: str) -> Iterator[tuple[int, int]]:
    for at in range(len(text)):
        for form in forms.get(text[at : at + MIN_SCRUBBED], ()):
            if text.startswith(form, at):
                yield at, at + len(form)


class _View(NamedTuple):
    """A text made from another one; `place` returns where a part of it is in the original."""

    text: str
    place: Callable[[int, int], tuple[int, int]] = lambda start, end: (start, end)


def _decoded(view: _View, without: re.Pattern[str] | None = None) -> Iterator[_View]:
    """Yield the text as it is, with its escapes decoded once, and decoded twice."""
    for _ in range(3):
        solid = _replaced(view, without) if without else view
        yield from _with_numbers(solid)
        if not _ESCAPE.search(solid.text):
            return
        view = _replaced(solid, _ESCAPE, _unescaped)


def _with_numbers(view: _View) -> Iterator[_View]:
    yield view
    if _LIST.search(view.text):
        yield _replaced(view, _NUMBERS, _numbered)


def _replaced(view: _View, pattern: re.Pattern[str], new: Replacement | None = None) -> _View:
    """Return the text with each match replaced, or removed."""
    shifts = cache(partial(_shifts, view.text, pattern, new))  # only needed for what is found

    def place(start: int, end: int) -> tuple[int, int]:
        at, of_starts, of_ends = shifts()
        return view.place(
            start + of_starts[bisect_right(at, start)], end + of_ends[bisect_right(at, end - 1)]
        )

    is_white = pattern is _WHITE  # splitting is faster
    return _View(
        "".join(view.text.split()) if is_white else pattern.sub(new or "", view.text), place
    )


def _shifts(
    text: str, pattern: re.Pattern[str], new: Replacement | None
) -> tuple[list[int], list[int], list[int]]:
    """Return how places in the text with replacements map to the original text.

    These are the places where the shift changes, then the shifts for starts of parts and those for
    ends. There is one shift more than places: the first is for parts before all places.
    """
    at: list[int] = []
    of_starts, of_ends = [0], [0]
    shift = 0
    for match in pattern.finditer(text):
        start = match.start() - shift
        end = start + (len(new(match)) if new else 0)
        at += start, end
        of_starts.append(shift)
        shift = match.end() - end
        of_starts.append(shift)
        of_ends += shift, shift
    return at, of_starts, of_ends


def _unescaped(match: re.Match[str]) -> str:
    if not match.lastindex:
        return html.unescape(match[0])
    what = match[match.lastindex]
    if match["pair"]:
        return bytes.fromhex(what.replace("\\u", "")).decode("utf-16-be")
    return _SIGNS.get(what, what) if match["sign"] else chr(int(what, 16))


def _without_escapes(form: str, mark: str) -> str:
    # with a blank at the end, because a last backslash escapes the character after it
    return _ESCAPE.sub(
        lambda match: _unescaped(match) if match[0][0] == mark else match[0], f"{form} "
    )[:-1]


def _numbered(match: re.Match[str]) -> str:
    if match["hex"]:
        return chr(int(match["hex"], 16))
    return chr(int(match["decimal"])) if match["decimal"] else ""


def _hidden(text: str, places: list[tuple[int, int]]) -> str:
    """Return the text with `***` in each place; places that overlap are one."""
    shown: list[str] = []
    upto = 0
    last_end = -1
    for start, end in sorted(places):
        if start >= last_end:
            shown += [text[upto:start], HIDDEN]
        last_end = upto = max(end, upto)
    return "".join([*shown, text[upto:]])


def _forms(value: str) -> set[str]:
    texts = {value}
    for spell in SPELLINGS.values():
        texts |= {form for text in texts for form in spell(text)}
    found = {form for text in texts for encode in ENCODINGS.values() for form in encode(text)}
    for mark in "\\&%" * 2:  # a secret that contains what looks like an escape
        found |= {_without_escapes(form, mark) for form in found}
    return {form for form in found if len(form) >= MIN_SCRUBBED}


def _lines(text: str) -> set[str]:
    lines = (line.strip() for line in text.splitlines())
    return {line for line in lines if len(line) >= MIN_SCRUBBED}


def _misread(text: str) -> str:
    return text.encode(errors=_ANY).decode("latin-1")


def _in_base64(text: str) -> set[str]:
    once = _base64_cores(text.encode(errors=_ANY))
    twice = {outer for core in once for outer in _base64_cores(core.encode())}
    return {*once, *twice, *_base64_cores(text.encode("utf-16-le", _ANY))}


def _base64_cores(data: bytes) -> set[str]:
    """Return the characters of a base64 text that depend on this data alone, at three offsets."""
    cores: set[str] = set()
    for offset in range(3):
        padded = bytes(offset) + data + bytes(-(offset + len(data)) % 3)
        encoded = base64.b64encode(padded).decode()
        first = (offset * 8 + 5) // 6
        last = (offset + len(data)) * 8 // 6
        core = encoded[first:last]
        cores |= {core, core.replace("+", "-").replace("/", "_")}
    return {core for core in cores if len(core) >= MIN_BASE64}


def _in_base32(text: str) -> set[str]:
    data = text.encode(errors=_ANY)
    encoded = base64.b32encode(data).decode()[: len(data) * 8 // 5]
    return {encoded, encoded.lower()}


def _in_hexadecimal(text: str) -> set[str]:
    data = text.encode(errors=_ANY)
    found = {data.hex(), data.hex(":"), data.hex("-"), data.hex(",")}
    return found | {form.upper() for form in found}


SPELLINGS: Mapping[str, Callable[[str], set[str]]] = {
    "each line": _lines,
    "accents in Unicode's other form": lambda text: {
        unicodedata.normalize(form, text) for form in ("NFC", "NFD")
    },
    "UTF-8 read as Latin-1": lambda text: {_misread(text), _misread(_misread(text))},
}
"""Texts that are searched for in addition to the value; each row also applies to those before it.

SECURITY.md has the same names.
"""
ENCODINGS: Mapping[str, Callable[[str], set[str]]] = {
    "the value": lambda text: {text, text.replace(" ", "+")},
    "base64": _in_base64,
    "base32": _in_base32,
    "bytes as numbers": _in_hexadecimal,
}
"""The encodings of each of these texts. SECURITY.md has the same names."""
