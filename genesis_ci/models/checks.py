"""The checks of a completed run, and their results. No I/O."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from genesis_ci.strict_json import JsonValue


class Operator(StrEnum):
    """How an expectation compares the value found, as written in the configuration."""

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
    """A check of one block's output.

    `query` is JMESPath over the output as JSON; without a query the text is compared.
    """

    block: str
    operator: Operator
    expected: JsonValue = field(repr=False)
    query: str | None = field(default=None, repr=False)
    name: str | None = None


class ListFormat(StrEnum):
    """The format of the tests in a block's output."""

    AUTO = "auto"
    CTRF = "ctrf"
    JUNIT = "junit"


@dataclass(frozen=True, kw_only=True, slots=True)
class InnerTests:
    """A check of the tests in one block's output: at least so many ran, and none failed."""

    block: str
    format: ListFormat = ListFormat.AUTO
    at_least: int = 1


Check: TypeAlias = Expectation | InnerTests


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """The checks of a completed run; `shown` describes them, with secret values hidden."""

    checks: tuple[Check, ...] = ()
    shown: tuple[str, ...] = ()


class Judgement(StrEnum):
    """The result of one check, or of one test in a block's output."""

    MET = "met"
    UNMET = "unmet"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """The result of one expectation or of one inner test.

    `name` is the same in every run, and unique within its `suite`. Only inner tests, for which
    `is_test` is true, have a `suite` and `seconds`.
    """

    name: str
    judgement: Judgement
    block: str
    expected: str
    found: str
    where: str
    suite: str = ""
    seconds: float | None = None
    is_test: bool = False
