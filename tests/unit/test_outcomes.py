"""Outcomes: all are made in one module, and each says what happened and what to do next."""

import ast
import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from junitparser import JUnitXml

import genesis_ci
from genesis_ci import outcomes
from genesis_ci.errors import ConfigError, ContactError, RefusedError
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
from genesis_ci.models.readiness import Readiness
from genesis_ci.outcomes import (
    EXIT_CODE_MEANINGS,
    aggregate,
    blocks_done,
    blocks_named,
    bug_outcome,
    cancelled_outcome,
    completed_outcome,
    error_outcome,
    failed_outcome,
    flaky_outcome,
    foreign_outcome,
    how_it_was_cancelled,
    how_many_met,
    how_many_unmet,
    how_to_attach,
    how_to_review,
    in_review_outcome,
    interrupted_late_outcome,
    interrupted_outcome,
    kept_yellow_outcome,
    killed_outcome,
    let_pass_outcome,
    lost_outcome,
    may_be_going,
    missed_outcome,
    name_of_signal,
    no_key_outcome,
    no_run_left_outcome,
    none_required_outcome,
    not_ready_outcome,
    not_yellow_outcome,
    of_attempt_outcome,
    of_several_outcome,
    only_a_pass_outcome,
    out_of_time_outcome,
    outcome_of,
    red_and_yellow_outcome,
    refused_outcome,
    review_ran_out_outcome,
    skipped_outcome,
    stopped_between_outcome,
    stopped_outcome,
    timed_out_outcome,
    told_outcome,
    triggered_outcome,
    turn_never_came_outcome,
    unjudged_outcome,
    unmet_outcome,
    unproved_outcome,
)
from genesis_ci.reporters import junit
from tests.builders import (
    EXECUTION_ID,
    START,
    a_block,
    a_report,
    a_run,
    a_run_report,
    after,
    an_execution,
)


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


PACKAGE = Path(genesis_ci.__file__).parent
HERE = Path(outcomes.__file__)
RESET = ContactError("The connection broke.", reached=True, hint="Nothing has to be changed.")
REFUSAL = RefusedError("Invalid API key", hint="Check the key.", status=401)


