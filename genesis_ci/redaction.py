"""Secret values: a wrapper that does not print, and a scrubber for text.

SECURITY.md lists what the scrubber finds, and what it does not.
"""

import base64
import html
import json
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NoReturn
from urllib.parse import quote

HIDDEN = "***"
MIN_SCRUBBED = 4
"""Shorter values are ordinary words; without them a log would be unreadable."""
MIN_BASE64 = 8
MIN_WITHOUT_BLANKS = 8
"""Characters; a shorter form without its blanks is found in many ordinary words."""
_PERCENT = re.compile("%[0-9A-F]{2}")
_CODE = re.compile(r"\\u([0-9a-f]{4})")
_NO_WORD = re.compile(r"[^A-Za-z0-9_-]")
_UNSAFE_IN_SCRIPTS = (re.compile("[<>&']"), re.compile("[<>&'+`]"))
"""Characters that some JSON encoders write as `\\u003c` and the like."""
_SAFE_IN_URLS = ("", "/", "!*'()", ";,/?:@&=+$!*'()#", "*")
"""Characters that are not encoded: none, in a path, by JavaScript's two functions, in a form.

Letters, digits and `_.-~` are never encoded.
"""
_BASE64_QUOTED = (
    ("%2B", "%2F"), ("%2b", "%2f"), ("+", "\\/"), ("\\u002B", "/"), ("\\u002b", "/"),
)  # fmt: skip
_INVISIBLE = (
    "\\x00-\\x08\\x0e-\\x1b\\x7f-\\x84\\x86-\\x9f\\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff"
)
_WHITE = re.compile(r"\s+")
_BLANKS = re.compile(
    r"(?i:"
    r"\n[ \t]*[>|#*]{1,4}[ \t]"  # a mail's quotation, a comment
    r"|=\r?\n|\\\r?\n"  # a line that goes on, as quoted-printable and shells write it
    r"|\x1b\[[0-9;]{0,20}m"  # colours of a terminal
    rf"|[\s{_INVISIBLE}]"
    r"|\\{1,4}+(?:[nrtfv]|x(?:0[9ad]|20|a[0d])|u00(?:0[9ad]|20|a[0d])|u20(?:0[0-9a-f]|2[89]|60)"
    r"|u3000|ufeff)"
    r"|&(?:nbsp|shy|tab|newline|zerowidthspace|zwn?j|#0*(?:9|10|13|32|160|173|820[3-7]|8288|65279)"
    r"|#x0*(?:9|[ad]|20|a[0d]|200[b-f]|2060|feff));"
    r"|%(?:25)?(?:0[9ad]|20)|%c2%a[0d]"
    r"|<w?br ?/?>"
    r")"
)
"""What servers insert between the characters of a secret: white space, invisible characters, marks
of a continued line, and all of these as JSON, HTML and URLs encode them."""
_MARKED = re.compile(rf"[\\&%<{_INVISIBLE}]|=\r?\n|\n[ \t]*[>|#*]")
"""A text with one of these may have blanks that are not white space."""
_ANY = "surrogatepass"
"""How to encode text that is not valid UTF-8, as a secret may be."""


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


