"""Judges whether the output of a block is as expected.

Nothing is coerced: `"0"` is not 0 and true is not 1; 1 and 1.0 are one number, as in JSON.
An absent value meets no expectation.
"""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from itertools import takewhile
from typing import assert_never

from genesis_ci.checks.reading import (
    NothingToJudgeError,
    kind,
    query_problem,
    read_json,
    require_output,
    search,
)
from genesis_ci.language import N_, _, fill
from genesis_ci.models.findings import Expectation, Finding, Judgement, Operator, output_place
from genesis_ci.strict_json import JsonValue
from genesis_ci.text import MAX_TEXT, clean, seen_lines, with_escapes, with_texts

_FORMS: tuple[Callable[[str], str], ...] = (
    lru_cache(maxsize=2)(clean),  # a hundred checks may read one long output
    lru_cache(maxsize=2)(lambda text: "\n".join(seen_lines(text)).strip()),
    lru_cache(maxsize=2)(lambda text: " ".join(seen_lines(text)).strip()),
)
"""The forms in which reports show a text, or a reader takes it."""
_PARTS = {Operator.CONTAINS, Operator.NOT_CONTAINS, Operator.MATCHES}
"""Operators that look at a part of a text."""


def expectation_name(expectation: Expectation) -> str:
    """Return the name of an expectation, the same in every run."""
    return expectation.name or claim(expectation)


def claim(expectation: Expectation) -> str:
    """Return what an expectation expects of which block."""
    separator = " " if expectation.query else ": "
    return f"{_subject(expectation)}{separator}{_rule(expectation)}"


def _subject(expectation: Expectation) -> str:
    return ": ".join(filter(None, (expectation.block, expectation.query)))


def _rule(expectation: Expectation) -> str:
    if expectation.operator is Operator.NOT_EMPTY:
        return "not-empty"
    return f"{expectation.operator} {json.dumps(expectation.expected, ensure_ascii=False)}"


def expression_problem(expectation: Expectation) -> str | None:
    """Return why the query or the pattern of an expectation does not parse; that may take long."""
    if expectation.query is not None and (problem := query_problem(expectation.query)):
        return problem
    if expectation.operator is Operator.MATCHES:
        try:
            re.compile(str(expectation.expected))
        except (re.error, RecursionError, OverflowError) as error:
            return f"matches is not a regular expression of Python's re: {error}"
    return None


def judge_expectation(expectation: Expectation, output: JsonValue) -> Finding:
    """Return whether an output is as expected. A query or a pattern may never end."""
    found = ""
    try:
        value = _value(expectation, require_output(output))
        found = _shown(value, as_json=expectation.query is not None)
        met = _holds(expectation.operator, expectation.expected, value)
    except NothingToJudgeError as error:
        words = fill("{why}: {found}", why=str(error), found=found) if found else str(error)
        return make_finding(expectation, words)
    finding = make_finding(expectation, found, Judgement.MET if met else Judgement.UNMET)
    exact_from = None if met else _exact_from(expectation, value, found)
    if exact_from is None:
        return finding
    return replace(
        finding,
        expected=with_escapes(finding.expected),
        exact_from=exact_from,
        is_json=expectation.query is not None or not isinstance(value, str),
    )


def _exact_from(expectation: Expectation, value: JsonValue, found: str) -> int | None:
    """Return the place from which on an unmet value seems to be as expected; None if nowhere."""
    operator, expected = expectation.operator, expectation.expected

    def seems_met(value: JsonValue, form: Callable[[str], str]) -> bool:
        seen, wanted = (with_texts(one, form, form) for one in (value, expected))
        pairs = [(expected, seen)] if seen != value else []
        pairs += [(wanted, seen)] if wanted != expected else []
        with suppress(NothingToJudgeError, re.error):
            return any(_holds(operator, *pair) for pair in pairs)
        return False

    # a pattern takes long, and may depend on the lines
    forms = _FORMS[:2] if operator is Operator.MATCHES else _FORMS
    is_short = len(found) <= MAX_TEXT
    form = next((one for one in forms if is_short and seems_met(value, one)), None)
    if not form:
        return None
    if expectation.query is None and operator in _PARTS:
        at = 0
        for line in found.splitlines(keepends=True):
            if not _holds(operator, expected, line) and seems_met(line, form):
                return at
            at += len(line)
    is_whole = expectation.query is None and isinstance(expected, str)
    pairs = zip(found, expected if is_whole else form(found), strict=False)  # type: ignore[arg-type]
    return sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], pairs))