def makes_an_outcome(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    made = node.func
    return (isinstance(made, ast.Name) and made.id == Outcome.__name__) or (
        isinstance(made, ast.Attribute) and made.attr == Outcome.__name__
    )


def test_outcomes_are_made_in_one_module_and_nowhere_else():
    texts = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    makers = {
        path
        for path, text in texts.items()
        if f"{Outcome.__name__}(" in text and any(map(makes_an_outcome, ast.walk(ast.parse(text))))
    }
    assert makers == {HERE}


@pytest.mark.parametrize("verdict", Verdict)
def test_an_earlier_job_without_a_run_is_never_green(verdict):
    assert not no_run_left_outcome(verdict).green


def test_what_a_policy_lets_pass_says_which_policy():
    red = Outcome(verdict=Verdict.REVIEW_PENDING, exit_code=3, message="It waits.")
    let_pass = let_pass_outcome(red)
    assert (let_pass.exit_code, let_pass.lenient) == (0, True)
    assert let_pass.message == "It waits. on-review-pending: pass lets the job go on."


@pytest.mark.parametrize(
    "make",
    [
        lambda: timed_out_outcome(EXECUTION_ID, an_execution(), waited=60),
        lambda: lost_outcome(RESET, EXECUTION_ID, ambiguous=False),
        lambda: refused_outcome(REFUSAL, EXECUTION_ID, exists=True, ambiguous=False),
    ],
    ids=["timed out", "lost", "refused"],
)
def test_who_gives_up_a_run_says_how_to_attach_to_it(make):
    outcome = make()
    assert "may still be going" in outcome.hint
    assert f"genesis-ci wait {EXECUTION_ID}" in outcome.hint


@pytest.mark.parametrize(
    ("ambiguous", "words"), [(True, "may have started"), (False, "nothing was started")]
)
def test_a_lost_trigger_says_whether_a_run_may_have_started(ambiguous, words):
    assert words in (lost_outcome(RESET, None, ambiguous=ambiguous).hint or "")


def hint_of(outcome: Outcome) -> str:
    return outcome.hint or ""


A_FAILED_BLOCK = (a_block("pay", Status.FAILED), a_block("ok"))
DONE = an_execution(Status.COMPLETED, block_count=2, completed_blocks=2)


def findings(*judgements: Judgement) -> list[Finding]:
    return [
        Finding(name="c", judgement=one, block="b", expected="0", found="1.", where="b")
        for one in judgements
    ]


def test_a_completed_run_counts_blocks_and_checks_and_names_blocks_that_failed():
    good = completed_outcome(DONE, findings(Judgement.MET))
    assert good.message == ("Genesis completed the workflow (2/2 blocks), and 1 of 1 check is met.")
    assert (good.verdict, good.exit_code, good.lenient) == (Verdict.PASSED, 0, False)
    assert good.hint is None
    failed = completed_outcome(replace(DONE, blocks=A_FAILED_BLOCK))
    assert failed.message.endswith("(2/2 blocks), although block pay failed.")
    assert (failed.exit_code, failed.lenient) == (0, True)
    assert "on-failed-block: fail" in hint_of(failed)


def test_an_unmet_run_says_whether_a_check_or_a_block_says_no():
    by_check = unmet_outcome(replace(DONE, blocks=A_FAILED_BLOCK), findings(Judgement.UNMET))
    assert by_check.message.endswith("but 1 of 1 check is unmet: “c” (found 1.).")
    assert hint_of(by_check).startswith("Correct what the run found, or the check")
    by_block = unmet_outcome(replace(DONE, blocks=A_FAILED_BLOCK), findings(Judgement.MET))
    assert by_block.message.endswith("but block pay failed, and 1 of 1 check is met.")
    assert "on-failed-block: pass" in hint_of(by_block)
    assert by_check.exit_code == by_block.exit_code == 9


def test_a_run_that_could_not_be_judged_says_why_and_how_to_judge_it_again():
    outcome = unjudged_outcome(DONE, "no time.")
    assert outcome.message.endswith("its outputs could not be judged: no time.")
    assert (outcome.verdict, outcome.exit_code) == (Verdict.UNMET, 9)
    assert f"genesis-ci wait {EXECUTION_ID}, with the same" in hint_of(outcome)


@pytest.mark.parametrize(
    ("error", "blocks", "message"),
    [
        (None, (), "The workflow failed."),
        ("It broke.", (), "The workflow failed: It broke."),
        ("It broke.", A_FAILED_BLOCK, "The workflow failed at block pay: It broke."),
        ("Block pay broke.", A_FAILED_BLOCK, "The workflow failed: Block pay broke."),
        (None, A_FAILED_BLOCK, "The workflow failed at block pay."),
    ],
)
def test_a_failed_run_says_where_and_why_once(error, blocks, message):
    outcome = failed_outcome(an_execution(Status.FAILED, error=error, blocks=blocks))
    assert (outcome.message, outcome.exit_code) == (message, 1)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ([], "The workflow waits for a person's review in Genesis."),
        (["a"], "Block a waits for a person's review in Genesis."),
        (["a", "b"], "Blocks a, b wait for a person's review in Genesis."),
    ],
)
def test_what_waits_for_a_person_is_named(keys, message):
    blocks = tuple(a_block(key, Status.REVIEW_PENDING) for key in keys)
    outcome = in_review_outcome(an_execution(Status.REVIEW_PENDING, blocks=blocks), attached=False)
    assert (outcome.message, outcome.exit_code) == (message, 3)


