"""Secret values: a wrapper that does not print, and a scrubber for text.

SECURITY.md lists what the scrubber finds, and what it does not.
"""

import base64
import json
import re
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import chain, compress
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
"""Each line of a secret is searched for in about ten forms, which takes time and memory."""
_ANY = "surrogatepass"
"""How to encode text that is not valid UTF-8, as a secret may be."""

Scrub = Callable[[str], str]
"""Removes secrets from a text."""
Part = tuple[int, int]
"""Where a part of a text begins and ends."""
Forms = Mapping[str, list[str]]
"""Texts to search for, by their first `MIN_SCRUBBED` characters."""


class Secret:
    """A value that prints as `***` everywhere; only `reveal()` returns it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
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


class Escape(NamedTuple):
    """A way to escape characters: a pattern for one of them, and how to decode it."""

    pattern: re.Pattern[str]
    decode: Callable[[re.Match[str]], str]

    def decoded(self, text: str) -> str:
        return self.pattern.sub(lambda one: self.decode(one).rjust(len(one[0]), _FILLER), text)


_FILLER = "\x1f"
"""A blank. It precedes a decoded character, so that a decoded text is as long as before."""
_HEX = "[0-9a-fA-F]"


def _of_html(escape: re.Match[str]) -> str:
    import html  # has a table of 2,231 names, and few texts have escapes of HTML

    return html.unescape(escape[0])


ESCAPES: Mapping[str, Escape] = {
    "JSON": Escape(
        re.compile(rf"""\\(?:u[dD]{_HEX}{{3}}\\u[dD]{_HEX}{{3}}|u{_HEX}{{4}}|["\\/bfnrt])"""),
        lambda escape: str(json.loads(f'"{escape[0]}"')),
    ),
    "HTML": Escape(
        re.compile(rf"&(?:#[0-9]{{1,10}}|#[xX]{_HEX}{{1,8}}|[A-Za-z][A-Za-z0-9]{{1,30}});?"),
        _of_html,
    ),
    "URLs and forms": Escape(
        re.compile(rf"%(?:[0-7]{_HEX}|[c-fC-F]{_HEX}(?:%[89abAB]{_HEX}){{1,3}})"),
        lambda escape: bytes.fromhex(escape[0].replace("%", "")).decode(errors="replace"),
    ),
}
"""SECURITY.md has the names."""


JSON_IN_JSON = 3
"""How many times the escapes of JSON are decoded: an output has JSON that has JSON."""


def _decoded(text: str) -> dict[str, str]:
    """Return the text with one kind of escapes decoded, for each kind that it has."""
    each = {name: kind.decoded(text) for name, kind in ESCAPES.items()}
    return {name: decoded for name, decoded in each.items() if decoded != text}


def _originals(parts: list[Part], text: str, is_kept: Callable[[str], object]) -> Iterator[Part]:
    """Yield where parts of a text's kept characters are in the text; fillers belong to the next."""
    if not parts:
        return
    kept = array("L", compress(range(len(text)), map(is_kept, text)))
    for start, end in parts:
        begin = kept[start]
        while begin and text[begin - 1] == _FILLER:
            begin -= 1
        yield begin, kept[end - 1] + 1


class Scrubber:
    """Replaces secrets, and each of their lines, by `***`, in all `ENCODINGS` and `ESCAPES`.

    They are also found with other white space or none, because servers and base64 tools wrap lines.
    The text around them stays as it is: programs read outputs.
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        values = {secret.reveal() for secret in secrets}
        # the CI masks these as well
        self.values = tuple(sorted(value for value in values if len(value) >= MIN_SCRUBBED))
        forms = {form for value in self.values for form in _forms(value)}
        # one pattern of all forms would block every other thread for seconds on a long text
        self._find = _by_finding if len(forms) <= FEW_FORMS else _by_looking_up
        solid = {form: _without_blanks(form) for form in forms}
        self._without_blanks = _by_beginning(filter(None, solid.values()))
        self._as_they_are = _by_beginning(form for form in forms if not solid[form])

    def __call__(self, text: str) -> str:
        """Return the text without any secret. Call it before truncating and before encoding."""
        return _hidden(text, self._parts(text)) if self.values else text

    def _parts(self, text: str, levels: int = JSON_IN_JSON) -> Iterator[Part]:
        yield from self._find(self._as_they_are, text)
        yield from self._solid_parts(text)
        if not levels:
            return
        for name, decoded in _decoded(text).items():
            inner = self._parts(decoded.replace(_FILLER, ""), (levels - 1) * (name == "JSON"))
            yield from _originals([*inner], decoded, _FILLER.__ne__)
        # an escape may have a line break inside
        solid = _decoded("".join(text.split())).values()
        found = [part for decoded in solid for part in self._solid_parts(decoded)]
        yield from _originals(found, text, str.strip)

    def _solid_parts(self, text: str) -> Iterator[Part]:
        found = [*self._find(self._without_blanks, "".join(text.split()))]
        return _originals(found, text, str.strip)


def _without_blanks(form: str) -> str:
    """Return the form without blanks; empty if it would be found in ordinary words."""
    solid = "".join(form.split())
    least = MIN_SCRUBBED if len(solid) < len(form) else MIN_WITHOUT_BLANKS
    return solid if len(solid) >= least else ""


def _by_beginning(forms: Iterable[str]) -> Forms:
    found: dict[str, list[str]] = {}
    for form in dict.fromkeys(forms):
        found.setdefault(form[:MIN_SCRUBBED], []).append(form)
    return found


def _by_finding(forms: Forms, text: str) -> Iterator[Part]:
    for form in chain.from_iterable(forms.values()):
        at = text.find(form)
        while at >= 0:
            yield at, at + len(form)
            at = text.find(form, at + len(form))


def _by_looking_up(forms: Forms, text: str) -> Iterator[Part]:
    for at in range(len(text)):
        for form in forms.get(text[at : at + MIN_SCRUBBED], ()):
            if text.startswith(form, at):
                yield at, at + len(form)


def _hidden(text: str, parts: Iterable[Part]) -> str:
    """Return the text with `***` for each part; parts that overlap are one."""
    shown: list[str] = []
    done = 0
    for start, end in sorted(parts):
        if start >= done:
            shown += [text[done:start], HIDDEN]
        done = max(end, done)
    return "".join([*shown, text[done:]])


def _forms(value: str) -> set[str]:
    texts = {value, *(line.strip() for line in value.splitlines())}
    long = [text for text in texts if len(text) >= MIN_SCRUBBED]
    return {form for text in long for encode in ENCODINGS.values() for form in encode(text)}


def _in_base64(text: str) -> set[str]:
    """Return the characters of a base64 text that depend on this text alone, at three offsets."""
    data = text.encode(errors=_ANY)
    cores: set[str] = set()
    for offset in range(3):
        padded = bytes(offset) + data + bytes(-(offset + len(data)) % 3)
        encoded = base64.b64encode(padded).decode()
        first = (offset * 8 + 5) // 6
        last = (offset + len(data)) * 8 // 6
        core = encoded[first:last]
        cores |= {core, core.replace("+", "-").replace("/", "_")}
    return {core for core in cores if len(core) >= MIN_BASE64}


def _in_hexadecimal(text: str) -> set[str]:
    digits = text.encode(errors=_ANY).hex()
    return {digits, digits.upper()}


ENCODINGS: Mapping[str, Callable[[str], set[str]]] = {
    "the value": lambda text: {text, text.replace(" ", "+")},
    "base64": _in_base64,
    "hexadecimal": _in_hexadecimal,
}
"""The encodings of a secret, and of each of its lines. SECURITY.md has the names."""
