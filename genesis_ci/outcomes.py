"""Outcomes of workflows and jobs, in the order of a job's phases. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import assert_never

from genesis_ci.errors import ContactError, GenesisCiError
from genesis_ci.models.execution import Execution, Status
from genesis_ci.models.findings import Finding, Judgement
from genesis_ci.models.policy import Concurrency, OnReview, OnState, Policy
from genesis_ci.models.readiness import Readiness
from genesis_ci.models.report import (
    EXIT_CODES,
    INTERNAL_ERROR,
    TERMINATED,
    Outcome,
    Verdict,
    WorkflowReport,
)
from genesis_ci.models.workflow import Workflow
from genesis_ci.text import clean_line, counted, human_seconds, listed

EXIT_CODE_MEANINGS: dict[int, str] = {
    0: "passed, or let pass by a policy; triggered with wait: false; skipped for a missing key; a "
    "review that review-status keeps yellow",
    1: "failed: Genesis says that the workflow failed",
    2: "error: bad configuration or usage; nothing was triggered",
    3: "review_pending: a block waits for a person",
    4: "cancelled: the run was cancelled, usually superseded by a newer trigger",
    5: "skipped: a condition kept the workflow from running",
    6: "timed_out: no final status within max-wait-time",
    7: "rejected: Genesis refused the key, the permission, the workflow or the inputs",
    8: "lost_contact: no usable answer, or a trigger whose outcome is unknown",
    9: "unmet: Genesis completed the run, but its outputs do not pass the checks",
    10: "not_ready: the address of wait-for was not ready in time; nothing was triggered",
    INTERNAL_ERROR: "error: a bug of genesis-ci, or a green job whose result was not written",
    EXIT_CODES[Verdict.INTERRUPTED]: "interrupted: SIGINT",
    TERMINATED: "interrupted: SIGTERM",
}
"""Every exit code in words, for help and README."""

_WORST_FIRST = (70, 130, 143, 2, 1, 9, 7, 8, 6, 10, 4, 5, 3, 0)
"""Exit codes; the worst one of the required workflows is the job's."""

_MAX_NAMED = 3
_MAX_FINDING_CHARACTERS = 120

_ANOTHER_RUN = (
    r"(?i)supersed|replace|newer|concurren|previous"
    r"|(new|another) (api )?(execution|request|run|trigger)"
)
"""Matches a cancel reason that names another run, not a person."""


def make(
    verdict: Verdict,
    message: str,
    hint: str | None = None,
    *,
    exit_code: int | None = None,
    lenient: bool = False,
    flaky: bool = False,
    unchecked: bool = False,
) -> Outcome:
    """Return an outcome with the verdict's exit code, unless another one is given."""
    code = EXIT_CODES[verdict] if exit_code is None else exit_code
    return Outcome(verdict, code, message, hint, lenient, flaky, unchecked)


# Before the trigger


def missing_key() -> Outcome:
    """There is no API key, and `missing-key` is `skip`."""
    return make(
        Verdict.NOT_RUN,
        "There is no API key, and missing-key: skip lets the job pass: nothing was run.",
        "Changes from forks and from Dependabot get no secrets. In other jobs, check the secret.",
        lenient=True,
    )


def not_selected() -> Outcome:
    """The input `only` does not select the workflow."""
    return make(Verdict.NOT_RUN, "The input “only” does not select this workflow.")


def missing_from_earlier_job() -> Outcome:
    """The config file lists a workflow that the earlier job's result.json does not have."""
    return make(
        Verdict.LOST_CONTACT,
        "There is no run to attach to: the earlier job's result.json has no run of this workflow, "
        "which the config file lists.",
        "Trigger and wait with the same config file, or look in Genesis whether a run was started.",
    )


