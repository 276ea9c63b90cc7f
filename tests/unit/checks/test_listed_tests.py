"""The tests that a block's output lists: a finding for each, and one for a missing list."""

import json
from dataclasses import replace

import pytest

from genesis_ci.checks.listed_tests import MAX_TESTS, judge_tests, too_few_tests
from genesis_ci.models.findings import Finding, Judgement, ListedTests

MET, UNMET, SKIPPED = Judgement.MET, Judgement.UNMET, Judgement.SKIPPED


def judged(output, **expected):
    return judge_tests(ListedTests(block="b", **expected), output)


def ctrf(*tests, **summary):
    return {"reportFormat": "CTRF", "results": {"summary": summary, "tests": list(tests)}}


def a_test(name="total", status="passed", **fields):
    return {"name": name, "status": status, "duration": 1200, **fields}


def junit(*cases):
    return f'<testsuites><testsuite name="shop">{"".join(cases)}</testsuite></testsuites>'


def test_an_unknown_status_of_ctrf_is_unmet():
    statuses = ["passed", "skipped", "pending", "failed", "other", "Passed", "", None, True]
    found = judged(ctrf(*[a_test(status=status) for status in statuses]))
    assert [one.judgement for one in found] == [MET, SKIPPED, SKIPPED, *[UNMET] * 6]


def test_a_ctrf_test_has_suite_message_and_time():
    failed = a_test(status="failed", suite=["cart", 7, "totals"], message="3 != 4", trace="line 9")
    (found,) = judged(ctrf(failed, tests=1, passed=1, failed=0))
    assert (found.name, found.suite, found.seconds) == ("total", "cart › totals", 1.2)
    assert (found.judgement, found.expected) == (UNMET, "passed")
    assert found.found == "failed: 3 != 4\nline 9"
    assert found.where == "output of block “b”, test 1"


@pytest.mark.parametrize("test", ["passed", 1, None, {}, {"status": "passed"}, {"name": " "}])
def test_an_entry_without_a_name_is_unmet_and_numbered(test):
    found = judged(ctrf(a_test(), test))[1]
    assert (found.judgement, found.name) == (UNMET, "test 2 (no name)")


@pytest.mark.parametrize(
    ("case", "judgement", "words"),
    [
        ('<testcase name="t" time="1.2"/>', MET, "passed"),
        ('<testcase name="t" status="run" result="completed"/>', MET, "passed"),
        ('<testcase name="t"><system-out>FAIL</system-out></testcase>', MET, "passed"),
        ('<testcase name="t"><failure message="a">b</failure></testcase>', UNMET, "failed: a\nb"),
        ('<testcase name="t"><failure/></testcase>', UNMET, "failed"),
        ('<testcase name="t"><error>broke</error></testcase>', UNMET, "failed: broke"),
        ('<testcase name="t"><j:Failure>no</j:Failure></testcase>', UNMET, "failed: no"),
        ('<testcase name="t"><skipped/><failure/></testcase>', UNMET, "failed"),
        ('<testcase name="t"><skipped message="no"/></testcase>', SKIPPED, "skipped: no"),
        ('<testcase name="t" status="notrun"/>', SKIPPED, "skipped"),
        ('<testcase name="t" status="failed"/>', UNMET, "failed"),
        ('<testcase name="t" status="skipped" result="broken"/>', UNMET, "broken"),
        ("<testcase/>", UNMET, "no name"),
    ],
)
def test_a_junit_case_is_judged(case, judgement, words):
    found = judged(junit('<testcase name="login"/>', case))
    assert (found[1].judgement, found[1].found) == (judgement, words)


def test_a_junit_case_has_suite_and_time():
    nested = '<testsuite name="cart"><testcase name="a" time="1.2"/></testsuite>'
    own = '<testcase name="b" classname="shop.Cart" time="soon"/>'
    grouped = '<group name="x"><testsuite><testcase name="c"/></testsuite></group>'
    found = judged(junit(nested, own, grouped))
    assert [(one.name, one.suite, one.seconds) for one in found] == [
        ("a", "shop › cart", 1.2),
        ("b", "shop.Cart", None),
        ("c", "shop", None),
    ]


def test_an_impossible_time_is_dropped():
    times = ["0", "0.5", "1e9", "1e10", "-1", "nan"]
    found = judged(junit(*[f'<testcase name="a" time="{time}"/>' for time in times]))
    assert [one.seconds for one in found] == [0.0, 0.5, 1e9, None, None, None]
    durations = [0, 500, 1e9, 1e10, -1, True, "12", None, 10**400]
    found = judged(ctrf(*[a_test(duration=duration) for duration in durations]))
    assert [one.seconds for one in found] == [0.0, 0.5, 1e6, *[None] * 6]


