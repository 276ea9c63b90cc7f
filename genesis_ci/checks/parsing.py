"""Parses the checks of the configuration from plain data with typed scalars (`typed_scalar`)."""

import math
import re
from collections.abc import Iterator
from typing import NamedTuple, assert_never

from genesis_ci.checks.expectations import name_of
from genesis_ci.checks.inner_tests import MAX_TESTS
from genesis_ci.checks.reading import kind, query_problem
from genesis_ci.models.findings import Expectation, InnerTests, ListFormat, Operator, Proof
from genesis_ci.strict_json import MAX_NUMBER_LENGTH, JsonValue
from genesis_ci.text import nearest, suggestion

MAX_ENTRIES = 100
MAX_NAME = 100
MAX_UNKNOWN = 20
MAX_EXPRESSION = 1_000
"""Characters of a query or a pattern."""

_NULL = re.compile("null|Null|NULL|~|")
_BOOL = re.compile("(true|True|TRUE)|false|False|FALSE")
_INTEGER = re.compile("[-+]?[0-9]+")
_OCTAL_OR_HEXADECIMAL = re.compile("0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN")
_TEXTS = ("block", "query", "name")
_ADVICE = "write entries such as { block: NAME, query: failed, equals: 0 }"


def typed_scalar(text: str, *, plain: bool) -> JsonValue:
    """Return the value of a YAML scalar by the core rules of YAML 1.2; quoted, it is text.

    Raises:
        ValueError: a number that JSON does not have (`.nan`, `.inf`, 1e999), or of over 400 digits.
    """
    if not plain:
        return text
    if _NULL.fullmatch(text):
        return None
    if boolean := _BOOL.fullmatch(text):
        return boolean[1] is not None
    return _number(text)


def _number(text: str) -> JsonValue:
    has_prefix = _OCTAL_OR_HEXADECIMAL.fullmatch(text)
    is_number = has_prefix or _FLOAT.fullmatch(text)
    if is_number and len(text) > MAX_NUMBER_LENGTH:
        raise ValueError(f"a number of over {MAX_NUMBER_LENGTH} digits")
    if has_prefix:
        return int(text, base=0)
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NO_NUMBER.fullmatch(text) or (is_number and not math.isfinite(float(text))):
        raise ValueError("not a finite number; write it in quotes if it is text")
    return float(text) if is_number else text


class EntryProblem(NamedTuple):
    """What is wrong with an entry, counted from 0; None is the whole list."""

    entry: int | None
    words: str


def parse_expectations(
    data: JsonValue,
) -> tuple[tuple[Expectation, ...], tuple[EntryProblem, ...]]:
    """Return the expectations of a list, and all its problems, which show no value.

    Queries and patterns are not parsed here but in `expression_problem`.
    """
    if problem := _list_problem(data):
        return (), (EntryProblem(entry=None, words=problem),)
    expectations: dict[str, Expectation] = {}
    entries: dict[str, int] = {}
    problems: list[EntryProblem] = []
    for number, entry in enumerate(data if isinstance(data, list) else ()):
        wrong = list(_entry_problems(entry))
        if not wrong and isinstance(entry, dict):
            expectation = _expectation(entry)
            name = name_of(expectation)
            if name in expectations:
                same = f"it asks for the same as entry {entries[name] + 1}, or has its name"
                wrong = [f"{same}; drop one, or give each a name of its own"]
            entries.setdefault(name, number)
            expectations[name] = expectation
        problems += [EntryProblem(entry=number, words=words) for words in wrong]
    return tuple(expectations.values()), tuple(problems)


def _list_problem(data: JsonValue) -> str | None:
    if not isinstance(data, list):
        return f"it is {kind(data)}, not a list; {_ADVICE}"
    if not data:
        return f"it is an empty list, which proves nothing; drop it, or {_ADVICE}"
    if len(data) > MAX_ENTRIES:
        return f"it has {len(data)} entries, and {MAX_ENTRIES} are the most; merge some"
    return None


def _expectation(entry: dict[str, JsonValue]) -> Expectation:
    texts = {key: value for key in _TEXTS if isinstance(value := entry.get(key), str)}
    operator = next(operator for operator in Operator if operator in entry)
    return Expectation(operator=operator, expected=entry[operator], **texts)


def _entry_problems(entry: JsonValue) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield f"it is {kind(entry)}, not a mapping; {_ADVICE}"
        return
    yield from _unknown_keys(entry, (*_TEXTS, *Operator))
    if "block" not in entry:
        yield "it names no block; add block: NAME"
    for key in _TEXTS:
        if key in entry:
            limit = MAX_EXPRESSION if key == "query" else MAX_NAME
            yield from _text_problems(key, entry[key], limit)
    operators = [operator for operator in Operator if operator in entry]
    if not operators:
        yield f"it has no operator; add one of {', '.join(Operator)}"
    elif len(operators) > 1:
        yield f"it has {' and '.join(operators)}; one operator per entry, so write two entries"
    else:
        yield from _value_problems(operators[0], entry[operators[0]], queried="query" in entry)