def no_run_from_earlier_job(before: Verdict) -> Outcome:
    """An earlier job ended with the verdict `before` and left no run to attach to. Never green."""
    kept = before in {Verdict.REJECTED, Verdict.ERROR, Verdict.TIMED_OUT, Verdict.NOT_READY}
    again = "Nothing was started for it. Run the job that triggers again"
    hints = {
        Verdict.NOT_READY: f"{again}.",
        Verdict.NOT_RUN: f"{again}; if it had the input “only”, give this job the same value.",
    }
    look = "Look in Genesis whether a run was started, and trigger it again if not."
    return make(
        before if kept else Verdict.LOST_CONTACT,
        f"There is no run to attach to: the job that should have triggered it ended {before}.",
        hints.get(before, look),
    )


def not_ready(readiness: Readiness) -> Outcome:
    """The address in `wait-for` did not answer as configured in time."""
    return make(
        Verdict.NOT_READY,
        f"Not started: {readiness.shown} was not ready within {human_seconds(readiness.seconds)}: "
        f"{readiness.words}.",
        "Nothing was triggered, and no credit was spent. See whether the deployment succeeded, "
        "and raise the timeout of wait-for if it takes longer."
        + (f" {readiness.hint}" if readiness.hint else ""),
    )


def stopped_by_fail_fast(stopper: Workflow, why: Outcome) -> Outcome:
    """The required workflow `stopper` ended red, and `fail-fast` is true."""
    return make(
        Verdict.NOT_RUN,
        f"Not started: “{stopper.label}” ended {why.verdict} (exit code {why.exit_code}), and "
        "fail-fast starts nothing after that.",
        "Correct what failed and run the job again, or set fail-fast: false to see them all.",
        lenient=True,
    )


def turn_never_came(before: Workflow) -> Outcome:
    """An earlier run of the same template may still be running; a trigger would cancel it."""
    return make(
        Verdict.TIMED_OUT,
        f"Not started: the run of “{before.label}” may still be going, and starting this one "
        "would cancel it.",
        f"Nothing was started for it. Raise max-wait-time of “{before.label}”, or run the job "
        "again when that run is over.",
    )


def job_out_of_time() -> Outcome:
    """The CI job's time limit was reached before the workflow could be triggered."""
    return make(
        Verdict.TIMED_OUT,
        "Not started: it was still queued when the CI job's time was over.",
        "Nothing was started for it. Raise the job's time limit or max-parallel.",
    )


# The trigger


def triggered(execution_id: str) -> Outcome:
    """The run was started, and `wait` is false."""
    return make(
        Verdict.TRIGGERED,
        "The workflow was triggered; its result was not waited for.",
        _how_to_attach(execution_id),
    )


def refused(
    error: GenesisCiError, execution_id: str | None, *, exists: bool, ambiguous: bool
) -> Outcome:
    """Genesis refused the trigger, or a later request about a run that `exists`.

    `ambiguous` is true when an earlier request of this job may have started a run.
    """
    hint = error.hint or ""
    if execution_id and exists:
        hint += f" {_may_be_going(execution_id)}"
    elif ambiguous and not execution_id:
        hint += " An earlier request of this job may have started a run; look in Genesis."
    return make(Verdict.REJECTED, f"{error.message.removesuffix('.')}.", hint)


def lost_contact(
    error: ContactError, execution_id: str | None, *, ambiguous: bool, again: bool = False
) -> Outcome:
    """Genesis gave no usable answer to the trigger or to the last polls.

    `ambiguous` is true when a trigger may have started a run, `again` after the first attempt.
    """
    if execution_id:
        known = _may_be_going(execution_id)
    elif ambiguous:
        known = (
            "The run may have started: the request was sent and its answer is unknown. Look in "
            "Genesis before you trigger again; if a run is there, attach to its execution id."
        )
    else:
        what = "this attempt was not" if again else "nothing was"
        known = f"No request took effect: {what} started."
    return make(
        Verdict.LOST_CONTACT,
        f"Lost contact with Genesis: {error.message}",
        f"{known} {error.hint or ''}".strip(),
    )


# While the job waits


def other_workflow(execution: Execution, workflow_id: str) -> Outcome:
    """The job attached to a run of another workflow than the one it names."""
    return make(
        Verdict.ERROR,
        f"Execution {execution.id} belongs to workflow {execution.workflow_id}, "
        f"not to {workflow_id}.",
        "Nothing was triggered. Correct execution-id or workflow-id.",
    )


