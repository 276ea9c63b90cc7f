"""What came of the checks: in every report, what says no first, and never too much."""

import json
from dataclasses import replace
from functools import cache

import pytest

from genesis_ci import result
from genesis_ci.models import Level, OnState, Policy, Status
from genesis_ci.models.proof import Judgement
from genesis_ci.reporters import (
    annotations,
    findings,
    html,
    junit,
    last_lines,
    outputs,
    summary,
)
from genesis_ci.reporters.truncate import MAX_FILE_BYTES

from . import consumers, reports
from .markdown import rendered, taken_apart

TESTS = 120
SHARE = 10_000 / TESTS
"""A block may list ten thousand; the limits of page, result and JUnit are by so much smaller."""
MESSAGE = "Expected one thing and saw another. " * 6
"""Longer than what judging leaves of each message of ten thousand."""


@cache
def many():
    return reports.with_tests(reports.a_list_of(TESTS, failed_every=2, message=MESSAGE))


def judgements(found):
    return [one.judgement for one in found]


def test_what_says_no_comes_first_and_is_left_out_last():
    found = reports.unmet().workflows[0].findings
    assert judgements(found) == [Judgement.MET] * 5 + [Judgement.UNMET]
    assert judgements(findings.most_telling(found, 2)) == [Judgement.MET, Judgement.UNMET]
    assert findings.unmet(found) == [found[5]]
    assert findings.tally(found) == "1 unmet, 5 met"


def test_a_line_says_what_was_expected_only_where_the_name_does_not():
    total, test = reports.findings_of({"failed": 3})[0], reports.unmet().workflows[0].findings[5]
    assert findings.in_short(replace(total, name="b: failed at-least 3")).startswith("found ")
    assert findings.in_short(test).startswith("expected passed, found failed: Expected 1,980 JPY")


def test_log_annotations_summary_and_page_have_what_says_no_before_what_is_met():
    made = reports.unmet()
    told = last_lines.ending(made.workflows[0], several=False, colours=False)
    assert "  checks     1 unmet, 5 met" in told
    [line] = [line for line in told if line.startswith("    ✘ ")]
    assert line.startswith("    ✘ checkout › order total 3: expected passed, found failed: ")
    assert line.endswith("(output of block “test-report”, test 4)")
    of_check = annotations.render(made)[1]
    assert of_check.level is Level.ERROR
    assert of_check.title == "genesis-ci: checkout › order total 3"
    assert "output of block “test-report”, test 4" in of_check.message
    for text in (rendered(summary.render(made)).text, taken_apart(html.render(made)).text):
        told = text.partition(findings.HEADING)[2]
        assert told.index("order total 3") < told.index("all tests ran")
        assert "\n  at step 4: the tax is added" in told


@pytest.mark.parametrize("make", [reports.met, reports.unmet_not_required])
def test_a_green_job_has_no_error_annotation(make):
    assert Level.ERROR not in {one.level for one in annotations.render(make())}


def test_a_failed_block_that_passes_is_a_warning_in_every_report():
    made = reports.completed_with_failed_block()
    [told] = annotations.render(made)
    assert told.level is Level.WARNING
    texts = [
        told.message,
        "\n".join(last_lines.ending(made.workflows[0], several=False, colours=False)),
        rendered(summary.render(made)).text,
        taken_apart(html.render(made)).text,
        junit.render(made),
        result.render(made),
    ]
    assert all("although block verify-cart failed" in text for text in texts)


def test_of_a_run_that_is_unmet_a_failed_block_that_passes_is_no_failure():
    run = reports.execution(Status.COMPLETED, reports.CART, end=50)
    found = reports.findings_of({"results": {"tests": []}})
    cases = {}
    for choice in OnState:
        policy = Policy(on_failed_block=choice)
        document = junit.render(reports.report(reports.judged(run, policy, findings=found)))
        cases[choice] = {
            case.get("name"): consumers._gitlab_status(case)
            for case in consumers._parsed(document).iter("testcase")
        }
    assert cases[OnState.PASS]["verify-cart"] == "skipped"
    assert cases[OnState.FAIL]["verify-cart"] == "failure"
    assert "(workflow)" not in {**cases[OnState.PASS], **cases[OnState.FAIL]}


def test_readers_know_a_test_by_a_classname_and_a_name_that_no_other_has():
    same = reports.unmet().workflows[0]
    block_of_that_name = reports.block("order total 0")
    run = replace(same.execution, blocks=(block_of_that_name, *same.execution.blocks))
    document = junit.render(reports.report(replace(same, execution=run), same))
    keys = [
        (case.get("classname"), case.get("name"))
        for case in consumers._parsed(document).iter("testcase")
    ]
    assert len(keys) == len(set(keys))
    assert ("checkout smoke › checkout", "order total 3") in keys
    assert ("checkout smoke", "order total 0 (2)") in keys


def test_of_forty_tests_the_three_that_failed_are_three_failures_for_every_reader():
    document = junit.render(reports.forty_tests())
    consumers.as_jenkins(document)
    expected = {"passed": 2 + 2 + 37, "failure": 3}  # two blocks, two expectations, the tests
    assert consumers.as_gitlab(document) == consumers.as_junitparser(document) == expected
    failed = [
        (case.get("classname"), case.get("name"))
        for case in consumers._parsed(document).iter("testcase")
        if case.find("failure") is not None
    ]
    assert failed == [
        ("checkout smoke", "order total 12"),
        ("checkout smoke › checkout", "order total 25"),
        ("checkout smoke", "order total 38"),
    ]


def test_a_share_of_all_tests_stays_inside_that_share_of_the_limits_of_page_and_result():
    for render in (html.render, result.render):
        text = render(many())
        assert len(text.encode()) <= MAX_FILE_BYTES / SHARE
        assert "order total 1" in text


def test_more_tests_than_the_summary_has_room_for_stay_inside_its_limit():
    text = summary.render(many(), limit=12_000)
    assert len(text.encode()) <= 12_000 < len(summary.render(many()).encode())
    assert "order total 1" in text
    assert "more unmet checks are not shown here" in text


def test_of_too_many_tests_the_file_is_red_and_says_how_many_are_left_out():
    limit = int(MAX_FILE_BYTES / SHARE)
    document = junit.render(many(), limit=limit, cases=TESTS)
    assert len(document.encode()) <= limit
    counted = consumers.as_gitlab(document)
    assert counted == consumers.as_junitparser(document)
    assert counted["failure"] == TESTS / 2
    assert "2 more checks are not shown here" in document


def test_the_log_and_the_annotations_of_very_many_tests_are_short():
    told = last_lines.ending(many().workflows[0], several=False, colours=False)
    assert len(told) < 40
    assert "    and 40 more, which the reports have" in told
    assert len(annotations.render(many())) == 6


@pytest.mark.parametrize("count", [1, 40])
def test_the_output_of_results_has_the_first_that_say_no_and_stays_json(count):
    made = reports.report(*many().workflows * count)
    text = outputs.render(made, report_dir="d", output_block=None)["results"]
    assert len(text.encode()) <= outputs.MAX_OUTPUT
    rows = json.loads(text)
    assert len(rows) == count
    assert rows[0]["checks"] == {"met": 62, "unmet": 60, "skipped": 0}
    assert len(rows[0]["unmet"]) + rows[0]["unmet-left-out"] == 60
    assert len(rows[0]["unmet"]) == (50 if count == 1 else 2)
