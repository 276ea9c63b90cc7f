"""Reads the entries of `expect` and `tests` as checks. No problem shows a value."""

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import assert_never

from genesis_ci.checks.expectations import name_of
from genesis_ci.checks.listed_tests import MAX_TESTS
from genesis_ci.checks.reading import kind
from genesis_ci.config.input_types import Job
from genesis_ci.config.nodes import PRIVATE, Listing, Node, ReportedError, Table, Text
from genesis_ci.config.problems import quoted_in_language
from genesis_ci.language import N_, fill
from genesis_ci.models.findings import (
    Expectation,
    KnownFailure,
    ListedTests,
    Operator,
    RunChecks,
)
from genesis_ci.strict_json import MAX_NUMBER_LENGTH, JsonValue
from genesis_ci.text import clean_line

MAX_ENTRIES = 100
MAX_KNOWN = 1_000
MAX_DAYS = 90
"""How far away the last day of a known failure may be."""
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
_NUMBERS = (Operator.AT_LEAST, Operator.AT_MOST)
_TEXTS = ("block", "query", "name")
_NAMES = ("test", "issue")
_ADVICE = "write entries such as { block: NAME, query: failed, equals: 0 }"
_KNOWN_ADVICE = "write entries such as { test: NAME, until: YYYY-MM-DD, issue: TEXT }"


def read_expectations(node: Node) -> Iterator[tuple[Expectation, Node]]:
    """Yield the expectations of a list, each with its node, and report what is wrong with others.

    Their queries and patterns are not parsed.
    """
    if isinstance(node.tree, Listing) and not node.tree.items:
        node.problem(f"it is an empty list, which proves nothing; drop it, or {_ADVICE}")
    first: dict[str, Node] = {}
    for entry in _entries(node, MAX_ENTRIES, _ADVICE):
        expectation = _expectation(entry)
        if expectation is None:
            continue
        same = first.setdefault(name_of(expectation), entry)
        if same is entry:
            yield expectation, entry
        else:
            words = f"it asks for the same as {same.key}, or has its name"
            entry.problem(f"{words}; drop one, or give each a name of its own")


def _entries(node: Node, most: int, advice: str) -> Iterator[Node]:
    """Yield the mappings of a list, and report what is not one."""
    if not isinstance(node.tree, Listing):
        node.problem(f"it is {kind(_typed(node))}, not a list; {advice}")
        return
    items = node.tree.items
    if len(items) > most:
        node.problem(f"it has {len(items)} entries, and {most} are the most; merge some")
        return
    for number, item in enumerate(items, start=1):
        entry = replace(node, tree=item, key=f"entry {number}")
        if isinstance(item, Table):
            yield entry
        else:
            entry.problem(f"it is {kind(_typed(entry))}, not a mapping; {advice}")


def read_known_failures(node: Node, job: Job) -> Iterator[KnownFailure]:
    """Yield the known failures of a list that count today.

    Report what is wrong with others, and warn of days that are over and of a name for all tests.
    """
    first: dict[str, Node] = {}
    for entry in _entries(node, MAX_KNOWN, _KNOWN_ADVICE):
        values = _values(entry, ("test", "until", "issue"), partial(_known_problems, job.today))
        if values is None:
            continue
        test, issue = (clean_line(str(values.get(key, "")), limit=MAX_EXPRESSION) for key in _NAMES)
        until = date.fromisoformat(str(values["until"]))
        same = first.setdefault(test, entry)
        if same is not entry:
            entry.problem(f"it has the test of {same.key}; drop one")
            continue
        is_over = until < job.today
        text = N_(
            "{place}: {name}: it covers every test, so a failed test never counts. Name the tests."
        )
        if is_over:
            text = N_(
                "{place}: {name}: its last day was {until}, so it can fail the run again. Remove "
                "the entry."
            )
        if is_over or not test.strip("*"):
            place = f"{entry.where}: {entry.name}" if entry.in_file else entry.name
            name = entry.key if entry.private else quoted_in_language(test)
            job.warnings.append(fill(text, place=place, name=name, until=until))
        if not is_over:
            yield KnownFailure(test, until, issue)


def _known_problems(today: date, values: Mapping[str, JsonValue]) -> Iterator[str]:
    yield from _text_problems("test", values.get("test"), MAX_EXPRESSION)
    if "issue" in values:
        yield from _text_problems("issue", values["issue"], MAX_EXPRESSION)
    latest = f"the last day on which the test may fail, at most {MAX_DAYS} days away"
    if "until" not in values:
        yield f"it has no until; add until: YYYY-MM-DD, {latest}"
    elif (until := _day(values["until"])) is None:
        yield f"until is not a day; write YYYY-MM-DD, {latest}"
    elif (until - today).days > MAX_DAYS:
        yield f"until is over {MAX_DAYS} days away; write {today + timedelta(MAX_DAYS)} or earlier"