def timed_out(
    execution_id: str | None, execution: Execution | None, *, waited: float, by_job: bool = False
) -> Outcome:
    """The last poll before the deadline showed no final status.

    `by_job` is true when the deadline is the CI job's time limit, false for `max-wait-time`.
    """
    limit = "the CI job's own time limit" if by_job else "max-wait-time"
    word = f" (last status: {execution.status_word})" if execution else ""
    return make(
        Verdict.TIMED_OUT,
        f"No final status within {limit}, {human_seconds(waited)}{word}.",
        f"{_may_be_going(execution_id)} If runs usually take longer, raise {limit}.",
    )


def review_expired(execution: Execution, *, waited: float, attached: bool) -> Outcome:
    """Nobody decided the review within `review-wait-time`."""
    return make(
        Verdict.REVIEW_PENDING,
        f"Nobody reviewed the run within review-wait-time, {human_seconds(waited)}.",
        _how_to_review(execution.id, attached=attached),
    )


def interrupted(
    execution_id: str | None, *, exit_code: int, may_run: bool, completed: bool
) -> Outcome:
    """SIGINT or SIGTERM ended the job before the workflow had an outcome.

    `completed` is true when Genesis completed the run, but its outputs were not judged.
    """
    if completed:
        hint = _how_to_attach(execution_id)
    elif execution_id:
        hint = _may_be_going(execution_id)
    elif may_run:
        hint = "The run may have started; look in Genesis before you trigger again."
    else:
        hint = "Nothing was started."
    before = "the outputs of the completed run were judged" if completed else "the run ended"
    return _by_signal(exit_code, f"before {before}.", hint)


def _by_signal(exit_code: int, when: str, hint: str | None) -> Outcome:
    name = "SIGTERM" if exit_code == TERMINATED else "SIGINT"
    message = f"The job was interrupted ({name}) {when}"
    return make(Verdict.INTERRUPTED, message, hint, exit_code=exit_code)


def _may_be_going(execution_id: str | None) -> str:
    return f"The run may still be going. {_how_to_attach(execution_id)}".rstrip()


def _how_to_attach(execution_id: str | None) -> str:
    if execution_id is None:
        return ""
    return (
        f"Attach to it instead of triggering again: genesis-ci wait {execution_id}, or run this "
        "job with that execution-id."
    )


def _how_to_review(execution_id: str, *, attached: bool) -> str:
    how = (
        f"re-run this job: it attaches to execution {execution_id} again and starts nothing."
        if attached
        else "attach to the same run instead of starting another: genesis-ci wait "
        f"{execution_id}, or run this job with that execution-id."
    )
    return f"A person has to approve it in Genesis. After the approval {how}"


# Final statuses, and the policies for them


def for_execution(
    execution: Execution,
    policy: Policy,
    *,
    attached: bool = False,
    findings: Sequence[Finding] = (),
    unjudged: Sequence[str] = (),
) -> Outcome | None:
    """Return the outcome of a run's status; None while polling has to continue.

    `attached` is true when this job did not trigger the run, so that a re-run attaches again.
    `findings` are the results of the checks of a completed run, `unjudged` the blocks whose report
    was not judged.
    Final statuses are listed one by one, so a status that the API guide does not name is not final.
    """
    match execution.status:
        case None | Status.PENDING | Status.RUNNING:
            return None
        case Status.COMPLETED:
            return _completed(execution, policy, findings, unjudged)
        case Status.FAILED:
            return _failed(execution)
        case Status.CANCELLED:
            return _under_policy(policy.on_cancelled, _cancelled(execution, policy.concurrency))
        case Status.SKIPPED:
            red = make(
                Verdict.SKIPPED,
                "Genesis skipped the workflow: a condition kept it from running.",
                "Check the workflow's condition, or set on-skipped: pass if skipping is fine.",
            )
            return _under_policy(policy.on_skipped, red)
        case Status.REVIEW_PENDING:
            return _under_policy(policy.on_review_pending, _in_review(execution, attached))
        case _:
            assert_never(execution.status)


