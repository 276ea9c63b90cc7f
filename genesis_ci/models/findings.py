"""The checks of a completed run, and their results. No I/O."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple, TypeAlias, assert_never

from genesis_ci.language import N_, Worded, _, fill
from genesis_ci.models.execution import Block
from genesis_ci.models.judgement import Judgement
from genesis_ci.models.recorded import Internal, Text
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

    @property
    def has_expression(self) -> bool:
        """Whether it has a query or a pattern, which may never end."""
        return self.query is not None or self.operator is Operator.MATCHES


class ListedTests(NamedTuple):
    """A check of the tests that one block's output lists: at least so many ran, and none failed.

    `if_report` is true if nobody named the block: its output is judged if it is a test report.
    """

    block: str
    at_least: int = 1
    if_report: bool = False


Check: TypeAlias = Expectation | ListedTests


class KnownFailure(NamedTuple):
    """A listed test that may fail until the end of a day in UTC; `*` stands for any text."""

    test: str
    until: date
    issue: str = ""


class EachReport(NamedTuple):
    """Every output that is a test report is judged, and needs a test that ran.

    Those of the blocks in `left_out` are not judged.
    """

    left_out: frozenset[str] = frozenset()


class AllReports(NamedTuple):
    """Every output that is a test report is judged; together they need so many tests that ran."""

    at_least: int


class NoReports(NamedTuple):
    """A test report is judged only if a check names its block."""


class RunChecks(NamedTuple):
    """The checks of a completed run; `shown` describes those configured, with secrets hidden.

    `reports` are the test reports that are judged too, although no check names their blocks.
    `known` are the failures that do not count today. `earlier` are the findings of the attempts
    before this one: what is unmet there has to run and pass.
    """

    configured: tuple[Check, ...] = ()
    shown: tuple[str, ...] = ()
    reports: EachReport | AllReports | NoReports = EachReport()
    known: tuple[KnownFailure, ...] = ()
    earlier: "tuple[tuple[Finding, ...], ...]" = ()

    @property
    def at_least(self) -> int:
        """How many tests have to run in all test reports together."""
        return self.reports.at_least if isinstance(self.reports, AllReports) else 0

    def leaves_out(self, block: str) -> bool:
        """Return whether a test report is not judged because no check names its block."""
        match self.reports:
            case EachReport(left_out):
                return block in left_out
            case AllReports():
                return False
            case NoReports():
                return True
            case _:
                assert_never(self.reports)

    def concerns(self, blocks: Iterable[Block]) -> bool:
        """Return whether there is a check to judge, or an output to search for test reports."""
        needed = self.configured or self.at_least or self.has_failed
        return bool(needed) or any(one.has_raw_output for one in blocks)

    @property
    def has_failed(self) -> bool:
        """Whether a check or a test failed in an earlier attempt."""
        return any(one.judgement is Judgement.UNMET for each in self.earlier for one in each)


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """The result of one expectation, or of one test that a block lists.

    `failed` is true for a test that ran and failed, and `known` has the known failures with its
    name; `message` is what a failed test says, which `found` has too. `automatic` is true if no
    check names the block as one that lists tests, `none_ran` if such a report is unmet because no
    test in it ran. `also_in` has other blocks that list the same tests, which count once; `times`
    is how many reports list them. `is_owed` is true if it failed in an earlier attempt and did not
    run in this one. In another language than English, an unmet finding has its words in English
    too.
    """

    name: str
    """The name of the check or test, the same in every run, and unique within its suite."""
    judgement: Judgement
    """The result; `unmet` makes the run unmet."""
    block: str
    """The block whose output was read."""
    expected: str
    """What was required, in words."""
    found: Text
    """What was found instead; it may be cut, and may be text of Genesis."""
    where: str
    """The place in the output."""
    subject: str = ""
    """The name without what is expected; empty if the name does not say that."""
    suite: str = ""
    """The suite of a test; empty if it has none."""
    seconds: float | None = None
    """How long the test took, as it says."""
    is_test: bool = False
    """True for a test that a block lists, false for an expectation and for a list without tests."""
    message: Internal[str] = ""
    automatic: Internal[bool] = False
    none_ran: Internal[bool] = False
    also_in: Internal[str] = ""
    times: Internal[int] = 1
    failed: Internal[bool] = False
    is_owed: Internal[bool] = False
    known: Internal[tuple[KnownFailure, ...]] = ()
    english_expected: Internal[str] = ""
    english_found: Internal[str] = ""
    english_where: Internal[str] = ""

    def __post_init__(self) -> None:
        for name in ("expected", "found", "where") if self.judgement is Judgement.UNMET else ():
            text = getattr(self, name)
            if isinstance(text, Worded):  # soon it is cleaned, or sent as JSON, and has no English
                object.__setattr__(self, f"english_{name}", text.english)

    @property
    def full_name(self) -> str:
        """The name with its suite in front, as reports show it."""
        return f"{self.suite} › {self.name}" if self.suite else self.name


def output_place(block: str) -> str:
    return fill("output of block “{block}”", block=block)


def unread_report(block: str, why: str) -> Finding:
    """Return that the test report of a block cannot be judged."""
    rule = N_("a report that can be judged")
    return Finding(
        name=f"{block}: {rule}",
        subject=block,
        judgement=Judgement.UNMET,
        block=block,
        expected=_(rule),
        found=why,
        where=output_place(block),
        automatic=True,
    )


def reports_not_judged(checks: RunChecks, blocks: Iterable[Block], why: str) -> tuple[Finding, ...]:
    """Return what is unmet if no output of a run could be judged, beside the configured checks."""
    keys = [one.key for one in blocks if one.has_raw_output]
    return tuple(unread_report(key, why) for key in keys if not checks.leaves_out(key))


def tests_that_ran(findings: Iterable[Finding]) -> int:
    return sum(one.is_test and (one.failed or one.judgement is Judgement.MET) for one in findings)


class Judged(NamedTuple):
    """The findings of a completed run, warnings, and the blocks whose reports were not judged."""

    findings: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()
