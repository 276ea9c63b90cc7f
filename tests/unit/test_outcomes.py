"""Outcomes: one module makes them all, and each says what happened and what to do next."""

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
    Execution,
    OnReview,
    OnState,
    Outcome,
    Policy,
    Status,
    Verdict,
    WorkflowReport,
)
from genesis_ci.models.checks import Finding, Judgement
from genesis_ci.models.readiness import Readiness
from genesis_ci.reporters import junit
from tests.builders import (
    EXECUTION_ID,
    START,
    a_block,
    a_report,
    a_run,
    a_run_report,
    an_execution,
)

RESET = ContactError("The connection broke.", reached=True, hint="Nothing has to be changed.")
REFUSAL = RefusedError("Invalid API key", hint="Check the key.", status=401)
PASSED = Outcome(verdict=Verdict.PASSED, exit_code=0, message="It passed.", hint="Fine.")
FAILED = Outcome(verdict=Verdict.FAILED, exit_code=1, message="It failed.", hint="Look.")
WAITING = Outcome(verdict=Verdict.REVIEW_PENDING, exit_code=3, message="It waits.", hint="Decide.")
ATTACH_HINT = "Attach to it instead of triggering again: genesis-ci wait run-1, or run this job"
MET, UNMET, SKIPPED = Judgement.MET, Judgement.UNMET, Judgement.SKIPPED


def outcome_of(execution: Execution, policy: Policy | None = None, **more) -> Outcome:
    outcome = outcomes.for_execution(execution, policy or Policy(), **more)
    assert outcome is not None
    return outcome


def hint_of(outcome: Outcome) -> str:
    return outcome.hint or ""


def completed(*failed_blocks: str, **fields) -> Execution:
    blocks = [a_block(key, Status.FAILED) for key in failed_blocks]
    return an_execution(Status.COMPLETED, blocks=(*blocks, a_block("ok")), **fields)


def findings(*judgements: Judgement) -> list[Finding]:
    return [
        Finding(name=f"c{n}", judgement=one, block="b", expected="0", found=f"{n}", where="b")
        for n, one in enumerate(judgements, start=1)
    ]