def test_junit_may_be_nested_up_to_100_levels():
    inner = 98  # in testsuites and testsuite
    deep = "<group>" * (inner - 1) + '<testcase name="a"/>' + "</group>" * (inner - 1)
    assert [one.judgement for one in judged(junit(deep, deep))] == [MET, MET]
    for earlier in ("", deep):
        assert "100 levels" in judged(junit(earlier, f"<group>{deep}</group>"))[0].found


@pytest.mark.parametrize(
    ("hidden", "name", "words"),
    [
        ('<group><testcase name="t"><failure/></testcase></group>', "t", "failed"),
        ('<testcase name="a"><testcase name="t"><error/></testcase></testcase>', "t", "failed"),
        ('<error message="It crashed.">line 9</error>', "(error)", "error: It crashed.\nline 9"),
    ],
    ids=["an unknown element", "another case", "no case at all"],
)
def test_a_hidden_failure_is_found(hidden, name, words):
    found = judged(junit('<testcase name="login"/>', hidden))
    unmet = [one for one in found if one.judgement is UNMET]
    assert [(one.name, one.suite, one.found) for one in unmet] == [(name, "shop", words)]


@pytest.mark.parametrize(("least", "is_met"), [(0, True), (2, True), (3, False)])
def test_all_tests_together_are_counted_that_passed_or_failed(least, is_met):
    statuses = ("passed", "failed", "skipped", "other")
    findings = judged(ctrf(*[a_test(status=status) for status in statuses]), at_least=0) or ()
    expectation = replace(findings[0], is_test=False)
    found = [*too_few_tests(least, [*findings, expectation])]
    finding = Finding(
        name="tests: at least 3 tests",
        judgement=UNMET,
        block="",
        expected="at least 3 tests that passed or failed",
        found="2 of the 4 listed",
        where="all test reports of the run",
    )
    assert found == ([] if is_met else [finding])


ONE_CTRF, ONE_JUNIT = json.dumps(ctrf(a_test())), junit('<testcase name="a"/>')


@pytest.mark.parametrize(
    "output",
    [
        ctrf(a_test()),
        ONE_CTRF,
        f"Done:\n```json\n{ONE_CTRF}\n```\n",
        {"results": {"tests": [{"name": "a", "status": "passed"}]}},
        ONE_JUNIT,
        f'\ufeff<?xml version="1.0" encoding="utf-16"?>\n{ONE_JUNIT}',
        f"Done:\n```xml\n{ONE_JUNIT}\n```\n",
        '<testsuite><testcase name="a"/></testsuite>',
    ],
    ids=[
        "value", "text", "fence", "no more than a list",
        "XML", "declaration", "XML in a fence", "one suite",
    ],
)  # fmt: skip
def test_the_format_of_a_list_is_recognised(output):
    assert [one.judgement for one in judged(output)] == [MET]


