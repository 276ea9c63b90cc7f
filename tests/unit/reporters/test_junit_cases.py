"""The cases of the JUnit file: what each results in and says, and that nothing counts twice."""

from collections import Counter
from dataclasses import replace

import pytest

from genesis_ci.models import INTERNAL_ERROR, Status, Verdict
from genesis_ci.reporters.junit_cases import Result, suites_of
from genesis_ci.reporters.truncate import Room

from . import reports
from .reports import block, execution, outcome_of, report, workflow

ROOM = Room(rows=100, characters=1_000)


def cases_of(made):
    return [case for suite in suites_of(made, ROOM) for case in suite.cases]


def counts(made):
    return Counter(case.result for case in cases_of(made))


def results(made):
    """Suite → case → result."""
    return {
        suite.name: {case.name: case.result for case in suite.cases}
        for suite in suites_of(made, ROOM)
    }


def text_of(made, case_name, suite=None):
    return next(
        case.text
        for case in cases_of(made)
        if case.name == case_name and suite in (None, case.classname)
    )


@pytest.mark.parametrize("result", Result)
def test_a_failure_and_an_error_are_red_to_every_reader(result):
    assert result.red is (result in {"failure", "error"})


OF_A_VERDICT = {
    Verdict.PASSED: "passed",
    Verdict.FAILED: "failure",
    Verdict.UNMET: "failure",
    Verdict.REVIEW_PENDING: "error",
    Verdict.CANCELLED: "error",
    Verdict.SKIPPED: "error",
    Verdict.TIMED_OUT: "error",
    Verdict.REJECTED: "error",
    Verdict.LOST_CONTACT: "error",
    Verdict.NOT_READY: "error",
    Verdict.INTERRUPTED: "error",
    Verdict.ERROR: "error",
    Verdict.TRIGGERED: "skipped",
    Verdict.NOT_RUN: "skipped",
}


def test_a_workflow_without_blocks_has_one_case_which_is_its_verdict():
    made = {verdict: report(workflow(verdict)) for verdict in Verdict}
    assert {verdict: results(one)["checkout smoke"] for verdict, one in made.items()} == {
        verdict: {"(workflow)": result} for verdict, result in OF_A_VERDICT.items()
    }
    assert {case.seconds for one in made.values() for case in cases_of(one)} == {64.2}


OF_A_STATUS = {
    Status.COMPLETED: "passed",
    Status.FAILED: "failure",
    Status.RUNNING: "skipped",
    Status.CANCELLED: "skipped",
    Status.REVIEW_PENDING: "skipped",
    Status.PENDING: "skipped",
    Status.SKIPPED: "skipped",
    "warming_up": "skipped",
}


def test_a_block_of_a_red_workflow_has_the_result_of_its_status():
    def made(status):
        run = execution(Status.FAILED, block("the-block", status, 1, 3.25))
        return results(report(workflow(Verdict.FAILED, run)))["checkout smoke"]["the-block"]

    assert {status: made(status) for status in (*Status, "warming_up")} == OF_A_STATUS


OPEN_RUN = f"Open the run in Genesis: {reports.RUN_URL}"


def test_a_failed_block_is_the_one_failure_and_tells_the_remedy():
    made = reports.failed()
    assert counts(made) == Counter(passed=2, failure=1, skipped=2)
    text = text_of(made, "verify-cart")
    assert text.startswith("Expected 2 items in the cart, found 1.\n  at step 4")
    assert text.endswith(f"What to do: {reports.failed().outcome.hint}\n{OPEN_RUN}")


def test_of_several_failed_blocks_the_first_tells_the_remedy():
    blocks = [block(name, Status.FAILED, error=f"{name} broke") for name in ("a", "b")]
    made = report(workflow(Verdict.FAILED, execution(Status.FAILED, *blocks)))
    assert text_of(made, "a") == f"a broke\n\nWhat to do: This is what to do next.\n{OPEN_RUN}"
    assert text_of(made, "b") == "b broke"


def test_a_block_in_review_is_the_one_error():
    made = reports.review()
    assert counts(made) == Counter(passed=2, error=1, skipped=1)
    assert "approve it in Genesis" in text_of(made, "verify-cart")


@pytest.mark.parametrize(
    "verdict", [Verdict.TIMED_OUT, Verdict.LOST_CONTACT, Verdict.INTERRUPTED, Verdict.CANCELLED]
)
def test_what_ends_a_job_while_blocks_run_counts_once(verdict):
    run = execution(Status.RUNNING, reports.OPEN, reports.RUNNING, reports.MAIL)
    made = report(workflow(verdict, run))
    assert counts(made) == Counter(passed=1, error=1, skipped=2)
    assert text_of(made, "(workflow)").startswith(f"{verdict}: This is what")


