"""Tests that a block's output lists, as CTRF or JUnit XML, and whether its counts match them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from genesis_ci.checks.reading import (
    BLANK,
    NothingToJudgeError,
    kind,
    read_json,
    require_output,
    where_of,
)
from genesis_ci.checks.shape import find_report, is_in_other_text
from genesis_ci.language import N_, _, counted, fill
from genesis_ci.models.findings import Finding, Judgement, ListedTests
from genesis_ci.strict_json import JsonValue, value_at

MAX_TESTS = 10_000
MAX_DEPTH = 100
MAX_SECONDS = 1e9

_JUDGEMENTS = {
    "passed": Judgement.MET,
    "skipped": Judgement.SKIPPED,
    "pending": Judgement.SKIPPED,
}
"""Of the statuses of CTRF; the others are unmet."""
_SUITES = {"testsuites", "testsuite"}
_FAILURES = {"failure", "error"}
_COUNTED = _FAILURES | {"flakyfailure", "flakyerror"}
"""What the counts of a suite stand for; Surefire counts tests that passed when they ran again."""
_CASE_PASSED = {"", "run", "passed", "pass", "success", "ok", "completed"}
_CASE_SKIPPED = {"skipped", "pending", "notrun", "disabled", "suppressed", "ignored"}


class _Test(NamedTuple):
    """One test of a list; `status` is a status of CTRF or an unknown word."""

    name: str
    status: str
    suite: str = ""
    message: str = ""
    seconds: float | None = None


_Listed: TypeAlias = tuple[list[_Test], str]
"""The tests of a report, and the count of the report that is above them."""


def judge_tests(expected: ListedTests, output: JsonValue) -> tuple[Finding, ...] | None:
    """Return a finding for each test, and more if the report is missing, unreadable or wrong.

    With `if_report`, return no finding for an output that is no test report, and None for one with
    a report inside other text.
    """
    try:
        report = find_report(output)
        if report is None and expected.if_report:
            return None if is_in_other_text(output) else ()
        output = require_output(output) if report is None else report
        tests, contradiction = _read(output)
        if len(tests) > MAX_TESTS:
            text = N_("{count} tests, and {most} are the most")
            raise NothingToJudgeError(fill(text, count=len(tests), most=MAX_TESTS))
    except NothingToJudgeError as error:
        return (cannot_judge(expected, str(error)),)
    findings = [_finding(expected, number, test) for number, test in enumerate(tests, start=1)]
    if contradiction:
        rule = N_("counts that match its tests")
        findings.insert(0, _list_finding(expected, contradiction, rule))
    ran = sum(test.status in {"passed", "failed"} for test in tests)
    if ran < expected.at_least:
        words = fill("{ran} of the {all} listed", ran=ran, all=len(tests))
        findings.insert(0, _list_finding(expected, words))
    return tuple(findings)


def cannot_judge(expected: ListedTests, why: str) -> Finding:
    rule = N_("a report that can be judged") if expected.if_report else ""
    return _list_finding(expected, why, rule)


def too_few_tests(at_least: int, findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield a finding if the reports of a run together list too few tests that ran."""
    tests = [one for one in findings if one.is_test]
    ran = sum(one.failed or one.judgement is Judgement.MET for one in tests)
    if ran < at_least:
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
        where=where_of(expected.block),
        automatic=expected.if_report,
    )


def _finding(expected: ListedTests, number: int, test: _Test) -> Finding:
    return Finding(
        name=test.name,
        judgement=_JUDGEMENTS.get(test.status, Judgement.UNMET),
        block=expected.block,
        expected=_("passed"),
        found=_(": ").join(filter(None, (_(test.status), test.message))),
        where=fill("output of block “{block}”, test {number}", block=expected.block, number=number),
        suite=test.suite,
        seconds=test.seconds,
        is_test=True,
        automatic=expected.if_report,
        failed=test.status == "failed",
    )


def _read(output: JsonValue) -> _Listed:
    if isinstance(output, str) and output.strip(BLANK).startswith("<"):
        return _junit(output)
    return _ctrf(read_json(output))


def _ctrf(report: JsonValue) -> _Listed:
    entries = value_at(report, "results", "tests")
    if not isinstance(entries, list):
        text = N_("{kind} without results.tests, so not CTRF")
        raise NothingToJudgeError(fill(text, kind=_(kind(report))))
    tests = [_ctrf_test(number, test) for number, test in enumerate(entries, start=1)]
    failed = sum(test.status == "failed" for test in tests)
    for key, listed in (("failed", failed), ("tests", len(tests))):
        stated = value_at(report, "results", "summary", key)
        if isinstance(stated, bool) or not isinstance(stated, int | float) or stated % 1:
            continue
        if stated > listed:
            text = N_("the summary states {key}: {stated}, and {listed} are listed")
            return tests, fill(text, key=key, stated=stated, listed=listed)
    return tests, ""


