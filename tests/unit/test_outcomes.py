"""Outcomes: one module makes them all, and each says what happened and what to do next."""

import re
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import pairwise, permutations
from pathlib import Path

import pytest

import genesis_ci
from genesis_ci import outcomes
from genesis_ci.errors import ContactError, ProtocolError, RefusedError
from genesis_ci.models.execution import Execution, Status
from genesis_ci.models.findings import Finding, Judgement
from genesis_ci.models.policy import Concurrency, OnReview, OnState, Policy
from genesis_ci.models.readiness import Readiness
from genesis_ci.models.report import EXIT_CODES, INTERNAL_ERROR, TERMINATED, Outcome, Verdict
from tests.builders import START, a_block, a_report, a_run, an_execution

PASSED = Outcome(verdict=Verdict.PASSED, exit_code=0, sentences=("It passed.",), steps=("Fine.",))
FAILED = Outcome(verdict=Verdict.FAILED, exit_code=1, sentences=("It failed.",), steps=("Look.",))
WAITING = Outcome(
    verdict=Verdict.REVIEW_PENDING, exit_code=3, sentences=("It waits.",), steps=("Decide.",)
)
NOT_PERMITTED = RefusedError("403.", hint="Permit it.", status=403)
NO_CONTACT = ContactError("Reset.", reached=True, hint="Look.")
ATTACH = (
    "Attach to it instead of triggering again, or run this job with that execution-id: "
    "genesis-ci wait run-1"
)
WORST_FIRST = (70, 130, 143, 2, 1, 9, 7, 8, 6, 10, 4, 5, 3, 0)
PASS, FAIL = OnState.PASS, OnState.FAIL
MET, UNMET, SKIPPED = Judgement.MET, Judgement.UNMET, Judgement.SKIPPED
KNOWN = Judgement.KNOWN


def outcome_of(execution: Execution, policy: Policy | None = None, **more) -> Outcome:
    outcome = outcomes.for_execution(execution, policy or Policy(), **more)
    assert outcome is not None
    return outcome


def shown(outcome: Outcome) -> str:
    return f"{outcome.verdict} {outcome.exit_code}: {outcome.message} → {outcome.next_step or None}"


def completed(*failed_blocks: str, **fields) -> Execution:
    blocks = [a_block(key, Status.FAILED) for key in failed_blocks]
    return an_execution(Status.COMPLETED, blocks=(*blocks, a_block("ok")), **fields)


def findings(*judgements: Judgement) -> list[Finding]:
    return [
        Finding(name=f"c{n}", judgement=one, block="b", expected="0", found=f"{n}", where="b")
        for n, one in enumerate(judgements, start=1)
    ]


def test_only_this_module_makes_outcomes():
    paths = Path(genesis_ci.__file__).parent.rglob("*.py")
    makers = [
        path
        for path in paths
        if re.search(r"(?<!class )\bOutcome\(", path.read_text(encoding="utf-8"))
    ]
    assert makers == [Path(outcomes.__file__)]