def _under_policy(choice: OnState | OnReview, red: Outcome) -> Outcome | None:
    match choice:
        case OnReview.WAIT:
            return None
        case OnState.FAIL | OnReview.FAIL:
            return red
        case OnState.PASS | OnReview.PASS:
            name = f"on-{red.verdict}".replace("_", "-")
            message = f"{red.message} {name}: pass lets the job pass."
            return make(Verdict.PASSED, message, lenient=True)
        case _:
            assert_never(choice)


def _completed(
    execution: Execution, policy: Policy, findings: Sequence[Finding], unjudged: Sequence[str]
) -> Outcome:
    done = _completion(execution)
    failed = _named_blocks(execution, Status.FAILED)
    unmet = [one for one in findings if one.judgement is Judgement.UNMET]
    unchecked = "a report was not judged" if findings else "nothing in its outputs was checked"
    is_unchecked = bool(unjudged) or not findings
    again = "and run this job again."
    if unmet:
        names = [clean_line(one.name, limit=_MAX_FINDING_CHARACTERS) for one in unmet]
        why = f"{tally(findings)}: {listed(names, most=_MAX_NAMED)}"
        remedy = "Correct what the run found, or the check if it is wrong"
        expected = {one.block for one in findings if not one.automatic}
        blocks = expected.intersection(one.block for one in unmet)
        if blocks and all(one.automatic for one in unmet):
            about = listed(sorted(blocks), most=_MAX_NAMED)
            why += f". The expectations about {about} passed; tests: auto judges test reports too"
            again += " To judge a block by expect alone, set tests: {except: [BLOCK]}."
    elif policy.on_failed_block is OnState.FAIL and (why := _blocks_not_done(execution)):
        remedy = "Correct what failed, or set on-failed-block: pass if that is acceptable"
    elif policy.on_unchecked is OnState.FAIL and is_unchecked:
        why = f"{unchecked[0].upper()}{unchecked[1:]}"
        remedy = "on-unchecked is fail: set tests to the block that lists tests, or write expect"
    else:
        aside = f", although {failed} failed" if failed else ""
        aside += f", and {tally(findings)}" if findings else ""
        aside += f"; {unchecked} (see expect and tests)" if is_unchecked else ""
        return make(
            Verdict.PASSED,
            f"{done}{aside}.",
            "If a failed block must not pass, set on-failed-block: fail." if failed else None,
            lenient=bool(failed),
            unchecked=is_unchecked,
        )
    return make(Verdict.UNMET, f"{why}. {done}.", f"{remedy}, {again}")


def _blocks_not_done(execution: Execution) -> str:
    """Say which blocks of a completed run are not known to be done; empty if all are."""
    if not execution.blocks and execution.block_count != 0:
        return "Genesis lists no blocks, so it is unknown whether one failed"
    names = [f"{one.key} ({one.status_word})" for one in execution.blocks if not one.is_done]
    blocks = counted(len(names), "block")
    return f"{blocks} not completed or skipped: {listed(names, most=_MAX_NAMED)}" if names else ""


def tally(findings: Sequence[Finding]) -> str:
    """Return how many checks and tests failed, or else passed: `2 of 40 tests failed`."""
    tests = [one.judgement for one in findings if one.is_test]
    checks = [one.judgement for one in findings if not one.is_test]
    groups = [(checks, "check"), (tests, "test")]
    failed = [group for group in groups if Judgement.UNMET in group[0]]
    kind, word = (Judgement.UNMET, "failed") if failed else (Judgement.MET, "passed")
    parts = [
        f"{judgements.count(kind)} of {counted(len(judgements), noun)}"
        for judgements, noun in failed or groups
        if judgements
    ]
    skipped = tests.count(Judgement.SKIPPED)
    return f"{' and '.join(parts)} {word}{f', {skipped} skipped' if skipped else ''}"


