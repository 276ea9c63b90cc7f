"""YAML nodes to values, with every problem collected together with its file and line."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

import yaml

from genesis_ci.emulator.access import normal_id

Closed = TypeVar("Closed", bound=StrEnum)
Convert = Callable[["Place"], Any]


class UnreadableError(Exception):
    """A value that its converter cannot take; the message is the rest of the problem line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A node, how a person would call it, and the list that problems go to."""

    file: str | None
    node: yaml.Node
    where: str
    problems: list[str]

    def report(self, text: str, node: yaml.Node | None = None) -> None:
        """Add a problem, at the line of `node` or of this place."""
        mark = (node or self.node).start_mark
        line = f"{self.file}:{mark.line + 1}: " if self.file and mark else ""
        where = f"{self.where}: " if self.where else ""
        self.problems.append(f"{line}{where}{text}")

    def inside(self, step: str, node: yaml.Node) -> Place:
        """The place of a part of this one."""
        where = f"{self.where}{step}".lstrip(".")
        return Place(file=self.file, node=node, where=where, problems=self.problems)

    def read(self, convert: Convert) -> Any:
        """The value, or None after reporting why there is none."""
        try:
            return convert(self)
        except UnreadableError as problem:
            self.report(str(problem))
            return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One key that a mapping may have."""

    read: Convert
    required: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A mapping that was read: its values by key, and the places they came from."""

    place: Place
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)


def mapping(fields: Mapping[str, Field]) -> Convert:
    """A mapping with these keys and no others."""

    def convert(place: Place) -> Entry:
        entry = Entry(place=place)
        for key, value in _pairs(place):
            name = _key_name(key)
            if name not in fields:
                place.report(_unknown_key(name, fields), key)
            elif name in entry.places:
                place.report(f"the key {name!r} is given twice; keep one", key)
            else:
                entry.places[name] = place.inside(f".{name}", value)
                entry.values[name] = entry.places[name].read(fields[name].read)
        missing = [name for name, each in fields.items() if each.required]
        for name in missing:
            if name not in entry.places:
                place.report(f"the key {name!r} is missing; add it")
        return entry

    return convert


def sequence(convert: Convert) -> Convert:
    """A list of such values; those that cannot be read are reported and left out."""

    def convert_all(place: Place) -> list[Any]:
        if not isinstance(place.node, yaml.SequenceNode):
            raise UnreadableError(f"expected a list, got {_shown(place.node)}")
        read = [
            place.inside(f"[{index}]", node).read(convert)
            for index, node in enumerate(place.node.value)
        ]
        return [value for value in read if value is not None]

    return convert_all


def string_map(place: Place) -> dict[str, str]:
    """A mapping of any keys to strings, both taken as they are written."""
    return {_key_name(key): text(place.inside("", value)) for key, value in _pairs(place)}


def text(place: Place) -> str:
    """A scalar as it is written; `on` stays `on`."""
    if not isinstance(place.node, yaml.ScalarNode):
        raise UnreadableError(f"expected a string, got {_shown(place.node)}")
    return str(place.node.value)


def name(place: Place) -> str:
    """A string that is not empty and has no control characters."""
    value = text(place)
    if not value or not value.isprintable():
        raise UnreadableError("expected a name: not empty, on one line, no control characters")
    return value


def header_map(place: Place) -> dict[str, str]:
    """HTTP headers that may be sent as they are."""
    headers = string_map(place)
    for key, value in headers.items():
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", key):
            raise UnreadableError(f"{key!r} is not a header name")
        if key.lower() in {"content-length", "transfer-encoding"}:
            raise UnreadableError(f"the server sets {key} itself; use truncate for a short body")
        if not re.fullmatch(r"[\x20-\x7e]*", value):
            raise UnreadableError(f"the value of {key} is not plain ASCII on one line")
    return headers


def uuid(place: Place) -> str:
    """A UUID, in lower case."""
    value = text(place)
    normal = normal_id(value)
    if normal is None:
        raise UnreadableError(f"{value!r} is not a UUID; write it as 8-4-4-4-12 hexadecimal digits")
    return normal


def seconds(place: Place) -> float:
    """A duration in seconds, zero or more."""
    value = _number(place, float, "a number of seconds, such as 1.5")
    if not math.isfinite(value) or value < 0:
        raise UnreadableError(f"{place.node.value} is not a duration; give 0 or more seconds")
    return float(value)


def whole(low: int, high: int) -> Convert:
    """A whole number within bounds, both included."""

    def convert(place: Place) -> int:
        value = _number(place, int, f"a whole number from {low} to {high}")
        if not low <= value <= high:
            raise UnreadableError(f"{value} is out of range; give {low} to {high}")
        return int(value)

    return convert


def boolean(place: Place) -> bool:
    """`true` or `false`, and nothing that only looks like it."""
    value = place.node.value
    if not isinstance(place.node, yaml.ScalarNode) or value not in {"true", "false"}:
        raise UnreadableError(f"expected true or false, got {_shown(place.node)}")
    return bool(value == "true")


def one_of(*members: Closed) -> Convert:
    """One of these words."""

    def convert(place: Place) -> Closed:
        value = text(place)
        for member in members:
            if member.value == value:
                return member
        words = [member.value for member in members]
        raise UnreadableError(f"{value!r} is unknown; use {_either(words)}{_hint(value, words)}")

    return convert


def nullable(convert: Convert) -> Convert:
    """Such a value, or null."""
    return lambda place: None if is_null(place.node) else convert(place)


def is_null(node: yaml.Node) -> bool:
    """Whether the node is YAML's null, not the quoted word."""
    return bool(node.tag == "tag:yaml.org,2002:null")


def _pairs(place: Place) -> list[tuple[yaml.Node, yaml.Node]]:
    if not isinstance(place.node, yaml.MappingNode):
        raise UnreadableError(f"expected a mapping, got {_shown(place.node)}")
    return list(place.node.value)


def _key_name(key: yaml.Node) -> str:
    if not isinstance(key, yaml.ScalarNode):
        raise UnreadableError("a key is not a plain string")
    return str(key.value)


def _number(place: Place, kind: type[int] | type[float], expected: str) -> float:
    try:
        return kind(place.node.value)
    except (TypeError, ValueError):
        raise UnreadableError(f"expected {expected}, got {_shown(place.node)}") from None


def _unknown_key(given: str, known: Mapping[str, Field]) -> str:
    words = list(known)
    return f"unknown key {given!r}; known are {', '.join(words)}{_hint(given, words)}"


def _hint(given: str, words: list[str]) -> str:
    close = difflib.get_close_matches(given, words, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _shown(node: yaml.Node) -> str:
    match node:
        case yaml.ScalarNode():
            return "nothing" if is_null(node) else repr(node.value)
        case yaml.SequenceNode():
            return "a list"
        case _:
            return "a mapping"
