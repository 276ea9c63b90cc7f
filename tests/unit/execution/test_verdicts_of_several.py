"""Every combination of required × status × policy, and what it makes of the job."""

import itertools

import pytest
from junitparser import JUnitXml

from genesis_ci.execution.outcomes import review_ran_out_outcome
from genesis_ci.execution.verdicts import aggregate, outcome_of
from genesis_ci.models import OnReview, OnState, Policy, Status, Verdict, WorkflowReport
from genesis_ci.reporters import junit
from tests.builders import a_report, a_run_report, an_execution

FINAL = [s for s in Status if s not in {Status.PENDING, Status.RUNNING}]
CONTRACT = {
    Status.COMPLETED: 0,
    Status.FAILED: 1,
    Status.REVIEW_PENDING: 3,
    Status.CANCELLED: 4,
    Status.SKIPPED: 5,
}
POLICIES = [
    Policy(on_review_pending=review, on_cancelled=cancelled, on_skipped=skipped, required=required)
    for review, cancelled, skipped, required in itertools.product(
        OnReview, OnState, OnState, (True, False)
    )
]


def ended(status: Status, policy: Policy, *, name: str = "smoke") -> WorkflowReport:
    """The end of a workflow; where a review is waited for, nobody came."""
    execution = an_execution(status)
    outcome = outcome_of(execution, policy) or review_ran_out_outcome(
        execution, waited=3600, attached=False
    )
    return WorkflowReport(name=name, outcome=outcome, execution=execution, required=policy.required)


def lets_pass(status: Status, policy: Policy) -> bool:
    return {
        Status.REVIEW_PENDING: policy.on_review_pending is OnReview.PASS,
        Status.CANCELLED: policy.on_cancelled is OnState.PASS,
        Status.SKIPPED: policy.on_skipped is OnState.PASS,
    }.get(status, False)


def by_the_contract(status: Status, policy: Policy) -> int:
    return 0 if not policy.required or lets_pass(status, policy) else CONTRACT[status]


def is_red_in_junit(*reports: WorkflowReport) -> bool:
    suites = JUnitXml.fromstring(junit.render(a_run_report(*reports)).encode())
    return any(suite.failures + suite.errors for suite in suites)


@pytest.mark.parametrize("status", FINAL)
def test_each_status_under_each_policy_gives_the_documented_code(status):
    for policy in POLICIES:
        report = ended(status, policy)
        code = aggregate([report]).exit_code
        assert code == by_the_contract(status, policy), policy
        assert is_red_in_junit(report) is (code != 0), policy


@pytest.mark.parametrize("status", FINAL)
def test_one_change_among_green_ones_turns_the_job_red_with_the_documented_code(status):
    green = [ended(Status.COMPLETED, Policy(), name=f"green {number}") for number in range(4)]
    for policy in POLICIES:
        reports = [*green[:2], ended(status, policy), *green[2:]]
        outcome = aggregate(reports)
        assert outcome.exit_code == by_the_contract(status, policy), policy
        assert is_red_in_junit(*reports) is (outcome.exit_code != 0), policy


WORST_FIRST = [130, 143, 1, 7, 8, 6, 4, 5, 3, 0]


def test_two_required_ones_give_the_worse_code_of_all_pairs_in_both_orders():
    for first, second in itertools.product(WORST_FIRST, repeat=2):
        reports = [
            a_report(exit_code=code, name=str(at)) for at, code in enumerate((first, second))
        ]
        worse = min(first, second, key=WORST_FIRST.index)
        assert aggregate(reports).exit_code == worse


def test_all_pairs_of_statuses_and_policies_give_the_worse_of_the_required():
    for one, two in itertools.product(itertools.product(FINAL, POLICIES), repeat=2):
        codes = [by_the_contract(*one), by_the_contract(*two)]
        reports = [ended(*one, name="a"), ended(*two, name="b")]
        assert aggregate(reports).exit_code == min(codes, key=WORST_FIRST.index)


def test_what_was_never_started_does_not_count_as_good():
    failed = a_report(Verdict.FAILED, 1, name="a")
    outcome = aggregate([failed, a_report(name="b"), a_report(Verdict.NOT_RUN, name="c")])
    assert (outcome.verdict, outcome.exit_code) == (Verdict.FAILED, 1)
    assert outcome.message.startswith("1 of 3 workflows are good.")
