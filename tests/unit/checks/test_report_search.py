"""Test reports are found where tools and agents put them; what is not searched is noticed."""

import json
import re
from functools import reduce
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis_ci.checks.report_search import (
    CUT,
    ESCAPED,
    IN_TEXT,
    MAX_DEPTH,
    MAX_TEXTS,
    TOO_FAR,
    ReportSearch,
)
from tests.builders import a_block

TEST = {"name": "a", "status": "failed"}
REPORT = {"reportFormat": "CTRF", "results": {"tool": {"name": "jest"}, "tests": [TEST]}}
TEXT = json.dumps(REPORT)
XML = '<testsuites><testsuite><testcase name="a"/></testsuite></testsuites>'
FENCED_DIFF = "\n```diff\n- a\n```\n"
XML_WITH_FENCE = XML.replace("/></", f"><failure>{FENCED_DIFF}</failure></testcase></")
FENCED = f"Done.\n```json\n{TEXT}\n```\nBye."
LOG = "```\n0 failed\n```\n"


def within(value, depth):
    for _level in range(depth):
        value = {"a": value}
    return value


def found(output) -> str:
    """Return the number of reports, `!` for one that cannot be read, `?` if one is overlooked."""
    search = ReportSearch(output)
    assert a_block("b", raw=output).has_raw_output == bool(output)
    return f"{len(search.reports)}{'!' * bool(search.problem)}{'?' * bool(search.overlooked)}"


@pytest.mark.parametrize(
    "output",
    [
        REPORT,
        TEXT,
        json.dumps(REPORT, indent=2),
        TEXT.replace("results", r"\u0072esults").replace("tests", r"test\u0073"),
        f" \n\ufeff\u00a0\u3000{TEXT}\u200b",
        XML,
        "<TestSuites/>",
        "<j:testSuite xmlns:j='u'/>",
        f"\u00a0<?xml version='1.0'?>\n<!-- <a> --><?b c?>{XML}",
        f"<!-- {'x' * 5_000} -->{XML}",
        FENCED,
        FENCED.replace("```", "~~~"),
        FENCED.replace("```", "`````"),
        FENCED.replace("json", 'JSON title="{}"'),
        FENCED.replace("\n", "\r\n"),
        f"1. Done:\n\n   ```\n   {TEXT}\n   ```",
        f"<!-- c -->\n  ```\n  {TEXT}\n  ```",
        f"```json\n{TEXT}",
        f"<thinking>It failed.</thinking>\n```\n{TEXT}\n```",
        f"```log\nnpm test\n{XML}\n```",
        *(f"Done.\n```{info}\n{XML}\n```" for info in ("console", "xml:diff.xml", "diffs", "{.c}")),
        f"````md\n```\n{XML}\n```\n````",
        f"{{oops}}\n```json\n{json.dumps({'report': XML})}\n```",
        f"```json\n{{oops}}\n```\n{TEXT}",
        f"```\n<?xml ?><!--\n```\n```\n<!-- c -->{XML}\n```\n-->",
        *(json.dumps(XML).replace("<", lt) for lt in ("\\u003c", "\\u003C")),
        f"Done.\n```xml\n\ufeff{XML_WITH_FENCE}\n```\n",
        f"{LOG}{FENCED}",
        f"The report:\n{XML}\nIt failed.",
        f"The report:\n\ufeff<?xml version='1.0'?>\n{XML_WITH_FENCE}\nIt failed.",
        f"<thinking>It failed.</thinking>\n{TEXT}\nIt failed.",
        f"Done: {{name}}\n{json.dumps(REPORT, indent=2)}",
        '{"level": "info"}\n{"results": ' + TEXT.partition('"results": ')[2],
        f"[INFO] Done.\n{TEXT}",
        [REPORT],
        json.dumps([REPORT]),
        json.dumps(TEXT),
        json.dumps(XML),
        {"report": REPORT, "log": "ok"},
        json.dumps({"report": XML}) + "\nDone.",
        [{"type": "text", "text": "Done."}, {"type": "text", "text": FENCED}],
        within(REPORT, MAX_DEPTH),
        within(XML, MAX_DEPTH),
        within(TEXT, MAX_DEPTH - 1),
        json.dumps(within(json.dumps(within(REPORT, 2)), 2)),
        ["a"] * (MAX_TEXTS - 1) + [TEXT],
        {"results": {"tests": [TEST], "summary": {"message": TEXT}, "extra": REPORT}},
        XML.replace("/></", "><system-out><testsuite/></system-out></testcase></"),
    ],
    ids=str,
)  # fmt: skip
def test_a_report_is_found(output):
    assert found(output) == "1"


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (f"{XML}\n{XML_WITH_FENCE}\n{TEXT}", "3"),
        (f"{XML}<?xml version='1.0'?>{XML}{TEXT}", "3"),
        (f"```\n{TEXT}\n```\n````xml\n{XML}\n````\n{LOG}", "2"),
        ({"a": XML, "b": [REPORT, TEXT]}, "3"),
        ({**REPORT, "junit": XML, "extra": TEXT}, "3"),
        ({**REPORT, "deep": within(XML, MAX_DEPTH - 1)}, "2"),
        ({**REPORT, "deep": within(XML, MAX_DEPTH)}, "1?"),
        ({**REPORT, "extra": {"previousReports": [REPORT]}}, "1"),
        (f"{XML}\n<testsuite>\n{XML}", "1!"),
        (f"{TEXT}\nQuoted:\n> {TEXT}", "1?"),
    ],
)
def test_several_reports_are_found(output, expected):
    assert found(output) == expected