def make_finding(
    expectation: Expectation, found: str, judgement: Judgement = Judgement.UNMET
) -> Finding:
    where = output_place(expectation.block)
    if expectation.query:
        words = N_("output of block “{block}”, query “{query}”")
        where = fill(words, block=expectation.block, query=expectation.query)
    return Finding(
        name=expectation_name(expectation),
        subject="" if expectation.name else _subject(expectation),
        judgement=judgement,
        block=expectation.block,
        expected=_rule(expectation),
        found=found,
        where=where,
    )


def _value(expectation: Expectation, output: JsonValue) -> JsonValue:
    if expectation.query is not None:
        value = search(expectation.query, read_json(output))
        if value is None:
            raise NothingToJudgeError(N_("null, which a query returns when it finds nothing"))
        return value
    if not isinstance(output, str) and expectation.operator is not Operator.NOT_EMPTY:
        words = N_('{kind}, not text; query: "@" compares it as it is')
        raise NothingToJudgeError(words, kind=_(kind(output)))
    return output


def _shown(value: JsonValue, *, as_json: bool) -> str:
    if isinstance(value, str) and not as_json:
        return value
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        raise NothingToJudgeError(N_("a value that JSON does not have, such as NaN")) from None


def _holds(operator: Operator, expected: JsonValue, value: JsonValue) -> bool:
    match operator:
        case Operator.EQUALS | Operator.NOT_EQUALS:
            _require(value, kind(expected))
            return _same(value, expected) is (operator is Operator.EQUALS)
        case Operator.AT_LEAST | Operator.AT_MOST:
            if isinstance(value, list | dict):
                words = N_("{kind}, not a number; “length(…)” in the query counts its entries")
                raise NothingToJudgeError(words, kind=_(kind(value)))
            _require(value, "a number")
            if not isinstance(value, int | float) or not isinstance(expected, int | float):
                return False
            return value >= expected if operator is Operator.AT_LEAST else value <= expected
        case Operator.CONTAINS:
            return _contains(value, expected)
        case Operator.NOT_CONTAINS:
            return not _contains(value, expected)
        case Operator.MATCHES:
            _require(value, "text")
            return re.search(str(expected), str(value)) is not None
        case Operator.NOT_EMPTY:
            _require(value, "text", "a list", "an object")
            return bool(value.strip() if isinstance(value, str) else value)
        case _:
            assert_never(operator)


def _require(value: JsonValue, *kinds: str) -> None:
    if kind(value) not in kinds:
        wanted = _(" or ").join(map(_, kinds))
        raise NothingToJudgeError(N_("{kind}, not {wanted}"), kind=_(kind(value)), wanted=wanted)


def _same(one: JsonValue, other: JsonValue) -> bool:
    # Python's == takes true for 1, also inside of lists and objects.
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return kind(one) == kind(other) and one == other


def _contains(value: JsonValue, expected: JsonValue) -> bool:
    _require(value, "text", "a list")
    if isinstance(value, list):
        for other in map(kind, value):
            if other != kind(expected):
                words = N_("a list with {other}, not only {wanted}")
                raise NothingToJudgeError(words, other=_(other), wanted=_(kind(expected)))
        return any(_same(item, expected) for item in value)
    if not isinstance(expected, str):
        raise NothingToJudgeError(N_("text, not a list of {wanted}"), wanted=_(kind(expected)))
    return expected in str(value)
