"""Context variables: YAML, JSON or KEY=VALUE lines to strings exactly as they were written.

Errors give line and key, never a value: it may be a secret.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from genesis_ci.config.parsers import LONGEST_NAME, too_long_a_name
from genesis_ci.config.tree import (
    Bounds,
    Listing,
    Table,
    Text,
    UnreadableError,
    name,
)
from genesis_ci.models import Problem

MAX_PAYLOAD = 10_000_000
"""Bytes of the trigger's body, by the API guide."""
MAX_TEXT = 2 * MAX_PAYLOAD
"""Characters; a text is longer than what it says, where it has escapes and white space."""
MAX_PROBLEMS = 50
MAX_VARIABLES = 10_000
MAX_LINES = 100_000
YAML_BOUNDS = Bounds(size=256 * 1024, nodes=10_000, advice="JSON and KEY=VALUE lines may be longer")

_LINE_END = re.compile(r"\r\n?|\n")
_KEY_VALUE_LINE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*=")
_SURROGATE = re.compile("[\ud800-\udfff]")
_FLAT = "Genesis takes strings only; write it as one string, for example quoted JSON"


class VariablesError(ValueError):
    """No flat mapping; `problems` says why, each with its line where that is known."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(in_words(problem) for problem in problems))
        self.problems = problems


def in_words(problem: Problem) -> str:
    """Return a problem with its line in words, for a text that is not in a file."""
    return problem.words if problem.line is None else f"line {problem.line}: {problem.words}"


def parse_variables(text: str) -> dict[str, str]:
    """Return the context variables of a text.

    The form is recognised by its first line: `{` starts JSON or YAML, `NAME=` starts KEY=VALUE
    lines, everything else is YAML. A byte order mark before it does not count. Raises
    `VariablesError` with all problems found.
    """
    if len(text) > MAX_TEXT:
        raise VariablesError(Problem(words="it is far over the 10 MB that Genesis takes"))
    if text.count("\n") + text.count("\r") > MAX_LINES:
        raise VariablesError(Problem(words=f"it has over {MAX_LINES} lines"))
    text = text.removeprefix("\ufeff")
    first = next((line for line in text.splitlines() if _significant(line)), "").lstrip()
    if not first:
        return {}
    if _KEY_VALUE_LINE.match(first):
        return _from_lines(text)
    from_json = _from_json(text) if first.startswith("{") else None
    return _from_yaml(text) if from_json is None else from_json


def _significant(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _from_lines(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for number, line in enumerate(_LINE_END.split(text), start=1):
        if len(problems) >= MAX_PROBLEMS:
            problems.append(Problem(words="and maybe more"))
            break
        if not _significant(line):
            continue
        key, equals, value = line.lstrip().partition("=")
        if len(key) > LONGEST_NAME:
            problems.append(Problem(words=too_long_a_name(key), line=number))
        elif not _KEY_VALUE_LINE.match(key + equals):
            problems.append(Problem(words="not of the form KEY=VALUE", line=number))
        elif key in found:
            problems.append(Problem(words=f"the key {name(key)} stands twice", line=number))
        found[key] = value
    return _checked(found, problems)


def _from_json(text: str) -> dict[str, str] | None:
    """Return the variables of a JSON text; None where it is none."""
    pairs = _JsonPairs()
    try:
        json.loads(
            text,
            object_pairs_hook=pairs.collect,
            parse_int=str,
            parse_float=str,
            parse_constant=str,
        )
    except VariablesError:
        raise
    except (ValueError, RecursionError):
        return None
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for key, value in pairs.outermost:
        where = f"key {name(key)}"
        if isinstance(value, (list, _JsonObject)):
            problems.append(Problem(words=f"{where}: {_kind(value)} is not allowed. {_FLAT}"))
        elif key in found:
            problems.append(Problem(words=f"the {where} stands twice"))
        found[key] = _as_written(value)
    return _checked(found, problems)


class _JsonObject:
    pass


class _JsonPairs:
    """Keeps the pairs of the object that is closed last: the outermost."""

    def __init__(self) -> None:
        self.outermost: list[tuple[str, Any]] = []
        self._objects = 0

    def collect(self, pairs: list[tuple[str, Any]]) -> _JsonObject:
        self._objects += 1
        if self._objects > MAX_VARIABLES or len(pairs) > MAX_VARIABLES:
            raise _too_many()
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
    from genesis_ci.config.strict_yaml import read_table

    try:
        table, problems = read_table(text, YAML_BOUNDS)
    except UnreadableError as error:
        raise VariablesError(error.problem) from None
    return variables_of(table, problems)


def variables_of(table: Table, problems: Sequence[Problem] = ()) -> dict[str, str]:
    """Return a mapping's values as they were written. `problems` are known already.

    Raises:
        VariablesError: there are problems, or more of them: values that are not scalars.
    """
    found: dict[str, str] = {}
    more: list[Problem] = []
    for key, value in table.pairs:
        if isinstance(value, Text):
            found[key.text] = value.text
        else:
            kind = "a list" if isinstance(value, Listing) else "a nested mapping"
            words = f"key {name(key.text)}: {kind} is not allowed. {_FLAT}"
            more.append(Problem(words=words, line=key.line))
    return _checked(found, [*problems, *more])


def _checked(found: dict[str, str], problems: list[Problem]) -> dict[str, str]:
    if len(found) > MAX_VARIABLES:
        raise _too_many()
    long = [key for key in found if len(key) > LONGEST_NAME]
    if long and not problems:
        problems.append(Problem(words=too_long_a_name(long[0])))
    if "" in found:
        problems.append(Problem(words="a key is empty"))
    if any("\x00" in text or _has_surrogate(text) for pair in found.items() for text in pair):
        words = "a key or value holds a character that no text has (NUL or half a pair)"
        problems.append(Problem(words=words))
    if problems:
        raise VariablesError(*problems)
    return found


def _too_many() -> VariablesError:
    return VariablesError(Problem(words=f"there are over {MAX_VARIABLES} variables or mappings"))


def _has_surrogate(text: str) -> bool:
    return _SURROGATE.search(text) is not None