def makes_an_outcome(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    made = node.func
    return (isinstance(made, ast.Name) and made.id == Outcome.__name__) or (
        isinstance(made, ast.Attribute) and made.attr == Outcome.__name__
    )


def test_only_this_module_makes_outcomes():
    paths = Path(genesis_ci.__file__).parent.rglob("*.py")
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    makers = {
        path
        for path, text in texts.items()
        if f"{Outcome.__name__}(" in text and any(map(makes_an_outcome, ast.walk(ast.parse(text))))
    }
    assert makers == {Path(outcomes.__file__)}


def test_every_exit_code_has_a_meaning():
    used = {*EXIT_CODES.values(), INTERNAL_ERROR, TERMINATED}
    assert set(outcomes.EXIT_CODE_MEANINGS) == used


def test_no_two_red_verdicts_share_an_exit_code():
    red = [code for code in EXIT_CODES.values() if code]
    assert len(red) == len(set(red))


def test_errors_have_the_exit_code_of_their_verdict():
    assert ConfigError.exit_code == EXIT_CODES[Verdict.ERROR]
    assert RefusedError.exit_code == EXIT_CODES[Verdict.REJECTED]
    assert ContactError.exit_code == EXIT_CODES[Verdict.LOST_CONTACT]


@pytest.mark.parametrize(
    ("make", "verdict", "code", "lenient"),
    [
        (outcomes.missing_key, Verdict.NOT_RUN, 0, True),
        (outcomes.missing_from_earlier_job, Verdict.LOST_CONTACT, 8, False),
        (outcomes.job_out_of_time, Verdict.TIMED_OUT, 6, False),
        (lambda: outcomes.triggered("run-1"), Verdict.TRIGGERED, 0, False),
        (lambda: outcomes.green_in_review(WAITING, "g"), WAITING.verdict, 0, True),
        (lambda: outcomes.red_in_review(WAITING, "g"), WAITING.verdict, 3, False),
        (lambda: outcomes.killed(may_run=True), Verdict.INTERRUPTED, 143, False),
        (lambda: outcomes.bug("job.py:1"), Verdict.ERROR, 70, False),
    ],
    ids=["no key", "not listed", "job out of time", "triggered", "status pending",
         "status pending, but red", "killed", "bug"],
)  # fmt: skip
def test_each_outcome_has_its_verdict_exit_code_and_hint(make, verdict, code, lenient):
    outcome = make()
    assert (outcome.verdict, outcome.exit_code, outcome.lenient) == (verdict, code, lenient)
    assert len(outcome.message) > 2
    assert len(hint_of(outcome)) > 2


# Before the trigger


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
def test_an_earlier_job_without_a_run_says_whether_one_may_exist(before, verdict, hint):
    outcome = outcomes.no_run_from_earlier_job(before)
    assert outcome.verdict is verdict
    assert hint_of(outcome).startswith(hint)


@pytest.mark.parametrize("verdict", Verdict)
def test_an_earlier_job_without_a_run_is_never_green(verdict):
    assert not outcomes.no_run_from_earlier_job(verdict).green


def test_an_address_that_is_not_ready_is_reported_with_its_answer():
    readiness = Readiness(shown="https://p", ready=False, seen=("503",), seconds=60, hint="Hm.")
    outcome = outcomes.not_ready(readiness)
    assert outcome.message == "Not started: https://p was not ready within 1m 00s: 503."
    assert (outcome.verdict, outcome.exit_code) == (Verdict.NOT_READY, 10)
    assert hint_of(outcome).endswith("takes longer. Hm.")
    assert hint_of(outcomes.not_ready(replace(readiness, hint=None))).endswith("takes longer.")


def test_a_workflow_that_never_started_names_the_workflow_before_it():
    smoke = a_run(name="smoke")
    stopped = outcomes.stopped_by_fail_fast(smoke, FAILED)
    assert "“smoke” ended failed (exit code 1)" in stopped.message
    assert (stopped.verdict, stopped.exit_code, stopped.lenient) == (Verdict.NOT_RUN, 0, True)
    never = outcomes.turn_never_came(smoke)
    assert (never.verdict, never.exit_code) == (Verdict.TIMED_OUT, 6)
    assert "“smoke” may still be going" in never.message
    assert "max-wait-time of “smoke”" in hint_of(never)


# The trigger


@pytest.mark.parametrize(
    ("execution_id", "exists", "ambiguous", "hint"),
    [
        ("run-1", True, False, f"Check the key. The run may still be going. {ATTACH_HINT}"),
        ("run-1", False, True, "Check the key."),
        ("run-1", False, False, "Check the key."),
        (None, False, True, "Check the key. An earlier request of this job may have started a run"),
        (None, True, False, "Check the key."),
    ],
)
def test_a_refusal_says_whether_a_run_may_still_exist(execution_id, exists, ambiguous, hint):
    outcome = outcomes.refused(REFUSAL, execution_id, exists=exists, ambiguous=ambiguous)
    assert (outcome.message, outcome.exit_code) == ("Invalid API key.", 7)
    assert hint_of(outcome).startswith(hint)
    assert (hint_of(outcome) == "Check the key.") is (hint == "Check the key.")


def test_a_refusal_ends_with_one_full_stop():
    error = RefusedError("...Invalid API key.", hint="", status=401)
    outcome = outcomes.refused(error, None, exists=False, ambiguous=False)
    assert (outcome.message, outcome.hint) == ("...Invalid API key.", "")


@pytest.mark.parametrize(
    ("execution_id", "ambiguous", "again", "hint"),
    [
        ("run-1", False, False, f"The run may still be going. {ATTACH_HINT}"),
        (None, True, False, "The run may have started: the request was sent"),
        (None, False, False, "No request took effect: nothing was started."),
        (None, False, True, "No request took effect: this attempt was not started."),
    ],
)
def test_lost_contact_says_what_may_have_started(execution_id, ambiguous, again, hint):
    outcome = outcomes.lost_contact(RESET, execution_id, ambiguous=ambiguous, again=again)
    assert outcome.message == "Lost contact with Genesis: The connection broke."
    assert (outcome.verdict, outcome.exit_code) == (Verdict.LOST_CONTACT, 8)
    assert hint_of(outcome).startswith(hint)
    assert hint_of(outcome).endswith(" Nothing has to be changed.")


def test_lost_contact_is_not_called_another_attempt_by_default():
    outcome = outcomes.lost_contact(ContactError("No.", reached=False), None, ambiguous=False)
    assert outcome.hint == "No request took effect: nothing was started."


# While the job waits


def test_a_run_of_another_workflow_names_both_workflows():
    outcome = outcomes.other_workflow(an_execution(workflow_id="theirs"), "mine")
    assert outcome.message == f"Execution {EXECUTION_ID} belongs to workflow theirs, not to mine."
    assert (outcome.verdict, outcome.exit_code) == (Verdict.ERROR, 2)
    assert hint_of(outcome).startswith("Nothing was triggered.")


def test_a_timeout_names_the_limit_the_last_status_and_the_run():
    own = outcomes.timed_out("run-1", an_execution(), waited=60)
    assert own.message == "No final status within max-wait-time, 1m 00s (last status: running)."
    assert hint_of(own).startswith(f"The run may still be going. {ATTACH_HINT}")
    assert hint_of(own).endswith("raise max-wait-time.")
    by_job = outcomes.timed_out(None, None, waited=60, by_job=True)
    assert by_job.message == "No final status within the CI job's own time limit, 1m 00s."
    assert hint_of(by_job) == (
        "The run may still be going. If runs usually take longer, raise the CI job's own time "
        "limit."
    )


@pytest.mark.parametrize(
    ("attached", "how"),
    [
        (True, f"re-run this job: it attaches to execution {EXECUTION_ID} again"),
        (False, f"instead of starting another: genesis-ci wait {EXECUTION_ID}, or run this job"),
    ],
)
def test_a_review_says_how_to_continue_after_the_approval(attached, how):
    execution = an_execution(Status.REVIEW_PENDING)
    expired = outcomes.review_expired(execution, waited=3600.0, attached=attached)
    assert "within review-wait-time, 1h 00m." in expired.message
    for outcome in (expired, outcome_of(execution, attached=attached)):
        assert (outcome.verdict, outcome.exit_code) == (Verdict.REVIEW_PENDING, 3)
        assert how in hint_of(outcome)
    assert outcome_of(execution) == outcome_of(execution, attached=False)


@pytest.mark.parametrize(
    ("exit_code", "may_run", "completed", "execution_id", "hint"),
    [
        (130, False, True, "run-1", "Attach to it instead of triggering again"),
        (143, False, False, "run-1", "The run may still be going."),
        (143, True, False, None, "The run may have started; look in Genesis"),
        (143, False, False, None, "Nothing was started."),
    ],
)
def test_an_interrupted_job_says_what_may_continue(
    exit_code, may_run, completed, execution_id, hint
):
    outcome = outcomes.interrupted(
        execution_id, exit_code=exit_code, may_run=may_run, completed=completed
    )
    assert (outcome.verdict, outcome.exit_code) == (Verdict.INTERRUPTED, exit_code)
    assert ("(SIGTERM)" if exit_code == 143 else "(SIGINT)") in outcome.message
    assert hint_of(outcome).startswith(hint)
    assert ("were judged" in outcome.message) is completed


# Final statuses, and the policies for them

WORST_FIRST = [70, 130, 143, 2, 1, 9, 7, 8, 6, 10, 4, 5, 3, 0]
FINAL = {
    Status.COMPLETED: Verdict.PASSED,
    Status.FAILED: Verdict.FAILED,
    Status.REVIEW_PENDING: Verdict.REVIEW_PENDING,
    Status.CANCELLED: Verdict.CANCELLED,
    Status.SKIPPED: Verdict.SKIPPED,
}
CODES = {
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


@pytest.mark.parametrize(("status", "verdict"), FINAL.items())
def test_a_final_status_has_its_verdict_exit_code_and_hint(status, verdict):
    outcome = outcome_of(an_execution(status))
    assert (outcome.verdict, outcome.exit_code) == (verdict, CODES[status])
    assert outcome.green is (status is Status.COMPLETED)
    assert not outcome.lenient
    assert bool(outcome.hint) is not outcome.green


@pytest.mark.parametrize("word", ["pending", "running", "paused", "COMPLETED", " completed", ""])
def test_any_other_status_has_no_outcome(word):
    assert outcomes.for_execution(an_execution(word), Policy()) is None


def test_a_review_has_no_outcome_under_wait():
    policy = Policy(on_review_pending=OnReview.WAIT)
    assert outcomes.for_execution(an_execution(Status.REVIEW_PENDING), policy) is None


@pytest.mark.parametrize(
    ("status", "policy", "name"),
    [
        (Status.REVIEW_PENDING, Policy(on_review_pending=OnReview.PASS), "on-review-pending"),
        (Status.CANCELLED, Policy(on_cancelled=OnState.PASS), "on-cancelled"),
        (Status.SKIPPED, Policy(on_skipped=OnState.PASS), "on-skipped"),
    ],
)
def test_a_policy_that_lets_a_status_pass_is_named(status, policy, name):
    red, outcome = outcome_of(an_execution(status)), outcome_of(an_execution(status), policy)
    assert (outcome.verdict, outcome.exit_code, outcome.lenient) == (Verdict.PASSED, 0, True)
    assert outcome.message == f"{red.message} {name}: pass lets the job go on."


def ended(status: Status, policy: Policy) -> WorkflowReport:
    """The end of a workflow; under `wait` the review expired."""
    execution = an_execution(status)
    outcome = outcomes.for_execution(execution, policy) or outcomes.review_expired(
        execution, waited=3600, attached=False
    )
    return WorkflowReport(
        name="smoke", outcome=outcome, execution=execution, required=policy.required
    )


def documented_code(status: Status, policy: Policy) -> int:
    lets_pass = {
        Status.REVIEW_PENDING: policy.on_review_pending is OnReview.PASS,
        Status.CANCELLED: policy.on_cancelled is OnState.PASS,
        Status.SKIPPED: policy.on_skipped is OnState.PASS,
    }.get(status, False)
    return 0 if not policy.required or lets_pass else CODES[status]


def is_red_in_junit(report: WorkflowReport) -> bool:
    suites = JUnitXml.fromstring(junit.render(a_run_report(report)).encode())
    return any(suite.failures + suite.errors for suite in suites)


@pytest.mark.parametrize("status", FINAL)
def test_each_status_under_each_policy_has_the_documented_code(status):
    for policy in POLICIES:
        report = ended(status, policy)
        code = outcomes.aggregate([report]).exit_code
        assert code == documented_code(status, policy), policy
        assert is_red_in_junit(report) is (code != 0), policy


@pytest.mark.parametrize(
    ("done", "count", "blocks"),
    [(2, 5, " (2/5 blocks)"), (0, 0, " (0/0 blocks)"), (None, 5, ""), (2, None, "")],
)
def test_completed_blocks_are_counted_when_both_numbers_are_known(done, count, blocks):
    outcome = outcome_of(completed(completed_blocks=done, block_count=count))
    assert outcome.message == f"Genesis completed the workflow{blocks}."


@pytest.mark.parametrize(
    ("judgements", "exit_code", "aside"),
    [
        ([], 0, ""),
        ([MET], 0, ", and 1 of 1 check is met"),
        ([MET, MET], 0, ", and 2 of 2 checks are met"),
        ([MET, SKIPPED], 0, ", and 1 of 2 checks is met, 1 skipped"),
        ([SKIPPED], 0, ", and 0 of 1 check are met, 1 skipped"),
        ([UNMET], 9, ", but 1 of 1 check is unmet: “c1” (found 1)"),
        (
            [MET, UNMET, UNMET],
            9,
            ", but 2 of 3 checks are unmet: “c2” (found 2); “c3” (found 3)",
        ),
        (
            [UNMET] * 3,
            9,
            ", but 3 of 3 checks are unmet: “c1” (found 1); “c2” (found 2); “c3” (found 3)",
        ),
        (
            [UNMET] * 5,
            9,
            ", but 5 of 5 checks are unmet: “c1” (found 1); “c2” (found 2); “c3” (found 3); "
            "and 2 more",
        ),
    ],
)
def test_checks_decide_the_outcome_of_a_completed_run(judgements, exit_code, aside):
    outcome = outcome_of(completed(), findings=findings(*judgements))
    assert outcome.message == f"Genesis completed the workflow{aside}."
    assert (outcome.exit_code, outcome.lenient) == (exit_code, False)
    assert outcome.verdict is (Verdict.UNMET if exit_code else Verdict.PASSED)
    assert hint_of(outcome).startswith("Correct what the run found" if exit_code else "")


def test_long_names_and_values_of_checks_are_shortened():
    [one] = findings(UNMET)
    long = replace(one, name="n" * 121, found="f" * 121)
    message = outcome_of(completed(), findings=[long]).message
    assert message.count("n" * 120 + "… [1 more characters cut]") == 1
    assert message.count("f" * 120 + "… [1 more characters cut]") == 1


@pytest.mark.parametrize(
    ("choice", "judgements", "message", "exit_code", "hint"),
    [
        (OnState.PASS, [], ", although block pay failed.", 0, "on-failed-block: fail"),
        (
            OnState.PASS,
            [MET],
            ", and 1 of 1 check is met, although block pay failed.",
            0,
            "on-failed-block: fail",
        ),
        (OnState.PASS, [UNMET], "check is unmet: “c1” (found 1).", 9, "or the check if"),
        (OnState.FAIL, [UNMET], "check is unmet: “c1” (found 1).", 9, "or the check if"),
        (OnState.FAIL, [], ", but block pay failed.", 9, "on-failed-block: pass"),
        (
            OnState.FAIL,
            [MET],
            ", but block pay failed, and 1 of 1 check is met.",
            9,
            "on-failed-block: pass",
        ),
    ],
)
def test_on_failed_block_decides_unless_a_check_is_unmet(
    choice, judgements, message, exit_code, hint
):
    policy = Policy(on_failed_block=choice)
    outcome = outcome_of(completed("pay"), policy, findings=findings(*judgements))
    assert outcome.message.endswith(message)
    assert (outcome.exit_code, outcome.lenient) == (exit_code, exit_code == 0)
    assert hint in hint_of(outcome)


def test_on_failed_block_is_ignored_when_the_run_failed():
    execution = replace(completed("pay"), status=Status.FAILED, status_word="failed")
    assert outcome_of(execution, Policy(on_failed_block=OnState.PASS)).exit_code == 1


@pytest.mark.parametrize(
    ("count", "named"),
    [
        (1, "block b0"),
        (3, "blocks b0, b1, b2"),
        (4, "blocks b0, b1, b2 and 1 more"),
        (5, "blocks b0, b1, b2 and 2 more"),
    ],
)
def test_three_blocks_are_named_and_the_rest_counted(count, named):
    outcome = outcome_of(completed(*(f"b{n}" for n in range(count))))
    assert outcome.message.endswith(f", although {named} failed.")


def test_a_run_that_could_not_be_judged_says_why():
    outcome = outcomes.unjudged(completed(), "no time.")
    assert outcome.message.endswith("its outputs could not be judged: no time.")
    assert (outcome.verdict, outcome.exit_code) == (Verdict.UNMET, 9)
    assert f"genesis-ci wait {EXECUTION_ID}, with the same" in hint_of(outcome)


@pytest.mark.parametrize(
    ("error", "failed", "message"),
    [
        (None, [], "The workflow failed."),
        ("It broke.", [], "The workflow failed: It broke."),
        ("It broke.", ["pay"], "The workflow failed at block pay: It broke."),
        ("Block pay broke.", ["pay"], "The workflow failed: Block pay broke."),
        (None, ["pay"], "The workflow failed at block pay."),
    ],
)
def test_a_failed_run_names_the_failed_block_once(error, failed, message):
    execution = replace(completed(*failed, error=error), status=Status.FAILED)
    assert outcome_of(execution).message == message


@pytest.mark.parametrize(
    ("reason", "requested", "cancels_previous", "how"),
    [
        ("SUPERSEDED by 7", False, False, ", superseded by a newer trigger of the workflow (SUPER"),
        ("Replaced by run 7", False, True, ", superseded by a newer trigger of the workflow (Rep"),
        ("A newer one", False, False, ", superseded by a newer trigger of the workflow (A newer"),
        ("new run", False, False, ", superseded by a newer trigger of the workflow (new run)."),
        ("A new API execution", True, False, ", superseded by a newer trigger of the workflow (A"),
        ("another trigger", False, False, ", superseded by a newer trigger of the workflow (anot"),
        ("concurrency policy", False, False, ", superseded by a newer trigger of the workflow ("),
        ("cancel previous", False, False, ", superseded by a newer trigger of the workflow (can"),
        (None, False, True, ", superseded by a newer trigger of the workflow."),
        (None, True, True, ", superseded by a newer trigger of the workflow."),
        ("by Annabelle", False, True, " (by Annabelle), possibly superseded by a newer trigger."),
        (None, True, False, " on request, most likely superseded by a newer trigger."),
        ("by Annabelle", True, False, " (by Annabelle)."),
        ("Cancelled by another user", False, False, " (Cancelled by another user)."),
        (None, False, False, "."),
    ],
)
def test_a_cancelled_run_says_whether_it_was_superseded(reason, requested, cancels_previous, how):
    concurrency = Concurrency.CANCEL_PREVIOUS if cancels_previous else Concurrency.PARALLEL
    execution = an_execution(
        Status.CANCELLED, cancel_reason=reason, cancel_requested_at=START if requested else None
    )
    outcome = outcome_of(execution, Policy(concurrency=concurrency))
    assert outcome.message.startswith(f"The run was cancelled{how}")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ([], "The workflow waits for a person's review in Genesis."),
        (["a"], "Block a waits for a person's review in Genesis."),
        (["a", "b"], "Blocks a, b wait for a person's review in Genesis."),
    ],
)
def test_a_review_names_the_blocks_that_wait(keys, message):
    blocks = tuple(a_block(key, Status.REVIEW_PENDING) for key in keys)
    assert outcome_of(an_execution(Status.REVIEW_PENDING, blocks=blocks)).message == message