@pytest.mark.parametrize(
    "output",
    [
        TEXT.replace("failed", "a\nb"),
        TEXT.replace("failed", 'a "b"'),
        TEXT.replace("failed", "\x1b[31m"),
        TEXT.replace("failed", FENCED_DIFF),
        TEXT[:-1],
        TEXT[:24],
        TEXT.replace('"jest"', "NaN"),
        TEXT.replace('"tool"', '"tests": [], "tool"'),
        TEXT.replace('"failed"', "[" * 101 + "]" * 101),
        f"{{/* jest */ {TEXT[1:]}",
        f"{TEXT[:-1]},}}",
        str(REPORT),
        TEXT.replace('"', "”"),
        TEXT.replace('"', '\\"'),
        "{ results: { tests: [ { status: 'failed' } ] } }",
        f"Done.\n{TEXT[:-9]}",
        FENCED.replace("failed", "a\nb"),
        f"Done.\n```json\n{TEXT[:-9]}\n```\nBye.",
        {"reportFormat": "CTRF", "results": {"summary": {"failed": 3}}},
        [TEXT[:-1]],
        "<testsuite",
        XML[:-1],
        XML.replace('"a"', '"a & b"'),
        f"Done.\n{XML[:-14]}\nBye.",
        f"<!DOCTYPE testsuites [<!ENTITY a 'b'> <!-- c -->]>\n{XML}",
        f"<!DOCTYPE testsuites SYSTEM 'a.dtd'>{XML}",
    ],
)
def test_a_report_that_cannot_be_read_is_not_overlooked(output):
    assert found(output) == "0!"


def test_a_problem_names_the_line_of_the_output():
    assert ReportSearch(f"Done.\n\n{TEXT[:-1]}").problem == "no JSON (not valid JSON, line 3)"
    nan = ReportSearch(TEXT.replace('"jest"', "NaN"))
    assert nan.problem == "no JSON (a number is not finite)"


@pytest.mark.parametrize("text", [TEXT, f"Done.\n```json\n{TEXT}\n```", f"Done.\n{XML_WITH_FENCE}"])
def test_a_cut_report_is_never_taken_for_a_whole_one(text):
    """From its first words on it cannot be read; once it is complete, it is found."""
    begin, end = (
        text.index("{" if text != f"Done.\n{XML_WITH_FENCE}" else "<"),
        len(text.rstrip("`\n")),
    )
    shown = [found(text[:at]) for at in range(begin, len(text) + 1)]
    assert set(shown[: end - begin]) <= {"0", "0!"}
    assert shown[24 : end - begin] == ["0!"] * (end - begin - 24)
    assert set(shown[end - begin :]) == {"1"}


