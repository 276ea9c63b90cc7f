"""The JUnit file says what happened, and is red exactly when the job is."""

from collections import Counter
from dataclasses import replace
from itertools import product

import pytest
from junitparser import cli as junitparser_cli

from genesis_ci.errors import GenesisCiError
from genesis_ci.models import INTERNAL_ERROR, Outcome, Status, Verdict
from genesis_ci.reporters import junit

from . import consumers, reports
from .reports import SCENARIOS, block, execution, outcome_of, report, workflow


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


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_consumers_agree_and_the_file_is_red_exactly_when_the_job_is(scenario):
    made = SCENARIOS[scenario]()
    assert is_red(counts(junit.render(made))) is (made.outcome.exit_code != 0)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_junitparser_s_own_verdict_agrees_with_the_exit_code(scenario, tmp_path):
    made = SCENARIOS[scenario]()
    file = tmp_path / "junit.xml"
    file.write_text(junit.render(made), encoding="utf-8")
    verified = junitparser_cli.main(["verify", str(file)])
    assert (verified == 0) is (made.outcome.exit_code == 0)


@pytest.mark.parametrize(("verdict", "required"), list(product(Verdict, (True, False))), ids=str)
def test_every_verdict_with_every_block_status_keeps_the_invariant(verdict, required):
    blocks = [block(f"b-{status}", status, 1, 2) for status in (*Status, "warming_up")]
    made = report(workflow(verdict, execution(Status.RUNNING, *blocks), required=required))
    counted = counts(junit.render(made))
    assert is_red(counted) is (made.outcome.exit_code != 0)
    assert counted.total() == 1 + len(blocks)
    if not required:
        assert counted["skipped"] == counted.total()


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (Verdict.PASSED, "passed"),
        (Verdict.FAILED, "failure"),
        (Verdict.REVIEW_PENDING, "error"),
        (Verdict.CANCELLED, "error"),
        (Verdict.SKIPPED, "error"),
        (Verdict.TIMED_OUT, "error"),
        (Verdict.REJECTED, "error"),
        (Verdict.LOST_CONTACT, "error"),
        (Verdict.INTERRUPTED, "error"),
        (Verdict.ERROR, "error"),
        (Verdict.TRIGGERED, "skipped"),
        (Verdict.NOT_RUN, "skipped"),
    ],
)
def test_the_first_case_is_the_verdict(verdict, expected):
    document = junit.render(report(workflow(verdict)))
    assert results(document)["checkout smoke"] == {"(workflow)": expected}
    case = next(consumers._parsed(document).iter("testcase"))
    assert case.get("time") == "64.200"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.COMPLETED, "passed"),
        (Status.FAILED, "failure"),
        (Status.RUNNING, "error"),
        (Status.CANCELLED, "error"),
        (Status.REVIEW_PENDING, "error"),
        ("warming_up", "error"),
        (Status.PENDING, "skipped"),
        (Status.SKIPPED, "skipped"),
    ],
)
def test_a_block_of_a_red_workflow_has_the_result_of_its_status(status, expected):
    run = execution(Status.FAILED, block("the-block", status, 1, 3.25))
    document = junit.render(report(workflow(Verdict.FAILED, run)))
    assert results(document)["checkout smoke"]["the-block"] == expected


def test_what_a_policy_passes_is_skipped_with_its_full_text():
    document = junit.render(reports.review_passed())
    assert results(document)["checkout smoke"]["(workflow)"] == "skipped"
    assert "waits for a person's review" in text_of(document, "(workflow)")
    assert text_of(document, "verify-cart") == "Two prices differ; please look."


def test_a_failed_block_in_a_completed_workflow_is_skipped_with_its_full_text():
    document = junit.render(reports.completed_with_failed_block())
    assert results(document)["checkout smoke"]["(workflow)"] == "passed"
    assert results(document)["checkout smoke"]["verify-cart"] == "skipped"
    assert "found 1.\n  at step 4" in text_of(document, "verify-cart")


