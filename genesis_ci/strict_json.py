"""Reads JSON and refuses ambiguous JSON; everything that decides a verdict is read with it."""

import json
import math
from collections.abc import Callable
from typing import Any, TypeAlias

from genesis_ci.language import N_, _

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

MAX_DEPTH = 100
MAX_NUMBER_LENGTH = 400
MAX_VALUES = 1_000_000
"""Twenty million empty lists fit into one answer; reading them blocked signals for minutes."""
PORTION = 65_536
"""Bytes that are counted in one step; other threads wait for each step."""
_KINDS = {
    type(None): N_("null"),
    bool: N_("true or false"),
    int: N_("a number"),
    float: N_("a number"),
    str: N_("text"),
    list: N_("a list"),
    dict: N_("an object"),
}
_NO_MARKS = bytes(set(range(256)) - set(b'",[{'))


class StrictJsonError(ValueError):
    """The text is not JSON, or JSON that two readers would read differently.

    `shown` is the message in the language in use; `str` has it in English. `at` is the place in the
    text, if there is one.
    """

    def __init__(self, template: str, at: int | None = None, **values: object) -> None:
        super().__init__(template.format(**values))
        self.at = at
        self._template, self._values = template, values

    @property
    def shown(self) -> str:
        return _(self._template).format(**self._values)


class JsonText(str):
    """A text in which an error of JSON counts no lines: each would count from the beginning."""

    __slots__ = ()

    def count(self, *_: object) -> int:
        return 0

    rfind = count


def parse_json(text: str, *, max_values: int | None = None) -> JsonValue:
    """Return the JSON value of a text.

    Raises `StrictJsonError` for invalid JSON, a duplicate key, a number that is not finite or has
    over 400 digits, nesting deeper than 100, and over about `max_values` values.
    """
    if max_values is not None and _has_over(max_values, text):
        raise StrictJsonError(N_("it has over {most} values"), most=max_values)
    value: JsonValue = _decoded(_DECODER.decode, text)
    _check_depth(value)
    return value


def parse_beginning(text: JsonText, at: int) -> tuple[JsonValue, int]:
    """Return the JSON value that begins at a place of a text, and the place after it."""
    value, end = _decoded(_DECODER.raw_decode, text, at)
    _check_depth(value)
    return value, end


def _decoded(decode: Callable[..., Any], *text: str | int) -> Any:
    try:
        return decode(*text)
    except StrictJsonError:
        raise
    except (ValueError, RecursionError) as error:
        raise StrictJsonError(N_("not valid JSON"), getattr(error, "pos", None)) from None


def _check_depth(value: JsonValue) -> None:
    level = [value]
    for _level in range(MAX_DEPTH):
        if not level:
            return
        level = [child for item in level for child in children(item)]
    if level:
        raise StrictJsonError(N_("nested deeper than {levels} levels"), levels=MAX_DEPTH)


def children(value: JsonValue) -> list[JsonValue]:
    """Return the values of an object or a list; a scalar has none."""
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def value_at(value: JsonValue, *keys: str) -> JsonValue:
    """Return the value at a path of keys; None if there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def text_at(value: JsonValue, *keys: str) -> str:
    """Return the text, or the integer as text, at a path of keys; empty if there is none."""
    found = value_at(value, *keys)
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _has_over(most: int, text: str) -> bool:
    # Count commas and brackets, and only if there are too many, those outside of strings.
    if text.count(",") + text.count("[") + text.count("{") <= most:
        return False
    body = text.encode(errors="surrogatepass").replace(rb"\\", b"").replace(rb"\"", b"")
    marks = body.translate(None, _NO_MARKS)
    count = inside = 0
    for at in range(0, len(marks), PORTION):
        parts = marks[at : at + PORTION].split(b'"')
        count += sum(map(len, parts[inside::2]))
        inside ^= (len(parts) - 1) & 1
    return count > most


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise StrictJsonError(N_("a key is given twice in one object"))
    return members


def _number(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise StrictJsonError(N_("a number is not finite"))
    return value


def _integer(digits: str) -> int:
    if len(digits) > MAX_NUMBER_LENGTH:
        raise StrictJsonError(N_("a number has over {most} digits"), most=MAX_NUMBER_LENGTH)
    return int(digits)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_constant=_number,  # NaN and Infinity
    parse_float=_number,
    parse_int=_integer,
)


def kind(value: object) -> str:
    """Return the type of a JSON value in marked words; true and false are not numbers."""
    return _KINDS.get(type(value), N_("no JSON value"))
