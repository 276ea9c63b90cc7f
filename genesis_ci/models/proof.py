"""What a completed run must show, and what came of it: values only."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from genesis_ci.strict_json import JsonValue


class Operator(StrEnum):
    """How an expectation compares what it finds; the words of the configuration."""

    EQUALS = "equals"
    NOT_EQUALS = "not-equals"
    AT_LEAST = "at-least"
    AT_MOST = "at-most"
    CONTAINS = "contains"
    NOT_CONTAINS = "not-contains"
    MATCHES = "matches"
    NOT_EMPTY = "not-empty"


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """What the output of a block must say.

    `query` is JMESPath over the output as JSON; without one the operator looks at the text.
    """

    block: str
    operator: Operator
    expected: JsonValue = field(repr=False)
    query: str | None = field(default=None, repr=False)
    name: str | None = None


class ListFormat(StrEnum):
    """How a block's output lists its tests."""

    AUTO = "auto"
    CTRF = "ctrf"
    JUNIT = "junit"


@dataclass(frozen=True, kw_only=True, slots=True)
class InnerTests:
    """The block whose output lists tests, and how many of them must have passed or failed."""

    block: str
    format: ListFormat = ListFormat.AUTO
    at_least: int = 1


Check: TypeAlias = Expectation | InnerTests


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """What a completed run must show; nothing where there are no checks.

    `shown` are the checks in words, with secret values hidden.
    """

    checks: tuple[Check, ...] = ()
    shown: tuple[str, ...] = ()


class Judgement(StrEnum):
    """What came of one check, or of one test that a block lists."""

    MET = "met"
    UNMET = "unmet"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What came of one expectation or of one inner test, in words.

    `name` is the same in every run and, within a `suite`, of one finding only. `suite` and
    `seconds` are what an inner test tells of itself.
    """

    name: str
    judgement: Judgement
    block: str
    expected: str
    found: str
    where: str
    suite: str = ""
    seconds: float | None = None
