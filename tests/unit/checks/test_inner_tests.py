"""The tests that a block's output lists: a finding for each, and one for a missing list."""

import json

import pytest

from genesis_ci.checks.inner_tests import MAX_TESTS, judge_tests
from genesis_ci.models.checks import InnerTests, Judgement, ListFormat

MET, UNMET, SKIPPED = Judgement.MET, Judgement.UNMET, Judgement.SKIPPED


def judged(output, **expected):
    return judge_tests(InnerTests(block="b", **expected), output)


def ctrf(*tests, **summary):
    return {"reportFormat": "CTRF", "results": {"summary": summary, "tests": list(tests)}}


def a_test(name="total", status="passed", **fields):
    return {"name": name, "status": status, "duration": 1200, **fields}


def junit(*cases):
    return f'<testsuites><testsuite name="shop">{"".join(cases)}</testsuite></testsuites>'


@pytest.mark.parametrize(
    ("status", "judgement"),
    [
        ("passed", MET),
        ("failed", UNMET),
        ("skipped", SKIPPED),
        ("pending", SKIPPED),
        ("other", UNMET),
        ("Passed", UNMET),
        ("broken", UNMET),
        ("", UNMET),
        (None, UNMET),
        (True, UNMET),
    ],
)
def test_an_unknown_status_of_ctrf_is_unmet(status, judgement):
    found = judged(ctrf(a_test("login"), a_test(status=status)))
    assert [one.judgement for one in found] == [MET, judgement]


def test_a_ctrf_test_has_suite_message_and_time():
    failed = a_test(status="failed", suite=["cart", "totals"], message="3 != 4", trace="line 9")
    (found,) = judged(ctrf(failed))
    assert (found.name, found.suite, found.seconds) == ("total", "cart › totals", 1.2)
    assert found.expected == "passed"
    assert found.found == "failed: 3 != 4\nline 9"
    assert found.where == "output of block “b”, test 1"


@pytest.mark.parametrize("duration", [-1, True, "12", None, 10**400])
def test_an_invalid_duration_is_dropped(duration):
    (found,) = judged(ctrf(a_test(duration=duration)))
    assert found.seconds is None


def test_the_summary_of_the_list_is_ignored():
    found = judged(ctrf(a_test(status="failed"), tests=1, passed=1, failed=0))
    assert [one.judgement for one in found] == [UNMET]


@pytest.mark.parametrize("test", ["passed", 1, None, {}, {"status": "passed"}, {"name": " "}])
def test_an_entry_without_a_name_is_unmet_and_numbered(test):
    found = judged(ctrf(a_test(), test))[1]
    assert (found.judgement, found.name) == (UNMET, "test 2 (no name)")


def test_ctrf_messages_other_than_text_are_dropped():
    (found,) = judged(ctrf(a_test(status="failed", suite=["cart", 7], message=5, trace=None)))
    assert (found.suite, found.found) == ("cart", "failed")


@pytest.mark.parametrize(
    ("case", "judgement", "words"),
    [
        ('<testcase name="total" time="1.2"/>', MET, "passed"),
        ('<testcase name="total" status="run" result="completed"/>', MET, "passed"),
        ('<testcase name="total"><system-out>FAIL</system-out></testcase>', MET, "passed"),
        (
            '<testcase name="total"><failure message="3 != 4">line 9</failure></testcase>',
            UNMET,
            "failed: 3 != 4\nline 9",
        ),
        ('<testcase name="total"><failure/></testcase>', UNMET, "failed"),
        ('<testcase name="total"><error>broke</error></testcase>', UNMET, "failed: broke"),
        ('<testcase name="total"><j:Failure>no</j:Failure></testcase>', UNMET, "failed: no"),
        ('<testcase name="total"><skipped/><failure/></testcase>', UNMET, "failed"),
        (
            '<testcase name="total"><skipped message="no card"/></testcase>',
            SKIPPED,
            "skipped: no card",
        ),
        ('<testcase name="total" status="notrun"/>', SKIPPED, "skipped"),
        ('<testcase name="total" status="failed"/>', UNMET, "failed"),
        ('<testcase name="total" status="skipped" result="broken"/>', UNMET, "broken"),
        ("<testcase/>", UNMET, "no name"),
    ],
)
def test_a_junit_case_is_judged(case, judgement, words):
    found = judged(junit('<testcase name="login"/>', case))
    assert (found[1].judgement, found[1].found) == (judgement, words)


def test_a_junit_case_has_suite_and_time():
    nested = '<testsuite name="cart"><testcase name="a" time="1.2"/></testsuite>'
    own = '<testcase name="b" classname="shop.Cart" time="soon"/>'
    found = judged(junit(nested, own))
    assert [(one.name, one.suite, one.seconds) for one in found] == [
        ("a", "shop › cart", 1.2),
        ("b", "shop.Cart", None),
    ]


@pytest.mark.parametrize(
    ("time", "seconds"),
    [("0", 0.0), ("0.5", 0.5), ("1e9", 1e9), ("1e10", None), ("-1", None), ("nan", None)],
)
def test_an_impossible_junit_time_is_dropped(time, seconds):
    (found,) = judged(junit(f'<testcase name="a" time="{time}"/>'))
    assert found.seconds == seconds


