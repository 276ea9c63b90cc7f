"""How a value is read: its type, and the keys of a mapping with their types and JSON schema.

What a feature needs for an input of its own is here and in the other modules of this package.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from datetime import date
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from genesis_ci.document.nodes import Node, ReportedError, Scalar, scalars
from genesis_ci.document.problems import AdvisedError, check_replaced, with_advice
from genesis_ci.language import N_, _, fill
from genesis_ci.models.report import Level

LONGEST_SCALAR = 2_000
LONGEST_YAML = 200_000
"""Characters of a whole list, such as `expect`."""
HOLDS_KEY = N_("it contains the API key, and reports show it. Remove the key")

T = TypeVar("T")
Json = dict[str, Any]
REFERENCE: Json = {"type": "string", "pattern": r"\$\{(ci\.)?[A-Za-z_][A-Za-z0-9_]*(:-[^{}]*)?\}"}
"""The JSON schema of a reference to a variable, which can replace a value of any type."""
TEXT: Json = {"type": ["string", "number"]}
SCALAR: Json = {"type": ["string", "number", "boolean", "null"]}


def written(pattern: str, *others: Json) -> Json:
    """Return the schema of a text that has a pattern, of other values, or of a reference."""
    text = {"type": "string", "pattern": rf"^\s*(?=\S)({pattern})\s*$"}
    return {"anyOf": [*others, text, REFERENCE]}


class ReadContext(Protocol):
    """What some values depend on. It is the `Reader`, which imports this module."""

    today: date
    warnings: list[str]
    api_url: str | None
    api_key: str | None

    def holds_key(self, text: str, /) -> bool: ...
    def warn_of_references(self, name: str, texts: Iterable[str], /) -> None: ...
    def read_file(self, path: str, /) -> str: ...


class InputType(NamedTuple, Generic[T]):
    """How the text of an input becomes a value.

    `parse` raises `ValueError` with a problem, or `ReportedError` after it reported problems
    itself. `accepts`, with its `values`, completes the sentence "write …". `choices` are the words
    of a closed set.
    Longer texts than `max_length` are refused. `schema` is the JSON schema in the config file.
    `show` formats a value for `check`. A value that `is_public` is shown in logs and reports, so it
    must not contain the API key. `on_reference` is what `${NAME}` outside of the config file is,
    where it is not replaced: an error, a warning in a text that may contain it, or nothing.
    """

    parse: Callable[[Node, ReadContext], T]
    accepts: str
    metavar: str = "VALUE"
    choices: tuple[str, ...] = ()
    max_length: int = LONGEST_SCALAR
    schema: Json = TEXT
    show: Callable[[T], str] = str
    is_public: bool = False
    on_reference: Level | None = Level.ERROR
    values: Mapping[str, object] = {}

    @property
    def form(self) -> str:
        """What is accepted, in the language in use."""
        return fill(self.accepts, **self.values) if self.values else _(self.accepts)

    def read(self, node: Node, context: ReadContext) -> T:
        """Return the value of a node; raise `ReportedError` after reporting its problems."""
        try:
            node.check_length(self.max_length)
            if not node.in_file and self.on_reference:
                if self.on_reference is Level.WARNING:
                    context.warn_of_references(node.name, node.texts())
                elif any("${" in text for text in node.texts()):
                    words = _(
                        "“${” in it was not replaced; that is done in the config file only. Write "
                        "the value itself"
                    )
                    raise AdvisedError(words)
            if self.on_reference is Level.ERROR and isinstance(node.tree, Scalar):
                check_replaced(node.tree.text.strip())
            if self.is_public and any(map(context.holds_key, node.texts())):
                raise AdvisedError(_(HOLDS_KEY))
            return self.parse(node, context)
        except ValueError as error:
            if isinstance(error, AdvisedError) and not node.private:
                node.problem(str(error))
            else:
                wide = any(re.search("[\uff01-\uff5e]", one.text) for one in scalars(node.tree))
                form = self.form
                if wide:
                    form = fill("{accepts}, without full-width characters", accepts=form)
                node.malformed(str(error), form)
            raise ReportedError from None


def scalar(parse: Callable[[str], T]) -> Callable[[Node, ReadContext], T]:
    """Return the parse function of a single value; white space around it is ignored."""
    return lambda node, _: parse(node.text().strip())


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


def read_keys(
    node: Node, keys: Iterable[Key], rules: Rules, context: ReadContext
) -> dict[str, Any]:
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
            values[name] = rows[name].type.read(part, context)
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
