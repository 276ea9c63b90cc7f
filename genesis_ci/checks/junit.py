"""Reads JUnit XML as the tools mean it that write it."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from genesis_ci.checks.reading import NothingToJudgeError
from genesis_ci.checks.reports import (
    FAILED,
    FAILURE_WORDS,
    FLAKY,
    PASSED,
    SKIP_WORDS,
    SKIPPED,
    WARNING,
    Report,
    Test,
    count_in,
    plain,
    seconds_in,
)
from genesis_ci.language import N_, _, fill

MAX_DEPTH = 100
PORTIONS = 1 << 10, 1 << 20
"""Characters that are parsed at once, at first and at most: many reports may follow each other."""
_SUITES = {"testsuites", "testsuite"}
_FAILURES = "failure", "error"
_RERUNS = "rerunfailure", "rerunerror"
_FLAKY = "flakyfailure", "flakyerror"
_NO_TEST = {"inconclusive", "warning"}
"""Statuses that some tools count as errors."""
_STATUSES = {"status", "result"}
_WORDS = _STATUSES | {"outcome", "state"}
_PASS_WORDS = {"", "run", "completed", "passed", "pass", "success", "ok", "warning"}
_KNOWN_WORDS = _PASS_WORDS | SKIP_WORDS | FAILURE_WORDS
_MAY_FAIL = {("type", "todo"), ("message", "TEST_CASE tagged with !mayfail")}
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 forbids, and tools write in runs that pass, too: the colours of a terminal."""
_REFERENCE = re.compile(r"&#(?:x0*(?P<hex>[0-9a-fA-F]{1,4})|0*(?P<decimal>[0-9]{1,5}));")
_REST_OF_REFERENCE = re.compile(r"[#\w]{,100};?")
_NO_NAME = N_("no name and no class, as pytest lists a test that was interrupted")
_CTEST_SKIPS = ("SKIP_RETURN_CODE=", "SKIP_REGULAR_EXPRESSION_MATCHED")


class _Case(NamedTuple):
    """What a `testcase` says: its children by name, and its words by the attribute."""

    children: dict[str, list[Element]]
    attributes: dict[str, str]
    statuses: list[str]
    words: list[str]

    def named(self, *names: str) -> list[Element]:
        return [one for name in names for one in self.children.get(name, ())]


def _status(case: _Case) -> str:
    """Return what a case counts as: by the first rule that is true, else as passed.

    An unknown status is its own word. See docs/internals/tool-runs.md.
    """
    failures, skips = case.named(*_FAILURES), case.named("skipped")
    may_fail = any(not _MAY_FAIL.isdisjoint(skip.items()) for skip in skips)
    # `prove` says nothing but that a test marked as TODO passes
    todo_passes = {one.get("type") for one in failures} == {"TodoTestSucceeded"}
    is_flaky = case.attributes.get("flaky", "").strip().lower() == "true"
    says_failed = case.named("failed") or not FAILURE_WORDS.isdisjoint(case.words)
    # a test of CTest without its executable, or without a file that it needs
    messages = (skip.get("message", "").strip() for skip in skips)
    is_skip = all(not text or text.startswith(_CTEST_SKIPS) for text in messages)
    could_not_run = "notrun" in case.statuses and not is_skip
    unknown = next((word for word in case.statuses if word not in _KNOWN_WORDS), "")
    rules = (
        (failures and may_fail, SKIPPED),
        (todo_passes and not says_failed, PASSED),
        (failures and is_flaky and not says_failed, FLAKY),
        (failures or case.named(*_RERUNS), FAILED),
        (says_failed or could_not_run, FAILED),
        (unknown, unknown),
        (skips or not SKIP_WORDS.isdisjoint(case.statuses), SKIPPED),
        (case.named(*_FLAKY), FLAKY),
        ("warning" in case.statuses, WARNING),
    )
    status = next((status for holds, status in rules if holds), PASSED)
    has_name = case.attributes.keys() & {"name", "classname"}
    return status if has_name or status == FAILED else _NO_NAME


class _Read(NamedTuple):
    """A test, and what a suite may count for it.

    `counts` is true if it may be a failure or an error. Surefire may count each of its `runs`, of
    which some failed.
    """

    test: Test
    counts: bool = True
    claims_flaky: bool = False
    runs: int = 1
    failed_runs: int = 1


def read(text: str, at: int = 0) -> tuple[Report, int]:
    """Return the report that begins at a place of a text, and the place after it.

    It is contradicted by the first of its counts that is above its tests.
    """
    root, after = _parse(text, at)
    tests = dict(_tests(root))
    contradiction = ""
    for suite in root.iter():
        stated = _stated(suite, "failures") + _stated(suite, "errors")
        if not stated or _local(suite.tag) not in _SUITES:
            continue
        within = [tests[one] for one in suite.iter() if one in tests]
        is_of_runs = _stated(suite, "tests") == sum(one.runs for one in within)
        listed = sum(one.failed_runs if is_of_runs else 1 for one in within if one.counts)
        flaky = [one for one in suite.iter() if one in tests and tests[one].claims_flaky]
        if stated > listed - len(flaky):
            for one in flaky:
                tests[one] = _Read(tests[one].test._replace(status=FAILED))
        if stated > listed and not contradiction:
            words = N_("<{tag}> states {stated} failures and errors, and {listed} are listed")
            contradiction = fill(words, tag=suite.tag, stated=stated, listed=listed)
    return Report(tuple(one.test for one in tests.values()), contradiction), after


