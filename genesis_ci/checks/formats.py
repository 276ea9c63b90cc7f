"""Recognizes the reports of test tools that are in no format that is read."""

import re
from collections.abc import Sequence
from typing import TypeAlias

from genesis_ci.language import N_
from genesis_ci.strict_json import JsonValue, children, value_at

Spans: TypeAlias = Sequence[tuple[int, int]]

_ANY_TOOL = N_("the JUnit reporter of the test tool")
_TAP = "node --test-reporter=junit / prove --formatter TAP::Formatter::JUnit / tap-junit"
_DOTNET = "dotnet test --logger junit (JunitXml.TestLogger)"
_TEXTS = (
    ("TAP", _TAP, "1..", "ok "),
    ("TRX", _DOTNET, "<TestRun", "/TeamTest/2010"),
    ("NUnit XML", _DOTNET, "<test-run ", " testcasecount="),
    ("NUnit 2 XML", _DOTNET, "<test-results ", " not-run="),
    ("xUnit.net XML", _DOTNET, "<assembly ", " run-date="),
    ("TestNG XML", "test-output/junitreports", "<testng-results", "<suite"),
    ("Robot XML", "robot --xunit", "<robot ", " generator="),
    ("Boost XML", "--logger=JUNIT", "<TestLog>", "<TestSuite "),
    ("Boost XML", "--logger=JUNIT", "<TestResult>", " assertions_failed="),
    ("Qt XML", "-o FILE,junitxml", "<TestFunction ", "<Incident "),
    ("Catch2 XML", "--reporter junit", "<Catch", "<OverallResult"),
    ("doctest XML", "--reporters=junit", "<doctest ", "<OverallResultsAsserts "),
    ("Sonar XML", _ANY_TOOL, "<testExecutions", "<file "),
)
"""The name of a format, the way to JUnit, and the marks that a text has together."""
_OBJECTS = (
    ("Jest JSON", "jest-junit", "numRuntimeErrorTestSuites", "testResults"),
    ("Vitest JSON", "--reporter=junit", "numTotalTests", "testResults"),
    ("Mocha JSON", "mocha-junit-reporter", "stats.suites", "stats.passes"),
    ("Mocha JSON", "mocha-junit-reporter", "currentRetry", "fullTitle"),
    ("Playwright JSON", "--reporter=junit", "stats.unexpected", "stats.flaky"),
    ("pytest-json-report", "pytest --junitxml", "exitcode", "summary.collected"),
    ("RSpec JSON", "rspec_junit_formatter", "summary.example_count", "examples"),
    ("googletest JSON", "--gtest_output=xml", "testsuites", "disabled", "errors", "failures"),
    ("Cucumber JSON", "--format junit", "elements", "uri", "keyword", "line"),
    ("Cucumber messages", "--format junit", "meta.protocolVersion", "meta.implementation"),
    ("behave JSON", "behave --junit", "step_type", "keyword", "location"),
    ("Robot JSON", "robot --xunit", "rpa", "generator", "statistics"),
    ("Allure JSON", _ANY_TOOL, "historyId", "uuid"),
    ("go test -json", "gotestsum --junitfile", "Elapsed", "Action", "Package"),
    (N_("CTRF without “results”"), '{"results": …}', "summary.pending", "tool.name", "tests"),
)
"""The same with the keys of an object, or of the one in it."""
USES = {name: use for name, use, *_marks in (*_TEXTS, *_OBJECTS)}
"""What writes a report that is read, by the name of each format."""
_LINES = {
    "1..": r"(?m)(?:^|\\n)[ \t]*1\.\.\d+[ \t]*(?=#|\\[nr]|\r?$)",
    "ok ": r"(?m)(?:^|\\n)[ \t]*(?:not )?ok +[\d#-]",
}
"""The lines of TAP, which may stand in a text of JSON."""
_COLON = r"\\*[\"']\s*:"
_INSIDE = rf"{_COLON}\s*\{{[^{{}}]*\b"


def _key(path: str) -> tuple[str, str]:
    """Return a key, and its pattern in JSON that may be escaped or have no end."""
    return path.rpartition(".")[-1], rf"\b{path.replace('.', _INSIDE)}{_COLON}"


_IN_TEXT = (
    *((name, [(mark, _LINES.get(mark, "")) for mark in marks]) for name, _use, *marks in _TEXTS),
    *((name, [*map(_key, paths)]) for name, _use, *paths in _OBJECTS),
)
_IN_OBJECT = [(name, [path.split(".") for path in paths]) for name, _use, *paths in _OBJECTS]
_FIRST = {paths[0][0] for _name, paths in _IN_OBJECT}


def in_text(text: str, spans: Spans) -> str:
    """Return the name of the format that parts of a text have the marks of, or empty.

    JSON in other text, or without its end, has the keys in any quotes.
    """
    for name, marks in _IN_TEXT:
        if marks[0][0] in text and all(
            any(_has(text, *span, *mark) for span in spans) for mark in marks
        ):
            return name
    return ""


def _has(text: str, begin: int, end: int, mark: str, pattern: str) -> bool:
    if text.find(mark, begin, end) < 0:
        return False
    return not pattern or bool(re.compile(pattern).search(text, begin, end))  # it is slow


def in_object(value: JsonValue) -> str:
    """Return the name of the format whose keys an object has, or empty."""
    if not isinstance(value, dict) or _FIRST.isdisjoint(value):
        return ""
    for name, paths in _IN_OBJECT:
        if paths[0][0] in value and all(value_at(value, *path) is not None for path in paths):
            return name
    return ""


def within(value: JsonValue) -> str:
    """Return the name of a format in JSON of any depth, or empty."""
    values, found = [value], ""
    while values and not found:
        one = values.pop()
        found = in_text(one, [(0, len(one))]) if isinstance(one, str) else in_object(one)
        values += children(one)
    return found
