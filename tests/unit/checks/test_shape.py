"""Whether an output has the shape of a test report, readable or not, or one in other text."""

import json

import pytest

from genesis_ci.checks.reading import NothingToJudgeError
from genesis_ci.checks.shape import find_report, is_in_other_text
from genesis_ci.models.findings import may_be_report
from genesis_ci.strict_json import PORTION

TEST = {"name": "a", "status": "failed"}
REPORT = {"reportFormat": "CTRF", "results": {"tool": {"name": "jest"}, "tests": [TEST]}}
TEXT = json.dumps(REPORT)
XML = '<testsuites><testsuite><testcase name="a"/></testsuite></testsuites>'
FENCED = f"Done.\n```json\n{TEXT}\n```\nBye."


def results(**fields):
    return {"results": {"tests": [], **fields}}


def shape_of(output) -> str:
    try:
        if find_report(output) is not None:
            return "report"
    except NothingToJudgeError:
        return "unreadable"
    return "in other text" if is_in_other_text(output) else "none"


@pytest.mark.parametrize(
    "output",
    [
        REPORT,
        TEXT,
        json.dumps(REPORT, indent=2),
        {**results(), "reportFormat": None},
        results(tool=None),
        results(summary={}),
        results(tests=["a", {"status": "passed"}]),
        TEXT.replace("results", r"\u0072esults").replace("tests", r"test\u0073"),
        TEXT.replace("results", r"result\u0073"),
        f" \n\ufeff\u00a0\u3000{TEXT}\u200b",
        FENCED,
        FENCED.replace("```", "~~~"),
        FENCED.replace("json", 'json title="{}"'),
        f"<thinking>It failed.</thinking>\n```\n{TEXT}\n```",
        XML,
        "<testsuite",
        "<TestSuites/>",
        "<j:testSuite xmlns:j='u'>",
        f"```xml\n\ufeff{XML}\n```",
        f"\u00a0<?xml version='1.0'?>\n<!-- <a> --><?b <c> ?>{XML}",
        f"<!-- {'x' * 5_000} --><?xml version='1.0'?>{XML}",
        f"<!DOCTYPE testsuites [<!ENTITY a 'b'> <!-- c -->]>\n{XML}",
        f"<!DOCTYPE testsuites SYSTEM 'a.dtd'>{XML}",
    ],
    ids=str,
)
def test_a_report_is_found_in_an_output_or_its_only_fence(output):
    assert may_be_report(output)
    assert shape_of(output) == "report"


@pytest.mark.parametrize(
    "output",
    [
        TEXT.replace("failed", "a\nb"),
        TEXT.replace("failed", 'a "b"'),
        TEXT.replace("failed", "\x1b[31m"),
        TEXT[:-1],
        TEXT.replace('"jest"', "NaN"),
        TEXT.replace('"tool"', '"tests": [], "tool"'),
        TEXT.replace('"failed"', "[" * 101 + "]" * 101),
        f"{TEXT}\nOne test failed.",
        f"{TEXT}\n{TEXT}",
        f"{{/* jest */ {TEXT[1:]}",
        f"{TEXT[:-1]},}}",
        str(REPORT),
        TEXT.replace('"', "”"),
        TEXT.replace('"', '\\"'),
        "{ results: { tests: [ { status: 'failed' } ] } }",
        FENCED.replace("failed", "a\nb"),
        f"```json\n{TEXT}",
        f"Done.\n```json\n{TEXT[:-9]}",
        f"```xml\n{XML}",
    ],
)
def test_a_report_that_cannot_be_read_is_not_overlooked(output):
    assert may_be_report(output)
    assert shape_of(output) == "unreadable"


@pytest.mark.parametrize(
    "output",
    [
        f"The report:\n{TEXT}",
        f"The report: {XML}",
        f"<thinking>It failed.</thinking>\n{TEXT}",
        f"```\n{TEXT}\n```\n```\n0\n```",
        f"````\n```\n{XML}\n```\n````",
        f"> ```json\n> {TEXT}\n> ```",
        json.dumps(TEXT),
        json.dumps(XML),
    ],
)
def test_a_report_in_other_text_is_noticed(output):
    assert may_be_report(output)
    assert shape_of(output) == "in other text"


@pytest.mark.parametrize(
    "output",
    [
        None,
        "",
        7,
        "The testsuite passed: the results of all tests are {good}.",
        "Look at `<testsuite>` first.",
        "<testsuitesx/>",
        "<testsuite.a/>",
        "<!-- <testsuite> -->",
        "<!-- <testsuite>",
        "<html><testsuite/></html>",
        "<p>testsuite",
        '{"verdict": "pass",}',
        "{name}: the results of the tests are good.",
        "{ results { tests { name } } }",
        '{"results": [',
        results(),
        {"results": [TEST]},
        {"results": {"tests": 12, "summary": {}}},
        {"reportFormat": "CTRF", "results": {"tests": {}}},
        [REPORT],
        json.dumps([REPORT]),
        json.dumps({"report": REPORT}),
        json.dumps({"junit": XML}),
        '```json\n{"failed": 0}\n```\nAll results of the tests are good.',
    ],
    ids=str,
)
def test_other_outputs_have_no_report(output):
    assert shape_of(output) == "none"


@pytest.mark.parametrize("before", [PORTION - 11, PORTION - 5, PORTION - 1, PORTION])
def test_a_tag_between_two_portions_is_found(before):
    assert may_be_report(f"{'<' * before}TestSuite")
    assert not may_be_report(f"{'<' * before}TestSuit")