def _day(value: JsonValue) -> date | None:
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return None
    return day if day.isoformat() == value else None


def _expectation(entry: Node) -> Expectation | None:
    values = _values(entry, (*_TEXTS, *Operator), _entry_problems)
    if values is None:
        return None
    texts = {key: str(values[key]) for key in _TEXTS if key in values}
    operator = next(operator for operator in Operator if operator in values)
    return Expectation(operator=operator, expected=values[operator], **texts)


def _values(
    node: Node, known: Collection[str], problems_of: Callable[[dict[str, JsonValue]], Iterable[str]]
) -> dict[str, JsonValue] | None:
    """Return the values of a mapping; report what is wrong with them and return None."""
    values = {key: _typed(value) for key, value in node.parts(known)[0].items()}
    problems = list(problems_of(values))
    for words in problems:
        node.problem(words)
    has_unknown_keys = isinstance(node.tree, Table) and len(values) < len(node.tree.pairs)
    return None if problems or has_unknown_keys else values


def _entry_problems(values: Mapping[str, JsonValue]) -> Iterator[str]:
    if "block" not in values:
        yield "it names no block; add block: NAME"
    for key in _TEXTS:
        if key in values:
            limit = MAX_EXPRESSION if key == "query" else MAX_NAME
            yield from _text_problems(key, values[key], limit)
    operators = [operator for operator in Operator if operator in values]
    if not operators:
        yield f"it has no operator; add one of {', '.join(Operator)}"
    elif len(operators) > 1:
        yield f"it has {' and '.join(operators)}; one operator per entry, so write two entries"
    else:
        [operator] = operators
        yield from _value_problems(operator, values[operator], queried="query" in values)


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


def read_tests(node: Node) -> ListedTests | RunChecks:
    """Return the check of the block that lists tests, or which blocks are left out."""
    if isinstance(node.tree, Text):
        pairs = ((Text("block"), node.tree),)
        node = replace(node, tree=Table(pairs, node.tree.line))
    values = _values(node, ("block", "at-least", "except"), _tests_problems)
    match values:
        case None:
            raise ReportedError
        case {"at-least": int(least)} if len(values) == 1:
            return RunChecks(at_least=least)
        case {"except": list(names)}:
            return RunChecks(left_out=frozenset(map(str, names)))
        case _:
            return ListedTests(
                block=str(values["block"]), at_least=int(str(values.get("at-least", 1)))
            )


def _tests_problems(values: Mapping[str, JsonValue]) -> Iterator[str]:
    if "except" in values:
        names = values["except"]
        if len(values) > 1 or not isinstance(names, list) or not names:
            yield "except takes a list of names, and no other key is allowed beside it"
        else:
            for name in names:
                yield from _text_problems("a name", name, MAX_NAME)
        return
    if [*values] != ["at-least"]:
        yield from _text_problems("block", values.get("block"), MAX_NAME)
    at_least = values.get("at-least", 1)
    if type(at_least) is not int or not 1 <= at_least <= MAX_TESTS:
        yield f"at-least is not a whole number from 1 to {MAX_TESTS}"


def _typed(node: Node) -> JsonValue:
    """Return a value with the types of its YAML.

    A value from the environment is text, so that its type does not change by accident; only for
    `at-least` and `at-most` it is a number.
    """
    match node.tree:
        case Text() as scalar:
            if scalar.private and node.key not in _NUMBERS:
                return scalar.text
            try:
                return typed_scalar(scalar.text, plain=scalar.plain)
            except ValueError as error:
                node.problem(PRIVATE if scalar.private else f"it is {error}")
                return 0
        case Listing(items):
            return [_typed(replace(node, tree=item)) for item in items]
        case Table(pairs):
            within = f"{node.key}." if node.key else ""
            return {
                key.text: _typed(replace(node, tree=value, key=f"{within}{key.text}"))
                for key, value in pairs
            }


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
        raise ValueError(f"a number of over {MAX_NUMBER_LENGTH} digits")
    if has_prefix:
        return int(text, base=0)
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NO_NUMBER.fullmatch(text) or (is_number and not math.isfinite(float(text))):
        raise ValueError("not a finite number; write it in quotes if it is text")
    return float(text) if is_number else text