@pytest.mark.parametrize(
    "output",
    [
        f"The report: {TEXT}",
        f"The report: {XML}",
        f" Indented:\n  {XML}",
        f"> ```json\n> {TEXT}\n> ```",
        f"```diff\n {XML}\n```",
        f"``` {{.PATCH}}\n {XML}\n```",
        f"``` `\n  {XML}\n```",
        "Look at `<testsuite>` first.",
        "<!-- <testsuite> -->",
        "<?xml version='1.0'?><!-- <testsuite>",
        "<html><testsuite/></html>",
        'the "tests" beside "results"',
        within(REPORT, MAX_DEPTH + 1),
        within(XML, MAX_DEPTH + 1),
        within(TEXT, MAX_DEPTH),
        ["a"] * MAX_TEXTS + [XML],
        {"results": {"summary": {"passed": 3}}, "log": f"> {XML}"},
    ],
    ids=str,
)
def test_a_report_in_other_text_is_noticed(output):
    assert found(output) == "0?"


@pytest.mark.parametrize(
    ("output", "what"),
    [
        (f"> {XML}", IN_TEXT),
        (f"> {TEXT}", IN_TEXT),
        (XML[XML.index("<testcase") :], CUT),
        ('name="a"/></testsuite>', CUT),
        (r"…\n<\/j:testSuites>", CUT),
        ('<testcase name="a"/>\n<testcase name="b"/>', CUT),
        (escape(XML), ESCAPED),
        (r"\\x3C/testsuite", ESCAPED),
        *((f"> {lt}testcase", ESCAPED) for lt in (r"\u003c", r"\u{3C}", "&LT", "&#060;", "&#x3c;")),
        ("- " + json.dumps(escape(escape(XML))).replace("&", r"\u0026"), ESCAPED),
        (escape(f"- {TEXT}"), IN_TEXT),
        (json.dumps(f"- {TEXT}")[:-1].replace(r'\"', r"\u0022"), IN_TEXT),
        (within(XML, MAX_DEPTH + 1), TOO_FAR),
    ],
    ids=str,
)  # fmt: skip
def test_the_warning_says_what_it_is(output, what):
    assert (found(output), ReportSearch(output).overlooked) == ("0?", what)


def escaped(pattern, template):
    return lambda text: re.sub(pattern, lambda one: template.format(ord(one[0])), text)


in_json = escaped("[<>&'+]", r"\u{:04X}")
WRAPPERS = [
    json.dumps,
    lambda text: in_json(json.dumps({"log": text})),  # Go, Gson, Rails
    lambda text: in_json(json.dumps([text]).replace(r"\"", r"\u0022")),  # .NET
    escape,
    escaped("[<>&'\"/]", "&#{};"),
    escaped("[<>&'\"/]", "&#x{:X};"),
    "Done. {}".format,
    "Done.\n{}\nBye.".format,
    lambda text: re.sub("^", "> ", text, flags=re.MULTILINE),
    "```console\n{}\n```".format,
    "`````diff\n+{}\n`````".format,
    '{{"a": [{}'.format,
    "[INFO] ok\n{}".format,
]


@given(st.sampled_from([XML, XML[12:], XML[25:], TEXT]), st.lists(st.sampled_from(WRAPPERS)))
def test_no_report_is_passed_over_in_silence(report, wrappers):
    assert found(reduce(lambda text, wrap: wrap(text), wrappers, report)) != "0"


@pytest.mark.parametrize(
    "output",
    [
        None,
        "",
        7,
        "The testsuite passed: the results of all tests are {good}.",
        "<testsuitesx/>",
        "<testsuite.a/>",
        "<p>testsuite",
        '{"verdict": "pass",}',
        "{name}: the results of the tests are good.",
        "{ results { tests { name } } }",
        '{"results": [',
        {"results": [TEST]},
        {"results": {"summary": {"passed": 3, "failed": 0}}},
        {"results": {"tests": 12, "summary": {}}},
        within("deep", 7),
        '```json\n{"failed": 0}\n```\nAll results of the tests are good.',
        "```python\nresults = {'a': 1}\n```",
        {"tests": [TEST], "results": [{"suite": "a", "case": "&lt;test&gt;"}], "summary": {}},
        {"status": "pass", "steps": [{"action": "open <test-suite>", "results": "2 tests"}]},
    ],
    ids=str,
)
def test_other_outputs_have_no_report(output):
    assert found(output) == "0"
