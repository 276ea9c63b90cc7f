"""Tests that a block's output lists, as CTRF or JUnit XML. The list counts, not its summary."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, assert_never
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from genesis_ci.checks.reading import (
    BLANK,
    MAX_FOUND,
    NothingToJudgeError,
    kind,
    only_fence,
    read_json,
    require_output,
    where_of,
)
from genesis_ci.models.checks import Finding, InnerTests, Judgement, ListFormat
from genesis_ci.strict_json import JsonValue, StrictJsonError, parse_json, value_at
from genesis_ci.text import counted

MAX_TESTS = 10_000
MAX_DEPTH = 100
MAX_SECONDS = 1e9

_JUDGEMENTS = {
    "passed": Judgement.MET,
    "skipped": Judgement.SKIPPED,
    "pending": Judgement.SKIPPED,
}
"""Of the statuses of CTRF; the others are unmet."""
_JUNIT_BEGINNING = re.compile(r"(?:<[?!][^>]*>|\s)*?<(?:!DOCTYPE\s+)?testsuites?\b")
MAX_BEGINNING = 4096
"""Characters of an output that show whether it begins like JUnit XML."""
_FAILURES = {"failure", "error"}
_CASE_PASSED = {"", "run", "passed", "pass", "success", "ok", "completed"}
_CASE_SKIPPED = {"skipped", "pending", "notrun", "disabled", "suppressed", "ignored"}


class _Test(NamedTuple):
    """One test of a list; `status` is a status of CTRF or an unknown word."""

    name: str
    status: str
    suite: str = ""
    message: str = ""
    seconds: float | None = None


def judge_tests(expected: InnerTests, output: JsonValue) -> tuple[Finding, ...] | str:
    """Return a finding for each test, and one more if there are too few or there is no list.

    With `if_report`, return no finding for an output that is no test report, and why an output
    that begins like one cannot be read.
    """
    if expected.if_report:
        tests = _report(output)
        return _findings(expected, tests) if isinstance(tests, list) else tests or ()
    try:
        return _findings(expected, _read(expected.format, require_output(output)))
    except NothingToJudgeError as error:
        return (list_finding(expected, str(error)),)


def _findings(expected: InnerTests, tests: Sequence[_Test]) -> tuple[Finding, ...]:
    if len(tests) > MAX_TESTS:
        return (list_finding(expected, f"{len(tests)} tests, and {MAX_TESTS} are the most"),)
    findings = [_finding(expected, number, test) for number, test in enumerate(tests, start=1)]
    ran = sum(test.status in {"passed", "failed"} for test in tests)
    if ran < expected.at_least:
        findings.insert(0, list_finding(expected, f"{ran} of the {len(tests)} listed"))
    return tuple(findings)


def list_finding(expected: InnerTests, found: str) -> Finding:
    """Return the finding that a list has too few tests, or cannot be judged."""
    tests = counted(expected.at_least, "test")
    return Finding(
        name=f"{expected.block}: at least {tests}",
        judgement=Judgement.UNMET,
        block=expected.block,
        expected=f"at least {tests} that passed or failed",
        found=found[:MAX_FOUND],
        where=where_of(expected.block),
    )


def _finding(expected: InnerTests, number: int, test: _Test) -> Finding:
    return Finding(
        name=test.name,
        judgement=_JUDGEMENTS.get(test.status, Judgement.UNMET),
        block=expected.block,
        expected="passed",
        found=": ".join(filter(None, (test.status, test.message)))[:MAX_FOUND],
        where=f"{where_of(expected.block)}, test {number}",
        suite=test.suite,
        seconds=test.seconds,
        is_test=True,
    )


def _read(listed_as: ListFormat, output: JsonValue) -> list[_Test]:
    match listed_as:
        case ListFormat.CTRF:
            return _ctrf(read_json(output))
        case ListFormat.JUNIT:
            return _junit(_xml(output))
        case ListFormat.AUTO:
            looks_like_xml = isinstance(output, str) and _xml(output).startswith("<")
            return _junit(_xml(output)) if looks_like_xml else _ctrf(read_json(output))
        case _:
            assert_never(listed_as)


def _report(output: JsonValue) -> list[_Test] | str | None:
    """Return the tests of a test report, or why it cannot be read; None if it is no report."""
    if isinstance(output, str):
        text = output.strip(BLANK)
        try:
            text = text if text.startswith(("<", "{")) else (only_fence(text) or "").strip(BLANK)
        except NothingToJudgeError:  # several fences, or an open one
            return None
        if text.startswith("<"):
            return _junit_report(text)
        try:
            output = parse_json(text) if text.startswith("{") else None
        except StrictJsonError as error:
            return f"it is not JSON ({error})"
    tool, tests = value_at(output, "results", "tool", "name"), value_at(output, "results", "tests")
    if not isinstance(tool, str) or not isinstance(tests, list):
        return None
    for number, test in enumerate(tests, start=1):
        if not all(isinstance(value_at(test, key), str) for key in ("name", "status")):
            return f"test {number} of its CTRF has no name or no status"
    return _ctrf(output)


def _junit_report(document: str) -> list[_Test] | str | None:
    try:
        return _junit(document)
    except NothingToJudgeError as error:
        return f"it is {error}" if _JUNIT_BEGINNING.match(document[:MAX_BEGINNING]) else None


def _ctrf(report: JsonValue) -> list[_Test]:
    tests = value_at(report, "results", "tests")
    if not isinstance(tests, list):
        raise NothingToJudgeError(f"{kind(report)} without results.tests, so not CTRF")
    return [_ctrf_test(number, test) for number, test in enumerate(tests, start=1)]


def _ctrf_test(number: int, test: JsonValue) -> _Test:
    fields = test if isinstance(test, dict) else {}
    name, suite = _text(fields.get("name")), fields.get("suite")
    return _Test(
        name=name if name.strip() else f"test {number} (no name)",
        status=(_text(fields.get("status")) or "no status") if name.strip() else "no name",
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


def _xml(output: JsonValue) -> str:
    if not isinstance(output, str):
        raise NothingToJudgeError(f"{kind(output)}, so not XML")
    text = output.strip(BLANK)
    return text if text.startswith("<") else (only_fence(text) or "").strip()


def _junit(document: str) -> list[_Test]:
    root = _parse_xml(document)
    if _local(root.tag) not in {"testsuites", "testsuite"}:
        raise NothingToJudgeError(f"XML that begins with <{root.tag}>, so not JUnit")
    return list(_cases(root))


def _parse_xml(document: str) -> Element:
    # A DTD could name files and grow without end, so it is refused.
    builder = TreeBuilder()
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise NothingToJudgeError(f"XML nested deeper than {MAX_DEPTH} levels")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def refuse(*_: object) -> None:
        raise NothingToJudgeError("XML with a DTD, which is not read")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, UnicodeEncodeError):
        raise NothingToJudgeError("no valid XML") from None
    return builder.close()


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
            yield _Test(name=f"({tag})", status="failed", suite=suite, message=_message([child]))
        yield from _cases(child, suite)


def _case(case: Element, suite: str) -> _Test:
    name = case.get("name", "").strip()
    status, message = _case_status(case)
    return _Test(
        name=name or "test without a name",
        status=status if name else "no name",
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
