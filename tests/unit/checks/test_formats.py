"""A report in a format that is not read is named, and nothing else is taken for one."""

import json
from functools import reduce

import pytest

from genesis_ci.checks.formats import USES
from genesis_ci.checks.report_search import MAX_DEPTH, MAX_TEXTS, ReportSearch
from tools.reporters.agreement import kept, tools

XML = '<testsuites><testsuite><testcase name="a">{}</testcase></testsuite></testsuites>'
JUNIT = XML.format("")
TAP = "TAP version 13\n# Subtest: a\nok 1 - a\n    1..1\nnot ok 2 - b\n  ---\n1..2\n"
TRX = '<TestRun id="1" xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"></TestRun>'
TEXTS = {
    "TAP": TAP,
    "TRX": TRX,
    "NUnit XML": '<?xml version="1.0"?>\n<test-run id="2" testcasecount="1" result="Failed"/>',
    "NUnit 2 XML": '<test-results name="x" total="1" failures="1" not-run="0"></test-results>',
    "xUnit.net XML": '<assemblies><assembly name="x.dll" run-date="2026-05-24"/></assemblies>',
    "TestNG XML": '<testng-results failed="1">\n<suite name="s"></suite></testng-results>',
    "Robot XML": '<robot generator="Robot 7.5" rpa="false">\n<suite id="s1"/></robot>',
    "Boost XML": '<TestLog><TestSuite name="m"><TestCase name="a"/></TestSuite></TestLog>',
    "Qt XML": '<TestCase name="t"><TestFunction name="b">\n<Incident type="fail"/></TestFunction>',
    "Catch2 XML": '<Catch2TestRun name="t"><TestCase name="b"><OverallResult success="false"/>',
    "doctest XML": '<doctest binary="d"><TestSuite><OverallResultsAsserts failures="1"/>',
    "Sonar XML": '<testExecutions version="1"><file path="a"><testCase name="b"/></file>',
    "Mocha JSON": '["start",{"total":2}]\n["pass",{"fullTitle":"a","currentRetry":0}]',
    "go test -json": '{"Action":"start","Package":"x"}\n'
    '{"Action":"fail","Package":"x","Elapsed":0.015}',
}
VALUES = {
    "Jest JSON": {"numRuntimeErrorTestSuites": 0, "numTotalTests": 2, "testResults": []},
    "Vitest JSON": {"numTotalTestSuites": 1, "numTotalTests": 2, "testResults": []},
    "Mocha JSON": {"stats": {"suites": 1, "tests": 2, "passes": 1}, "tests": [], "passes": []},
    "Playwright JSON": {"suites": [], "stats": {"expected": 1, "unexpected": 1, "flaky": 0}},
    "pytest-json-report": {"exitcode": 1, "root": "/", "summary": {"total": 2, "collected": 2}},
    "RSpec JSON": {"examples": [], "summary": {"example_count": 1}, "summary_line": "1 example"},
    "googletest JSON": {"failures": 1, "disabled": 0, "errors": 0, "testsuites": []},
    "Cucumber JSON": [{"uri": "a", "keyword": "Feature", "line": 1, "elements": []}],
    "Cucumber messages": {"meta": {"protocolVersion": "32.2.0", "implementation": {}}},
    "behave JSON": [{"steps": [{"keyword": "Given", "step_type": "given", "location": "a:1"}]}],
    "Robot JSON": {"generator": "Robot 7.5", "rpa": False, "suite": {}, "statistics": {}},
    "Allure JSON": {"name": "a", "uuid": "1", "historyId": "2"},
    "CTRF without “results”": {
        "tool": {"name": "x"},
        "summary": {"tests": 1, "pending": 0, "other": 0},
        "tests": [{"name": "b", "status": "failed"}],
    },
}
SAMPLES = [*TEXTS.items(), *((name, json.dumps(one, indent=1)) for name, one in VALUES.items())]


def test_each_format_has_a_sample():
    assert TEXTS.keys() | VALUES.keys() == USES.keys()


@pytest.mark.parametrize(("name", "text"), SAMPLES)
def test_a_format_is_named_wherever_it_stands(name, text):
    for output in (
        text,
        text.replace("\n", "\r\n"),
        f"{JUNIT}\n{text}",
        f"Done.\n```\n{text}\n```\nBye.",
        f"```diff\n- a\n```\n{text}",
        {"report": JUNIT, "log": [text]},
        [""] * MAX_TEXTS + [{"log": text}],
        f"> tests\n\n{text}",
        f"log: {json.dumps(text)}",
    ):
        assert ReportSearch(output).format == name
    assert ReportSearch(f"```diff\n{text}\n```").format == ""


@pytest.mark.parametrize(("name", "value"), VALUES.items())
def test_a_format_is_named_in_json_at_any_depth_and_without_its_end(name, value):
    deep = reduce(lambda one, _level: [one], range(MAX_DEPTH + 1), value)
    text = json.dumps(value)
    cut = (f"log: {text[:-1]}", f"log: {json.dumps(text)[:-1]}", text.replace('"', "'"))
    for output in (value, {"a": value}, deep, *cut):
        assert ReportSearch(output).format == name


@pytest.mark.parametrize(
    "output",
    [
        XML.format(f"<system-out><![CDATA[{TAP}{TRX}]]></system-out>"),
        {"results": {"tests": [{"name": "a", "status": "passed", "stdout": [TAP]}]}, "extra": {}},
        "Steps 1..3:\nok, the cart is open\n",
        "1..3\nok, the cart is open\n",
        "The page has pages 1..3\nok 1 - it opens\n",
        "<TestRunner/> and <TestRun id='1'>",
        "Jest writes “numTotalTests” and “testResults”.",
        {"numTotalTests": 3, "results": {"testResults": "all passed"}},
        {"tool": "browser", "summary": "3 passed", "tests": [{"name": "a", "status": "passed"}]},
        {"tool": {"name": "browser"}, "summary": {"passed": 3}, "tests": []},
        {"suites": 3, "tests": 10, "passes": 10, "stats": {"tests": 10}, "exitcode": 0},
        {"example_count": 3, "failure_count": 0, "keyword": "cart", "uri": "/", "elements": []},
        {"Action": "click", "Package": "basic", "uuid": "1", "unexpected": 0, "flaky": 0},
    ],
)
def test_what_an_agent_writes_is_no_other_format(output):
    assert ReportSearch(output).format == ""


def test_no_report_that_is_read_is_taken_for_another_format():
    texts = [report.text for tool in tools() for report in kept(tool)[1]]
    searches = [ReportSearch(one) for text in texts for one in (text, {"log": text})]
    assert {search.format for search in searches if search.reports} == {""}