class Scrubber:
    """Replaces secrets by `***`, in every form of `SPELLINGS` and `ENCODINGS`.

    Longer forms are also found with other blanks or none, because servers, mail and base64 tools
    wrap lines.
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        values = {secret.reveal() for secret in secrets}
        # the CI masks these as well
        self.values = tuple(sorted(value for value in values if len(value) >= MIN_SCRUBBED))
        self._forms = {form for value in self.values for form in _forms(value)}
        self._without = {
            blanks: {short for form in self._forms if (short := _without_blanks(form, blanks))}
            for blanks in (_WHITE, _BLANKS)
        }

    def __call__(self, text: str) -> str:
        """Return the text without any secret. Call it before truncating and before encoding."""
        # one pattern of all forms would block every other thread for seconds on a long text
        places = [place for form in self._forms for place in _places_of(form, text)]
        places += self._places_across(_WHITE, text)
        if _MARKED.search(text):
            places += self._places_across(_BLANKS, text)
        return _hidden(text, places) if places else text

    def _places_across(self, blanks: re.Pattern[str], text: str) -> list[tuple[int, int]]:
        solid = _solid(text, blanks)
        if len(solid) == len(text):
            return []
        found = [place for form in self._without[blanks] for place in _places_of(form, solid)]
        if not found:
            return []
        starts, gaps = _gaps(text, blanks)
        return [
            (start + gaps[bisect_right(starts, start)], end + gaps[bisect_right(starts, end - 1)])
            for start, end in found
        ]


def _solid(text: str, blanks: re.Pattern[str]) -> str:
    return "".join(text.split()) if blanks is _WHITE else blanks.sub("", text)


def _without_blanks(form: str, blanks: re.Pattern[str]) -> str:
    """Return the form without blanks; empty if it would be found in ordinary words."""
    solid = _solid(form, blanks)
    least = MIN_SCRUBBED if len(solid) < len(form) else MIN_WITHOUT_BLANKS
    return solid if len(solid) >= least else ""


def _places_of(form: str, text: str) -> Iterator[tuple[int, int]]:
    at = text.find(form)
    while at >= 0:
        yield at, at + len(form)
        at = text.find(form, at + len(form))


def _gaps(text: str, blanks: re.Pattern[str]) -> tuple[list[int], list[int]]:
    """Return where blanks were removed from a text, and how many characters up to there.

    The first list holds places in the text without blanks. The second has one number more: what to
    add to such a place to get the place in the original text.
    """
    starts: list[int] = []
    gaps = [0]
    for match in blanks.finditer(text):
        starts.append(match.start() - gaps[-1])
        gaps.append(gaps[-1] + len(match[0]))
    return starts, gaps


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
    found = (form for text in texts for encode in ENCODINGS.values() for form in encode(text))
    return {form for form in found if len(form) >= MIN_SCRUBBED}


def _lines(text: str) -> set[str]:
    lines = (line.strip() for line in text.splitlines())
    return {line for line in lines if len(line) >= MIN_SCRUBBED}


def _in_json(text: str) -> set[str]:
    found = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    found |= {form.replace("/", "\\/") for form in found}
    found |= {unsafe.sub(_as_code, form) for form in found for unsafe in _UNSAFE_IN_SCRIPTS}
    found |= {_CODE.sub(lambda code: f"\\u{code[1].upper()}", form) for form in found}
    return found | {json.dumps(form)[1:-1] for form in found}


def _as_code(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _in_html(text: str) -> set[str]:
    found = {html.escape(text), html.escape(text, quote=False)}
    found |= {form.replace("&#x27;", "&#39;").replace("&quot;", "&#34;") for form in found}
    found |= {form.replace("&#39;", mark) for form in found for mark in ("&#039;", "&apos;")}
    found |= {form.replace("/", "&#x2F;") for form in found}
    found |= {form.replace("+", "&#43;") for form in found}
    for numeral in ("&#{};", "&#x{:x};", "&#x{:X};"):
        found |= {_as_numerals(text, numeral), "".join(numeral.format(ord(one)) for one in text)}
    return found


def _as_numerals(text: str, numeral: str) -> str:
    return _NO_WORD.sub(lambda match: numeral.format(ord(match[0])), text)


def _in_urls(text: str) -> set[str]:
    found = {quote(text, safe=safe, errors=_ANY) for safe in _SAFE_IN_URLS}
    found |= {form.replace("%20", "+") for form in found}
    found |= {form.replace("~", "%7E") for form in found}
    found.add("".join(f"%{byte:02X}" for byte in text.encode(errors=_ANY)))
    found |= {form.replace("%", "%25") for form in found}
    return found | {_PERCENT.sub(lambda code: code[0].lower(), form) for form in found}


def _in_base64(text: str) -> set[str]:
    data = text.encode(errors=_ANY)
    once = _base64_cores(data)
    quoted = (core.replace("+", a).replace("/", b) for core in once for a, b in _BASE64_QUOTED)
    twice = {outer for core in once for outer in _base64_cores(core.encode())}
    return {*once, *quoted, *twice, *_base64_cores(text.encode("utf-16-le", _ANY))}


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


def _as_bytes(text: str) -> set[str]:
    data = text.encode(errors=_ANY)
    listed = {
        data.hex(),
        data.hex(":"),
        data.hex("-"),
        ",".join(map(str, data)),
        ",".join(f"0x{byte:02x}" for byte in data),
        "".join(f"\\x{byte:02x}" for byte in data),
        "".join(f"\\u{ord(one):04x}" for one in text),
    }
    return listed | {re.sub("[a-f]", lambda digit: digit[0].upper(), form) for form in listed}


SPELLINGS: Mapping[str, Callable[[str], set[str]]] = {
    "each line": _lines,
    "accents in Unicode's other form": lambda text: {
        unicodedata.normalize(form, text) for form in ("NFC", "NFD")
    },
    "UTF-8 read as Latin-1": lambda text: {text.encode(errors=_ANY).decode("latin-1")},
}
"""Texts that are searched for in addition to the value; each row also applies to those before it.

SECURITY.md has the same names.
"""
ENCODINGS: Mapping[str, Callable[[str], set[str]]] = {
    "the value": lambda text: {text},
    "JSON": _in_json,
    "HTML": _in_html,
    "URLs and forms": _in_urls,
    "base64": _in_base64,
    "base32": _in_base32,
    "bytes as numbers": _as_bytes,
}
"""The encodings of each of these texts. SECURITY.md has the same names."""
