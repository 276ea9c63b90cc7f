"""Values that must never show: a wrapper that does not print, and a scrubber for all text.

What is searched for, and what is not, stands in SECURITY.md.
"""

import base64
import html
import json
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NoReturn
from urllib.parse import quote

HIDDEN = "***"
MIN_SCRUBBED = 4
"""Shorter values are words of the language; replacing them would make a log unreadable."""


_PERCENT = re.compile("%[0-9A-F]{2}")
_CODE = re.compile(r"\\u([0-9a-f]{4})")
_NO_WORD = re.compile(r"[^A-Za-z0-9_-]")
_UNSAFE_IN_SCRIPTS = (re.compile("[<>&']"), re.compile("[<>&'+`]"))
"""What some JSON encoders write as `\\u003c` and the like."""
_LEFT_ALONE_IN_URLS = ("", "/", "!*'()", ";,/?:@&=+$!*'()#", "*")
"""Beside letters, digits and `_.-~`: strictly, in a path, by JavaScript's two, and in forms."""
_BASE64_QUOTED = (
    ("%2B", "%2F"), ("%2b", "%2f"), ("+", "\\/"), ("\\u002B", "/"), ("\\u002b", "/"),
)  # fmt: skip
MIN_BASE64 = 8
MIN_BLIND = 8
"""Characters; a shorter form is searched for as it is: without blanks it stands in many words."""
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
"""What stands between the characters of a secret that a server wrapped: white space, what is not
seen, the marks of a line that goes on, and how JSON, HTML and addresses write them."""
_MARKED = re.compile(rf"[\\&%<{_INVISIBLE}]|=\r?\n|\n[ \t]*[>|#*]")
"""What a text has where taking its white space out may not be enough."""
_ANY = "surrogatepass"
"""A secret may be any text, also one that is no UTF-8."""


