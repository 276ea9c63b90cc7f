"""The JUnit file: its readers agree, and it is red exactly when the job is."""

from dataclasses import replace

import pytest
from junitparser import cli as junitparser_cli

from genesis_ci.errors import GenesisCiError
from genesis_ci.models.execution import Status
from genesis_ci.models.report import Verdict
from genesis_ci.reporters import junit
from genesis_ci.reporters.truncate import Limits

from . import reports
from .consumers import counts, parsed
from .reports import block, each_ending, execution, report, workflow


def cases(document):
    """The elements of the cases by name."""
    return {case.get("name"): case for case in parsed(document).iter("testcase")}


def is_red(counted):
    return counted["failure"] + counted["error"] > 0


def test_file_is_red_exactly_when_the_job_is_and_repeats_no_line(tmp_path):
    def check(made):
        file = tmp_path / "junit.xml"
        file.write_text(junit.render(made), encoding="utf-8")
        document = file.read_text(encoding="utf-8")
        is_bad = made.outcome.exit_code != 0
        assert is_red(counts(document)) is is_bad
        assert (junitparser_cli.main(["verify", str(file)]) != 0) is is_bad
        for case in cases(document).values():
            lines = [line for text in case.itertext() for line in text.split("\n") if line.strip()]
            assert len(lines) == len(set(lines))

    each_ending(check)


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize("verdict", Verdict)
def test_file_is_red_as_the_job_for_each_verdict_and_status(verdict, required):
    blocks = [block(f"b-{status}", status, 1, 2) for status in (*Status, "warming_up")]
    run = execution(Status.RUNNING, *blocks)
    made = report(workflow(verdict, run, required=required, failed_block_passes=False))
    document = junit.render(made)
    counted = counts(document)
    assert is_red(counted) is (made.outcome.exit_code != 0)
    by_a_block = verdict in (Verdict.PASSED, Verdict.FAILED, Verdict.UNMET, Verdict.REVIEW_PENDING)
    assert ("(workflow)" in cases(document)) is not by_a_block
    assert counted.total() == len(blocks) + (not by_a_block)


def test_failures_of_earlier_attempts_are_reruns_of_a_failed_case():
    one = reports.failed().workflows[0]
    document = junit.render(reports.report(replace(one, earlier=(one, one))))
    reruns = cases(document)["verify-cart"].findall("rerunFailure")
    assert [rerun.get("message")[:10] for rerun in reruns] == ["Attempt 1:", "Attempt 2:"]
    assert counts(document)["failure"] == 1


@pytest.mark.parametrize(
    ("made", "failures", "note"),
    [
        (reports.many_blocks(120, failed_every=4), 30, "20 more blocks (20 completed) are"),
        (reports.many_checks(), 60, "22 more checks are"),
    ],
)
def test_cases_over_the_limit_are_counted_and_failures_are_kept(made, failures, note):
    document = junit.render(made, cases=100)
    assert counts(document)["failure"] == failures
    assert f"{note} not shown here; result.json has them all." in document


def test_document_with_other_counts_is_rejected():
    suites = junit.make_suites(reports.failed(), Limits(rows=100, characters=1_000))
    document = junit.render(reports.failed())
    junit.verify(document, suites, green=False)
    with pytest.raises(GenesisCiError, match="does not hold the cases"):
        junit.verify(document.replace("failure", "skipped"), suites, green=False)


def test_green_job_with_a_failed_required_workflow_is_rejected():
    bad = reports.failed()._replace(outcome=reports.completed().outcome)
    with pytest.raises(GenesisCiError, match="contradicts the exit code"):
        junit.render(bad)
