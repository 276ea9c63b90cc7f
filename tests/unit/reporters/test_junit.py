"""The JUnit file says what happened, and is red exactly when the job is."""

from collections import Counter
from dataclasses import replace

import pytest
from junitparser import cli as junitparser_cli

from genesis_ci.errors import GenesisCiError
from genesis_ci.models import INTERNAL_ERROR, Outcome, Status, Verdict
from genesis_ci.reporters import junit
from genesis_ci.reporters.truncate import Room
from tests.hostile import naming

from . import consumers, reports
from .reports import block, each_ending, execution, outcome_of, report, workflow


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


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (Verdict.PASSED, "passed"),
        (Verdict.FAILED, "failure"),
        (Verdict.UNMET, "failure"),
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
def test_a_workflow_without_blocks_has_one_case_which_is_its_verdict(verdict, expected):
    document = junit.render(report(workflow(verdict)))
    assert results(document)["checkout smoke"] == {"(workflow)": expected}
    case = next(consumers._parsed(document).iter("testcase"))
    assert case.get("time") == "64.200"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.COMPLETED, "passed"),
        (Status.FAILED, "failure"),
        (Status.RUNNING, "skipped"),
        (Status.CANCELLED, "skipped"),
        (Status.REVIEW_PENDING, "skipped"),
        ("warming_up", "skipped"),
        (Status.PENDING, "skipped"),
        (Status.SKIPPED, "skipped"),
    ],
)
def test_a_block_of_a_red_workflow_has_the_result_of_its_status(status, expected):
    run = execution(Status.FAILED, block("the-block", status, 1, 3.25))
    document = junit.render(report(workflow(Verdict.FAILED, run)))
    assert results(document)["checkout smoke"]["the-block"] == expected


OPEN_RUN = f"Open the run in Genesis: {reports.RUN_URL}"


def test_a_failed_block_is_the_one_failure_and_tells_the_remedy():
    document = junit.render(reports.failed())
    assert counts(document) == Counter(passed=2, failure=1, skipped=2)
    text = text_of(document, "verify-cart")
    assert text.startswith("Expected 2 items in the cart, found 1.\n  at step 4")
    assert text.endswith(f"What to do: {reports.failed().outcome.hint}\n{OPEN_RUN}")


def test_of_several_failed_blocks_the_first_tells_the_remedy():
    blocks = [block(name, Status.FAILED, error=f"{name} broke") for name in ("a", "b")]
    document = junit.render(report(workflow(Verdict.FAILED, execution(Status.FAILED, *blocks))))
    assert text_of(document, "a") == f"a broke\n\nWhat to do: This is what to do next.\n{OPEN_RUN}"
    assert text_of(document, "b") == "b broke"


def test_a_block_in_review_is_the_one_error():
    document = junit.render(reports.review())
    assert counts(document) == Counter(passed=2, error=1, skipped=1)
    assert "approve it in Genesis" in text_of(document, "verify-cart")


@pytest.mark.parametrize(
    "verdict", [Verdict.TIMED_OUT, Verdict.LOST_CONTACT, Verdict.INTERRUPTED, Verdict.CANCELLED]
)
def test_what_ends_a_job_while_blocks_run_counts_once(verdict):
    run = execution(Status.RUNNING, reports.OPEN, reports.RUNNING, reports.MAIL)
    document = junit.render(report(workflow(verdict, run)))
    assert counts(document) == Counter(passed=1, error=1, skipped=2)
    assert text_of(document, "(workflow)").startswith(f"{verdict}: This is what")


def test_a_failed_block_of_a_run_that_timed_out_is_a_failure_of_its_own():
    run = execution(Status.RUNNING, reports.OPEN, reports.CART, reports.MAIL)
    document = junit.render(report(workflow(Verdict.TIMED_OUT, run)))
    assert counts(document) == Counter(passed=1, error=1, failure=1, skipped=1)


def test_what_a_policy_passes_is_skipped_with_its_full_text():
    document = junit.render(reports.review_passed())
    assert results(document)["checkout smoke"]["(workflow)"] == "skipped"
    assert text_of(document, "(workflow)").startswith("review_pending, passed by policy: Block ")
    assert text_of(document, "verify-cart") == "Two prices differ; please look."


def test_a_failed_block_in_a_completed_workflow_is_skipped_with_its_full_text():
    document = junit.render(reports.completed_with_failed_block())
    assert results(document)["checkout smoke"] == {"open-shop": "passed", "verify-cart": "skipped"}
    text = text_of(document, "verify-cart")
    assert text.startswith("failed, passed by policy: Expected 2 items in the cart")


def test_a_completed_workflow_of_which_no_block_passed_has_a_case_that_did():
    run = execution(Status.COMPLETED, reports.CART)
    found = results(junit.render(report(workflow(Verdict.PASSED, run))))["checkout smoke"]
    assert found == {"(workflow)": "passed", "verify-cart": "skipped"}


def test_what_passed_of_a_workflow_that_is_not_required_is_a_pass_and_the_rest_is_skipped():
    document = junit.render(reports.not_required())
    assert results(document)["exploratory charter"] == {
        "open-shop": "passed",
        "verify-cart": "skipped",
        "pay": "skipped",
    }
    text = text_of(document, "verify-cart", "exploratory charter")
    assert text.startswith("failed, not required: Expected 2 items in the cart")


def test_a_verdict_that_no_block_carries_says_that_it_is_not_required():
    good = reports.completed().workflows[0]
    late = workflow(Verdict.TIMED_OUT, name="charter", required=False)
    document = junit.render(report(good, late))
    assert results(document)["charter"] == {"(workflow)": "skipped"}
    assert text_of(document, "(workflow)").startswith("timed_out, not required: This is what")


def test_blocks_that_genesis_does_not_list_have_a_case():
    run = replace(reports.failed().workflows[0].execution, block_count=8)
    document = junit.render(report(workflow(Verdict.FAILED, run)))
    assert text_of(document, "(not started)") == "3 of 8 blocks have not started."


def test_no_case_says_the_same_twice():
    def check(made):
        for case in consumers._parsed(junit.render(made)).iter("testcase"):
            lines = [line for text in case.itertext() for line in text.split("\n") if line.strip()]
            assert len(lines) == len(set(lines))

    each_ending(check)


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
    assert list(found) == ["a", "a (2)", "(workflow) (2)", "unnamed", "a (2) (2)"]


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


def test_the_text_holds_the_remedy_and_how_to_attach():
    document = junit.render(reports.timed_out())
    told = text_of(document, "(workflow)")
    assert "What to do: The run may still be going." in told
    assert f"genesis-ci wait {reports.EXECUTION_ID}, " in told


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