def test_a_review_that_nobody_decided_says_how_long_it_was_waited_for():
    outcome = review_ran_out_outcome(DONE, waited=3600.0, attached=True)
    assert "within review-wait-time, 1h 00m." in outcome.message
    assert outcome.exit_code == 3
    assert "re-run this job" in hint_of(outcome)


def test_a_timeout_names_the_limit_and_the_last_status():
    own = timed_out_outcome("run-1", an_execution(), waited=60)
    assert own.message == "No final status within max-wait-time, 1m 00s (last status: running)."
    assert hint_of(own).endswith("raise max-wait-time.")
    by_job = timed_out_outcome(None, None, waited=60, by_job=True)
    assert by_job.message == "No final status within the CI job's own time limit, 1m 00s."
    assert hint_of(by_job).endswith("raise the CI job's own time limit.")


@pytest.mark.parametrize(
    ("execution_id", "exists", "ambiguous", "aside"),
    [
        ("run-1", True, False, "The run may still be going."),
        ("run-1", False, True, ""),
        ("run-1", False, False, ""),
        (None, False, True, "An earlier request of this job may have started a run"),
        (None, True, False, ""),
    ],
)
def test_a_refusal_says_whether_a_run_may_be_there_all_the_same(
    execution_id, exists, ambiguous, aside
):
    outcome = refused_outcome(REFUSAL, execution_id, exists=exists, ambiguous=ambiguous)
    assert (outcome.message, outcome.exit_code) == ("Invalid API key.", 7)
    assert hint_of(outcome).startswith(f"Check the key. {aside}".strip())
    assert bool(aside) is (hint_of(outcome) != "Check the key.")


@pytest.mark.parametrize(
    ("exit_code", "may_run", "completed", "execution_id", "hint"),
    [
        (130, False, True, "run-1", "Attach to it instead of triggering again"),
        (143, False, False, "run-1", "The run may still be going."),
        (143, True, False, None, "The run may have started; look in Genesis"),
        (143, False, False, None, "Nothing was started."),
    ],
)
def test_an_interrupted_job_says_what_may_go_on(exit_code, may_run, completed, execution_id, hint):
    outcome = interrupted_outcome(
        execution_id, exit_code=exit_code, may_run=may_run, completed=completed
    )
    assert outcome.exit_code == exit_code
    assert hint_of(outcome).startswith(hint)
    assert ("were judged" in outcome.message) is completed


@pytest.mark.parametrize(
    ("before", "verdict", "hint"),
    [
        (Verdict.NOT_RUN, Verdict.LOST_CONTACT, "Nothing was started for it"),
        (Verdict.NOT_READY, Verdict.NOT_READY, "Nothing was started for it"),
        (Verdict.REJECTED, Verdict.REJECTED, "Look in Genesis whether a run was started"),
        (Verdict.ERROR, Verdict.ERROR, "Look in Genesis whether a run was started"),
        (Verdict.TIMED_OUT, Verdict.TIMED_OUT, "Look in Genesis whether a run was started"),
        (Verdict.PASSED, Verdict.LOST_CONTACT, "Look in Genesis whether a run was started"),
    ],
)
def test_an_earlier_job_without_a_run_says_whether_one_may_be_there(before, verdict, hint):
    outcome = no_run_left_outcome(before)
    assert outcome.verdict is verdict
    assert hint_of(outcome).startswith(hint)


def test_a_workflow_that_never_had_its_turn_says_whose_it_was():
    smoke = a_run(name="smoke")
    red = Outcome(verdict=Verdict.FAILED, exit_code=1, message="It failed.")
    stopped = stopped_outcome(smoke, red)
    assert "“smoke” ended failed (exit code 1)" in stopped.message
    assert (stopped.verdict, stopped.exit_code, stopped.lenient) == (Verdict.NOT_RUN, 0, True)
    never = turn_never_came_outcome(smoke)
    assert (never.verdict, never.exit_code) == (Verdict.TIMED_OUT, 6)
    assert "“smoke” may still be going" in never.message
    assert "max-wait-time of “smoke”" in hint_of(never)