# Several attempts


def test_a_policy_is_ignored_after_a_failed_attempt_and_says_so():
    outcome = outcomes.red_after_failed_attempt(FAILED)
    assert outcome.message.startswith("It failed. After a failed attempt only a pass is green")
    assert replace(outcome, message="It failed.", hint="Look.") == FAILED
    assert outcome.hint is None


@pytest.mark.parametrize(("attempts", "named"), [(1, "an attempt"), (2, "2 attempts")])
def test_a_signal_between_attempts_counts_the_failed_ones(attempts, named):
    outcome = outcomes.interrupted_between_attempts(attempts, exit_code=143)
    assert f"(SIGTERM) after {named} had failed" in outcome.message
    assert (outcome.verdict, outcome.exit_code) == (Verdict.INTERRUPTED, 143)
    assert hint_of(outcome)


@pytest.mark.parametrize(("attempt", "before"), [(2, "the first one"), (3, "2 of them")])
def test_a_flaky_pass_says_how_many_attempts_failed(attempt, before):
    passed = replace(PASSED, lenient=True)
    green = outcomes.after_failed_attempts(passed, attempt, Policy())
    assert green.message == f"Flaky: attempt {attempt} passed after {before} had failed. It passed."
    assert (green.exit_code, green.flaky, green.lenient) == (0, True, True)
    assert hint_of(green).startswith("Compare the attempts")
    red = outcomes.after_failed_attempts(passed, attempt, Policy(on_flaky=OnState.FAIL))
    assert (red.verdict, red.exit_code, red.flaky, red.lenient) == (Verdict.FAILED, 1, True, False)
    assert hint_of(red).endswith("or set on-flaky: pass.")