@pytest.mark.parametrize(("duration", "seconds"), [(0, 0.0), (500, 0.5), (1e9, 1e6), (1e10, None)])
def test_an_impossible_ctrf_duration_is_dropped(duration, seconds):
    (found,) = judged(ctrf(a_test(duration=duration)))
    assert found.seconds == seconds


def test_only_suites_name_a_junit_suite():
    named = '<group name="x"><testsuite><testcase name="a"/></testsuite></group>'
    (found,) = judged(junit(named))
    assert found.suite == "shop"


def test_a_failure_outside_of_a_case_has_suite_and_message():
    (found,) = judged(junit('<failure message="The browser crashed.">line 9</failure>'), at_least=0)
    assert (found.name, found.suite) == ("(failure)", "shop")
    assert found.found == "failed: The browser crashed.\nline 9"


def test_junit_may_be_nested_up_to_100_levels():
    inner = 98  # in testsuites and testsuite
    deep = "<group>" * (inner - 1) + '<testcase name="a"/>' + "</group>" * (inner - 1)
    assert [one.judgement for one in judged(junit(deep, deep))] == [MET, MET]
    for earlier in ("", deep):
        assert "100 levels" in judged(junit(earlier, f"<group>{deep}</group>"))[0].found


@pytest.mark.parametrize(
    ("hidden", "name"),
    [
        ('<group><testcase name="total"><failure/></testcase></group>', "total"),
        ('<testcase name="a"><testcase name="total"><failure/></testcase></testcase>', "total"),
        ('<error message="The browser crashed."/>', "(error)"),
    ],
    ids=["an unknown element", "another case", "no case at all"],
)
def test_a_nested_failure_is_found(hidden, name):
    found = judged(junit('<testcase name="login"/>', hidden))
    assert [one.name for one in found if one.judgement is UNMET] == [name]


@pytest.mark.parametrize("listed_as", [ListFormat.AUTO, ListFormat.JUNIT])
@pytest.mark.parametrize(
    "output",
    [
        junit('<testcase name="a"/>'),
        '\ufeff<?xml version="1.0" encoding="utf-16"?>\n' + junit('<testcase name="a"/>'),
        "Done:\n```xml\n" + junit('<testcase name="a"/>') + "\n```\n",
        '<testsuite><testcase name="a"/></testsuite>',
    ],
    ids=["text", "declaration", "fence", "one suite"],
)
def test_junit_is_read_from_text_and_from_a_fence(output, listed_as):
    assert [one.judgement for one in judged(output, format=listed_as)] == [MET]


@pytest.mark.parametrize("listed_as", [ListFormat.AUTO, ListFormat.CTRF])
@pytest.mark.parametrize(
    "output",
    [
        ctrf(a_test()),
        json.dumps(ctrf(a_test())),
        f"Done:\n```json\n{json.dumps(ctrf(a_test()))}\n```\n",
        {"results": {"tests": [{"name": "a", "status": "passed"}]}},
    ],
    ids=["value", "text", "fence", "no more than a list"],
)
def test_ctrf_is_read_from_value_text_and_fence(output, listed_as):
    assert [one.judgement for one in judged(output, format=listed_as)] == [MET]


@pytest.mark.parametrize(
    ("output", "expected", "reason"),
    [
        (None, {}, "no output"),
        (" ", {}, "an empty output"),
        ("All 12 passed.", {}, "no JSON"),
        ({"tests": []}, {}, "an object without results.tests, so no CTRF"),
        ({"results": {"tests": {}}}, {}, "an object without results.tests, so no CTRF"),
        ([a_test()], {}, "a list without results.tests, so no CTRF"),
        ('{"results": {}, "results": {}}', {}, "a key is given twice"),
        ("```\n{}\n```\n```\n{}\n```", {}, "2 code fences"),
        (ctrf(), {}, "0 of the 0 listed"),
        (ctrf(*[a_test()] * (MAX_TESTS + 1)), {}, "10001 tests, and 10000 are the most"),
        (ctrf(a_test()), {"format": ListFormat.JUNIT}, "an object, so no XML"),
        (junit("<testcase name='a'/>"), {"format": ListFormat.CTRF}, "no JSON"),
        ("no XML", {"format": ListFormat.JUNIT}, "no valid XML"),
        ("<testsuite>", {}, "no valid XML"),
        ("<testsuite>\ud800</testsuite>", {}, "no valid XML"),
        ("<html><testcase name='a'/></html>", {}, "XML that begins with <html>, so no JUnit"),
        ("<testsuite/>", {}, "0 of the 0 listed"),
        ("<a>" * 101, {}, "XML nested deeper than 100 levels"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><testsuite/>', {}, "XML with a DTD, which is not read"),
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
    assert first.name == f"b: at least {at_least} {'test' if at_least == 1 else 'tests'}"
    assert len(rest) == len(statuses)


def test_as_many_tests_as_the_limit_are_judged():
    assert len(judged(ctrf(*[a_test()] * MAX_TESTS))) == MAX_TESTS


def test_a_failed_test_counts_as_one_that_ran():
    found = judged(ctrf(a_test(), a_test(status="failed")), at_least=2)
    assert [one.judgement for one in found] == [MET, UNMET]