@pytest.mark.parametrize(
    ("output", "expected", "reason"),
    [
        (None, {}, "no output"),
        (" ", {}, "an empty output"),
        ("All 12 passed.", {}, "no JSON"),
        ({"tests": []}, {}, "an object without results.tests, so not CTRF"),
        ({"results": {"tests": {}}}, {}, "an object without results.tests, so not CTRF"),
        ([a_test()], {}, "a list without results.tests, so not CTRF"),
        ('{"results": {}, "results": {}}', {}, "a key is given twice"),
        ("```\n{}\n```\n```\n{}\n```", {}, "2 code fences"),
        (ctrf(), {}, "0 of the 0 listed"),
        (ctrf(*[a_test()] * (MAX_TESTS + 1)), {}, "10001 tests, and 10000 are the most"),
        ("<testsuite>\n", {}, "no valid XML: no element found: line 1, column 11"),
        (f"```xml\n{ONE_JUNIT}", {}, "a code fence that is not closed"),
        ('{"results": {"tests": [], "tests": []}}', {}, "a key is given twice in one object)"),
        ('{"results":\n"tests",}', {}, "no JSON (not valid JSON, line 2)"),
        ("<testsuite>\ud800</testsuite>", {}, "no valid XML"),
        ("<html><testcase name='a'/></html>", {}, "XML that begins with <html>, so not JUnit"),
        ("\u200b<html/>", {}, "XML that begins with <html>, so not JUnit"),
        ("<testsuite/>", {}, "0 of the 0 listed"),
        ("<a>" * 101 + "</a>" * 101, {}, "XML nested deeper than 100 levels"),
        ('\n<!DOCTYPE a [\n<!ENTITY b "c">]><testsuite/>', {}, "XML with a DTD, which is not read"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><testsuite/>', {}, "XML with a DTD"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str) else "",
)
def test_a_missing_list_is_one_finding_with_the_reason(output, expected, reason):
    (found,) = judged(output, **expected)
    assert (found.name, found.judgement) == ("b: at least 1 test", UNMET)
    assert reason in found.found


@pytest.mark.parametrize(
    ("statuses", "at_least", "found"),
    [
        (["skipped", "pending"], 1, "0 of the 2 listed"),
        (["passed", "failed"], 3, "2 of the 2 listed"),
        (["passed", "other", "skipped"], 2, "1 of the 3 listed"),
    ],
)
def test_too_few_tests_that_ran_are_unmet(statuses, at_least, found):
    first, *rest = judged(ctrf(*(a_test(status=one) for one in statuses)), at_least=at_least)
    assert (first.judgement, first.found) == (UNMET, found)
    tests = "1 test" if at_least == 1 else f"{at_least} tests"
    assert first.name == f"b: at least {tests}"
    assert first.expected == f"at least {tests} that passed or failed"
    assert len(rest) == len(statuses)


def test_as_many_tests_as_the_limit_are_judged():
    assert len(judged(ctrf(*[a_test()] * MAX_TESTS))) == MAX_TESTS


OK, FLAKY = '<testcase name="a"/>', '<testcase name="b"><flaky{0}>no</flaky{0}></testcase>'
RULE = "counts that match its tests"


@pytest.mark.parametrize(
    ("output", "found"),
    [
        (f'<testsuite failures="1">{OK}</testsuite>', "<testsuite> states 1 failures and errors"),
        (f'<j:TestSuites errors=" 3 "><x>{OK}</x></j:TestSuites>', "states 3"),
        (junit(f'<testsuite failures="1" errors="1">{OK}</testsuite>'), "states 2"),
        (junit(f'<testsuite failures="2">{FLAKY.format("Failure")}</testsuite>'), "1 are listed"),
        (f'<testsuite failures="3" errors="-3">{OK}</testsuite>', "states 3"),
        (ctrf(a_test(), failed=1), "the summary states failed: 1, and 0 are listed"),
        (ctrf(a_test(), tests=2.0), "the summary states tests: 2.0, and 1 are listed"),
    ],
)
def test_a_report_that_states_more_than_it_lists_is_unmet(output, found):
    first, *tests = judged(output)
    assert (first.name, first.judgement) == (f"b: {RULE}", UNMET)
    assert first.expected == RULE
    assert found in first.found
    assert [one.judgement for one in tests] == [MET]


@pytest.mark.parametrize(
    "output",
    [
        f'<testsuite failures="1" errors="0">{FLAKY.format("Failure")}</testsuite>',
        f'<testsuite failures="0" errors="1">{FLAKY.format("Error")}</testsuite>',
        f'<testsuites failures="0" tests="9"><x failures="1">{OK}</x></testsuites>',
        *(f'<testsuite failures="{count}">{OK}</testsuite>' for count in ("", "1.5", "-1", "no")),
        *(ctrf(a_test(), tests=count, failed=count) for count in (0, None, "3", True, 0.5)),
        {"results": {"tests": [a_test()], "summary": 3}},
    ],
)
def test_lower_and_odd_counts_are_ignored(output):
    assert [one.judgement for one in judged(output)] == [MET]


def test_counts_that_match_the_listed_tests_are_no_finding():
    failed = '<testsuite failures="1"><testcase name="a"><failure/></testcase></testsuite>'
    nested = f'<testsuite failures="2">{failed * 2}</testsuite>'
    assert len(judged(f'<testsuites failures="2">{nested}</testsuites>')) == 2
    assert len(judged(ctrf(a_test(status="failed"), tests=1, failed=1))) == 1


REPORT = ctrf(a_test(), a_test(status="failed"))


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (REPORT, [MET, UNMET]),
        (ctrf(), [UNMET]),
        (ctrf(a_test(status="skipped")), [UNMET, SKIPPED]),
        (ctrf(a_test(), {"status": "passed"}), [MET, UNMET]),
        (ctrf(*[a_test()] * (MAX_TESTS + 1)), [UNMET]),
        (f"<b>Done.</b>\n```json\n{json.dumps(REPORT)}\n```", [MET, UNMET]),
        (ONE_JUNIT, [MET]),
        (ONE_JUNIT[:-1], [UNMET]),
        ("All passed.", []),
        ({"results": [a_test(status="failed")]}, []),
    ],
)
def test_an_unnamed_output_is_judged_if_it_is_a_report(output, expected):
    assert [one.judgement for one in judged(output, if_report=True)] == expected


def test_an_unnamed_report_in_other_text_is_not_judged():
    text = f"Done: {json.dumps(REPORT)}"
    assert judged(text, if_report=True) is None
    assert [one.judgement for one in judged(text)] == [UNMET]


def test_a_finding_about_an_unnamed_report_names_the_rule_and_the_block():
    (found,) = judge_tests(ListedTests(block="a", if_report=True), ONE_JUNIT[:-1])
    assert (found.name, found.automatic) == ("a: a report that can be judged", True)