def unjudged(execution: Execution, why: str) -> Outcome:
    """Genesis completed the run, and its checks could not be evaluated."""
    return make(
        Verdict.UNMET,
        f"{_completion(execution)}, but its outputs could not be judged: {why.removesuffix('.')}.",
        "A run that was not judged is not green. Attach to it to judge it again: "
        f"genesis-ci wait {execution.id}, with the same expect and tests.",
    )


def _failed(execution: Execution) -> Outcome:
    reason = clean_line(execution.error or "").removesuffix(".")
    named = all(block.key in reason for block in execution.blocks_with(Status.FAILED))
    at = "" if named else f" at {_named_blocks(execution, Status.FAILED)}"
    return make(
        Verdict.FAILED,
        f"The workflow failed{at}{f': {reason}' if reason else ''}.",
        "Open the run in Genesis, correct what failed, and run this job again; a run that was "
        "resumed in Genesis can be attached to by its execution id.",
    )


def _cancelled(execution: Execution, concurrency: Concurrency) -> Outcome:
    stated = execution.cancel_reason
    reason = f" ({stated})" if stated else ""
    cancels_previous = concurrency is Concurrency.CANCEL_PREVIOUS
    if re.search(_ANOTHER_RUN, stated) if stated else cancels_previous:
        how = f", superseded by a newer trigger of the workflow{reason}"
    elif cancels_previous:
        how = f"{reason}, possibly superseded by a newer trigger"
    elif execution.cancel_requested_at and not stated:
        how = " on request, most likely superseded by a newer trigger"
    else:
        how = reason
    return make(
        Verdict.CANCELLED,
        f"The run was cancelled{how}.",
        "Look for a newer run of the same workflow; its result counts. If nobody started one, ask "
        "who cancelled this run.",
    )


def _in_review(execution: Execution, attached: bool) -> Outcome:
    waiting = _named_blocks(execution, Status.REVIEW_PENDING) or "the workflow"
    verb = "wait" if waiting.startswith("blocks ") else "waits"
    return make(
        Verdict.REVIEW_PENDING,
        f"{waiting[0].upper()}{waiting[1:]} {verb} for a person's review in Genesis.",
        _how_to_review(execution.id, attached=attached),
    )


def _completion(execution: Execution) -> str:
    done, count = execution.completed_blocks, execution.block_count
    blocks = "" if done is None or count is None else f" ({done}/{count} blocks)"
    return f"Genesis completed the workflow{blocks}"


def _named_blocks(execution: Execution, status: Status) -> str:
    keys = [block.key for block in execution.blocks_with(status)]
    if not keys:
        return ""
    return f"block{'s' if len(keys) > 1 else ''} {listed(keys, most=_MAX_NAMED)}"


# Several attempts


def red_after_failed_attempt(red: Outcome) -> Outcome:
    """A policy lets this state pass, but an earlier attempt failed."""
    rule = "After a failed attempt only a pass is green: on-…: pass does not apply."
    return red._replace(message=f"{red.message} {rule}", hint=None)


def interrupted_between_attempts(attempts: int, *, exit_code: int) -> Outcome:
    """SIGINT or SIGTERM arrived after this many failed attempts, before the next one."""
    which = "an attempt" if attempts == 1 else f"{attempts} attempts"
    return _by_signal(
        exit_code,
        f"after {which} had failed, and before the next one began.",
        "Nothing more was started. Run the job again.",
    )


def after_failed_attempts(outcome: Outcome, attempt: int, policy: Policy) -> Outcome:
    """Return the outcome of a workflow from that of its last attempt, which followed failed ones.

    A pass is flaky.
    """
    if outcome.verdict is not Verdict.PASSED:
        of = f" of {policy.attempts}" if policy.attempts >= attempt else ""
        return outcome._replace(message=f"Attempt {attempt}{of}: {outcome.message}")
    before = "the first one" if attempt == 2 else f"{attempt - 1} of them"
    message = f"Flaky: attempt {attempt} passed after {before} had failed. {outcome.message}"
    remedy = "Compare the attempts in the reports, and correct what makes it fail sometimes"
    if policy.on_flaky is OnState.PASS:
        return outcome._replace(message=message, hint=f"{remedy}.", flaky=True)
    return make(
        Verdict.FAILED,
        f"{message} on-flaky: fail makes the job red.",
        f"{remedy}; or set on-flaky: pass.",
        flaky=True,
        unchecked=outcome.unchecked,
    )