class Secret:
    """A value that prints as `***` everywhere; only `reveal()` gives it away."""

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
    """Replaces secrets by `***`, also in the encodings that servers and reports give them.

    Longer forms are found whatever blanks stand in them: servers wrap lines, mail and base64
    tools too, and a secret of several words may come back with other ones.
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        values = {secret.reveal() for secret in secrets}
        self._values = tuple(sorted(value for value in values if len(value) >= MIN_SCRUBBED))
        forms = {form for value in self._values for form in _forms(value)}
        self._forms = sorted(forms, key=len, reverse=True)
        self._without = {
            blanks: sorted({short for form in forms if (short := _searched_blind(form, blanks))})
            for blanks in (_WHITE, _BLANKS)
        }

    @property
    def values(self) -> tuple[str, ...]:
        """The secrets long enough to be searched for, for a CI that masks them too."""
        return self._values

    def __call__(self, text: str) -> str:
        """Return the text without any secret. Call it before truncating and before encoding.

        Looks for each form by itself: one pattern of hundreds holds every other thread up for
        seconds on a long text.
        """
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
    """Return the text without blanks, quickly where these are only white space."""
    return "".join(text.split()) if blanks is _WHITE else blanks.sub("", text)


def _searched_blind(form: str, blanks: re.Pattern[str]) -> str:
    """Return the form without blanks; empty where that would find ordinary words."""
    solid = _solid(form, blanks)
    least = MIN_SCRUBBED if len(solid) < len(form) else MIN_BLIND
    return solid if len(solid) >= least else ""


def _places_of(form: str, text: str) -> Iterator[tuple[int, int]]:
    at = text.find(form)
    while at >= 0:
        yield at, at + len(form)
        at = text.find(form, at + len(form))


def _gaps(text: str, blanks: re.Pattern[str]) -> tuple[list[int], list[int]]:
    """Return where blanks were taken out of a text, and how many had been by then.

    The first list holds places in the text without them, the second has one number more: what to
    add to a place to have it in the text as it was.
    """
    starts: list[int] = []
    gaps = [0]
    for match in blanks.finditer(text):
        starts.append(match.start() - gaps[-1])
        gaps.append(gaps[-1] + len(match[0]))
    return starts, gaps


def _hidden(text: str, places: list[tuple[int, int]]) -> str:
    """Return the text with each place, or those that overlap together, as one `***`."""
    shown: list[str] = []
    upto = 0
    last_end = -1
    for start, end in sorted(places):
        if start >= last_end:
            shown += [text[upto:start], HIDDEN]
        last_end = upto = max(end, upto)
    return "".join([*shown, text[upto:]])


def _forms(value: str) -> set[str]:
    lines = {line.strip() for line in value.splitlines()}
    plain = {value, *(line for line in lines if len(line) >= MIN_SCRUBBED)}
    plain |= {unicodedata.normalize(form, text) for text in plain for form in ("NFC", "NFD")}
    plain |= {text.encode(errors=_ANY).decode("latin-1") for text in plain}
    return {form for text in plain for form in _encodings(text) if len(form) >= MIN_SCRUBBED}


def _encodings(text: str) -> set[str]:
    as_json = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    as_json |= {form.replace("/", "\\/") for form in as_json}
    as_json |= {unsafe.sub(_as_code, form) for form in as_json for unsafe in _UNSAFE_IN_SCRIPTS}
    as_json |= {_CODE.sub(lambda code: f"\\u{code[1].upper()}", form) for form in as_json}
    twice = {json.dumps(form)[1:-1] for form in as_json}
    as_html = {html.escape(text), html.escape(text, quote=False)}
    as_html |= {form.replace("&#x27;", "&#39;").replace("&quot;", "&#34;") for form in as_html}
    as_html |= {form.replace("&#39;", mark) for form in as_html for mark in ("&#039;", "&apos;")}
    as_html |= {form.replace("/", "&#x2F;") for form in as_html}
    as_html |= {form.replace("+", "&#43;") for form in as_html}
    for numeral in ("&#{};", "&#x{:x};", "&#x{:X};"):
        as_html |= {_as_numerals(text, numeral), "".join(numeral.format(ord(one)) for one in text)}
    return {text, *as_json, *twice, *as_html, *_in_urls(text), *_in_base64(text), *_in_bytes(text)}


def _in_urls(text: str) -> set[str]:
    """As Python, JavaScript and forms write it in an address, and each once more encoded."""
    found = {quote(text, safe=safe, errors=_ANY) for safe in _LEFT_ALONE_IN_URLS}
    found |= {form.replace("%20", "+") for form in found}
    found |= {form.replace("~", "%7E") for form in found}
    found.add("".join(f"%{byte:02X}" for byte in text.encode(errors=_ANY)))
    found |= {form.replace("%", "%25") for form in found}
    return found | {_PERCENT.sub(lambda code: code[0].lower(), form) for form in found}


def _as_code(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _as_numerals(text: str, numeral: str) -> str:
    return _NO_WORD.sub(lambda match: numeral.format(ord(match[0])), text)


def _in_base64(text: str) -> set[str]:
    """In base64, once or twice, of UTF-8 or of Windows's UTF-16, and that in an address or JSON."""
    data = text.encode(errors=_ANY)
    once = _base64_cores(data)
    quoted = (core.replace("+", a).replace("/", b) for core in once for a, b in _BASE64_QUOTED)
    twice = {outer for core in once for outer in _base64_cores(core.encode())}
    return {*once, *quoted, *twice, *_base64_cores(text.encode("utf-16-le", _ANY))}


def _in_bytes(text: str) -> set[str]:
    """In numbers, mostly hexadecimal, as programs list bytes; and in base32 from its beginning."""
    data = text.encode(errors=_ANY)
    listed = {data.hex(), data.hex(":"), data.hex("-"), ",".join(map(str, data))}
    listed |= {
        "".join(f"\\x{byte:02x}" for byte in data),
        ",".join(f"0x{byte:02x}" for byte in data),
    }
    listed |= {"".join(f"\\u{ord(one):04x}" for one in text)}
    upper = {re.sub("[a-f]", lambda digit: digit[0].upper(), form) for form in listed}
    whole = len(data) * 8 // 5
    base32 = base64.b32encode(data).decode()[:whole]
    return {*listed, *upper, base32, base32.lower()}


def _base64_cores(data: bytes) -> set[str]:
    """The characters of a base64 text that depend on this part alone, at its three alignments."""
    cores: set[str] = set()
    for offset in range(3):
        padded = bytes(offset) + data + bytes(-(offset + len(data)) % 3)
        encoded = base64.b64encode(padded).decode()
        first = (offset * 8 + 5) // 6
        last = (offset + len(data)) * 8 // 6
        core = encoded[first:last]
        cores |= {core, core.replace("+", "-").replace("/", "_")}
    return {core for core in cores if len(core) >= MIN_BASE64}
