"""The tests that a block's output lists, and whether all of them passed."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from genesis_ci.checks.reading import NothingToJudgeError, require_output
from genesis_ci.checks.report_search import IN_TEXT, TOO_FAR, ReportSearch
from genesis_ci.checks.reports import FAILED, PASSED, SKIPPED, Report, Test
from genesis_ci.language import N_, _, counted, fill
from genesis_ci.models.findings import (
    Finding,
    ListedTests,
    output_place,
    tests_that_ran,
    unread_report,
)
from genesis_ci.models.judgement import Judgement
from genesis_ci.strict_json import JsonValue, kind

MAX_TESTS = 10_000
_JUDGEMENTS = {PASSED: Judgement.MET, SKIPPED: Judgement.SKIPPED}
"""Of the statuses of a test; the others are unmet."""

Findings: TypeAlias = tuple[Finding, ...]


class Answer(NamedTuple):
    """The findings of one check, those of each test report apart.

    `overlooked` is what else the output has, in marked words, if that was not searched, or the name
    of another format.
    """

    reports: tuple[Findings, ...]
    overlooked: str = ""


def judge_tests(expected: ListedTests, output: JsonValue) -> Answer:
    """Return a finding for each test, and more if a report is missing, unreadable or wrong.

    With `if_report`, an output without a report has no findings.
    """
    search = ReportSearch(output)
    reports, problem = dict(search.reports), search.problem
    times = Counter(text for text, _report in search.reports)
    try:
        if not (reports or problem or expected.if_report):
            found = _(kind(require_output(output)))
            raise NothingToJudgeError(N_("{found} without a test report"), found=found)
    except NothingToJudgeError as error:
        problem = str(error)
    tests = [test for report in reports.values() for test in report.tests]
    if len(tests) > MAX_TESTS:
        problem = fill("{count} tests, and {most} are the most", count=len(tests), most=MAX_TESTS)
        reports = {}
    groups = list(_groups(expected, [(report, times[text]) for text, report in reports.items()]))
    if problem:
        groups.insert(0, (cannot_judge(expected, problem),))
    elif not expected.if_report:
        groups[:0] = filter(None, [tuple(_too_few(expected, tests))])
    is_report = search.overlooked in {IN_TEXT, TOO_FAR}  # no query is in place of a report
    overlooked = search.overlooked if is_report else search.format or search.overlooked
    return Answer(tuple(groups), overlooked)


def _groups(expected: ListedTests, reports: Sequence[tuple[Report, int]]) -> Iterator[Findings]:
    number = itertools.count(1)
    some_ran = any(_ran(report.tests) for report, _times in reports)
    for (tests, contradiction), times in reports:
        findings = [_finding(expected, next(number), test, times) for test in tests]
        if contradiction:
            rule = N_("counts that match its tests")
            findings.insert(0, _list_finding(expected, contradiction, rule))
        all_skipped = findings and all(test.status == SKIPPED for test in tests)
        if expected.if_report and not (all_skipped and some_ran):
            findings[:0] = _too_few(expected, tests)
        yield tuple(findings)


def _too_few(expected: ListedTests, tests: Sequence[Test]) -> Iterator[Finding]:
    ran = _ran(tests)
    if ran < expected.at_least:
        yield _list_finding(expected, fill("{ran} of the {all} listed", ran=ran, all=len(tests)))


def _ran(tests: Sequence[Test]) -> int:
    return sum(test.status in {PASSED, FAILED} for test in tests)


def cannot_judge(expected: ListedTests, why: str) -> Finding:
    if expected.if_report:
        return unread_report(expected.block, why)
    return _list_finding(expected, why)


def too_few_tests(at_least: int, findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield a finding if the reports of a run together list too few tests that ran."""
    tests = [one for one in findings if one.is_test]
    if (ran := tests_that_ran(tests)) < at_least:
        words = fill("{ran} of the {all} listed", ran=ran, all=len(tests))
        found = _list_finding(ListedTests("tests", at_least=at_least), words)
        yield replace(found, block="", where=_("all test reports of the run"))


def _list_finding(expected: ListedTests, found: str, rule: str = "") -> Finding:
    """Return the finding that a list has too few tests, or breaks a marked rule."""
    count = expected.at_least
    tests = "test" if count == 1 else "tests"
    least = counted(
        count,
        "at least {count} test that passed or failed",
        "at least {count} tests that passed or failed",
    )
    return Finding(
        name=f"{expected.block}: {rule or f'at least {count} {tests}'}",
        subject=expected.block if rule else "",
        judgement=Judgement.UNMET,
        block=expected.block,
        expected=_(rule) if rule else least,
        found=found,
        where=output_place(expected.block),
        automatic=expected.if_report,
        none_ran=expected.if_report and not rule,
    )


def _finding(expected: ListedTests, number: int, test: Test, times: int) -> Finding:
    return Finding(
        name=test.name,
        judgement=_JUDGEMENTS.get(test.status, Judgement.UNMET),
        block=expected.block,
        expected=_(PASSED),
        found=_(": ").join(filter(None, (_(test.status), test.message))),
        where=fill("output of block “{block}”, test {number}", block=expected.block, number=number),
        suite=test.suite,
        seconds=test.seconds,
        is_test=True,
        message=test.message if test.status == FAILED else "",
        automatic=expected.if_report,
        times=times,
        failed=test.status == FAILED,
    )
