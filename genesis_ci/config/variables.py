"""Context variables from YAML, JSON or KEY=VALUE lines; values stay as they were written.

Problems show the line and the key, never the value, which may be a secret.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from genesis_ci.config.input_types import FILE, too_long_a_name
from genesis_ci.document.keys import SCALAR, InputType, ReadContext
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
from genesis_ci.document.problems import (
    LONGEST_NAME,
    MAX_PROBLEMS,
    Mistake,
    UnreadableError,
    quoted,
    quoted_key,
)
from genesis_ci.language import N_, _, fill
from genesis_ci.models.report import Level

MAX_PAYLOAD = 10_000_000
"""Bytes of a trigger request, by the API guide."""
LONGEST_INPUTS = 2 * MAX_PAYLOAD
"""Characters; escapes and white space make a text longer than its payload."""
MAX_VARIABLES = 10_000
MAX_LINES = 100_000
YAML_BOUNDS = Bounds(size=256 * 1024, nodes=10_000, advice="JSON and KEY=VALUE lines may be longer")

_LINE_END = r"\r\n?|\n"
_KEY_VALUE_LINE = r"[A-Za-z_][A-Za-z0-9_.-]*="
_SURROGATE = "[\ud800-\udfff]"
_NESTED = N_(
    "key {key}: a nested mapping is not allowed. Genesis takes strings only; write it as one "
    "string, for example quoted JSON"
)
_LIST = N_(
    "key {key}: a list is not allowed. Genesis takes strings only; write it as one string, for "
    "example quoted JSON"
)
_TWICE = N_("the key {key} is given twice; drop one")


def parse_variables(text: str) -> dict[str, str]:
    """Return the context variables of a text; raise `UnreadableError` with all problems.

    The first line decides the format: `{` starts JSON or YAML, `NAME=` starts KEY=VALUE lines,
    everything else is YAML. A byte order mark is ignored.
    """
    if text.count("\n") + text.count("\r") > MAX_LINES:
        raise UnreadableError(f"it has over {MAX_LINES} lines; write it as JSON")
    text = text.removeprefix("\ufeff")
    first = next((line for line in text.splitlines() if _significant(line)), "").lstrip()
    if not first:
        return {}
    if re.match(_KEY_VALUE_LINE, first):
        return _from_lines(text)
    from_json = _from_json(text) if first.startswith("{") else None
    if from_json is not None:
        return from_json
    from genesis_ci.document.strict_yaml import read_document

    tree, problems = read_document(text, YAML_BOUNDS)
    if isinstance(tree, Scalar):
        words = _("this is neither NAME=VALUE nor a mapping such as {a: b}")
        raise UnreadableError(odd_text(tree) or words)
    return flat_variables(tree, problems)


def _significant(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _from_lines(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    problems: list[Mistake] = []
    for number, line in enumerate(re.split(_LINE_END, text), start=1):
        if len(problems) >= MAX_PROBLEMS:
            problems.append(Mistake("and maybe more"))
            break
        if not _significant(line):
            continue
        key, equals, value = line.lstrip().partition("=")
        if len(key) > LONGEST_NAME:
            problems.append(Mistake(too_long_a_name(key), line=number))
        elif not re.match(_KEY_VALUE_LINE, key + equals):
            problems.append(Mistake(_("not of the form KEY=VALUE"), line=number))
        elif key in found:
            words = fill(_TWICE, key=quoted_key(key))
            problems.append(Mistake(words, line=number))
        found[key] = value
    return _checked(found, problems)


def _from_json(text: str) -> dict[str, str] | None:
    """Return the variables of a JSON text; None if it is not JSON."""
    objects = 0
    outermost: list[tuple[str, Any]] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal objects, outermost
        objects += 1
        if objects > MAX_VARIABLES or len(pairs) > MAX_VARIABLES:
            raise _too_many()
        outermost = pairs
        return {}

    try:
        json.loads(
            text, object_pairs_hook=collect, parse_int=str, parse_float=str, parse_constant=str
        )
    except UnreadableError:
        raise
    except (ValueError, RecursionError):
        return None
    found: dict[str, str] = {}
    problems: list[Mistake] = []
    for key, value in outermost:
        if isinstance(value, (dict, list)):
            words = _NESTED if isinstance(value, dict) else _LIST
            problems.append(Mistake(fill(words, key=quoted_key(key))))
        elif key in found:
            problems.append(Mistake(fill(_TWICE, key=quoted_key(key))))
        is_word = value is None or isinstance(value, bool)
        found[key] = json.dumps(value) if is_word else str(value)
    return _checked(found, problems)


def flat_variables(tree: Tree, problems: Sequence[Mistake] = ()) -> dict[str, str]:
    """Return the written values of a mapping; raise `UnreadableError` with all problems."""
    if not isinstance(tree, YamlMapping):
        what = _("this is not a mapping of names to values, such as {a: b}")
        raise UnreadableError(*problems, odd_text(tree) or what)
    found: dict[str, str] = {}
    more: list[Mistake] = []
    for key, value in tree.pairs:
        if isinstance(value, Scalar):
            found[key.text] = value.text
        else:
            words = _LIST if isinstance(value, YamlSequence) else _NESTED
            more.append(Mistake(fill(words, key=quoted_key(key.text)), line=key.line))
    return _checked(found, [*problems, *more])


def _checked(found: dict[str, str], problems: list[Mistake]) -> dict[str, str]:
    if len(found) > MAX_VARIABLES:
        raise _too_many()
    long = [key for key in found if len(key) > LONGEST_NAME]
    if long and not problems:
        problems.append(Mistake(too_long_a_name(long[0])))
    if "" in found:
        problems.append(Mistake("a key is empty; give it a name"))
    if any(
        "\x00" in text or re.search(_SURROGATE, text) for pair in found.items() for text in pair
    ):
        words = "a key or value contains a NUL character or a lone surrogate"
        problems.append(Mistake(words))
    if problems:
        raise UnreadableError(*problems)
    return found


def _too_many() -> UnreadableError:
    return UnreadableError(f"there are over {MAX_VARIABLES} variables or mappings; send fewer")


class Variables(NamedTuple):
    """The context variables of one place, and their size in bytes as JSON."""

    texts: Mapping[str, str]
    size: int

    @classmethod
    def of(cls, texts: Mapping[str, str], holds_key: Callable[[str], bool]) -> "Variables":
        """Return the variables with their size, which is slow to compute.

        Raises `UnreadableError` if one of them holds the API key.
        """
        if not texts:
            return cls(texts, 0)
        whole = "\n".join(texts.values())
        if holds_key(whole) and (held := [key for key, text in texts.items() if holds_key(text)]):
            words = N_("key {key}: it contains the API key, which no value may contain")
            raise UnreadableError(*(fill(words, key=quoted_key(key)) for key in held))
        from genesis_ci.api.codec import encode_variables

        return cls(texts, len(encode_variables(texts)))


def _inline(node: Node, context: ReadContext) -> Variables:
    try:
        if node.in_file:
            return Variables.of(flat_variables(node.tree), context.holds_key)
        merged: dict[str, str] = {}
        for texts in map(parse_variables, node.texts()):
            if twice := merged.keys() & texts.keys():
                words = N_("the key {key} is in two of them; drop one")
                raise UnreadableError(fill(words, key=quoted_key(min(twice))))
            merged |= texts
        return Variables.of(merged, context.holds_key)
    except UnreadableError as error:
        for problem in error.problems:
            if node.in_file:
                node.problem(problem.words, line=problem.line)
            else:
                node.problem(problem.with_line)
        raise ReportedError from None


def _from_file(node: Node, context: ReadContext) -> Variables:
    path = node.text().strip()
    try:
        found = Variables.of(parse_variables(context.read_file(path)), context.holds_key)
    except UnreadableError as error:
        for problem in error.problems:
            if problem.line is None:
                node.problem(f"{quoted(path)}: {problem.words}")
            else:
                replace(node, place=path, in_file=True).problem(
                    problem.words, line=problem.line, column=problem.column
                )
        raise ReportedError from None
    context.warn_of_references(node.name, found.texts.values())
    return found


VARIABLES = InputType(
    parse=_inline,
    accepts=N_("a flat YAML or JSON mapping, or KEY=VALUE lines"),
    metavar="TEXT",
    max_length=LONGEST_INPUTS,
    on_reference=Level.WARNING,
    schema={
        "description": "Context variables; each is sent as the string written here.",
        "default": {},
        "type": "object",
        "additionalProperties": SCALAR,
    },
)
INPUTS_FILE = InputType(parse=_from_file, accepts=FILE.accepts, metavar=FILE.metavar)
