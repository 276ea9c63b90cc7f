"""Attempts side by side: what differed is seen at once, and a flaky pass says that it is one."""

from dataclasses import replace

import pytest

from genesis_ci.models import Status, Verdict
from genesis_ci.models.proof import Finding, Judgement
from genesis_ci.reporters import annotations, attempts, html, junit, last_lines, outputs, summary
from tests.builders import a_block, a_report, an_execution

from . import consumers, reports


def an_attempt(*blocks, verdict=Verdict.FAILED, code=1, **fields):
    status = Status.FAILED if code else Status.COMPLETED
    return a_report(verdict, code, execution=an_execution(status, blocks=blocks), **fields)


def checked():
    """A run whose one check was unmet at the first attempt."""
    unmet, met = (
        Finding(
            name="the cart is empty",
            judgement=judgement,
            block="report",
            expected="0",
            found=found,
            where="its output",
        )
        for judgement, found in ((Judgement.UNMET, "2"), (Judgement.MET, "0"))
    )
    before = an_attempt(a_block("pay"), verdict=Verdict.UNMET, code=9, findings=(unmet,))
    return an_attempt(
        a_block("pay"), verdict=Verdict.PASSED, code=0, findings=(met,), earlier=(before,)
    )


def test_the_blocks_that_differ_are_those_without_the_same_result_in_all_attempts():
    before = an_attempt(a_block("open"), a_block("pay", Status.FAILED))
    last = an_attempt(
        a_block("open"),
        a_block("pay"),
        a_block("mail"),
        verdict=Verdict.PASSED,
        code=0,
        earlier=(before,),
    )
    assert [(row.name, row.words) for row in attempts.differing(last)] == [
        ("pay", ("failed", "completed")),
        ("mail", ("–", "completed")),
    ]


def test_checks_are_compared_as_blocks_are():
    assert [row.words for row in attempts.differing(checked())] == [("unmet", "met")]


@pytest.mark.parametrize("render", [summary.render, html.render])
def test_the_reports_show_both_attempts_and_the_failed_ones_words(render):
    text = render(reports.flaky())
    for told in ("Attempt 1", "Attempt 2", reports.EARLIER_ID, "Expected 2 items in the cart"):
        assert told in text
    assert "Passed, flaky" in text


def test_where_nothing_differs_the_summary_says_so():
    one = reports.failed().workflows[0]
    told = summary.render(reports.report(replace(one, earlier=(one,))))
    assert attempts.NO_BLOCK_DIFFERS in told


def cases(document: str):
    return {case.get("name"): case for case in consumers._parsed(document).iter("testcase")}


def test_a_flaky_pass_is_a_pass_for_every_reader_and_a_flake_for_those_who_know_them():
    document = junit.render(reports.flaky())
    consumers.as_jenkins(document)
    assert consumers.as_gitlab(document) == consumers.as_junitparser(document) == {"passed": 3}
    flake = cases(document)["verify-cart"].find("flakyFailure")
    assert "Expected 2 items in the cart" in flake.findtext("stackTrace")
    told = {
        one.get("name"): one.get("value") for one in consumers._parsed(document).iter("property")
    }
    assert told == {"attempts": "2", "flaky": "true"}


def test_a_flaky_run_that_may_not_pass_is_one_failure():
    document = junit.render(reports.flaky_and_refused())
    assert consumers.as_gitlab(document)["failure"] == 1
    assert "on-flaky: fail" in cases(document)["(workflow)"].findtext("failure")


def test_a_block_that_failed_in_every_attempt_tells_of_each():
    one = reports.failed().workflows[0]
    document = junit.render(reports.report(replace(one, earlier=(one, one))))
    consumers.as_jenkins(document)
    reruns = cases(document)["verify-cart"].findall("rerunFailure")
    assert [rerun.get("message")[:10] for rerun in reruns] == ["Attempt 1:", "Attempt 2:"]
    assert consumers.as_gitlab(document)["failure"] == 1


def test_an_attempt_that_failed_elsewhere_has_a_case_of_its_own():
    before = an_attempt(a_block("another", Status.FAILED))
    last = an_attempt(a_block("pay"), verdict=Verdict.PASSED, code=0, earlier=(before,))
    document = junit.render(reports.report(last))
    assert cases(document)["(attempt 1)"].findtext("skipped").startswith("failed, run again: ")
    assert consumers.as_gitlab(document) == {"passed": 1, "skipped": 1}


def test_a_check_that_was_unmet_before_is_a_flake_of_its_case():
    document = junit.render(reports.report(checked()))
    consumers.as_jenkins(document)
    [flake] = cases(document)["the cart is empty"].findall("flakyFailure")
    assert (flake.get("type"), "found 2" in flake.findtext("stackTrace")) == ("unmet", True)


def test_the_log_and_the_annotations_warn_of_a_flaky_pass():
    report = reports.flaky()
    [warning] = annotations.render(report)
    assert (warning.level, "Flaky" in warning.message) == ("warning", True)
    lines = last_lines.ending(report.workflows[0], several=False, colours=False)
    assert any(reports.EARLIER_ID in line and "failed" in line for line in lines)


def test_a_program_reads_in_the_outputs_that_it_was_flaky():
    rows = outputs.render(reports.flaky(), report_dir="out", output_block=None)["results"]
    assert '"attempts": 2, "flaky": true, "kept": false' in rows