def test_every_exit_code_has_one_meaning():
    used = {*EXIT_CODES.values(), INTERNAL_ERROR, TERMINATED}
    assert set(outcomes.EXIT_CODE_MEANINGS) == set(outcomes.NEXT_STEPS) == used
    red = [code for code in EXIT_CODES.values() if code]
    assert len(red) == len(set(red))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (outcomes.missing_key, "not_run 0: There is no API key, and * → Changes from forks*"),
        (outcomes.missing_from_earlier_job, "lost_contact 8: There is no run* → Trigger and wait*"),
        (
            lambda: outcomes.stopped_by_fail_fast(a_run(name="smoke"), FAILED),
            "not_run 0: *: “smoke” ended failed (exit code 1)* → *set fail-fast: false*",
        ),
        (
            lambda: outcomes.turn_never_came(a_run(name="smoke")),
            "timed_out 6: *“smoke” may still be going* → *max-wait-time of “smoke”*",
        ),
        (
            outcomes.job_out_of_time,
            "timed_out 6: Not started: it was still queued * → *or max-parallel.",
        ),
        (lambda: outcomes.triggered("run-1"), f"triggered 0: The workflow was * → {ATTACH}"),
        (
            lambda: outcomes.other_workflow(an_execution(id="run-1", workflow_id="t"), "mine"),
            "error 2: Execution run-1 belongs to workflow t, not to mine. → Nothing was trigg*",
        ),
        (
            lambda: outcomes.timed_out("run-1", an_execution(), waited=60),
            "timed_out 6: No final status within max-wait-time, 1m 00s (last status: running). → "
            f"The run may still be going. If *, raise max-wait-time. {ATTACH}",
        ),
        (
            lambda: outcomes.timed_out(None, None, waited=60, by_job=True),
            "timed_out 6: No final status within the CI job's own time limit, 1m 00s. → "
            "The run may still be going. If *, raise the CI job's own time limit.",
        ),
        (
            lambda: outcomes.not_judged(an_execution(id="run-1"), "no time"),
            "unmet 9: *, but its outputs could not be judged: no time. → *: genesis-ci wait run-1",
        ),
        (
            lambda: outcomes.interrupted_between_attempts(1, exit_code=130),
            "interrupted 130: *(SIGINT) after an attempt had failed* → Nothing more was started*",
        ),
        (
            lambda: outcomes.interrupted_between_attempts(2, exit_code=143),
            "interrupted 143: *(SIGTERM) after 2 attempts had failed* → Nothing more was started*",
        ),
        (
            lambda: outcomes.green_in_review(WAITING, "gate"),
            "review_pending 0: It waits. The status “gate” stays yellow * → Decide it in Genesis;*",
        ),
        (
            lambda: outcomes.red_in_review(WAITING, "gate"),
            "review_pending 3: It waits. The status “gate” stays yellow * → Decide.",
        ),
        (
            lambda: outcomes.status_not_posted("gate", "success", NOT_PERMITTED),
            "rejected 7: The status “gate” could not be set to success: 403. → Permit it.",
        ),
        (
            lambda: outcomes.status_not_posted("gate", "pending", NO_CONTACT),
            "lost_contact 8: The status “gate” could not be set to pending: Reset. → Look.",
        ),
        (
            lambda: outcomes.interrupted_while_reporting(PASSED, exit_code=143),
            "interrupted 143: *(SIGTERM) while it reported; *before that: It passed. → Fine.",
        ),
        (outcomes.killed, "interrupted 143: * → *attach to its execution *"),
        (
            lambda: outcomes.evidence_not_written(PASSED, "out/junit.xml: disk full", ["run-1"]),
            f"error 70: It passed. But*: out/junit.xml: disk full. → *touches. {ATTACH}",
        ),
        (lambda: outcomes.evidence_not_written(PASSED, "x", []), "error 70: *: x. → *touches."),
        (lambda: outcomes.bug("job.py:1"), "error 70: *the workflow: job.py:1. → *report*"),
    ],
)
def test_an_outcome_says_what_happened_and_what_to_do(make, words):
    outcome = make()
    assert fnmatchcase(shown(outcome), words)
    assert outcome.lenient is words.startswith(("not_run 0", "review_pending 0"))
    assert not outcome.flaky
    assert bool(outcome.command) is ("genesis-ci wait run-1" in outcome.next_step)


# Before the trigger


@pytest.mark.parametrize("before", Verdict)
def test_an_earlier_job_without_a_run_is_never_green(before):
    outcome = outcomes.no_run_from_earlier_job(before)
    kept = {Verdict.REJECTED, Verdict.ERROR, Verdict.TIMED_OUT, Verdict.NOT_READY}
    assert outcome.verdict is (before if before in kept else Verdict.LOST_CONTACT)
    assert not outcome.green
    is_sure = before in {Verdict.NOT_RUN, Verdict.NOT_READY}
    start = "Nothing was started" if is_sure else "Look in Genesis whether a run was started"
    assert outcome.next_step.startswith(start)
    assert ("“only”" in outcome.next_step) is (before is Verdict.NOT_RUN)