def _unknown_keys(entry: dict[str, JsonValue], known: tuple[str, ...]) -> Iterator[str]:
    unknown = [key for key in entry if key not in known]
    if len(unknown) > MAX_UNKNOWN:
        yield f"{len(unknown)} of its keys are not known; known are {', '.join(known)}"
        return
    for key in unknown:
        near = nearest(key[:MAX_NAME], known)
        advice = f"did you mean {near}?" if near else f"known are {', '.join(known)}"
        yield f"“{key}” is not known; {advice}"


def _text_problems(key: str, value: JsonValue, limit: int) -> Iterator[str]:
    if value is None:
        yield f"{key} is missing; add {key}: TEXT"
    elif not isinstance(value, str):
        yield f"{key} is {kind(value)}, not text; write text in quotes"
    elif not value.strip():
        yield f"{key} is empty; give it a value or drop it"
    elif len(value) > limit:
        yield f"{key} has {len(value)} characters, and {limit} are the most; shorten it"


def _value_problems(operator: Operator, value: JsonValue, *, queried: bool) -> Iterator[str]:
    # An expectation that is always met, or never, is a mistake.
    match operator:
        case Operator.NOT_EMPTY:
            if value is not True:
                yield "not-empty takes true and nothing else"
        case Operator.AT_LEAST | Operator.AT_MOST:
            if kind(value) != "a number":
                yield f"{operator} is {kind(value)}, not a number; write one without quotes"
            if not queried:
                yield f'{operator} needs a query; query: "@" takes the whole output'
        case Operator.MATCHES:
            yield from _text_problems(operator, value, MAX_EXPRESSION)
        case Operator.EQUALS | Operator.NOT_EQUALS | Operator.CONTAINS | Operator.NOT_CONTAINS:
            yield from _comparison_problems(operator, value, queried=queried)
        case _:
            assert_never(operator)


def _comparison_problems(operator: Operator, value: JsonValue, *, queried: bool) -> Iterator[str]:
    if value is None:
        yield f"{operator} is null, and an absent value never meets an expectation; write a value"
    elif not queried and not isinstance(value, str):
        yield (
            f"{operator} is {kind(value)}, and without a query the output is text; "
            'write it in quotes, or add a query ("@" takes the whole output)'
        )
    elif value == "" and not (queried and operator in {Operator.EQUALS, Operator.NOT_EQUALS}):
        yield f"{operator} is an empty text, which says nothing; for some text use not-empty: true"


def parse_tests(data: JsonValue) -> tuple[InnerTests | Proof | None, tuple[str, ...]]:
    """Return the block that lists tests, or which blocks do not; or what is wrong with it."""
    entry: dict[str, JsonValue] = data if isinstance(data, dict) else {"block": data}
    if "except" in entry:
        names = entry["except"]
        if len(entry) > 1 or not isinstance(names, list) or not names:
            return None, ("except takes a list of names, and no other key is allowed beside it",)
        wrong = tuple(one for name in names for one in _text_problems("a name", name, MAX_NAME))
        return None if wrong else Proof(left_out=frozenset(map(str, names))), wrong
    problems = [
        *_unknown_keys(entry, ("block", "format", "at-least", "except")),
        *_text_problems("block", entry.get("block"), MAX_NAME),
    ]
    at_least, listed_as = entry.get("at-least", 1), entry.get("format", ListFormat.AUTO)
    if type(at_least) is not int or not 1 <= at_least <= MAX_TESTS:
        problems.append(f"at-least is not a whole number from 1 to {MAX_TESTS}")
    if listed_as not in list(ListFormat):
        near = suggestion(str(listed_as)[:MAX_NAME], [*ListFormat])
        problems.append(f"format is none of {', '.join(ListFormat)}{near}")
    if problems:
        return None, tuple(problems)
    return InnerTests(
        block=str(entry["block"]), format=ListFormat(str(listed_as)), at_least=int(str(at_least))
    ), ()


def expression_problem(expectation: Expectation) -> str | None:
    """Return why the query or the pattern of an expectation does not parse.

    A pattern may take seconds to parse, so this runs in a separate process.
    """
    if expectation.query is not None and (problem := query_problem(expectation.query)):
        return problem
    if expectation.operator is Operator.MATCHES:
        try:
            re.compile(str(expectation.expected))
        except (re.error, RecursionError, OverflowError) as error:
            return f"matches is not a regular expression of Python's re: {error}"
    return None
