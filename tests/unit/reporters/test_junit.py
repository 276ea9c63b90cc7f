"""The JUnit file: its readers agree, and it is red exactly when the job is."""

from collections import Counter
from dataclasses import replace

import pytest
from junitparser import cli as junitparser_cli

from genesis_ci.errors import GenesisCiError
from genesis_ci.models import Outcome, Status, Verdict
from genesis_ci.models.checks import Judgement
from genesis_ci.reporters import junit
from genesis_ci.reporters.truncate import Limits
from tests.builders import a_block, a_report, an_execution
from tests.hostile import naming

from . import consumers, reports
from .reports import a_finding, block, each_ending, execution, report, workflow


def counts(document):
    """The counts of the readers, which must agree."""
    consumers.as_jenkins(document)
    gitlab = consumers.as_gitlab(document)
    assert gitlab == consumers.as_junitparser(document)
    return gitlab


def cases(document):
    """The elements of the cases by name."""
    return {case.get("name"): case for case in consumers._parsed(document).iter("testcase")}


def is_red(counted):
    return counted["failure"] + counted["error"] > 0


def test_file_is_red_for_each_reader_exactly_when_the_job_is(tmp_path):
    def check(made):
        file = tmp_path / "junit.xml"
        file.write_text(junit.render(made), encoding="utf-8")
        is_bad = made.outcome.exit_code != 0
        assert is_red(counts(file.read_text(encoding="utf-8"))) is is_bad
        assert (junitparser_cli.main(["verify", str(file)]) != 0) is is_bad

    each_ending(check)


@pytest.mark.parametrize("required", [True, False])
def test_file_is_red_as_the_job_for_each_verdict_and_status(required):
    for verdict in Verdict:
        with naming(verdict):
            check_each_status(verdict, required)


def check_each_status(verdict, required):
    blocks = [block(f"b-{status}", status, 1, 2) for status in (*Status, "warming_up")]
    made = report(workflow(verdict, execution(Status.RUNNING, *blocks), required=required))
    document = junit.render(made)
    counted = counts(document)
    assert is_red(counted) is (made.outcome.exit_code != 0)
    shown_by_a_block = verdict in (
        Verdict.PASSED,
        Verdict.FAILED,
        Verdict.UNMET,
        Verdict.REVIEW_PENDING,
    )
    assert ("(workflow)" in cases(document)) is not shown_by_a_block
    assert counted.total() == len(blocks) + (not shown_by_a_block)


def test_no_case_has_the_same_line_twice():
    def check(made):
        for case in cases(junit.render(made)).values():
            lines = [line for text in case.itertext() for line in text.split("\n") if line.strip()]
            assert len(lines) == len(set(lines))

    each_ending(check)


def test_failure_without_text_is_a_failure_for_each_reader():
    run = execution(Status.FAILED, block("b", Status.FAILED, output=" \n ", error=""))
    made = workflow(Outcome(verdict=Verdict.FAILED, exit_code=1, message=""), run)
    document = junit.render(report(made))
    assert counts(document) == Counter(failure=1)
    assert cases(document)["b"].findtext("failure") == "Genesis says of this block: failed."


def test_output_is_the_failure_of_a_failed_block_without_error():
    run = execution(Status.FAILED, block("b", Status.FAILED, output="step 3 broke"))
    document = junit.render(report(workflow(Verdict.FAILED, run)))
    assert cases(document)["b"].findtext("failure").startswith("step 3 broke")
    assert document.count("step 3 broke") == 2, "in the message and in the text"


def test_file_declares_its_encoding_and_has_decimal_times():
    run = execution(Status.COMPLETED, block("tiny", start=0, end=0.000_001), block("none"))
    document = junit.render(report(workflow(Verdict.PASSED, run)))
    assert document.startswith('<?xml version="1.0" encoding="utf-8"?>\n')
    assert document.count('time="0.000"') == 2
    suite = next(consumers._parsed(document).iter("testsuite"))
    assert suite.get("time") == "64.200"


def test_failures_of_earlier_attempts_are_reruns_of_a_failed_case():
    one = reports.failed().workflows[0]
    document = junit.render(reports.report(replace(one, earlier=(one, one))))
    reruns = cases(document)["verify-cart"].findall("rerunFailure")
    assert [rerun.get("message")[:10] for rerun in reruns] == ["Attempt 1:", "Attempt 2:"]
    assert counts(document)["failure"] == 1


def test_failure_of_an_earlier_attempt_is_a_flake_of_a_passed_case():
    met, unmet = (
        a_finding("the cart is empty", one, found=one.value)
        for one in (Judgement.MET, Judgement.UNMET)
    )
    first = a_report(Verdict.UNMET, 9, findings=(unmet,))
    document = junit.render(report(a_report(findings=(met,), earlier=(first,))))
    assert counts(document) == {"passed": 2}
    [flake] = cases(document)["the cart is empty"].findall("flakyFailure")
    assert flake.get("type") == "unmet"
    assert "found unmet" in flake.findtext("stackTrace")


def test_failure_of_an_earlier_attempt_in_another_block_is_skipped():
    run = an_execution(Status.FAILED, blocks=(a_block("another", Status.FAILED),))
    first = a_report(Verdict.FAILED, 1, execution=run)
    last = a_report(execution=an_execution(blocks=(a_block("pay"),)), earlier=(first,))
    document = junit.render(report(last))
    assert cases(document)["(attempt 1)"].findtext("skipped").startswith("failed, run again: ")
    assert counts(document) == {"passed": 1, "skipped": 1}


def test_limit_counts_escaped_characters():
    document = junit.render(reports.many_blocks(6, output="&" * 6_000), limit=10_000)
    assert len(document.encode()) <= 10_000
    assert "more characters in result.json" in document


def test_cases_over_the_limit_are_counted_and_failures_are_kept():
    document = junit.render(reports.many_blocks(120, failed_every=4), cases=100)
    assert document.count("<failure") == 30
    assert '<testcase name="(more blocks)"' in document
    assert "20 more blocks (20 completed) are not shown here; result.json has them all." in document


def test_checks_over_the_limit_are_counted_and_unmet_ones_are_kept():
    document = junit.render(reports.many_checks(), cases=120)
    assert counts(document)["failure"] == 60
    assert "2 more checks are not shown here" in document


def test_document_with_other_counts_is_rejected():
    suites = junit.suites_of(reports.failed(), Limits(rows=100, characters=1_000))
    document = junit.render(reports.failed())
    junit.verify(document, suites, green=False)
    with pytest.raises(GenesisCiError, match="does not hold the cases"):
        junit.verify(document.replace("failure", "skipped"), suites, green=False)


def test_green_job_with_a_failed_required_workflow_is_rejected():
    bad = replace(reports.failed(), outcome=reports.completed().outcome)
    with pytest.raises(GenesisCiError, match="contradicts the exit code"):
        junit.render(bad)