def test_a_failed_block_of_a_run_that_timed_out_is_a_failure_of_its_own():
    run = execution(Status.RUNNING, reports.OPEN, reports.CART, reports.MAIL)
    made = report(workflow(Verdict.TIMED_OUT, run))
    assert counts(made) == Counter(passed=1, error=1, failure=1, skipped=1)


def test_what_a_policy_passes_is_skipped_with_its_full_text():
    made = reports.review_passed()
    assert results(made)["checkout smoke"]["(workflow)"] == "skipped"
    assert text_of(made, "(workflow)").startswith("review_pending, passed by policy: Block ")
    assert text_of(made, "verify-cart") == "Two prices differ; please look."


def test_a_failed_block_in_a_completed_workflow_is_skipped_with_its_full_text():
    made = reports.completed_with_failed_block()
    assert results(made)["checkout smoke"] == {"open-shop": "passed", "verify-cart": "skipped"}
    text = text_of(made, "verify-cart")
    assert text.startswith("failed, passed by policy: Expected 2 items in the cart")


def test_a_completed_workflow_of_which_no_block_passed_has_a_case_that_did():
    run = execution(Status.COMPLETED, reports.CART)
    found = results(report(workflow(Verdict.PASSED, run)))["checkout smoke"]
    assert found == {"(workflow)": "passed", "verify-cart": "skipped"}


def test_what_passed_of_a_workflow_that_is_not_required_is_a_pass_and_the_rest_is_skipped():
    made = reports.not_required()
    assert results(made)["exploratory charter"] == {
        "open-shop": "passed",
        "verify-cart": "skipped",
        "pay": "skipped",
    }
    text = text_of(made, "verify-cart", "exploratory charter")
    assert text.startswith("failed, not required: Expected 2 items in the cart")


def test_a_verdict_that_no_block_carries_says_that_it_is_not_required():
    good = reports.completed().workflows[0]
    late = workflow(Verdict.TIMED_OUT, name="charter", required=False)
    made = report(good, late)
    assert results(made)["charter"] == {"(workflow)": "skipped"}
    assert text_of(made, "(workflow)").startswith("timed_out, not required: This is what")


def test_blocks_that_genesis_does_not_list_have_a_case():
    run = replace(reports.failed().workflows[0].execution, block_count=8)
    made = report(workflow(Verdict.FAILED, run))
    assert text_of(made, "(not started)") == "3 of 8 blocks have not started."


def test_a_job_without_workflows_has_one_suite_with_every_problem_in_the_text():
    made = reports.bad_configuration()
    assert results(made) == {"genesis-ci": {"(job)": "error"}}
    text = text_of(made, "(job)")
    assert all(problem in text for problem in reports.bad_configuration().problems)
    assert "Correct the configuration" in text


def test_a_missing_key_that_is_let_pass_is_a_skipped_case():
    assert results(reports.no_key()) == {"genesis-ci": {"(job)": "skipped"}}


def test_a_job_that_is_red_for_no_workflow_s_reason_says_so_in_a_suite_of_its_own():
    good = reports.completed().workflows[0]
    made = report(good, outcome=outcome_of(Verdict.ERROR, INTERNAL_ERROR))
    assert results(made)["genesis-ci"] == {"(job)": "error"}


def test_names_are_unique_and_hold_no_run_id_and_no_time():
    same = [reports.failed().workflows[0] for _ in range(3)]
    made = report(*same)
    assert list(results(made)) == ["checkout smoke", "checkout smoke (2)", "checkout smoke (3)"]
    later = replace(same[0], execution_id="another-run", seconds=1.0)
    assert results(report(later, *same[1:])) == results(made)
    assert not any(reports.EXECUTION_ID in name for name in results(made))


def test_blocks_that_share_a_name_or_take_ours_are_numbered():
    run = execution(
        Status.COMPLETED, *[block(key) for key in ("a", "a", "(workflow)", "", "a (2)")]
    )
    found = results(report(workflow(Verdict.PASSED, run)))["checkout smoke"]
    assert list(found) == ["a", "a (2)", "(workflow) (2)", "unnamed", "a (2) (2)"]


def test_the_text_holds_the_remedy_and_how_to_attach():
    made = reports.timed_out()
    told = text_of(made, "(workflow)")
    assert "What to do: The run may still be going." in told
    assert f"genesis-ci wait {reports.EXECUTION_ID}, " in told


def test_a_program_may_ask_a_suite_whether_its_run_was_kept_and_how_often_it_ran():
    [kept] = reports.completed().workflows
    made = report(replace(kept, kept=True), *reports.flaky().workflows, kept)
    assert [suite.properties for suite in suites_of(made, ROOM)] == [
        (("kept", "true"),),
        (("attempts", "2"), ("flaky", "true")),
        (),
    ]
