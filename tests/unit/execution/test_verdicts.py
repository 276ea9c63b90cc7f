"""From statuses and policies to verdicts and exit codes."""

import itertools
from dataclasses import replace

import pytest
from junitparser import JUnitXml

from genesis_ci.errors import ConfigError, ContactError, RefusedError
from genesis_ci.execution.outcomes import review_ran_out_outcome
from genesis_ci.execution.verdicts import (
    EXIT_CODE_MEANINGS,
    aggregate,
    outcome_of,
)
from genesis_ci.models import (
    EXIT_CODES,
    INTERNAL_ERROR,
    TERMINATED,
    Concurrency,
    OnReview,
    OnState,
    Outcome,
    Policy,
    Status,
    Verdict,
    WorkflowReport,
)
from genesis_ci.models.proof import Finding, Judgement
from genesis_ci.reporters import junit
from tests.builders import a_block, a_report, a_run_report, after, an_execution


@pytest.mark.parametrize(
    ("status", "verdict", "exit_code"),
    [
        (Status.COMPLETED, Verdict.PASSED, 0),
        (Status.FAILED, Verdict.FAILED, 1),
        (Status.REVIEW_PENDING, Verdict.REVIEW_PENDING, 3),
        (Status.CANCELLED, Verdict.CANCELLED, 4),
        (Status.SKIPPED, Verdict.SKIPPED, 5),
    ],
)
def test_a_final_status_has_its_verdict_and_exit_code(status, verdict, exit_code):
    outcome = outcome_of(an_execution(status), Policy())
    assert outcome is not None
    assert (outcome.verdict, outcome.exit_code) == (verdict, exit_code)
    assert outcome.green is (exit_code == 0)
    assert not outcome.lenient


@pytest.mark.parametrize("word", ["pending", "running", "paused", "COMPLETED", " completed", ""])
def test_everything_else_is_watched_on(word):
    assert outcome_of(an_execution(word), Policy()) is None


@pytest.mark.parametrize(
    ("status", "policy"),
    [
        (Status.REVIEW_PENDING, Policy(on_review_pending=OnReview.PASS)),
        (Status.CANCELLED, Policy(on_cancelled=OnState.PASS)),
        (Status.SKIPPED, Policy(on_skipped=OnState.PASS)),
    ],
)
def test_a_policy_lets_its_own_state_pass_and_says_so(status, policy):
    outcome = outcome_of(an_execution(status), policy)
    assert outcome is not None
    assert (outcome.verdict, outcome.exit_code, outcome.lenient) == (Verdict.PASSED, 0, True)
    assert "pass lets the job go on" in outcome.message


def test_no_policy_lets_a_failed_run_pass():
    generous = Policy(
        on_review_pending=OnReview.PASS, on_cancelled=OnState.PASS, on_skipped=OnState.PASS
    )
    outcome = outcome_of(an_execution(Status.FAILED), generous)
    assert outcome is not None
    assert outcome.exit_code == 1


def test_waiting_for_a_review_is_not_an_end_under_wait():
    policy = Policy(on_review_pending=OnReview.WAIT)
    assert outcome_of(an_execution(Status.REVIEW_PENDING), policy) is None


def test_a_pending_review_says_how_to_attach():
    outcome = outcome_of(an_execution(Status.REVIEW_PENDING), Policy())
    assert outcome is not None
    assert f"genesis-ci wait {an_execution().id}" in (outcome.hint or "")


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED, Status.SKIPPED])
def test_every_red_end_says_what_to_do_next(status):
    outcome = outcome_of(an_execution(status), Policy())
    assert outcome is not None
    assert outcome.hint


@pytest.mark.parametrize(
    "reason",
    [
        "SUPERSEDED", "Replaced by execution 7", "A newer one", "new run", "another trigger",
        "concurrency policy", "cancel previous",
    ],
)  # fmt: skip
def test_a_reason_that_speaks_of_another_run_means_superseded(reason):
    outcome = outcome_of(an_execution(Status.CANCELLED, cancel_reason=reason), Policy())
    assert outcome is not None
    assert "superseded by a newer trigger" in outcome.message


@pytest.mark.parametrize(
    ("done", "total", "message"),
    [
        (5, 5, "Genesis completed the workflow (5/5 blocks)."),
        (None, 5, "Genesis completed the workflow."),
        (5, None, "Genesis completed the workflow."),
    ],
)
def test_a_completed_run_says_how_many_blocks_where_that_is_known(done, total, message):
    execution = an_execution(Status.COMPLETED, completed_blocks=done, block_count=total)
    outcome = outcome_of(execution, Policy())
    assert outcome is not None
    assert outcome.message == message


