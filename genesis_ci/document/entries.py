"""A YAML list of mappings, and the types of their values. No problem shows a value."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from genesis_ci.document.keys import (
    LONGEST_YAML,
    InputType,
    Json,
    Key,
    ReadContext,
    Rules,
    read_keys,
)
from genesis_ci.document.nodes import (
    Bounds,
    Node,
    ReportedError,
    Scalar,
    Tree,
    YamlMapping,
    YamlSequence,
    odd_text,
)
from genesis_ci.language import N_, _, fill
from genesis_ci.strict_json import MAX_NUMBER_LENGTH, JsonValue, kind

BOUNDS = Bounds(size=256 * 1024, nodes=10_000, advice="ask for less")
MAX_NAME = 100
MAX_EXPRESSION = 1_000
"""Characters of a query, a pattern or the name of a test."""

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile("[-+]?[0-9]+")
_OCTAL_OR_HEXADECIMAL = re.compile("0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN")


def typed_scalar(text: str, *, plain: bool) -> JsonValue:
    """Return the value of a YAML scalar by the core rules of YAML 1.2; quoted, it is text.

    Raises `ValueError` for a number that JSON does not have, or of over 400 digits.
    """
    if not plain:
        return text
    if text in _WORDS:
        return _WORDS[text]
    has_prefix = _OCTAL_OR_HEXADECIMAL.fullmatch(text)
    is_number = has_prefix or _FLOAT.fullmatch(text)
    if is_number and len(text) > MAX_NUMBER_LENGTH:
        words = N_("it is a number of over {most} digits")
        raise ValueError(fill(words, most=MAX_NUMBER_LENGTH))
    if has_prefix:
        return int(text, base=0)
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NO_NUMBER.fullmatch(text) or (is_number and not math.isfinite(float(text))):
        raise ValueError(_("it is not a finite number"))
    return float(text) if is_number else text


def typed(tree: Tree, *, as_number: bool = False) -> JsonValue:
    """Return a value with the types of its YAML.

    A value from the environment is text, so that its type does not change by accident, unless it
    is read `as_number`.
    """
    match tree:
        case Scalar():
            is_text = tree.private and not as_number
            return tree.text if is_text else typed_scalar(tree.text, plain=tree.plain)
        case YamlSequence(items):
            return [typed(item) for item in items]
        case YamlMapping(pairs):
            return {key.text: typed(value) for key, value in pairs}


def value_type(
    is_valid: Callable[[Any], bool],
    accepts: str,
    schema: Json,
    *,
    as_number: bool = False,
    most: int | None = None,
) -> InputType[Any]:
    """Return the type of a value that keeps its type of YAML."""

    def parse(node: Node, _context: ReadContext) -> JsonValue:
        value = typed(node.tree, as_number=as_number)
        if not is_valid(value):
            is_blank = isinstance(value, str) and not value.strip()
            raise ValueError(_("it is empty") if is_blank else it_is(kind(value)))
        return value

    return InputType(
        parse,
        accepts,
        schema=schema,
        max_length=LONGEST_YAML,
        on_reference=None,
        values={"most": most} if most else {},
    )


def it_is(kind_of_value: str) -> str:
    return fill("it is {kind}", kind=_(kind_of_value))


def text_type(limit: int) -> InputType[Any]:
    def is_valid(value: JsonValue) -> bool:
        if isinstance(value, str) and len(value) > limit:
            raise ValueError(fill("it has {count} characters", count=len(value)))
        return isinstance(value, str) and bool(value.strip())

    schema = {"type": "string", "minLength": 1, "maxLength": limit}
    accepts = N_("text of 1 to {most} characters, in quotes")
    return value_type(is_valid, accepts, schema, most=limit)


NAME = text_type(MAX_NAME)
EXPRESSION = text_type(MAX_EXPRESSION)


def read_entries(
    node: Node, most: int, keys: Sequence[Key], rules: Rules, advice: str, context: ReadContext
) -> Iterator[tuple[Node, dict[str, Any]]]:
    """Yield the mappings of a list with their values, and report what is wrong with others."""
    if not isinstance(node.tree, YamlSequence):
        words = N_("it is {kind}, not a list; {advice}")
        node.problem(fill(words, kind=_kind(node.tree), advice=advice))
        return
    items = node.tree.items
    if len(items) > most:
        words = N_("it has {count} entries, and {most} are the most; merge some")
        node.problem(fill(words, count=len(items), most=most))
        return
    for number, item in enumerate(items, start=1):
        entry = replace(node, tree=item, key=fill("entry {number}", number=number))
        if isinstance(item, YamlMapping):
            with suppress(ReportedError):
                yield entry, read_keys(entry, keys, rules, context)
        else:
            words = N_("it is {kind}, not a mapping; {advice}")
            entry.problem(odd_text(item) or fill(words, kind=_kind(item), advice=advice))


def _kind(tree: Tree) -> str:
    try:
        return _(kind(typed(tree)))
    except ValueError:
        return _(kind(0))
