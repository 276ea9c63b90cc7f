"""The cases of the JUnit file: their names, results and texts; no failure counts twice."""

from collections import Counter
from dataclasses import replace

import pytest

from genesis_ci.models import INTERNAL_ERROR, OnState, Policy, Status, Verdict
from genesis_ci.reporters.junit_cases import suites_of
from genesis_ci.reporters.truncate import Limits

from . import reports
from .reports import block, execution, outcome_of, report, workflow

LIMITS = Limits(rows=100, characters=1_000)
OPEN_RUN = f"Open the run in Genesis: {reports.RUN_URL}"


def cases_of(made):
    return [case for suite in suites_of(made, LIMITS) for case in suite.cases]


def counts(made):
    return Counter(case.result for case in cases_of(made))


def results(made):
    """Suite → case → result."""
    return {
        suite.name: {case.name: case.result for case in suite.cases}
        for suite in suites_of(made, LIMITS)
    }


def text_of(made, name, suite="checkout smoke"):
    [text] = [
        one["output"]
        for case in cases_of(made)
        for one in (*case.failures, *case.errors, *case.skipped)
        if (case.name, case.classname) == (name, suite)
    ]
    return text


NOT_AN_ERROR = {
    Verdict.PASSED: "passed",
    Verdict.FAILED: "failure",
    Verdict.UNMET: "failure",
    Verdict.TRIGGERED: "skipped",
    Verdict.NOT_RUN: "skipped",
}


@pytest.mark.parametrize("verdict", Verdict)
def test_workflow_without_blocks_has_one_case_with_its_verdict(verdict):
    made = report(workflow(verdict))
    assert results(made)["checkout smoke"] == {"(workflow)": NOT_AN_ERROR.get(verdict, "error")}
    assert cases_of(made)[0].seconds == 64.2


@pytest.mark.parametrize("status", [*Status, "warming_up"])
def test_block_of_a_failed_workflow_has_the_result_of_its_status(status):
    run = execution(Status.FAILED, block("the-block", status, 1, 3.25))
    expected = {Status.COMPLETED: "passed", Status.FAILED: "failure"}.get(status, "skipped")
    assert results(report(workflow(Verdict.FAILED, run)))["checkout smoke"]["the-block"] == expected


def test_failed_block_is_the_only_failure_and_has_the_remedy():
    made = reports.failed()
    assert counts(made) == Counter(passed=2, failure=1, skipped=2)
    text = text_of(made, "verify-cart")
    assert text.startswith("Expected 2 items in the cart, found 1.\n  at step 4")
    assert text.endswith(f"What to do: {made.outcome.hint}\n{OPEN_RUN}")


def test_first_of_several_failed_blocks_has_the_remedy():
    blocks = [block(name, Status.FAILED, error=f"{name} broke") for name in ("a", "b")]
    made = report(workflow(Verdict.FAILED, execution(Status.FAILED, *blocks)))
    assert text_of(made, "a") == f"a broke\n\nWhat to do: This is what to do next.\n{OPEN_RUN}"
    assert text_of(made, "b") == "b broke"


def test_block_in_review_is_the_only_error():
    made = reports.review()
    assert counts(made) == Counter(passed=2, error=1, skipped=1)
    assert "approve it in Genesis" in text_of(made, "verify-cart")


@pytest.mark.parametrize(
    "verdict", [Verdict.TIMED_OUT, Verdict.LOST_CONTACT, Verdict.INTERRUPTED, Verdict.CANCELLED]
)
def test_verdict_of_a_run_that_did_not_end_is_the_only_error(verdict):
    run = execution(Status.RUNNING, reports.OPEN, reports.RUNNING, reports.MAIL)
    made = report(workflow(verdict, run))
    assert counts(made) == Counter(passed=1, error=1, skipped=2)
    text = f"{verdict}: This is what {verdict} means here.\nWhat to do: This is what to do next."
    assert text_of(made, "(workflow)") == f"{text}\n{OPEN_RUN}"


def test_failed_block_of_a_timed_out_run_is_also_a_failure():
    run = execution(Status.RUNNING, reports.OPEN, reports.CART, reports.MAIL)
    made = report(workflow(Verdict.TIMED_OUT, run))
    assert counts(made) == Counter(passed=1, error=1, failure=1, skipped=1)


def test_review_that_passes_by_policy_is_skipped_with_its_text():
    made = reports.review_passed()
    assert results(made)["checkout smoke"]["(workflow)"] == "skipped"
    assert text_of(made, "(workflow)").startswith("review_pending, passed by policy: Block ")
    assert text_of(made, "verify-cart") == "Two prices differ; please look."