def test_an_address_that_is_not_ready_is_reported_with_its_answer():
    readiness = Readiness(shown="https://p", ready=False, seen=("503",), seconds=60, hint="Hm.")
    outcome = outcomes.not_ready(readiness)
    assert outcome.message == "Not started: https://p was not ready within 1m 00s: 503."
    assert (outcome.verdict, outcome.exit_code) == (Verdict.NOT_READY, 10)
    assert outcome.next_step.endswith("no credit was spent. Hm.")
    assert outcomes.not_ready(readiness._replace(hint=None)).next_step.endswith("takes longer.")


# The trigger, and while the job waits


@pytest.mark.parametrize(
    ("execution_id", "exists", "ambiguous", "hint"),
    [
        ("run-1", True, False, f"Check the key. The run may still be going. {ATTACH}"),
        ("run-1", False, True, "Check the key."),
        (None, False, True, "Check the key. An earlier request of this job may have started a*"),
        (None, True, False, "Check the key."),
    ],
)
def test_a_refusal_says_whether_a_run_may_still_exist(execution_id, exists, ambiguous, hint):
    error = RefusedError("...Invalid API key.", hint="Check the key.", status=401)
    outcome = outcomes.refused(error, execution_id, exists=exists, ambiguous=ambiguous)
    assert fnmatchcase(shown(outcome), f"rejected 7: ...Invalid API key. → {hint}")
    error.hint = None
    bare = outcomes.refused(error, execution_id, exists=exists, ambiguous=ambiguous)
    assert outcome.next_step == f"Check the key. {bare.next_step}".strip()


@pytest.mark.parametrize(
    ("execution_id", "ambiguous", "again", "hint"),
    [
        ("run-1", False, {}, f"The run may still be going. Look. {ATTACH}"),
        (None, True, {}, "The run may have started: the request was sent* Look."),
        (None, False, {}, "No request took effect: nothing was started. Look."),
        (
            None,
            False,
            {"again": True},
            "No request took effect: this attempt was not started. Look.",
        ),
    ],
)
def test_lost_contact_says_what_may_have_started(execution_id, ambiguous, again, hint):
    error = ContactError("It broke.", reached=True, hint="Look.")
    outcome = outcomes.lost_contact(error, execution_id, ambiguous=ambiguous, **again)
    assert fnmatchcase(
        shown(outcome), f"lost_contact 8: Lost contact with Genesis: It broke. → {hint}"
    )
    foreign = outcomes.lost_contact(ProtocolError("No."), execution_id, ambiguous=ambiguous)
    assert foreign.steps[0] == ProtocolError.HINT
    error.hint = None
    bare = outcomes.lost_contact(error, execution_id, ambiguous=ambiguous, **again)
    assert outcome.next_step.replace("Look. ", "", 1).removesuffix(" Look.") == bare.next_step


@pytest.mark.parametrize(
    ("attached", "how"),
    [
        (True, "re-run this job: it attaches to execution run-1 again*"),
        (False, "attach * instead of starting another, or *: genesis-ci wait run-1"),
    ],
)
def test_a_review_says_how_to_continue_after_the_approval(attached, how):
    execution = an_execution(Status.REVIEW_PENDING, id="run-1")
    expired = outcomes.review_expired(execution, waited=3600.0, attached=attached)
    hint = f"A person has to approve it in Genesis. After the approval {how}"
    words = f"review_pending 3: *within review-wait-time, 1h 00m. → {hint}"
    assert fnmatchcase(shown(expired), words)
    assert outcome_of(execution, attached=attached).next_step == expired.next_step
    assert outcome_of(execution) == outcome_of(execution, attached=False)