def test_an_address_that_was_not_ready_says_what_it_answered():
    readiness = Readiness(shown="https://p", ready=False, seen=("503",), seconds=60, hint="Hm.")
    outcome = not_ready_outcome(readiness)
    assert outcome.message == "Not started: https://p was not ready within 1m 00s: 503."
    assert (outcome.verdict, outcome.exit_code) == (Verdict.NOT_READY, 10)
    assert hint_of(outcome).endswith("takes longer. Hm.")
    assert hint_of(not_ready_outcome(replace(readiness, hint=None))).endswith("takes longer.")


@pytest.mark.parametrize(("attempt", "before"), [(2, "the first one"), (3, "2 of them")])
def test_a_flaky_pass_says_how_many_attempts_failed(attempt, before):
    passed = Outcome(verdict=Verdict.PASSED, exit_code=0, message="It passed.", lenient=True)
    green = flaky_outcome(passed, attempt, OnState.PASS)
    assert green.message == f"Flaky: attempt {attempt} passed after {before} had failed. It passed."
    assert (green.exit_code, green.flaky, green.lenient) == (0, True, True)
    red = flaky_outcome(passed, attempt, OnState.FAIL)
    assert (red.verdict, red.exit_code, red.flaky, red.lenient) == (Verdict.FAILED, 1, True, False)
    assert hint_of(green)
    assert hint_of(red).endswith("or set on-flaky: pass.")


@pytest.mark.parametrize(("attempts", "named"), [(1, "an attempt"), (2, "2 attempts")])
def test_a_signal_between_two_attempts_counts_those_that_failed(attempts, named):
    outcome = stopped_between_outcome(attempts, exit_code=143)
    assert f"(SIGTERM) after {named} had failed" in outcome.message
    assert (outcome.verdict, outcome.exit_code) == (Verdict.INTERRUPTED, 143)
    assert hint_of(outcome)


def test_an_attempt_says_which_of_how_many_it_is_where_that_is_known():
    red = Outcome(verdict=Verdict.FAILED, exit_code=1, message="It failed.", hint="Look.")
    second = of_attempt_outcome(red, 2, Policy(attempts=2))
    assert second == replace(red, message="Attempt 2 of 2: It failed.")
    assert of_attempt_outcome(red, 3, Policy(attempts=2)).message == "Attempt 3: It failed."
    told = only_a_pass_outcome(red)
    assert told.message.startswith("It failed. After a failed attempt only a pass is green")
    assert told.hint is None


def test_what_an_earlier_job_told_of_its_end_is_told_as_it_was():
    plain = told_outcome(Verdict.CANCELLED, 4, message="It was cancelled.")
    assert plain == Outcome(verdict=Verdict.CANCELLED, exit_code=4, message="It was cancelled.")
    whole = told_outcome(
        Verdict.PASSED, 0, message="Flaky.", hint="Compare.", lenient=True, flaky=True
    )
    assert (whole.hint, whole.lenient, whole.flaky) == ("Compare.", True, True)
    let_pass = told_outcome(Verdict.REVIEW_PENDING, 0, message="Yellow.", lenient=True)
    assert (let_pass.exit_code, let_pass.lenient) == (0, True)


def test_a_run_of_another_workflow_names_both():
    outcome = foreign_outcome(an_execution(workflow_id="theirs"), "mine")
    assert outcome.message == f"Execution {EXECUTION_ID} belongs to workflow theirs, not to mine."
    assert (outcome.verdict, outcome.exit_code) == (Verdict.ERROR, 2)
    assert hint_of(outcome).startswith("Nothing was triggered.")