def test_the_last_attempt_says_its_number_and_the_known_total():
    second = outcomes.after_failed_attempts(FAILED, 2, Policy(attempts=2))
    assert second == replace(FAILED, message="Attempt 2 of 2: It failed.")
    third = outcomes.after_failed_attempts(FAILED, 3, Policy(attempts=2))
    assert third.message == "Attempt 3: It failed."


# Several workflows


def with_outcome(outcome: Outcome, **fields) -> WorkflowReport:
    return replace(a_report(**fields), outcome=outcome)


def test_the_worse_of_two_required_workflows_decides():
    for first, second in itertools.product(WORST_FIRST, repeat=2):
        reports = [a_report(exit_code=code, name=str(code)) for code in (first, second)]
        worse = min(first, second, key=WORST_FIRST.index)
        assert outcomes.aggregate(reports).exit_code == worse


def test_an_optional_workflow_never_fails_the_job():
    reports = [a_report(), a_report(Verdict.FAILED, 1, required=False)]
    assert outcomes.aggregate(reports).exit_code == 0
    outcome = outcomes.aggregate(reports[1:])
    assert (outcome.verdict, outcome.exit_code, outcome.lenient) == (Verdict.PASSED, 0, True)
    assert outcome.message == "No workflow is required, so none can fail the job."