def test_everything_of_a_workflow_that_is_not_required_is_skipped_and_says_so():
    document = junit.render(reports.not_required())
    found = results(document)["exploratory charter"]
    assert set(found.values()) == {"skipped"}
    for name in found:
        assert "not required" in text_of(document, name, "exploratory charter")


def test_a_job_without_workflows_has_one_suite_with_every_problem_in_the_text():
    document = junit.render(reports.bad_configuration())
    assert results(document) == {"genesis-ci": {"(job)": "error"}}
    text = text_of(document, "(job)")
    assert all(problem in text for problem in reports.bad_configuration().problems)
    assert "Correct the configuration" in text


def test_a_missing_key_that_is_let_pass_is_a_skipped_case():
    assert results(junit.render(reports.no_key())) == {"genesis-ci": {"(job)": "skipped"}}


def test_a_job_that_is_red_for_no_workflow_s_reason_says_so_in_a_suite_of_its_own():
    good = reports.completed().workflows[0]
    made = report(good, outcome=outcome_of(Verdict.ERROR, INTERNAL_ERROR))
    assert results(junit.render(made))["genesis-ci"] == {"(job)": "error"}


def test_names_are_unique_and_hold_no_run_id_and_no_time():
    same = [reports.failed().workflows[0] for _ in range(3)]
    document = junit.render(report(*same))
    assert list(results(document)) == ["checkout smoke", "checkout smoke (2)", "checkout smoke (3)"]
    later = replace(same[0], execution_id="another-run", seconds=1.0)
    assert results(junit.render(report(later, *same[1:]))) == results(document)
    assert not any(reports.EXECUTION_ID in name for name in results(document))


def test_blocks_that_share_a_name_or_take_ours_are_numbered():
    run = execution(
        Status.COMPLETED, *[block(key) for key in ("a", "a", "(workflow)", "", "a (2)")]
    )
    found = results(junit.render(report(workflow(Verdict.PASSED, run))))["checkout smoke"]
    assert list(found) == ["(workflow)", "a", "a (2)", "(workflow) (2)", "unnamed", "a (2) (2)"]


def test_a_failure_without_any_text_is_still_a_failure():
    run = execution(Status.FAILED, block("b", Status.FAILED, output=" \n ", error=""))
    silent = workflow(Outcome(verdict=Verdict.FAILED, exit_code=1, message=""), run)
    document = junit.render(report(silent))
    assert counts(document) == Counter(failure=2)
    assert text_of(document, "b") == "Genesis says of this block: failed."


def test_a_failed_block_without_an_error_shows_its_output_as_the_failure():
    run = execution(Status.FAILED, block("b", Status.FAILED, output="step 3 broke"))
    document = junit.render(report(workflow(Verdict.FAILED, run)))
    assert text_of(document, "b") == "step 3 broke"


def test_the_text_holds_the_remedy_and_the_output_how_to_attach():
    document = junit.render(reports.timed_out())
    assert "What to do: This is what to do next." in text_of(document, "(workflow)")
    first = next(consumers._parsed(document).iter("system-out")).text
    assert f"attach: genesis-ci wait {reports.EXECUTION_ID}" in first


def test_the_encoding_is_declared_and_times_are_plain_decimals():
    run = execution(Status.COMPLETED, block("tiny", start=0, end=0.000_001), block("none"))
    document = junit.render(report(workflow(Verdict.PASSED, run)))
    assert document.startswith('<?xml version="1.0" encoding="utf-8"?>\n')
    assert document.count('time="0.000"') == 2
    suite = next(consumers._parsed(document).iter("testsuite"))
    assert suite.get("time") == "64.200"


def test_a_document_with_other_counts_is_refused():
    made = reports.failed()
    suites = junit.suites_of(made, text_limit=1_000)
    document = junit.render(made)
    junit.check(document, suites, green=False)
    with pytest.raises(GenesisCiError, match="does not hold the cases"):
        junit.check(document.replace("failure", "skipped"), suites, green=False)


def test_a_green_job_with_a_red_required_workflow_is_refused():
    bad = replace(reports.failed(), outcome=reports.completed().outcome)
    with pytest.raises(GenesisCiError, match="contradicts the exit code"):
        junit.render(bad)