@pytest.mark.parametrize(
    ("execution_id", "may_run", "completed", "words"),
    [
        ("run-1", False, True, "the outputs of the completed run were judged. → Attach to it *"),
        ("run-1", False, False, "the run ended. → The run may still be going. Attach to it *"),
        (None, True, False, "the run ended. → The run may have started; look in Genesis *"),
        (None, False, False, "the run ended. → Nothing was started."),
    ],
)
def test_an_interrupted_job_says_what_may_continue(execution_id, may_run, completed, words):
    outcome = outcomes.interrupted(
        [execution_id], exit_code=143, may_run=may_run, completed=completed
    )
    start = "interrupted 143: The job was interrupted (SIGTERM) before"
    assert fnmatchcase(shown(outcome), f"{start} {words}")


# Final statuses, and the policies for them

PASSES = Policy(on_review_pending=OnReview.PASS, on_cancelled=PASS, on_skipped=PASS)


@pytest.mark.parametrize(
    ("status", "verdict", "exit_code", "policy"),
    [
        (Status.COMPLETED, Verdict.PASSED, 0, None),
        (Status.FAILED, Verdict.FAILED, 1, None),
        (Status.REVIEW_PENDING, Verdict.REVIEW_PENDING, 3, "on_review_pending"),
        (Status.CANCELLED, Verdict.CANCELLED, 4, "on_cancelled"),
        (Status.SKIPPED, Verdict.SKIPPED, 5, "on_skipped"),
    ],
)
def test_a_policy_decides_whether_a_final_status_passes(status, verdict, exit_code, policy):
    outcome = outcome_of(an_execution(status))
    assert (outcome.verdict, outcome.exit_code, outcome.lenient) == (verdict, exit_code, False)
    assert bool(outcome.next_step) is not outcome.green
    others = replace(PASSES, **{policy: getattr(Policy(), policy)}) if policy else PASSES
    assert outcome_of(an_execution(status), others) == outcome
    if policy:
        green = outcome_of(an_execution(status), PASSES)
        assert (green.verdict, green.exit_code, green.lenient) == (Verdict.PASSED, 0, True)
        name = policy.replace("_", "-")
        assert green.message == f"{outcome.message} {name}: pass lets the job pass."


@pytest.mark.parametrize(
    "word", ["pending", "running", "paused", "COMPLETED", " completed", "", "review_pending"]
)
def test_any_other_status_has_no_outcome(word):
    policy = Policy(on_review_pending=OnReview.WAIT)
    assert outcomes.for_execution(an_execution(word), policy) is None


@pytest.mark.parametrize(
    ("done", "count", "blocks"),
    [(2, 5, " (2/5 blocks)"), (0, 0, " (0/0 blocks)"), (None, 5, ""), (2, None, "")],
)
def test_completed_blocks_are_counted_when_both_numbers_are_known(done, count, blocks):
    outcome = outcome_of(completed(completed_blocks=done, block_count=count))
    assert outcome.message.startswith(f"Genesis completed the workflow{blocks}; nothing in its ")