def _allowed(text: str) -> str:
    """Return a text in which blanks replace what XML 1.0 forbids, and references to it."""

    def blanks(reference: re.Match[str]) -> str:
        code = int(reference["hex"], 16) if reference["hex"] else int(reference["decimal"])
        return " " * len(reference[0]) if _FORBIDDEN.match(chr(code)) else reference[0]

    return _REFERENCE.sub(blanks, _FORBIDDEN.sub(" ", text))


def _parse(text: str, at: int) -> tuple[Element, int]:
    """Return the XML element that begins at a place of a text, and the place after it."""
    builder, level, end_tag = TreeBuilder(), 0, -1

    def refuse(template: str, **values: object) -> None:
        line = text.count("\n", 0, at) + parser.CurrentLineNumber
        raise NothingToJudgeError(template, line=line, **values)

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal level
        level += 1
        if level > MAX_DEPTH:
            refuse(N_("XML nested deeper than {levels} levels"), levels=MAX_DEPTH)
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal level, end_tag
        level -= 1
        builder.end(tag)
        if not level:
            end_tag = parser.CurrentByteIndex

    def doctype(*_: object) -> None:  # it could name files and grow without end
        refuse(N_("XML with a DTD, which is not read, line {line}"))

    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = doctype
    after, size, parsed = at, PORTIONS[0], list[bytes]()
    try:
        while end_tag < 0:
            rest = _REST_OF_REFERENCE.match(text, min(after + size, len(text)))
            portion = text[after : rest.end() if rest else None]
            after += len(portion)
            parsed.append(_allowed(portion).encode())
            parser.Parse(parsed[-1], not portion)
            size = min(2 * size, PORTIONS[1])
    except expat.ExpatError as error:
        if end_tag < 0:  # else it is about what follows
            reason = expat.ErrorString(error.code)
            refuse(N_("no valid XML: {reason}, line {line}"), reason=reason)
    after = at + len(b"".join(parsed)[:end_tag].decode(errors="ignore"))
    return builder.close(), text.index(">", after) + 1 if text.startswith("</", after) else after


def _stated(suite: Element, name: str) -> int:
    return max((count_in(text) for key, text in suite.items() if _local(key) == name), default=0)


def _local(tag: str) -> str:
    return tag.rpartition(":")[2].lower()


def _tests(parent: Element, suite: str = "") -> Iterator[tuple[Element, _Read]]:
    # Every test case, at any depth, and every failure outside of a test case.
    within, name = _local(parent.tag), parent.get("name")
    if within == "testsuite" and name:
        suite = f"{suite} › {name}" if suite else name
    for child in parent:
        tag = _local(child.tag)
        if tag == "testcase":
            yield child, _read_case(child, suite)
        elif tag in _FAILURES and within != "testcase":
            yield child, _Read(Test(f"({tag})", tag, suite, _message([child])))
        yield from _tests(child, suite)


def _read_case(element: Element, suite: str) -> _Read:
    case = _case(element)
    status = _status(case)
    remark = status if status in {FLAKY, WARNING} else ""
    is_about_failure = status in {FAILED, FLAKY} and case.named(*_FAILURES, *_RERUNS, *_FLAKY)
    told = (*_FAILURES, *_RERUNS, *_FLAKY) if is_about_failure else ("failed", "skipped")
    message = _message(case.named(*told))
    name = case.attributes.get("name", "").strip()
    class_name = case.attributes.get("classname", "")
    test = Test(
        name=name or class_name.strip() or "test without a name",
        status=PASSED if remark else status,
        suite=(name and class_name) or suite,
        message=_(": ").join(filter(None, (remark and _(remark), message))),
        seconds=_seconds(case.attributes.get("time", "")),
    )
    reruns = len(case.named(*_RERUNS, *_FLAKY))
    is_failure = status == FAILED or case.named(*_FAILURES, *_FLAKY)
    return _Read(
        test,
        counts=bool(is_failure) or not _NO_TEST.isdisjoint(case.statuses),
        claims_flaky=status == FLAKY and bool(case.named(*_FAILURES)),
        runs=1 + reruns,
        failed_runs=max(1, reruns + (status == FAILED)),
    )


def _case(element: Element) -> _Case:
    children: dict[str, list[Element]] = {}
    for child in element:
        children.setdefault(_local(child.tag), []).append(child)
    attributes = [(_local(key), text) for key, text in element.items()]
    inner = [(name, one.text or "") for name in _WORDS for one in children.get(name, ())]
    return _Case(
        children=children,
        attributes=dict(attributes),
        statuses=[plain(text) for name, text in attributes if name in _STATUSES],
        words=[plain(text) for name, text in (*attributes, *inner) if name in _WORDS],
    )


def _message(elements: list[Element]) -> str:
    texts = (text for element in elements for text in (element.get("message"), element.text))
    return "\n".join(dict.fromkeys(text.strip() for text in texts if text and text.strip()))


def _seconds(text: str) -> float | None:
    try:
        return seconds_in(float(text))
    except ValueError:
        return None