@pytest.mark.parametrize(
    ("fields", "policy", "says_superseded"),
    [
        ({}, Policy(), False),
        ({"cancel_reason": "Cancelled by a user"}, Policy(), False),
        ({"cancel_reason": "Cancelled by another user"}, Policy(), False),
        ({"cancel_reason": "Superseded by a newer execution"}, Policy(), True),
        ({"cancel_requested_at": after(3)}, Policy(), True),
        ({}, Policy(concurrency=Concurrency.CANCEL_PREVIOUS), True),
        ({"cancel_reason": "Timeout"}, Policy(concurrency=Concurrency.CANCEL_PREVIOUS), True),
    ],
)
def test_a_cancelled_run_says_superseded_where_something_tells_so(fields, policy, says_superseded):
    outcome = outcome_of(an_execution(Status.CANCELLED, **fields), policy)
    assert outcome is not None
    assert ("superseded" in outcome.message) is says_superseded


def test_a_completed_run_with_a_failed_block_is_green_and_says_so():
    blocks = (a_block("block-1", Status.FAILED),)
    outcome = outcome_of(an_execution(Status.COMPLETED, blocks=blocks), Policy())
    assert outcome is not None
    assert outcome.exit_code == 0
    assert "although block block-1 failed" in outcome.message


ORDER = [130, 1, 7, 8, 6, 4, 5, 3, 0]


@pytest.mark.parametrize("worse", range(len(ORDER) - 1))
def test_the_worst_required_workflow_decides(worse):
    reports = [a_report(Verdict.ERROR, code) for code in reversed(ORDER[worse:])]
    assert aggregate(reports).exit_code == ORDER[worse]


def test_a_workflow_that_is_not_required_never_fails_the_job():
    reports = [a_report(), a_report(Verdict.FAILED, 1, required=False)]
    assert aggregate(reports).exit_code == 0
    assert aggregate(reports[1:]).exit_code == 0


def test_where_none_is_required_the_job_is_let_pass_and_says_so():
    outcome = aggregate([a_report(Verdict.FAILED, 1, required=False)])
    assert (outcome.verdict, outcome.lenient) == (Verdict.PASSED, True)
    assert outcome.message == "No workflow is required, so none can fail the job."


def test_several_workflows_are_counted_and_the_worst_speaks():
    hinted = Outcome(verdict=Verdict.FAILED, exit_code=1, message="It failed.", hint="Mend it.")
    never = a_report(Verdict.NOT_RUN, 0)
    outcome = aggregate([a_report(), replace(a_report(), outcome=hinted), never])
    assert outcome.message == "1 of 3 workflows are good. It failed."
    assert (outcome.hint, outcome.lenient) == ("Mend it.", False)


def test_several_workflows_of_which_one_is_let_pass_are_lenient_only_while_green():
    let_pass = Outcome(verdict=Verdict.PASSED, exit_code=0, message="Let pass.", lenient=True)
    lenient = replace(a_report(), outcome=let_pass)
    assert aggregate([a_report(), lenient]).lenient
    assert not aggregate([a_report(), a_report()]).lenient
    assert not aggregate([a_report(Verdict.FAILED, 1), lenient]).lenient


def test_one_workflow_lends_the_job_its_own_words():
    report = a_report(Verdict.FAILED, 1)
    assert aggregate([report]) is report.outcome


def test_every_exit_code_has_a_meaning_and_only_those():
    used = {*EXIT_CODES.values(), INTERNAL_ERROR, TERMINATED}
    assert set(EXIT_CODE_MEANINGS) == used


def test_red_verdicts_have_exit_codes_of_their_own():
    red = [code for code in EXIT_CODES.values() if code]
    assert len(red) == len(set(red))


def test_errors_carry_the_exit_code_of_their_verdict():
    assert ConfigError.exit_code == EXIT_CODES[Verdict.ERROR]
    assert RefusedError.exit_code == EXIT_CODES[Verdict.REJECTED]
    assert ContactError.exit_code == EXIT_CODES[Verdict.LOST_CONTACT]


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


WORST_FIRST = [130, 143, 1, 9, 7, 8, 6, 4, 5, 3, 0]