@pytest.mark.parametrize(
    ("make", "verdict", "code"),
    [
        (missed_outcome, Verdict.LOST_CONTACT, 8),
        (skipped_outcome, Verdict.SKIPPED, 5),
        (out_of_time_outcome, Verdict.TIMED_OUT, 6),
        (lambda: triggered_outcome("run-1"), Verdict.TRIGGERED, 0),
        (lambda: cancelled_outcome(an_execution(), Concurrency.PARALLEL), Verdict.CANCELLED, 4),
    ],
    ids=["missed", "skipped", "out of time", "triggered", "cancelled"],
)
def test_each_end_has_its_verdict_its_code_and_what_to_do(make, verdict, code):
    outcome = make()
    assert (outcome.verdict, outcome.exit_code, outcome.lenient) == (verdict, code, False)
    assert outcome.message.endswith(".")
    assert hint_of(outcome).endswith(".")


@pytest.mark.parametrize(
    ("policy", "words"),
    [(Concurrency.PARALLEL, "The run was cancelled."), (Concurrency.CANCEL_PREVIOUS, "superseded")],
)
def test_a_cancelled_run_was_superseded_only_where_the_policy_does_that(policy, words):
    assert words in cancelled_outcome(an_execution(), policy).message


@pytest.mark.parametrize(
    ("ambiguous", "again", "words"),
    [(False, False, "nothing was started."), (False, True, "this attempt was not started.")],
)
def test_a_trigger_that_took_no_effect_says_what_was_not_started(ambiguous, again, words):
    outcome = lost_outcome(RESET, None, ambiguous=ambiguous, again=again)
    assert outcome.message == "Lost contact with Genesis: The connection broke."
    assert f"No request took effect: {words} Nothing has to be changed." == hint_of(outcome)
    bare = lost_outcome(ContactError("No.", reached=False), None, ambiguous=False)
    assert hint_of(bare).endswith("started.")


def test_a_refusal_in_words_that_end_with_a_stop_has_one():
    told = RefusedError("...Invalid API key.", hint="", status=401)
    outcome = refused_outcome(told, None, exists=False, ambiguous=False)
    assert (outcome.message, outcome.hint) == ("...Invalid API key.", "")


WAITING = Outcome(
    verdict=Verdict.REVIEW_PENDING, exit_code=3, message="It waits.", hint="Decide it."
)
GREEN = Outcome(verdict=Verdict.PASSED, exit_code=0, message="It passed.", hint="Fine.")


@pytest.mark.parametrize(
    ("make", "verdict", "code", "lenient"),
    [
        (lambda: kept_yellow_outcome(WAITING, "g"), Verdict.REVIEW_PENDING, 0, True),
        (lambda: red_and_yellow_outcome(WAITING, "g"), Verdict.REVIEW_PENDING, 3, False),
        (
            lambda: not_yellow_outcome(WAITING, "g", "no", "So."),
            Verdict.REVIEW_PENDING,
            3,
            False,
        ),
        (no_key_outcome, Verdict.NOT_RUN, 0, True),
        (
            lambda: interrupted_late_outcome(GREEN, exit_code=130),
            Verdict.INTERRUPTED,
            130,
            False,
        ),
        (lambda: killed_outcome(may_run=True), Verdict.INTERRUPTED, 143, False),
        (lambda: unproved_outcome(GREEN, "disk", None), Verdict.ERROR, 70, False),
        (lambda: bug_outcome("job.py:1"), Verdict.ERROR, 70, False),
        (lambda: error_outcome(ContactError("No.", reached=False, hint="So.")),
         Verdict.ERROR, 8, False),
    ],
    ids=["kept yellow", "red and yellow", "not yellow", "no key", "interrupted late", "killed",
         "unproved", "bug", "error"],
)  # fmt: skip
def test_each_end_of_a_job_has_its_verdict_its_code_and_what_to_do(make, verdict, code, lenient):
    outcome = make()
    assert (outcome.verdict, outcome.exit_code, outcome.lenient) == (verdict, code, lenient)
    assert len(outcome.message) > 2
    assert len(outcome.hint or "") > 2


