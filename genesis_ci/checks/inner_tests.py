"""Tests that a block's output lists, as CTRF or JUnit XML. The list decides, not its summary."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from genesis_ci.checks.reading import (
    MAX_FOUND,
    NothingToJudgeError,
    kind,
    only_fence,
    read_json,
    require_output,
    where_of,
)
from genesis_ci.models.proof import Finding, InnerTests, Judgement, ListFormat
from genesis_ci.strict_json import JsonValue

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_TESTS = 10_000
MAX_DEPTH = 100
MAX_SECONDS = 1e9

_PASSED, _SKIPPED = "passed", ("skipped", "pending")
_FAILURES = {"failure", "error"}
_CASE_PASSED = {"", "run", "passed", "pass", "success", "ok", "completed"}
_CASE_SKIPPED = {"skipped", "pending", "notrun", "disabled", "suppressed", "ignored"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Test:
    """A test as the list tells it; `status` is CTRF's word, or one that is unknown."""

    name: str
    status: str
    suite: str = ""
    words: str = ""
    seconds: float | None = None


def judge_tests(
    asked: InnerTests, output: JsonValue, *, most: int = MAX_TESTS
) -> tuple[Finding, ...]:
    """Return a finding for each test, and one more where there are too few or no list at all."""
    try:
        tests = _read(asked.format, require_output(output))
        if len(tests) > most:
            raise NothingToJudgeError(f"{len(tests)} tests, and {most} are the most")
    except NothingToJudgeError as error:
        return (list_finding(asked, str(error)),)
    findings = [_finding(asked, number, test) for number, test in enumerate(tests, start=1)]
    ran = sum(test.status in {_PASSED, "failed"} for test in tests)
    if ran < asked.at_least:
        findings.insert(0, list_finding(asked, f"{ran} of the {len(tests)} listed"))
    return tuple(findings)


def list_finding(asked: InnerTests, found: str) -> Finding:
    """Return the finding that the list as a whole proves nothing."""
    tests = "test" if asked.at_least == 1 else "tests"
    return Finding(
        name=f"{asked.block}: at least {asked.at_least} {tests}",
        judgement=Judgement.UNMET,
        block=asked.block,
        expected=f"at least {asked.at_least} {tests} that passed or failed",
        found=found[:MAX_FOUND],
        where=where_of(asked.block),
    )


def _finding(asked: InnerTests, number: int, test: _Test) -> Finding:
    if test.status == _PASSED:
        judgement = Judgement.MET
    else:
        judgement = Judgement.SKIPPED if test.status in _SKIPPED else Judgement.UNMET
    return Finding(
        name=test.name,
        judgement=judgement,
        block=asked.block,
        expected=_PASSED,
        found=": ".join(filter(None, (test.status, test.words)))[:MAX_FOUND],
        where=f"{where_of(asked.block)}, test {number}",
        suite=test.suite,
        seconds=test.seconds,
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


def _ctrf(report: JsonValue) -> list[_Test]:
    results = report.get("results") if isinstance(report, dict) else None
    tests = results.get("tests") if isinstance(results, dict) else None
    if not isinstance(tests, list):
        raise NothingToJudgeError(f"{kind(report)} without results.tests, so no CTRF")
    return [_ctrf_test(number, test) for number, test in enumerate(tests, start=1)]


def _ctrf_test(number: int, test: JsonValue) -> _Test:
    fields = test if isinstance(test, dict) else {}
    name, status = fields.get("name"), fields.get("status")
    told = _Test(
        name=name if isinstance(name, str) and name.strip() else f"test {number} (no name)",
        status=status if isinstance(status, str) and status else "no status",
        suite=_suite(fields.get("suite")),
        words="\n".join(text for key in ("message", "trace") if (text := _text(fields.get(key)))),
        seconds=_seconds(fields.get("duration")),
    )
    return replace(told, status="no name") if told.name != name else told


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""


def _suite(value: JsonValue) -> str:
    parts = value if isinstance(value, list) else [value]
    return " › ".join(filter(None, map(_text, parts)))


def _seconds(milliseconds: JsonValue) -> float | None:
    if kind(milliseconds) != "a number" or not isinstance(milliseconds, int | float):
        return None
    return milliseconds / 1000 if 0 <= milliseconds <= MAX_SECONDS else None


def _xml(output: JsonValue) -> str:
    """The XML of an output: its text, or the one fence in it."""
    if not isinstance(output, str):
        raise NothingToJudgeError(f"{kind(output)}, so no XML")
    text = output.strip("\ufeff \t\r\n")
    return text if text.startswith("<") else (only_fence(text) or "").strip()


def _junit(document: str) -> list[_Test]:
    root = _parse_xml(document)
    if _local(root.tag) not in {"testsuites", "testsuite"}:
        raise NothingToJudgeError(f"XML that begins with <{root.tag}>, so no JUnit")
    return list(_cases(root, ()))


def _parse_xml(document: str) -> "Element":
    """Read XML that declares nothing: a DTD could name files and grow without end."""
    from xml.etree.ElementTree import TreeBuilder
    from xml.parsers import expat

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


def _cases(parent: "Element", suites: tuple[str, ...]) -> Iterator[_Test]:
    """Every test case, wherever it stands, and every failure that stands in none: nothing hides."""
    within = _local(parent.tag)
    if within == "testsuite" and parent.get("name"):
        suites = (*suites, parent.get("name", ""))
    for child in parent:
        tag = _local(child.tag)
        if tag == "testcase":
            yield _case(child, " › ".join(suites))
        elif tag in _FAILURES and within != "testcase":
            suite = " › ".join(suites)
            yield _Test(name=f"({tag})", status="failed", suite=suite, words=_words([child]))
        yield from _cases(child, suites)


def _case(case: "Element", suite: str) -> _Test:
    name = case.get("name", "").strip()
    status, words = _case_status(case)
    return _Test(
        name=name or "test without a name",
        status=status if name else "no name",
        suite=case.get("classname") or suite,
        words=words,
        seconds=_case_seconds(case.get("time", "")),
    )


def _case_status(case: "Element") -> tuple[str, str]:
    """What a case says by its elements and by a word of its own, the worst of them."""
    own = [case.get(name, "").lower() for name in ("status", "result")]
    unknown = [word for word in own if word not in _CASE_PASSED | _CASE_SKIPPED]
    failed = [child for child in case if _local(child.tag) in _FAILURES]
    skipped = [child for child in case if _local(child.tag) == "skipped"]
    if failed:
        return "failed", _words(failed)
    if unknown:
        return unknown[0], _words(skipped)
    if skipped or any(word in _CASE_SKIPPED for word in own):
        return "skipped", _words(skipped)
    return _PASSED, ""


def _words(elements: "list[Element]") -> str:
    texts = (text for element in elements for text in (element.get("message"), element.text))
    return "\n".join(dict.fromkeys(text.strip() for text in texts if text and text.strip()))


def _case_seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds <= MAX_SECONDS else None