def test_two_required_ones_give_the_worse_code_of_all_pairs_in_both_orders():
    for first, second in itertools.product(WORST_FIRST, repeat=2):
        reports = [
            a_report(exit_code=code, name=str(at)) for at, code in enumerate((first, second))
        ]
        worse = min(first, second, key=WORST_FIRST.index)
        assert aggregate(reports).exit_code == worse


def test_all_pairs_of_ends_that_statuses_and_policies_make_give_the_worse_of_the_required():
    ends = {}
    for status, policy in itertools.product(FINAL, POLICIES):
        report = ended(status, policy)
        told = report.outcome.exit_code, report.outcome.lenient, report.required
        ends[told] = (report, by_the_contract(status, policy))
    assert len(ends) == 12
    for (one, code), (two, other) in itertools.product(ends.values(), repeat=2):
        assert aggregate([one, two]).exit_code == min(code, other, key=WORST_FIRST.index)


def test_what_was_never_started_does_not_count_as_good():
    failed = a_report(Verdict.FAILED, 1, name="a")
    passed = [a_report(name="b"), a_report(name="c")]
    outcome = aggregate([failed, *passed, a_report(Verdict.NOT_RUN, name="d")])
    assert (outcome.verdict, outcome.exit_code) == (Verdict.FAILED, 1)
    assert outcome.message.startswith("2 of 4 workflows are good.")


def a_finding(judgement: Judgement, name: str = "total", found: str = "3") -> Finding:
    return Finding(
        name=name, judgement=judgement, block="b", expected="equals 0", found=found, where="there"
    )


WITH_FAILED_BLOCK = an_execution(
    Status.COMPLETED, blocks=(a_block("a"), a_block("b", Status.FAILED))
)
MET, UNMET, SKIPPED = map(a_finding, (Judgement.MET, Judgement.UNMET, Judgement.SKIPPED))


@pytest.mark.parametrize(
    ("findings", "exit_code", "message"),
    [
        ([MET], 0, "Genesis completed the workflow, and 1 of 1 check is met."),
        ([MET, SKIPPED], 0, "Genesis completed the workflow, and 1 of 2 checks is met, 1 skipped."),
        (
            [MET, UNMET],
            9,
            "Genesis completed the workflow, but 1 of 2 checks is unmet: “total” (found 3).",
        ),
        (
            [a_finding(Judgement.UNMET, f"t{n}") for n in range(5)],
            9,
            "Genesis completed the workflow, but 5 of 5 checks are unmet: “t0” (found 3); "
            "“t1” (found 3); “t2” (found 3); and 2 more.",
        ),
    ],
    ids=["met", "skipped", "unmet", "many"],
)
def test_a_completed_run_is_as_good_as_its_checks(findings, exit_code, message):
    outcome = outcome_of(an_execution(Status.COMPLETED), Policy(), findings=findings)
    assert outcome is not None
    assert (outcome.exit_code, outcome.message, outcome.lenient) == (exit_code, message, False)
    assert bool(outcome.hint) is (exit_code == 9)


@pytest.mark.parametrize(
    ("choice", "findings", "exit_code"),
    [
        (OnState.PASS, [], 0),
        (OnState.PASS, [MET], 0),
        (OnState.PASS, [UNMET], 9),
        (OnState.FAIL, [], 9),
        (OnState.FAIL, [MET], 9),
    ],
)
def test_a_failed_block_of_a_completed_run_is_what_the_policy_says(choice, findings, exit_code):
    policy = Policy(on_failed_block=choice)
    outcome = outcome_of(WITH_FAILED_BLOCK, policy, findings=findings)
    assert outcome is not None
    assert outcome.exit_code == exit_code
    assert outcome.lenient is (exit_code == 0)
    assert ("block b failed" in outcome.message) is (UNMET not in findings)
    assert "on-failed-block" in (outcome.hint or "") or UNMET in findings


def test_a_failed_block_of_a_failed_run_is_no_matter_of_that_policy():
    execution = replace(WITH_FAILED_BLOCK, status=Status.FAILED, status_word="failed")
    outcome = outcome_of(execution, Policy(on_failed_block=OnState.PASS))
    assert outcome is not None
    assert outcome.exit_code == 1


def test_several_are_flaky_where_they_are_green_and_one_of_them_was():
    flaky = replace(a_report(), outcome=replace(a_report().outcome, flaky=True))
    assert aggregate([a_report(), flaky]).flaky
    assert not aggregate([a_report(), a_report()]).flaky
    assert not aggregate([a_report(Verdict.FAILED, 1), flaky]).flaky