@pytest.mark.parametrize(
    ("failed", "choice", "judgements", "words"),
    [
        (
            [],
            FAIL,
            [],
            "passed 0: *; nothing in its outputs was checked (see expect and tests). → None",
        ),
        ([], FAIL, [MET], "passed 0: *. 1 of 1 check passed. → None"),
        ([], PASS, [UNMET], "unmet 9: 1 of 1 check failed: c1. Genesis completed*. → *the check*"),
        (
            [],
            PASS,
            [UNMET] * 5,
            "unmet 9: 5 of 5 checks failed: c1, c2, c3 and 2 more. *",
        ),
        (["a", "b", "c"], PASS, [], "passed 0: *, although blocks a, b, c failed; nothing*. → *"),
        (
            ["pay"],
            PASS,
            [],
            "passed 0: *, although block pay failed; nothing*. → *on-failed-block: fail.",
        ),
        (["pay"], PASS, [MET], "passed 0: *, although block pay failed. 1 of 1 check passed.*"),
        (["pay"], PASS, [UNMET], "unmet 9: 1 of 1 check failed: c1. *, and run this job again."),
        (["pay"], FAIL, [UNMET], "unmet 9: 1 of 1 check failed: c1. *or the check if*"),
        (
            ["pay"],
            FAIL,
            [],
            "unmet 9: 1 block not completed or skipped: pay (failed). * → *on-failed-block: pass*, "
            "and run *again.",
        ),
        (["pay"], FAIL, [MET], "unmet 9: 1 block not completed or skipped: pay (failed). *"),
    ],
)
def test_checks_and_failed_blocks_decide_a_completed_run(failed, choice, judgements, words):
    policy = Policy(on_failed_block=choice)
    outcome = outcome_of(completed(*failed), policy, findings=findings(*judgements))
    assert "Genesis completed the workflow" in outcome.message
    assert fnmatchcase(shown(outcome), words)
    assert outcome.lenient is (outcome.green and bool(failed))


@pytest.mark.parametrize(
    ("checks", "tests", "words"),
    [
        ([], [MET, MET, SKIPPED], "2 of 3 tests passed, 1 skipped"),
        ([], [MET, UNMET, UNMET], "2 of 3 tests failed"),
        ([], [MET, KNOWN, KNOWN, SKIPPED], "1 of 4 tests passed, 2 known failures, 1 skipped"),
        ([MET], [MET], "1 of 1 check and 1 of 1 test passed"),
        ([MET], [UNMET, SKIPPED], "1 of 2 tests failed, 1 skipped"),
        ([UNMET], [MET], "1 of 1 check failed"),
        ([UNMET, MET], [UNMET], "1 of 2 checks and 1 of 1 test failed"),
    ],
)
def test_checks_and_tests_are_counted(checks, tests, words):
    listed = [replace(one, is_test=True) for one in findings(*tests)]
    assert outcomes.tally([*findings(*checks), *listed]) == words


NOT_DONE = "not completed or skipped"
NO_BLOCKS = "Genesis lists no blocks, so it is unknown whether one failed. Genesis completed *"


@pytest.mark.parametrize(
    ("words", "count", "message"),
    [
        (["completed", "skipped"], 9, "Genesis completed *"),
        *[([word], 1, f"1 block {NOT_DONE}: b0 ({word}). *") for word in ("cancelled", "running")],
        *[([word], 1, f"1 block {NOT_DONE}: b0 ({word}). *") for word in ("error", "Completed")],
        (["review_pending", "pending", "completed", "failed", "unknown"], None,
         f"4 blocks {NOT_DONE}: b0 (review_pending), b1 (pending), b3 (failed) and 1 more. *"),
        ([], 3, NO_BLOCKS), ([], None, NO_BLOCKS), ([], 0, "Genesis completed *"),
    ],
)  # fmt: skip
def test_only_on_failed_block_fail_requires_every_block(words, count, message):
    blocks = tuple(
        replace(a_block(f"b{n}"), status=Status.of(word), status_word=word)
        for n, word in enumerate(words)
    )
    run = an_execution(Status.COMPLETED, blocks=blocks, block_count=count)
    assert outcome_of(run).green
    outcome = outcome_of(run, Policy(on_failed_block=FAIL))
    assert fnmatchcase(outcome.message, message)
    assert outcome.green is message.startswith("Genesis completed")