def test_no_workflow_that_counts_is_a_green_that_says_so():
    outcome = none_required_outcome()
    assert (outcome.verdict, outcome.exit_code, outcome.lenient) == (Verdict.PASSED, 0, True)
    assert "none can fail the job" in outcome.message


def test_a_bug_names_its_place():
    assert bug_outcome("job.py:1").message.endswith("the workflow: job.py:1")


@pytest.mark.parametrize(("lenient", "flaky"), [(True, False), (False, True)])
def test_the_end_of_several_is_the_worst_ones_and_counts_the_good(lenient, flaky):
    told = of_several_outcome(WAITING, good=2, of=3, lenient=lenient, flaky=flaky)
    assert told.message == "2 of 3 workflows are good. It waits."
    assert (told.verdict, told.exit_code, told.hint) == (WAITING.verdict, 3, "Decide it.")
    assert (told.lenient, told.flaky) == (lenient, flaky)


def test_a_signal_while_it_reported_keeps_what_the_job_had_come_to():
    told = interrupted_late_outcome(GREEN, exit_code=143)
    assert told.message.endswith("It had come to this: It passed.")
    assert "SIGTERM" in told.message
    assert told.hint == "Fine."


def test_a_killed_job_says_whether_a_run_may_go_on():
    assert "attach to its execution id" in (killed_outcome(may_run=True).hint or "")
    assert killed_outcome(may_run=False).hint == "Nothing was started."


def test_a_green_without_evidence_names_the_file_and_the_run():
    told = unproved_outcome(GREEN, "out/junit.xml: disk full", "run-1")
    assert told.message.startswith("It passed. But")
    assert told.message.endswith(": out/junit.xml: disk full.")
    assert "genesis-ci wait run-1" in (told.hint or "")
    assert (unproved_outcome(GREEN, "x", None).hint or "").endswith("else touches.")


def test_a_status_that_could_not_be_posted_says_why_and_what_else_there_is_to_do():
    told = not_yellow_outcome(WAITING, "gate", "403.", "Give statuses: write.")
    assert told.message == "It waits. The status “gate” could not be posted: 403."
    assert told.hint == "Give statuses: write. Decide it."
    assert not_yellow_outcome(WAITING, "gate", "403.", None).hint == "Decide it."


def test_a_status_that_stays_yellow_is_named():
    for told in (
        kept_yellow_outcome(WAITING, "gate"),
        red_and_yellow_outcome(WAITING, "gate"),
    ):
        assert told.message.startswith("It waits. The status “gate” stays yellow until then")


@pytest.mark.parametrize("code", [130, 143])
def test_a_signal_at_the_end_has_the_exit_code_of_that_signal(code):
    reached = Outcome(verdict=Verdict.PASSED, exit_code=0, message="Passed.")
    assert interrupted_late_outcome(reached, exit_code=code).exit_code == code


def numbered(*judgements: Judgement) -> list[Finding]:
    return [
        Finding(name=f"c{n}", judgement=one, block="b", expected="0", found=f"{n}", where="b")
        for n, one in enumerate(judgements, start=1)
    ]


@pytest.mark.parametrize(
    ("done", "count", "words"),
    [(2, 5, " (2/5 blocks)"), (0, 0, " (0/0 blocks)"), (None, 5, ""), (2, None, "")],
)
def test_blocks_are_counted_where_both_numbers_are_known(done, count, words):
    assert blocks_done(an_execution(completed_blocks=done, block_count=count)) == words


@pytest.mark.parametrize(
    ("judgements", "words"),
    [
        ([], ""),
        ([Judgement.MET], ", and 1 of 1 check is met"),
        ([Judgement.MET, Judgement.MET], ", and 2 of 2 checks are met"),
        ([Judgement.MET, Judgement.SKIPPED], ", and 1 of 2 checks is met, 1 skipped"),
        ([Judgement.SKIPPED], ", and 0 of 1 check are met, 1 skipped"),
    ],
)
def test_met_checks_are_counted(judgements, words):
    assert how_many_met(numbered(*judgements)) == words