def test_failed_block_of_a_completed_run_is_skipped_with_its_text():
    made = reports.completed_with_failed_block()
    assert results(made)["checkout smoke"] == {"open-shop": "passed", "verify-cart": "skipped"}
    text = text_of(made, "verify-cart")
    assert text.startswith("failed, passed by policy: Expected 2 items in the cart")


@pytest.mark.parametrize(
    ("policy", "result"), [(OnState.PASS, "skipped"), (OnState.FAIL, "failure")]
)
def test_failed_block_of_an_unmet_run_has_the_result_of_its_policy(policy, result):
    run = execution(Status.COMPLETED, reports.CART, end=50)
    found = reports.findings_of({"results": {"tests": []}})
    made = report(reports.judged(run, Policy(on_failed_block=policy), findings=found))
    assert results(made)["checkout smoke"]["verify-cart"] == result
    assert "(workflow)" not in results(made)["checkout smoke"]


def test_completed_run_without_a_passed_block_has_a_passed_case():
    made = report(workflow(Verdict.PASSED, execution(Status.COMPLETED, reports.CART)))
    expected = {"(workflow)": "passed", "verify-cart": "skipped"}
    assert results(made)["checkout smoke"] == expected


def test_failures_of_a_workflow_that_is_not_required_are_skipped():
    made = reports.not_required()
    assert results(made)["exploratory charter"] == {
        "open-shop": "passed",
        "verify-cart": "skipped",
        "pay": "skipped",
    }
    text = text_of(made, "verify-cart", "exploratory charter")
    assert text.startswith("failed, not required: Expected 2 items in the cart")


def test_verdict_of_a_workflow_that_is_not_required_is_skipped():
    made = report(workflow(Verdict.TIMED_OUT, required=False))
    assert results(made)["checkout smoke"] == {"(workflow)": "skipped"}
    assert text_of(made, "(workflow)").startswith("timed_out, not required: This is what")


def test_flaky_run_that_may_not_pass_is_one_failure():
    made = reports.flaky_refused()
    assert counts(made)["failure"] == 1
    assert "on-flaky: fail" in text_of(made, "(workflow)")


def test_blocks_that_have_not_started_have_a_case():
    run = replace(reports.failed().workflows[0].execution, block_count=8)
    made = report(workflow(Verdict.FAILED, run))
    assert text_of(made, "(not started)") == "3 of 8 blocks have not started."


def test_missing_key_that_passes_is_a_skipped_case():
    assert results(reports.no_key()) == {"genesis-ci": {"(job)": "skipped"}}


def test_job_that_failed_without_a_failed_workflow_has_its_own_case():
    good = reports.completed().workflows[0]
    made = report(good, outcome=outcome_of(Verdict.ERROR, INTERNAL_ERROR))
    assert results(made)["genesis-ci"] == {"(job)": "error"}


def test_suite_names_are_unique_and_equal_in_each_run():
    same = [reports.failed().workflows[0]] * 3
    made = report(*same)
    assert list(results(made)) == ["checkout smoke", "checkout smoke (2)", "checkout smoke (3)"]
    later = replace(same[0], execution_id="another-run", seconds=1.0)
    assert results(report(later, *same[1:])) == results(made)


def test_case_names_are_unique():
    keys = ("a", "a", "(workflow)", "", "a (2)", "order total 0")
    run = execution(Status.COMPLETED, *map(block, keys))
    names = list(results(report(workflow(Verdict.PASSED, run)))["checkout smoke"])
    assert names == ["a", "a (2)", "(workflow) (2)", "unnamed", "a (2) (2)", "order total 0"]
    unmet = reports.unmet().workflows[0]
    made = report(replace(unmet, execution=run), unmet)
    found = [(case.classname, case.name) for case in cases_of(made)]
    assert len(found) == len(set(found))
    assert ("checkout smoke › checkout", "order total 3") in found
    assert ("checkout smoke", "order total 0 (2)") in found


def test_suite_has_properties_for_attempts_and_kept_runs():
    [kept] = reports.completed().workflows
    made = report(replace(kept, kept=True), *reports.flaky().workflows, kept)
    assert [suite.properties for suite in suites_of(made, LIMITS)] == [
        (("kept", "true"),),
        (("attempts", "2"), ("flaky", "true")),
        (),
    ]