def test_a_single_workflow_gives_the_job_its_outcome():
    report = a_report(Verdict.FAILED, 1)
    assert outcomes.aggregate([report]) is report.outcome


def test_a_job_counts_good_workflows_and_explains_the_worst():
    reports = [a_report(), with_outcome(FAILED), a_report(), a_report(Verdict.NOT_RUN, 0)]
    assert outcomes.aggregate(reports) == replace(
        FAILED, message="2 of 4 workflows are good. It failed."
    )


@pytest.mark.parametrize("name", ["lenient", "flaky"])
def test_a_green_job_is_lenient_or_flaky_when_one_workflow_is(name):
    marked = with_outcome(replace(PASSED, **{name: True}))
    other = {"lenient": "flaky", "flaky": "lenient"}[name]
    both = outcomes.aggregate([a_report(), marked])
    assert (getattr(both, name), getattr(both, other)) == (True, False)
    assert not getattr(outcomes.aggregate([a_report(), a_report()]), name)
    assert not getattr(outcomes.aggregate([a_report(Verdict.FAILED, 1), marked]), name)


# The job, and its reports


def test_a_posted_review_status_is_named():
    for outcome in (
        outcomes.green_in_review(WAITING, "gate"),
        outcomes.red_in_review(WAITING, "gate"),
    ):
        assert outcome.message.startswith("It waits. The status “gate” stays yellow until then")


