"""Outcomes: all are made in one module, and each says what happened and what to do next."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

import genesis_ci
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution import outcomes
from genesis_ci.execution.outcomes import (
    cancelled_outcome,
    completed_outcome,
    failed_outcome,
    flaky_outcome,
    foreign_outcome,
    in_review_outcome,
    interrupted_outcome,
    let_pass_outcome,
    lost_outcome,
    missed_outcome,
    no_run_left_outcome,
    not_ready_outcome,
    of_attempt_outcome,
    only_a_pass_outcome,
    out_of_time_outcome,
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
)
from genesis_ci.models import Concurrency, OnState, Outcome, Policy, Status, Verdict
from genesis_ci.models.proof import Finding, Judgement
from genesis_ci.models.readiness import Readiness
from tests.builders import EXECUTION_ID, a_block, a_run, an_execution

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
