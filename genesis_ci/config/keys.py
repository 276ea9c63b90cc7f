"""Tables of the keys of a mapping: one reader, and one generator of their JSON schema."""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from genesis_ci.config.input_types import InputType, Job, Json
from genesis_ci.config.nodes import Node, ReportedError
from genesis_ci.config.problems import with_advice
from genesis_ci.language import fill


class Key(NamedTuple):
    """A key: the type of its value, what it means, and the default as the schema shows it."""

    name: str
    type: InputType[Any]
    meaning: str = ""
    default: Any = None
    is_required: bool = False

    @property
    def schema(self) -> Json:
        described: Json = {"description": self.meaning} if self.meaning else {}
        if self.default is not None:
            described["default"] = True if self.default == "true" else self.default
        return described | self.type.schema


Rules = Callable[[Collection[str], Mapping[str, Any]], Iterable[str]]
"""Yields the problems of several keys: of those that are given, and of the values of some."""


def read_keys(node: Node, keys: Iterable[Key], rules: Rules, job: Job) -> dict[str, Any]:
    """Return the values of a mapping; raise `ReportedError` after reporting all its problems.

    A key that is a misspelt one counts as given.
    """
    known = len(node.problems)
    rows = {key.name: key for key in keys}
    parts, suggested = node.parts(rows)
    given = {*parts, *suggested}
    problems = [
        with_advice(fill("“{key}” is missing", key=key.name), key.type.form)
        for key in rows.values()
        if key.is_required and key.name not in given
    ]
    values = {}
    for name, part in parts.items():
        with suppress(ReportedError):
            values[name] = rows[name].type.read(part, job)
    for words in (*problems, *rules(given, values)):
        node.problem(words)
    if len(node.problems) > known or len(values) < len(parts):
        raise ReportedError
    return values


def schema_of_mapping(keys: Iterable[Key], **rules: Any) -> Json:
    """Return the JSON schema of a mapping with these keys; `rules` are about several of them."""
    rows = list(keys)
    required = [key.name for key in rows if key.is_required]
    return {
        "type": "object",
        "additionalProperties": False,
        **({"required": required} if required else {}),
        **rules,
        "properties": {key.name: key.schema for key in rows},
    }