def test_a_review_status_that_was_not_posted_says_why():
    outcome = outcomes.review_status_not_posted(WAITING, "gate", "403.", "Give statuses: write.")
    assert outcome.message == "It waits. The status “gate” could not be posted: 403."
    assert (outcome.verdict, outcome.exit_code, outcome.lenient) == (WAITING.verdict, 3, False)
    assert outcome.hint == "Give statuses: write. Decide."
    assert outcomes.review_status_not_posted(WAITING, "gate", "403.", None).hint == "Decide."


@pytest.mark.parametrize(("code", "name"), [(130, "SIGINT"), (143, "SIGTERM")])
def test_a_signal_while_reporting_keeps_the_reached_outcome(code, name):
    outcome = outcomes.interrupted_while_reporting(PASSED, exit_code=code)
    assert f"({name}) while it reported." in outcome.message
    assert outcome.message.endswith("The outcome before that: It passed.")
    assert (outcome.verdict, outcome.exit_code) == (Verdict.INTERRUPTED, code)
    assert outcome.hint == "Fine."


def test_a_killed_job_says_whether_a_run_may_continue():
    assert "attach to its execution id" in hint_of(outcomes.killed(may_run=True))
    assert outcomes.killed(may_run=False).hint == "Nothing was started."


def test_a_job_without_evidence_names_the_file_and_the_run():
    outcome = outcomes.evidence_not_written(PASSED, "out/junit.xml: disk full", "run-1")
    assert (outcome.verdict, outcome.exit_code, outcome.lenient) == (Verdict.ERROR, 70, False)
    assert outcome.message.startswith("It passed. But")
    assert outcome.message.endswith(": out/junit.xml: disk full.")
    assert ATTACH_HINT in hint_of(outcome)
    assert hint_of(outcomes.evidence_not_written(PASSED, "x", None)).endswith("else touches.")


def test_a_bug_names_its_place():
    assert outcomes.bug("job.py:1").message.endswith("the workflow: job.py:1")
