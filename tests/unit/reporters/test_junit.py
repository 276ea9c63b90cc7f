"""The JUnit file says what happened, and is red exactly when the job is."""

from collections import Counter
from dataclasses import replace

import pytest
from junitparser import cli as junitparser_cli

from genesis_ci.errors import GenesisCiError
from genesis_ci.models import Outcome, Status, Verdict
from genesis_ci.reporters import junit
from genesis_ci.reporters.truncate import Room
from tests.hostile import naming

from . import consumers, reports
from .reports import block, each_ending, execution, report, workflow


def counts(document):
    """What the consumers count; they must agree."""
    consumers.as_jenkins(document)
    gitlab = consumers.as_gitlab(document)
    assert gitlab == consumers.as_junitparser(document)
    return gitlab


def results(document):
    """Suite → case → result, as GitLab reads it."""
    return {
        suite.get("name"): {
            case.get("name"): consumers._gitlab_status(case) for case in suite.iter("testcase")
        }
        for suite in consumers._parsed(document).iter("testsuite")
    }


def text_of(document, case_name, suite=None):
    for case in consumers._parsed(document).iter("testcase"):
        if case.get("name") == case_name and suite in (None, case.get("classname")):
            return next(child.text for child in case if child.tag != "system-out")
    raise AssertionError(f"no case {case_name}")


def is_red(counted):
    return counted["failure"] + counted["error"] > 0


def test_consumers_agree_and_the_file_is_red_exactly_when_the_job_is(tmp_path):
    def check(made):
        file = tmp_path / "junit.xml"
        file.write_text(junit.render(made), encoding="utf-8")
        is_bad = made.outcome.exit_code != 0
        assert is_red(counts(file.read_text(encoding="utf-8"))) is is_bad
        assert (junitparser_cli.main(["verify", str(file)]) != 0) is is_bad

    each_ending(check)


@pytest.mark.parametrize("required", [True, False])
def test_every_verdict_with_every_block_status_keeps_the_invariant(required):
    for verdict in Verdict:
        with naming(verdict):
            keeps_the_invariant(verdict, required)


def keeps_the_invariant(verdict, required):
    blocks = [block(f"b-{status}", status, 1, 2) for status in (*Status, "warming_up")]
    made = report(workflow(verdict, execution(Status.RUNNING, *blocks), required=required))
    document = junit.render(made)
    counted = counts(document)
    assert is_red(counted) is (made.outcome.exit_code != 0)
    carried = verdict in (
        Verdict.PASSED,
        Verdict.FAILED,
        Verdict.UNMET,
        Verdict.REVIEW_PENDING,
    )
    assert ("(workflow)" in results(document)["checkout smoke"]) is not carried
    assert counted.total() == len(blocks) + (not carried)


def test_no_case_says_the_same_twice():
    def check(made):
        for case in consumers._parsed(junit.render(made)).iter("testcase"):
            lines = [line for text in case.itertext() for line in text.split("\n") if line.strip()]
            assert len(lines) == len(set(lines))

    each_ending(check)


def test_a_failure_without_any_text_is_still_a_failure():
    run = execution(Status.FAILED, block("b", Status.FAILED, output=" \n ", error=""))
    silent = workflow(Outcome(verdict=Verdict.FAILED, exit_code=1, message=""), run)
    document = junit.render(report(silent))
    assert counts(document) == Counter(failure=1)
    assert text_of(document, "b") == "Genesis says of this block: failed."


def test_a_failed_block_without_an_error_shows_its_output_as_the_failure():
    run = execution(Status.FAILED, block("b", Status.FAILED, output="step 3 broke"))
    document = junit.render(report(workflow(Verdict.FAILED, run)))
    assert text_of(document, "b").startswith("step 3 broke")
    assert document.count("step 3 broke") == 2, "in the message and in the text"


def test_the_encoding_is_declared_and_times_are_plain_decimals():
    run = execution(Status.COMPLETED, block("tiny", start=0, end=0.000_001), block("none"))
    document = junit.render(report(workflow(Verdict.PASSED, run)))
    assert document.startswith('<?xml version="1.0" encoding="utf-8"?>\n')
    assert document.count('time="0.000"') == 2
    suite = next(consumers._parsed(document).iter("testsuite"))
    assert suite.get("time") == "64.200"


def test_a_document_with_other_counts_is_refused():
    made = reports.failed()
    suites = junit.suites_of(made, Room(rows=100, characters=1_000))
    document = junit.render(made)
    junit.check(document, suites, green=False)
    with pytest.raises(GenesisCiError, match="does not hold the cases"):
        junit.check(document.replace("failure", "skipped"), suites, green=False)


def test_a_green_job_with_a_red_required_workflow_is_refused():
    bad = replace(reports.failed(), outcome=reports.completed().outcome)
    with pytest.raises(GenesisCiError, match="contradicts the exit code"):
        junit.render(bad)