def _ctrf_test(number: int, test: JsonValue) -> _Test:
    fields = test if isinstance(test, dict) else {}
    name, suite = _text(fields.get("name")), fields.get("suite")
    return _Test(
        name=name if name.strip() else f"test {number} (no name)",
        status=(_text(fields.get("status")) or N_("no status")) if name.strip() else N_("no name"),
        suite=_joined(" › ", suite if isinstance(suite, list) else [suite]),
        message=_joined("\n", [fields.get("message"), fields.get("trace")]),
        seconds=_seconds(fields.get("duration")),
    )


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""


def _joined(separator: str, values: Sequence[JsonValue]) -> str:
    return separator.join(filter(None, map(_text, values)))


def _seconds(milliseconds: JsonValue) -> float | None:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return None
    return milliseconds / 1000 if 0 <= milliseconds <= MAX_SECONDS else None


def _junit(output: str) -> _Listed:
    root = _parse_xml(output.strip(BLANK))
    if _local(root.tag) not in _SUITES:
        raise NothingToJudgeError(fill("XML that begins with <{tag}>, so not JUnit", tag=root.tag))
    tests = list(_cases(root))
    for suite in root.iter():
        stated = _stated(suite, "failures") + _stated(suite, "errors")
        if stated and _local(suite.tag) in _SUITES:
            listed = sum(_local(one.tag) in _COUNTED for one in suite.iter())
            if stated > listed:
                text = N_("<{tag}> states {stated} failures and errors, and {listed} are listed")
                return tests, fill(text, tag=suite.tag, stated=stated, listed=listed)
    return tests, ""


def _stated(suite: Element, name: str) -> int:
    count = suite.get(name, "").strip()
    return int(count) if re.fullmatch("[0-9]{1,18}", count) else 0


def _parse_xml(document: str) -> Element:
    # A DTD could name files and grow without end, so it is refused.
    def refuse(*_: object) -> None:
        text = N_("XML with a DTD, which is not read, line {line}")
        raise NothingToJudgeError(fill(text, line=parser.CurrentLineNumber))

    builder = TreeBuilder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        raise NothingToJudgeError(fill("no valid XML: {reason}", reason=error)) from None
    root = builder.close()
    level = [root]
    for _level in range(MAX_DEPTH):
        level = [child for element in level for child in element]
    if level:
        raise NothingToJudgeError(fill("XML nested deeper than {levels} levels", levels=MAX_DEPTH))
    return root


def _local(tag: str) -> str:
    return tag.rpartition(":")[2].lower()


def _cases(parent: Element, suite: str = "") -> Iterator[_Test]:
    # Every test case, at any depth, and every failure outside of a test case.
    within, name = _local(parent.tag), parent.get("name")
    if within == "testsuite" and name:
        suite = f"{suite} › {name}" if suite else name
    for child in parent:
        tag = _local(child.tag)
        if tag == "testcase":
            yield _case(child, suite)
        elif tag in _FAILURES and within != "testcase":
            yield _Test(name=f"({tag})", status=tag, suite=suite, message=_message([child]))
        yield from _cases(child, suite)


def _case(case: Element, suite: str) -> _Test:
    name = case.get("name", "").strip()
    status, message = _case_status(case)
    return _Test(
        name=name or "test without a name",
        status=status if name else N_("no name"),
        suite=case.get("classname") or suite,
        message=message,
        seconds=_case_seconds(case.get("time", "")),
    )


def _case_status(case: Element) -> tuple[str, str]:
    # The worst of what its elements and its own attributes say.
    own = [case.get(name, "").lower() for name in ("status", "result")]
    unknown = [word for word in own if word not in _CASE_PASSED | _CASE_SKIPPED]
    failed = [child for child in case if _local(child.tag) in _FAILURES]
    skipped = [child for child in case if _local(child.tag) == "skipped"]
    if failed:
        return "failed", _message(failed)
    if unknown:
        return unknown[0], _message(skipped)
    if skipped or any(word in _CASE_SKIPPED for word in own):
        return "skipped", _message(skipped)
    return "passed", ""


def _message(elements: list[Element]) -> str:
    texts = (text for element in elements for text in (element.get("message"), element.text))
    return "\n".join(dict.fromkeys(text.strip() for text in texts if text and text.strip()))


def _case_seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds <= MAX_SECONDS else None
