"""Context variables: YAML, JSON or KEY=VALUE lines to strings exactly as they were written.

Errors give line and key, never a value: it may be a secret.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from genesis_ci.text import clean_line

MAX_YAML_BYTES = 256 * 1024
MAX_NODES = 10_000
MAX_PAYLOAD = 10_000_000

_KEY_VALUE_LINE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*=")
_FLAT = "Genesis takes strings only; write it as one string, for example quoted JSON"


class VariablesError(ValueError):
    """The text is no flat mapping; `problems` says where and why, each in one sentence."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def parse_variables(text: str) -> dict[str, str]:
    """Return the context variables of a text.

    The form is recognised by its first line: `{` starts JSON or YAML, `NAME=` starts KEY=VALUE
    lines, everything else is YAML. Raises `VariablesError` with all problems found.
    """
    first = next((line for line in text.splitlines() if _significant(line)), "")
    if not first:
        return {}
    if _KEY_VALUE_LINE.match(first.lstrip()):
        return _from_lines(text)
    if first.lstrip().startswith("{") and _is_json(text):
        return _from_json(text)
    return _from_yaml(text)


def _significant(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _from_lines(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    problems: list[str] = []
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.removesuffix("\r")
        if not _significant(line):
            continue
        if not _KEY_VALUE_LINE.match(line.lstrip()):
            problems.append(f"line {number}: not of the form KEY=VALUE")
            continue
        key, value = line.lstrip().split("=", 1)
        if key in found:
            problems.append(f"line {number}: the key {_name(key)} stands twice")
        found[key] = value
    return _or_raise(found, problems)


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_int=str)
    except (ValueError, RecursionError):
        return False
    return True


def _from_json(text: str) -> dict[str, str]:
    pairs = _JsonPairs()
    json.loads(
        text,
        object_pairs_hook=pairs.collect,
        parse_int=str,
        parse_float=str,
        parse_constant=str,
    )
    found: dict[str, str] = {}
    problems: list[str] = []
    for key, value in pairs.outermost:
        where = f"key {_name(key)}"
        if isinstance(value, (list, _JsonObject)):
            problems.append(f"{where}: {_kind(value)} is not allowed. {_FLAT}")
        elif key in found:
            problems.append(f"the {where} stands twice")
        found[key] = _as_written(value)
    return _or_raise(found, problems)


class _JsonObject:
    pass


class _JsonPairs:
    """Keeps the pairs of the object that is closed last: the outermost."""

    def __init__(self) -> None:
        self.outermost: list[tuple[str, Any]] = []

    def collect(self, pairs: list[tuple[str, Any]]) -> _JsonObject:
        self.outermost = pairs
        return _JsonObject()


def _as_written(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def _kind(value: object) -> str:
    return "a list" if isinstance(value, list) else "a nested mapping"


def _from_yaml(text: str) -> dict[str, str]:
    if len(text.encode("utf-8", "replace")) > MAX_YAML_BYTES:
        raise VariablesError(["the YAML is over 256 KiB; JSON and KEY=VALUE lines may be longer"])
    try:
        events = list(_bounded(yaml.parse(text, Loader=yaml.BaseLoader)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise VariablesError([f"{where}this is not valid YAML"]) from None
    except (yaml.YAMLError, RecursionError):
        raise VariablesError(["this is not valid YAML"]) from None
    return _from_events(events)


def _bounded(events: Iterator[yaml.Event]) -> Iterator[yaml.Event]:
    for number, event in enumerate(events):
        if number > MAX_NODES:
            raise VariablesError([f"more than {MAX_NODES} YAML nodes"])
        yield event


def _from_events(events: list[yaml.Event]) -> dict[str, str]:
    problems = [problem for event in events for problem in _forbidden(event)]
    if sum(isinstance(event, yaml.DocumentStartEvent) for event in events) > 1:
        problems.append("there is more than one YAML document")
    content = [event for event in events if not isinstance(event, _FRAME)]
    if not content or not isinstance(content[0], yaml.MappingStartEvent):
        raise VariablesError([*problems, "this is not a mapping of names to values"])
    if problems:
        raise VariablesError(problems)
    return _flat_mapping(content[1:-1])


_FRAME = (
    yaml.StreamStartEvent,
    yaml.StreamEndEvent,
    yaml.DocumentStartEvent,
    yaml.DocumentEndEvent,
)


def _forbidden(event: yaml.Event) -> Iterator[str]:
    line = _line(event)
    if isinstance(event, yaml.AliasEvent):
        yield f"{line}: a YAML alias (*) is not allowed; quote the value if it is text"
    if (
        isinstance(event, yaml.NodeEvent)
        and event.anchor
        and not isinstance(event, yaml.AliasEvent)
    ):
        yield f"{line}: a YAML anchor (&) is not allowed; quote the value if it is text"
    if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag is not None:
        yield f"{line}: a YAML tag (!) is not allowed; quote the value if it is text"


def _line(event: yaml.Event) -> str:
    return f"line {event.start_mark.line + 1}" if event.start_mark else "somewhere"


def _flat_mapping(events: list[yaml.Event]) -> dict[str, str]:
    found: dict[str, str] = {}
    problems: list[str] = []
    stream = iter(events)
    for event in stream:
        line = _line(event)
        if not isinstance(event, yaml.ScalarEvent):
            problems.append(f"{line}: a key has to be a plain name")
            break
        key, value = event.value, next(stream)
        if key == "<<" and event.implicit[0]:
            problems.append(f"{line}: a YAML merge key (<<) is not allowed")
        elif key in found:
            problems.append(f"{line}: the key {_name(key)} stands twice")
        found[key] = value.value if isinstance(value, yaml.ScalarEvent) else ""
        if isinstance(value, yaml.CollectionStartEvent):
            kind = "a list" if isinstance(value, yaml.SequenceStartEvent) else "a nested mapping"
            problems.append(f"{line}, key {_name(key)}: {kind} is not allowed. {_FLAT}")
            _skip_collection(stream)
    return _or_raise(found, problems)


def _skip_collection(stream: Iterator[yaml.Event]) -> None:
    depth = 1
    while depth:
        event = next(stream)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)


def _name(key: str) -> str:
    return f"“{clean_line(key, limit=60)}”"


def _or_raise(found: dict[str, str], problems: list[str]) -> dict[str, str]:
    if "" in found:
        problems.append("a key is empty")
    if any("\x00" in text or _has_surrogate(text) for pair in found.items() for text in pair):
        problems.append("a key or value holds a character that no text has (NUL or half a pair)")
    if problems:
        raise VariablesError(problems)
    return found


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
