"""The tests that a block's output lists: a finding for each, and one for a missing list."""

import json
from dataclasses import replace

import pytest

from genesis_ci.checks.listed_tests import MAX_TESTS, judge_tests, too_few_tests
from genesis_ci.models.findings import Finding, ListedTests
from genesis_ci.models.judgement import Judgement

MET, UNMET, SKIPPED = Judgement.MET, Judgement.UNMET, Judgement.SKIPPED


def judged(output, **expected):
    """Return the findings of all reports in an output."""
    return [
        one for report in judge_tests(ListedTests("b", **expected), output)[0] for one in report
    ]


def ctrf(*tests, **summary):
    return {"reportFormat": "CTRF", "results": {"summary": summary, "tests": list(tests)}}


def a_test(name="total", status="passed", **fields):
    return {"name": name, "status": status, **fields}


ONE_CTRF = json.dumps(ctrf(a_test()))
ONE_JUNIT = '<testsuite name="shop"><testcase name="a"/></testsuite>'
SKIPS = ONE_JUNIT.replace("/>", ' status="skipped"/>')
EMPTY = json.dumps(ctrf())


def test_a_finding_has_the_fields_of_its_test():
    failed = a_test(status="failed", suite="cart", message="3 != 4", duration=1200)
    assert judged(ctrf(failed)) == [
        Finding(
            name="total",
            judgement=UNMET,
            block="b",
            expected="passed",
            found="failed: 3 != 4",
            where="output of block “b”, test 1",
            suite="cart",
            seconds=1.2,
            is_test=True,
            message="3 != 4",
            failed=True,
        )
    ]


def test_only_passed_and_skipped_tests_are_not_unmet():
    statuses = ["passed", "skipped", "failed", "other", ""]
    found = judged(ctrf(*[a_test(status=status) for status in statuses]))
    assert [one.judgement for one in found] == [MET, SKIPPED, *[UNMET] * 3]
    assert [one.failed for one in found] == [False, False, True, False, False]


@pytest.mark.parametrize(("least", "is_met"), [(0, True), (2, True), (3, False)])
def test_all_tests_together_are_counted_that_passed_or_failed(least, is_met):
    statuses = ("passed", "failed", "skipped", "other")
    findings = judged(ctrf(*[a_test(status=status) for status in statuses]), at_least=0)
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


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (None, "no output"),
        (" ", "an empty output"),
        ("All 12 passed.", "text without a test report"),
        ({"tests": []}, "an object without a test report"),
        ([a_test()], "a list without a test report"),
        (EMPTY, "0 of the 0 listed"),
        (ctrf(*[a_test()] * (MAX_TESTS + 1)), "10001 tests, and 10000 are the most"),
        ('{"results": {"tests": [], "tests": []}}', "no JSON (a key is given twice in one object)"),
        ("<testsuite>\n", "no valid XML: no element found, line 2"),
        ("<testsuite/>", "0 of the 0 listed"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_missing_list_is_one_finding_with_the_reason(output, reason):
    (found,) = judged(output)
    assert (found.name, found.judgement) == ("b: at least 1 test", UNMET)
    assert found.found == reason


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
    half = [ctrf(*[a_test(status=one)] * (MAX_TESTS // 2 + 1)) for one in ("passed", "skipped")]
    assert "10002 tests" in judged(half)[0].found


def test_a_report_that_contradicts_itself_is_unmet():
    first, *tests = judged(ctrf(a_test(), failed=1))
    assert (first.name, first.judgement) == ("b: counts that match its tests", UNMET)
    assert first.expected == "counts that match its tests"
    assert [one.judgement for one in tests] == [MET]


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (ctrf(), [UNMET]),
        (ctrf(a_test(status="skipped")), [UNMET, SKIPPED]),
        (f"{ONE_CTRF}\n{EMPTY}", [MET, UNMET]),
        (f"{SKIPS}\n{ONE_CTRF}", [SKIPPED, MET]),
        (f"{SKIPS}\n{SKIPS.replace('shop', 'cart')}", [UNMET, SKIPPED] * 2),
        (f"{SKIPS}\n{EMPTY}", [UNMET, SKIPPED, UNMET]),
        (f"{SKIPS}\n{json.dumps(ctrf(a_test(status='other')))}", [UNMET, SKIPPED, UNMET, UNMET]),
        (f"{ONE_CTRF}\n{ONE_JUNIT[:-1]}", [UNMET, MET]),
        ("All passed.", []),
        ({"results": [a_test(status="failed")]}, []),
    ],
)
def test_each_report_of_an_unnamed_output_needs_a_test(output, expected):
    found = judged(output, if_report=True)
    assert [one.judgement for one in found] == expected
    assert all(one.automatic for one in found)


def test_the_reports_of_a_named_block_are_counted_together():
    tests = judged(f"{ONE_CTRF}\n{EMPTY}\n{ONE_JUNIT}", at_least=2)
    assert [one.where[-6:] for one in tests] == ["test 1", "test 2"]
    assert judged(f"{ONE_CTRF}\n{ONE_CTRF}", at_least=2)[0].found == "1 of the 1 listed"
    other = ONE_JUNIT.replace("<testsuite", '<testsuite hostname="firefox"')
    assert [one.judgement for one in judged(f"{ONE_JUNIT}\n{other}", at_least=2)] == [MET, MET]


def test_a_report_that_was_not_searched_is_noticed():
    for output, findings in ((f"{ONE_CTRF}\n> {ONE_CTRF}", 1), (f"> {ONE_CTRF}", 0)):
        reports, overlooked = judge_tests(ListedTests("b", if_report=True), output)
        assert (len(reports), overlooked) == (findings, "a test report inside other text")


def test_a_finding_about_an_unnamed_report_names_the_rule_and_the_block():
    (found,) = judged(ONE_JUNIT[:-1], if_report=True)
    assert (found.name, found.automatic) == ("b: a report that can be judged", True)
