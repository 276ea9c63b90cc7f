"""Context variables: YAML, JSON or KEY=VALUE lines to strings exactly as they were written.

Errors give line and key, never a value: it may be a secret.
"""

import json
import re
from typing import Any

from genesis_ci.config.strict_yaml import (
    Bounds,
    Listing,
    Problem,
    Table,
    Text,
    UnreadableError,
    name,
    read_document,
)

MAX_PAYLOAD = 10_000_000
"""Bytes of the trigger's body, by the API guide."""
MAX_TEXT = 2 * MAX_PAYLOAD
"""Characters; a text is longer than what it says, where it has escapes and white space."""
MAX_PROBLEMS = 50
YAML_BOUNDS = Bounds(size=256 * 1024, nodes=10_000, advice="JSON and KEY=VALUE lines may be longer")

_LINE_END = re.compile(r"\r\n?|\n")
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
    lines, everything else is YAML. A byte order mark before it is no part of the text. Raises
    `VariablesError` with all problems found.
    """
    if len(text) > MAX_TEXT:
        raise VariablesError(["it is far over the 10 MB that Genesis takes"])
    text = text.removeprefix("\ufeff")
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
    for number, line in enumerate(_LINE_END.split(text), start=1):
        if len(problems) >= MAX_PROBLEMS:
            problems.append("and maybe more")
            break
        if not _significant(line):
            continue
        if not _KEY_VALUE_LINE.match(line.lstrip()):
            problems.append(f"line {number}: not of the form KEY=VALUE")
            continue
        key, value = line.lstrip().split("=", 1)
        if key in found:
            problems.append(f"line {number}: the key {name(key)} stands twice")
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
        where = f"key {name(key)}"
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
    try:
        document = read_document(text, YAML_BOUNDS)
    except UnreadableError as error:
        raise VariablesError([str(error.problem)]) from None
    found, problems = flat(document.table)
    return _or_raise(found, [str(problem) for problem in (*document.problems, *problems)])


def flat(table: Table) -> tuple[dict[str, str], list[Problem]]:
    """Return a mapping's values as they were written, and a problem for each that is no scalar."""
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for key, value in table.pairs:
        found[key.text] = value.text if isinstance(value, Text) else ""
        if not isinstance(value, Text):
            kind = "a list" if isinstance(value, Listing) else "a nested mapping"
            at = f"key {name(key.text)}"
            problems.append(Problem(key.line, f"{kind} is not allowed. {_FLAT}", at))
    return found, problems


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