@pytest.mark.parametrize(
    ("judgements", "unjudged", "message"),
    [
        ([MET], [], ""),
        ([], [], "; nothing in its outputs was checked (see expect and tests)."),
        ([], ["a"], "; nothing in its outputs was checked (see expect and tests)."),
        (
            [MET],
            ["a"],
            ". 1 of 1 check passed. A report was not judged (see expect and tests).",
        ),
    ],
)
def test_an_unchecked_pass_says_so_and_may_be_red(judgements, unjudged, message):
    given = {"findings": findings(*judgements), "unjudged": unjudged}
    outcome = outcome_of(completed(), **given)
    assert (outcome.verdict, outcome.exit_code) == (Verdict.PASSED, 0)
    assert outcome.unchecked is bool(message)
    assert outcome.message.endswith(message)
    strict = outcome_of(completed(), Policy(on_unchecked=FAIL), **given)
    if message:
        words = "unmet 9: * Genesis completed the workflow. → *set tests to*write expect*"
        assert fnmatchcase(shown(strict), words)
    else:
        assert strict == outcome


def test_an_unreadable_report_says_how_to_leave_its_block_out():
    [unread] = findings(UNMET)
    unread = replace(unread, block='“a" é', automatic=True)
    outcome = outcome_of(completed(), findings=[*findings(MET), unread])
    assert outcome.steps == (
        'Correct the report of "“a\\" é", or set tests: {except: ["“a\\" é"]} if it is none.',
    )
    test = replace(unread, is_test=True)
    for others in ([test], [test, unread], [replace(unread, automatic=False)]):
        [step] = outcome_of(completed(), findings=others).steps
        assert step.startswith("Correct what the run found, or the check")
    steps = outcome_of(completed(), findings=[unread, replace(test, block="b")]).steps
    assert len(steps) == 2


def test_long_names_of_checks_are_shortened():
    [one] = findings(UNMET)
    message = outcome_of(completed(), findings=[replace(one, name="n" * 121)]).message
    assert message.count("n" * 120 + "… [1 more characters cut]") == 1


@pytest.mark.parametrize(
    ("error", "failed", "message"),
    [
        (None, [], "The workflow failed."),
        ("It broke.", [], "The workflow failed: It broke."),
        ("It broke.", ["pay"], "The workflow failed at block pay: It broke."),
        ("Block pay broke.", ["pay"], "The workflow failed: Block pay broke."),
        (None, ["pay"], "The workflow failed at block pay."),
        ("{0} {blocks} {", ["pay"], "The workflow failed at block pay: {0} {blocks} {."),
    ],
)
def test_a_failed_run_names_the_failed_block_once(error, failed, message):
    execution = replace(completed(*failed, error=error), status=Status.FAILED)
    assert outcome_of(execution).message == message


SUPERSEDED = ", superseded by a newer trigger of the workflow"