@pytest.mark.parametrize(
    ("judgements", "words"),
    [
        ([Judgement.MET, Judgement.SKIPPED], ""),
        ([Judgement.UNMET], "1 of 1 check is unmet: “c1” (found 1)"),
        (
            [Judgement.MET, Judgement.UNMET, Judgement.UNMET],
            "2 of 3 checks are unmet: “c2” (found 2); “c3” (found 3)",
        ),
        (
            [Judgement.UNMET] * 3,
            "3 of 3 checks are unmet: “c1” (found 1); “c2” (found 2); “c3” (found 3)",
        ),
        (
            [Judgement.UNMET] * 5,
            "5 of 5 checks are unmet: “c1” (found 1); “c2” (found 2); “c3” (found 3); and 2 more",
        ),
    ],
)
def test_unmet_checks_are_counted_and_the_first_three_are_told(judgements, words):
    assert how_many_unmet(numbered(*judgements)) == words


def test_a_check_and_what_was_found_are_told_in_120_characters_each():
    [one] = numbered(Judgement.UNMET)
    told = how_many_unmet([replace(one, name="n" * 121, found="f" * 121)])
    assert told.count("n" * 120 + "… [1 more characters cut]") == 1
    assert told.count("f" * 120 + "… [1 more characters cut]") == 1


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, ""),
        (1, "block b0"),
        (3, "blocks b0, b1, b2"),
        (4, "blocks b0, b1, b2 and 1 more"),
        (5, "blocks b0, b1, b2 and 2 more"),
    ],
)
def test_three_blocks_are_named_and_the_rest_is_counted(count, words):
    blocks = tuple(a_block(f"b{n}", Status.FAILED) for n in range(count))
    assert blocks_named(an_execution(blocks=(*blocks, a_block("ok"))), Status.FAILED) == words


@pytest.mark.parametrize(
    ("reason", "requested", "policy", "words"),
    [
        ("Superseded by run 7", None, False, "superseded by a newer trigger of the workflow (Sup"),
        ("replaced by an API request", None, True, "superseded by a newer trigger of the workfl"),
        ("A new API execution began", None, False, "superseded by a newer trigger of the workflo"),
        (None, None, True, "The run was cancelled, superseded by a newer trigger of the workflow."),
        (None, START, True, "The run was cancelled, superseded by a newer trigger of the workflow"),
        ("by Annabelle", None, True, "cancelled (by Annabelle), possibly superseded by a newer"),
        (None, START, False, "cancelled on request, most likely superseded by a newer trigger."),
        ("by Annabelle", START, False, "The run was cancelled (by Annabelle)."),
        (None, None, False, "The run was cancelled."),
    ],
)
def test_who_or_what_cancelled_a_run_is_told_as_far_as_it_is_known(
    reason, requested, policy, words
):
    execution = an_execution(cancel_reason=reason, cancel_requested_at=requested)
    assert words in how_it_was_cancelled(execution, may_be_superseded=policy)


def test_how_to_go_on_names_the_run_where_there_is_one():
    assert how_to_attach(None) == ""
    assert "genesis-ci wait run-1" in how_to_attach("run-1")
    assert may_be_going(None) == "The run may still be going."
    assert may_be_going("run-1") == f"The run may still be going. {how_to_attach('run-1')}"
    assert "re-run this job: it attaches to execution run-1 again" in how_to_review(
        "run-1", attached=True
    )
    assert how_to_review("run-1", attached=False).endswith(
        "genesis-ci wait run-1, or run this job with that execution-id."
    )


def test_a_signal_is_told_by_its_name():
    assert (name_of_signal(130), name_of_signal(143)) == ("SIGINT", "SIGTERM")