# Several workflows


def aggregate(workflows: Iterable[WorkflowReport]) -> Outcome:
    """Return the job's outcome: that of its worst required workflow that `only` selects."""
    reports = tuple(one for one in workflows if not one.outcome.not_selected)
    required = [report.outcome for report in reports if report.required]
    if not required:
        message = "No workflow is required, so none can fail the job."
        return make(Verdict.PASSED, message, lenient=True)
    worst = min(required, key=lambda outcome: _WORST_FIRST.index(outcome.exit_code))
    if len(reports) == 1:
        return worst
    good = [one.outcome.green and one.outcome.verdict is not Verdict.NOT_RUN for one in reports]
    return worst._replace(
        message=f"{sum(good)} of {len(reports)} workflows are good. {worst.message}",
        lenient=worst.green and any(outcome.lenient for outcome in required),
        flaky=worst.green and any(outcome.flaky for outcome in required),
        unchecked=worst.green and any(outcome.unchecked for outcome in required),
    )


# The job, and its reports


def green_in_review(red: Outcome, status: str) -> Outcome:
    """A run waits for a person, and the commit status was posted as pending."""
    return make(
        Verdict.REVIEW_PENDING,
        f"{red.message} The status “{status}” stays yellow until then, and this job ends green.",
        "Decide it in Genesis; then settle the status: re-run the job that runs genesis-ci wait "
        "--from, or let its schedule do it.",
        exit_code=0,
        lenient=True,
    )


def red_in_review(red: Outcome, status: str) -> Outcome:
    """As `green_in_review`, but an attempt failed before, so the job stays red."""
    return red._replace(
        message=f"{red.message} The status “{status}” stays yellow until then. The job is red: "
        "after a failed attempt only a pass is green.",
    )


def status_not_posted(name: str, state: str, error: GenesisCiError) -> Outcome:
    """The commit status of `review-status` could not be posted, so it may be out of date."""
    verdict = Verdict.LOST_CONTACT if isinstance(error, ContactError) else Verdict.REJECTED
    words = f"The status “{name}” could not be set to {state}: {error.message}"
    return make(verdict, words, error.hint)


def interrupted_while_reporting(reached: Outcome, *, exit_code: int) -> Outcome:
    """SIGINT or SIGTERM arrived after the job had reached its outcome."""
    when = f"while it reported. The outcome before that: {reached.message}"
    return _by_signal(exit_code, when, reached.hint)


def killed() -> Outcome:
    """The reports contain this while the job runs, and keep it if the job is killed."""
    return make(
        Verdict.INTERRUPTED,
        "The job ended before it could report: it was killed, or its machine stopped.",
        "A run that was started may still be going: attach to its execution id, or look in "
        "Genesis before you trigger again.",
        exit_code=TERMINATED,
    )


def evidence_not_written(reached: Outcome, what: str, execution_id: str | None) -> Outcome:
    """The job is green, but a report or its outputs were not written; `what` says which and why."""
    hint = "Free the disk, or give a report-dir that nothing else touches."
    return make(
        Verdict.ERROR,
        f"{reached.message} But the job is red, because its evidence could not be written: {what}.",
        f"{hint} {_how_to_attach(execution_id)}".strip(),
        exit_code=INTERNAL_ERROR,
    )


def bug(what: str) -> Outcome:
    """genesis-ci raised an unexpected exception; `what` is its place, without any value."""
    return make(
        Verdict.ERROR,
        f"This is a bug of genesis-ci, not a verdict about the workflow: {what}",
        "Please report it with this log. A run that was started may still be going; "
        "its execution id is in the outputs.",
        exit_code=INTERNAL_ERROR,
    )