@pytest.mark.parametrize(
    ("reason", "requested", "cancels_previous", "how"),
    [
        ("SUPERSEDED by 7", False, False, " (SUPERSEDED by 7)."),
        ("Superseded by 7", False, True, " (Superseded by 7)."),
        ("Replaced by run 7", False, True, f"{SUPERSEDED} (Replaced by run 7)."),
        ("A newer one", False, False, f"{SUPERSEDED} (A newer one)."),
        ("new run", False, False, f"{SUPERSEDED} (new run)."),
        ("A new API execution", True, False, f"{SUPERSEDED} (A new API execution)."),
        ("another trigger", False, False, f"{SUPERSEDED} (another trigger)."),
        ("concurrency policy", False, False, f"{SUPERSEDED} (concurrency policy)."),
        ("cancel previous", False, False, f"{SUPERSEDED} (cancel previous)."),
        (None, True, True, f"{SUPERSEDED}."),
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
    assert outcome.message == f"The run was cancelled{how}"
    names_another = bool(reason) and "Annabelle" not in reason and "user" not in reason
    is_advised = "set concurrency-policy: cancel-previous" in outcome.next_step
    assert is_advised is (names_another and not cancels_previous)


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


def test_a_policy_is_ignored_after_a_failed_attempt():
    outcome = outcomes.pass_denied(FAILED)
    assert outcome.message.startswith("It failed. After a failed attempt only a pass is green")
    assert outcome._replace(sentences=FAILED.sentences, steps=FAILED.steps) == FAILED
    assert outcome.next_step == ""


@pytest.mark.parametrize(("attempt", "before"), [(2, "the first one"), (3, "2 of them")])
def test_a_flaky_pass_says_how_many_attempts_failed(attempt, before):
    passed = PASSED._replace(lenient=True, unchecked=True)
    green = outcomes.after_failed_attempts(passed, attempt, Policy())
    assert green.message == f"Flaky: attempt {attempt} passed after {before} had failed. It passed."
    assert (green.exit_code, green.flaky, green.lenient) == (0, True, True)
    assert green.next_step.startswith("Compare the attempts")
    red = outcomes.after_failed_attempts(passed, attempt, Policy(on_flaky=FAIL))
    assert (red.verdict, red.exit_code, red.flaky, red.lenient) == (Verdict.FAILED, 1, True, False)
    assert (green.unchecked, red.unchecked) == (True, True)
    assert red.next_step.endswith("or set on-flaky: pass.")


def test_the_last_attempt_says_its_number_and_the_known_total():
    second = outcomes.after_failed_attempts(FAILED, 2, Policy(attempts=2))
    assert second == FAILED._replace(sentences=("Attempt 2 of 2: It failed.",))
    third = outcomes.after_failed_attempts(FAILED, 3, Policy(attempts=2))
    assert third.message == "Attempt 3: It failed."


# Several workflows


def test_the_worst_of_several_required_workflows_decides():
    for worse, better in pairwise(WORST_FIRST):
        reports = [a_report(exit_code=code) for code in (better, worse, better)]
        assert outcomes.aggregate(reports).exit_code == worse


def test_an_optional_workflow_never_fails_the_job():
    reports = [a_report(), a_report(Verdict.FAILED, 1, required=False)]
    assert outcomes.aggregate(reports).exit_code == 0
    outcome = outcomes.aggregate(reports[1:])
    assert (outcome.verdict, outcome.exit_code, outcome.lenient) == (Verdict.PASSED, 0, True)
    assert outcome.message == "No workflow is required, so none can fail the job."


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ((Verdict.PASSED, Verdict.TRIGGERED, Verdict.NOT_RUN), Verdict.TRIGGERED),
        ((Verdict.PASSED, Verdict.NOT_RUN), Verdict.PASSED),
        ((Verdict.NOT_RUN, Verdict.NOT_RUN), Verdict.NOT_RUN),
    ],
)
def test_the_verdict_of_a_green_job_does_not_depend_on_the_order(given, verdict):
    for verdicts in permutations(given):
        assert outcomes.aggregate(map(a_report, verdicts)).verdict is verdict


def test_a_job_counts_good_workflows_and_explains_the_worst():
    failed = a_report(outcome=FAILED)
    assert outcomes.aggregate([failed]) is FAILED
    others = [a_report(outcome=one()) for one in (outcomes.not_selected, outcomes.missing_key)]
    reports = [*others, a_report(), failed, a_report()]
    assert outcomes.aggregate(reports) == FAILED._replace(
        sentences=("2 of 4 workflows are good.", "It failed.")
    )


MARKS = ("lenient", "flaky", "unchecked")


@pytest.mark.parametrize("name", MARKS)
def test_a_green_job_has_the_marks_of_one_green_workflow(name):
    marked = a_report(outcome=PASSED._replace(**{name: True}))
    both = outcomes.aggregate([a_report(), marked])
    assert [each for each in MARKS if getattr(both, each)] == [name]
    assert not getattr(outcomes.aggregate([a_report(), a_report()]), name)
    assert not getattr(outcomes.aggregate([a_report(Verdict.FAILED, 1), marked]), name)
