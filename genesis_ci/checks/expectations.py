"""Judges whether the output of a block is as expected.

Nothing is coerced: `"0"` is not 0 and true is not 1; 1 and 1.0 are one number, as in JSON.
An absent value meets no expectation.
"""

import json
import re
from contextlib import suppress
from dataclasses import replace
from typing import assert_never

from genesis_ci.checks.reading import (
    NothingToJudgeError,
    query_problem,
    read_json,
    require_output,
    search,
)
from genesis_ci.language import N_, _, fill
from genesis_ci.models.findings import Expectation, Finding, Operator, output_place
from genesis_ci.models.judgement import Judgement
from genesis_ci.strict_json import JsonValue, kind
from genesis_ci.text import seen_lines, with_escapes, with_texts

MAX_SEEN = 100_000
"""Characters of a found value that is judged as a reader sees it: that takes time."""


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
            words = N_("matches is not a regular expression of Python's re: {reason}")
            return fill(words, reason=error)
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
    if met or len(found) > MAX_SEEN or not _seems_met(expectation, value):
        return make_finding(expectation, found, Judgement.MET if met else Judgement.UNMET)
    exact = make_finding(expectation, with_escapes(json.dumps(value, ensure_ascii=False)))
    return replace(exact, expected=with_escapes(exact.expected))


def _seems_met(expectation: Expectation, value: JsonValue) -> bool:
    """Return whether a value is as expected to a reader, who sees no invisible characters."""
    operator, expected = expectation.operator, expectation.expected
    separator = "\n" if operator is Operator.MATCHES else " "

    def seen(text: str) -> str:
        return separator.join(seen_lines(text)).strip()

    shown, wanted = (with_texts(one, seen, seen) for one in (value, expected))
    with suppress(NothingToJudgeError, re.error):
        return any(_holds(operator, one, shown) for one in (expected, wanted))
    return False


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
