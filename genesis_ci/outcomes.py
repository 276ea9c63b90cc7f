"""Outcomes of workflows and jobs: the verdict, what happened and what to do next. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import assert_never

from genesis_ci.errors import ContactError, GenesisCiError
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
    Workflow,
    WorkflowReport,
)
from genesis_ci.models.proof import Finding, Judgement
from genesis_ci.models.readiness import Readiness
from genesis_ci.text import clean_line, human_seconds

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
    9: "unmet: Genesis completed the run, and its outputs do not show what they have to",
    10: "not_ready: wait-for was not answered as asked in time; nothing was triggered",
    INTERNAL_ERROR: "error: a bug of genesis-ci, or a green whose junit.xml could not be written",
    EXIT_CODES[Verdict.INTERRUPTED]: "interrupted: SIGINT",
    TERMINATED: "interrupted: SIGTERM",
}
"""Every exit code in words, for help and README."""

_WORST_FIRST = (
    INTERNAL_ERROR,
    EXIT_CODES[Verdict.INTERRUPTED],
    TERMINATED,
    EXIT_CODES[Verdict.ERROR],
    EXIT_CODES[Verdict.FAILED],
    EXIT_CODES[Verdict.UNMET],
    EXIT_CODES[Verdict.REJECTED],
    EXIT_CODES[Verdict.LOST_CONTACT],
    EXIT_CODES[Verdict.TIMED_OUT],
    EXIT_CODES[Verdict.NOT_READY],
    EXIT_CODES[Verdict.CANCELLED],
    EXIT_CODES[Verdict.SKIPPED],
    EXIT_CODES[Verdict.REVIEW_PENDING],
    EXIT_CODES[Verdict.PASSED],
)


def outcome_of(
    execution: Execution,
    policy: Policy,
    *,
    attached: bool = False,
    findings: Sequence[Finding] = (),
) -> Outcome | None:
    """Return what a run's status means for the job; None while it has to be watched further.

    `attached` is true when this job did not trigger the run, so that it can simply run again.
    `findings` are what came of the checks of a completed run.
    Final states are named one by one, so a status that the guide does not know is never final.
    """
    match execution.status:
        case None | Status.PENDING | Status.RUNNING:
            return None
        case Status.COMPLETED:
            return _completed(execution, policy.on_failed_block, findings)
        case Status.FAILED:
            return failed_outcome(execution)
        case Status.CANCELLED:
            red = cancelled_outcome(execution, policy.concurrency)
            return _by_policy(policy.on_cancelled, red)
        case Status.SKIPPED:
            return _by_policy(policy.on_skipped, skipped_outcome())
        case Status.REVIEW_PENDING:
            return _in_review(policy.on_review_pending, in_review_outcome(execution, attached))
        case _:
            assert_never(execution.status)


def _completed(
    execution: Execution, on_failed_block: OnState, findings: Sequence[Finding]
) -> Outcome:
    unmet = [one for one in findings if one.judgement is Judgement.UNMET]
    failed = execution.blocks_with(Status.FAILED)
    if unmet or (failed and on_failed_block is OnState.FAIL):
        return unmet_outcome(execution, findings)
    return completed_outcome(execution, findings)


def aggregate(workflows: Iterable[WorkflowReport]) -> Outcome:
    """Return the job's outcome: the worst of the required workflows, in the contract's order."""
    reports = tuple(workflows)
    required = [report.outcome for report in reports if report.required]
    if not required:
        return none_required_outcome()
    worst = min(required, key=lambda outcome: _WORST_FIRST.index(outcome.exit_code))
    if len(reports) == 1:
        return worst
    good = [one.outcome.green and one.outcome.verdict is not Verdict.NOT_RUN for one in reports]
    lenient = worst.green and any(outcome.lenient for outcome in required)
    flaky = worst.green and any(outcome.flaky for outcome in required)
    return of_several_outcome(worst, good=sum(good), of=len(reports), lenient=lenient, flaky=flaky)


def _by_policy(choice: OnState, red: Outcome) -> Outcome:
    match choice:
        case OnState.FAIL:
            return red
        case OnState.PASS:
            return let_pass_outcome(red)
        case _:
            assert_never(choice)


def _in_review(choice: OnReview, red: Outcome) -> Outcome | None:
    match choice:
        case OnReview.WAIT:
            return None
        case OnReview.PASS:
            return let_pass_outcome(red)
        case OnReview.FAIL:
            return red
        case _:
            assert_never(choice)


def completed_outcome(execution: Execution, findings: Sequence[Finding] = ()) -> Outcome:
    """Genesis completed the run, and nothing that it had to show is unmet."""
    failed = blocks_named(execution, Status.FAILED)
    aside = f", although {failed} failed" if failed else ""
    shown = how_many_met(findings)
    return outcome_with(
        Verdict.PASSED,
        f"Genesis completed the workflow{blocks_done(execution)}{shown}{aside}.",
        "If a failed block must not pass, set on-failed-block: fail." if failed else None,
        lenient=bool(failed),
    )


def unmet_outcome(execution: Execution, findings: Sequence[Finding]) -> Outcome:
    """Genesis completed the run, and a check or a failed block says that this is not enough."""
    why = how_many_unmet(findings)
    if why:
        remedy = "Correct what the run found, or the check where it asks for the wrong thing"
    else:
        why = f"{blocks_named(execution, Status.FAILED)} failed{how_many_met(findings)}"
        remedy = "Correct what failed, or set on-failed-block: pass if that is acceptable"
    return outcome_with(
        Verdict.UNMET,
        f"Genesis completed the workflow{blocks_done(execution)}, but {why}.",
        f"{remedy}, and run this job again. The reports say what was expected, found, and where.",
    )


def unjudged_outcome(execution: Execution, why: str) -> Outcome:
    """Genesis completed the run, but whether its outputs show what they have to is not known."""
    return outcome_with(
        Verdict.UNMET,
        f"Genesis completed the workflow{blocks_done(execution)}, but its outputs could not be "
        f"judged: {why.removesuffix('.')}.",
        "What was not judged proves nothing. Attach to the run to judge it again: "
        f"genesis-ci wait {execution.id}, with the same expect and tests.",
    )


def failed_outcome(execution: Execution) -> Outcome:
    """Genesis says that the run failed."""
    reason = clean_line(execution.error or "").removesuffix(".")
    named = all(block.key in reason for block in execution.blocks_with(Status.FAILED))
    at = "" if named else f" at {blocks_named(execution, Status.FAILED)}"
    return outcome_with(
        Verdict.FAILED,
        f"The workflow failed{at}{f': {reason}' if reason else ''}.",
        "Open the run in Genesis, correct what failed, and run this job again; a run that was "
        "resumed in Genesis can be attached to by its execution id.",
    )


def cancelled_outcome(execution: Execution, concurrency: Concurrency) -> Outcome:
    """The run was cancelled, by a person or by a newer run."""
    may_be_superseded = concurrency is Concurrency.CANCEL_PREVIOUS
    return outcome_with(
        Verdict.CANCELLED,
        how_it_was_cancelled(execution, may_be_superseded=may_be_superseded),
        "Look for a newer run of the same workflow; its result counts. If nobody started one, ask "
        "who cancelled this run.",
    )


def skipped_outcome() -> Outcome:
    """Genesis did not run the workflow."""
    return outcome_with(
        Verdict.SKIPPED,
        "Genesis skipped the workflow: a condition kept it from running.",
        "Check the workflow's condition, or set on-skipped: pass if skipping is fine.",
    )


def in_review_outcome(execution: Execution, attached: bool) -> Outcome:
    """A block waits for a person, and this job does not."""
    waiting = blocks_named(execution, Status.REVIEW_PENDING) or "the workflow"
    verb = "wait" if waiting.startswith("blocks ") else "waits"
    return outcome_with(
        Verdict.REVIEW_PENDING,
        f"{waiting[0].upper()}{waiting[1:]} {verb} for a person's review in Genesis.",
        how_to_review(execution.id, attached=attached),
    )


def review_ran_out_outcome(execution: Execution, *, waited: float, attached: bool) -> Outcome:
    """Nobody decided the review within `review-wait-time`."""
    return outcome_with(
        Verdict.REVIEW_PENDING,
        f"Nobody reviewed the run within review-wait-time, {human_seconds(waited)}.",
        how_to_review(execution.id, attached=attached),
    )


def told_outcome(
    verdict: Verdict,
    exit_code: int,
    *,
    message: str,
    hint: str | None = None,
    lenient: bool = False,
    flaky: bool = False,
) -> Outcome:
    """What an earlier job's result.json says of its end."""
    return outcome_with(verdict, message, hint, exit_code=exit_code, lenient=lenient, flaky=flaky)


def let_pass_outcome(red: Outcome) -> Outcome:
    """A policy lets pass what would be red."""
    policy = f"on-{red.verdict}".replace("_", "-")
    words = f"{red.message} {policy}: pass lets the job go on."
    return outcome_with(Verdict.PASSED, words, lenient=True)


def flaky_outcome(passed: Outcome, attempt: int, on_flaky: OnState) -> Outcome:
    """The workflow passed, but not at its first attempt."""
    before = "the first one" if attempt == 2 else f"{attempt - 1} of them"
    words = f"Flaky: attempt {attempt} passed after {before} had failed. {passed.message}"
    if on_flaky is OnState.PASS:
        hint = "Compare the attempts in the reports, and correct what makes it fail now and then."
        return replace(passed, message=words, hint=hint, flaky=True)
    return outcome_with(
        Verdict.FAILED,
        f"{words} on-flaky: fail does not let that pass.",
        "Compare the attempts in the reports, and correct what makes it fail now and then; or set "
        "on-flaky: pass.",
        flaky=True,
    )


def of_attempt_outcome(outcome: Outcome, attempt: int, policy: Policy) -> Outcome:
    """The outcome of an attempt after failed ones, which is no pass and has the last word."""
    of = f" of {policy.attempts}" if policy.attempts >= attempt else ""
    return replace(outcome, message=f"Attempt {attempt}{of}: {outcome.message}")


def only_a_pass_outcome(red: Outcome) -> Outcome:
    """What a policy would let pass is red after a failed attempt."""
    words = "After a failed attempt only a pass is green, whatever on-…: pass says."
    return replace(red, message=f"{red.message} {words}", hint=None)


def stopped_between_outcome(attempts: int, *, exit_code: int) -> Outcome:
    """SIGINT or SIGTERM came when an attempt had failed and the next one was not yet begun."""
    which = "an attempt" if attempts == 1 else f"{attempts} attempts"
    return outcome_with(
        Verdict.INTERRUPTED,
        f"The job was interrupted ({name_of_signal(exit_code)}) after {which} had failed, and "
        "before the next one began.",
        "Nothing more was started. Run the job again.",
        exit_code=exit_code,
    )


def triggered_outcome(execution_id: str) -> Outcome:
    """The run was started, and this job does not wait for it."""
    return outcome_with(
        Verdict.TRIGGERED,
        "The workflow was triggered; its result was not waited for.",
        how_to_attach(execution_id),
    )


def timed_out_outcome(
    execution_id: str | None, execution: Execution | None, *, waited: float, by_job: bool = False
) -> Outcome:
    """The wait is over and the last look showed no final status.

    `by_job` is true when the CI job's own time limit, not max-wait-time, ended it.
    """
    limit = "the CI job's own time limit" if by_job else "max-wait-time"
    word = f" (last status: {execution.status_word})" if execution else ""
    return outcome_with(
        Verdict.TIMED_OUT,
        f"No final status within {limit}, {human_seconds(waited)}{word}.",
        f"{may_be_going(execution_id)} If runs usually take longer, raise {limit}.",
    )


def refused_outcome(
    error: GenesisCiError, execution_id: str | None, *, exists: bool, ambiguous: bool
) -> Outcome:
    """Genesis said no: to the trigger, or while a run that surely `exists` was watched.

    `ambiguous` is true when an earlier trigger may have started a run all the same.
    """
    aside = ""
    if execution_id and exists:
        aside = f" {may_be_going(execution_id)}"
    elif ambiguous and not execution_id:
        aside = " An earlier request of this job may have started a run; look in Genesis."
    return outcome_with(
        Verdict.REJECTED, f"{error.message.removesuffix('.')}.", f"{error.hint or ''}{aside}"
    )


def missed_outcome() -> Outcome:
    """The config file lists a workflow, and the earlier job's file has no run of it."""
    return outcome_with(
        Verdict.LOST_CONTACT,
        "There is no run to attach to: the earlier job's result.json has no run of this workflow, "
        "which the config file lists.",
        "Trigger and wait with the same config file, or look in Genesis whether a run was started.",
    )


def foreign_outcome(execution: Execution, workflow_id: str) -> Outcome:
    """The run that was attached to is one of another workflow than the one named beside it."""
    return outcome_with(
        Verdict.ERROR,
        f"Execution {execution.id} belongs to workflow {execution.workflow_id}, "
        f"not to {workflow_id}.",
        "Nothing was triggered. Correct execution-id or workflow-id.",
    )


def lost_outcome(
    error: ContactError, execution_id: str | None, *, ambiguous: bool, again: bool = False
) -> Outcome:
    """No usable answer any more: what is known depends on how far the trigger got.

    `again` is true for the attempts after the first.
    """
    if execution_id:
        known = may_be_going(execution_id)
    elif ambiguous:
        known = (
            "The run may have started: the request was sent and its answer is unknown. Look in "
            "Genesis before you trigger again; if a run is there, attach to its execution id."
        )
    else:
        what = "this attempt was not" if again else "nothing was"
        known = f"No request took effect: {what} started."
    return outcome_with(
        Verdict.LOST_CONTACT,
        f"Lost contact with Genesis: {error.message}",
        f"{known} {error.hint or ''}".strip(),
    )


def stopped_outcome(stopper: Workflow, why: Outcome) -> Outcome:
    """fail-fast never started it, because a required workflow ended red."""
    return outcome_with(
        Verdict.NOT_RUN,
        f"Not started: “{stopper.label}” ended {why.verdict} (exit code {why.exit_code}), and "
        "fail-fast starts nothing after that.",
        "Correct what failed and run the job again, or set fail-fast: false to see them all.",
        lenient=True,
    )


def not_ready_outcome(readiness: Readiness) -> Outcome:
    """What `wait-for` names did not answer as asked in time, so nothing was triggered."""
    return outcome_with(
        Verdict.NOT_READY,
        f"Not started: {readiness.shown} was not ready within {human_seconds(readiness.seconds)}: "
        f"{readiness.words}.",
        "Nothing was triggered, and no credit was spent. See whether the deployment succeeded, "
        "and raise the timeout of wait-for if it takes longer."
        + (f" {readiness.hint}" if readiness.hint else ""),
    )


def turn_never_came_outcome(before: Workflow) -> Outcome:
    """The run before it, of the same template, may still be going and would be cancelled."""
    return outcome_with(
        Verdict.TIMED_OUT,
        f"Not started: the run of “{before.label}” may still be going, and starting this one "
        "would cancel it.",
        f"Nothing was started for it. Raise max-wait-time of “{before.label}”, or run the job "
        "again when that run is over.",
    )


def out_of_time_outcome() -> Outcome:
    """The CI job's time was over before its turn came."""
    return outcome_with(
        Verdict.TIMED_OUT,
        "Not started: its turn had not come when the CI job's time was over.",
        "Nothing was started for it. Raise the job's time limit or max-parallel.",
    )


def no_run_left_outcome(before: Verdict) -> Outcome:
    """An earlier job left no run to attach to: red, for waiting cannot make one."""
    kept = before in {Verdict.REJECTED, Verdict.ERROR, Verdict.TIMED_OUT, Verdict.NOT_READY}
    if before in {Verdict.NOT_RUN, Verdict.NOT_READY}:
        hint = "Nothing was started for it: run the job that triggers once more."
    else:
        hint = "Look in Genesis whether a run was started, and trigger it again if not."
    return outcome_with(
        before if kept else Verdict.LOST_CONTACT,
        f"There is no run to attach to: the job that was to trigger it ended {before}.",
        hint,
    )


def interrupted_outcome(
    execution_id: str | None, *, exit_code: int, may_run: bool, completed: bool
) -> Outcome:
    """SIGINT or SIGTERM ended the job; the run in Genesis does not notice.

    `completed` says that Genesis had completed the run, and that its outputs were not yet judged.
    """
    if completed:
        hint = how_to_attach(execution_id)
    elif execution_id:
        hint = may_be_going(execution_id)
    elif may_run:
        hint = "The run may have started; look in Genesis before you trigger again."
    else:
        hint = "Nothing was started."
    before = "the outputs of the completed run were judged" if completed else "the run ended"
    message = f"The job was interrupted ({name_of_signal(exit_code)}) before {before}."
    return outcome_with(Verdict.INTERRUPTED, message, hint, exit_code=exit_code)


def outcome_with(
    verdict: Verdict,
    message: str,
    hint: str | None = None,
    *,
    exit_code: int | None = None,
    lenient: bool = False,
    flaky: bool = False,
) -> Outcome:
    """Return an outcome; its exit code is the verdict's, unless another is given."""
    code = EXIT_CODES[verdict] if exit_code is None else exit_code
    return Outcome(
        verdict=verdict,
        exit_code=code,
        message=message,
        hint=hint,
        lenient=lenient,
        flaky=flaky,
    )


def kept_yellow_outcome(red: Outcome, status: str) -> Outcome:
    """A commit status shows that a person has to look, so the job need not be red for it."""
    return outcome_with(
        Verdict.REVIEW_PENDING,
        f"{red.message} The status “{status}” stays yellow until then, and this job ends green.",
        "Decide it in Genesis; then settle the status: re-run the job that runs genesis-ci wait "
        "--from, or let its schedule do it.",
        exit_code=0,
        lenient=True,
    )


def red_and_yellow_outcome(red: Outcome, status: str) -> Outcome:
    """A commit status shows that a person has to look, and the job is red all the same."""
    return replace(
        red,
        message=f"{red.message} The status “{status}” stays yellow until then. The job is red: "
        "after a failed attempt only a pass is green.",
    )


def not_yellow_outcome(red: Outcome, status: str, why: str, hint: str | None) -> Outcome:
    """A person has to look, and the commit status that would show it could not be posted."""
    return outcome_with(
        Verdict.REVIEW_PENDING,
        f"{red.message} The status “{status}” could not be posted: {why}",
        " ".join(filter(None, [hint, red.hint])),
    )


def no_key_outcome() -> Outcome:
    """There is no key, and `missing-key: skip` allows it."""
    return outcome_with(
        Verdict.NOT_RUN,
        "There is no API key, and missing-key: skip lets the job pass: nothing was run.",
        "Pull requests from forks and from Dependabot get no secrets. Where a key should be "
        "there, check the secret.",
        lenient=True,
    )


def none_required_outcome() -> Outcome:
    """No workflow counts, whatever became of them."""
    words = "No workflow is required, so none can fail the job."
    return outcome_with(Verdict.PASSED, words, lenient=True)


def of_several_outcome(
    worst: Outcome, *, good: int, of: int, lenient: bool, flaky: bool
) -> Outcome:
    """The job's outcome is that of its worst required workflow."""
    return replace(
        worst,
        message=f"{good} of {of} workflows are good. {worst.message}",
        lenient=lenient,
        flaky=flaky,
    )


def interrupted_late_outcome(reached: Outcome, *, exit_code: int) -> Outcome:
    """SIGINT or SIGTERM came when the workflows had their outcome and reports were under way."""
    return outcome_with(
        Verdict.INTERRUPTED,
        f"The job was interrupted ({name_of_signal(exit_code)}) while it reported. "
        f"It had come to this: {reached.message}",
        reached.hint,
        exit_code=exit_code,
    )


def killed_outcome(*, may_run: bool) -> Outcome:
    """What the reports say while the job runs; it stays when the job is killed outright."""
    return outcome_with(
        Verdict.INTERRUPTED,
        "The job ended before it could report: it was killed, or its machine was.",
        "A run that was started may still be going: attach to its execution id, or look in "
        "Genesis before you trigger again."
        if may_run
        else "Nothing was started.",
        exit_code=TERMINATED,
    )


def unproved_outcome(reached: Outcome, what: str, execution_id: str | None) -> Outcome:
    """The workflows are green and the JUnit file could not say so; `what` is the file and why."""
    hint = "Free the disk, or give a report-dir that nothing else touches."
    return outcome_with(
        Verdict.ERROR,
        f"{reached.message} But this could not be written down, and a job is not green "
        f"without its evidence: {what}.",
        f"{hint} {how_to_attach(execution_id)}".strip(),
        exit_code=INTERNAL_ERROR,
    )


def bug_outcome(what: str) -> Outcome:
    """A bug of this tool; `what` names the place, never a value."""
    return outcome_with(
        Verdict.ERROR,
        f"This is a bug of genesis-ci, not a verdict about the workflow: {what}",
        "Please report it with this log. A run that was started may still be going; "
        "its execution id is in the outputs.",
        exit_code=INTERNAL_ERROR,
    )


def error_outcome(error: GenesisCiError) -> Outcome:
    """An error ended the job before it ran anything."""
    return outcome_with(Verdict.ERROR, error.message, error.hint, exit_code=error.exit_code)


MOST_NAMED = 3
LONGEST_WORDS = 120

_ANOTHER_RUN = re.compile(
    r"supersed|replace|newer|concurren|previous"
    r"|(new|another) (api )?(execution|request|run|trigger)",
    re.IGNORECASE,
)
"""What a reason says that speaks of another run; who cancelled is not told by it."""


def blocks_done(execution: Execution) -> str:
    """Return how many blocks are done, where that is known."""
    known = execution.block_count is not None and execution.completed_blocks is not None
    return f" ({execution.completed_blocks}/{execution.block_count} blocks)" if known else ""


def how_many_met(findings: Sequence[Finding]) -> str:
    """Return how many checks are met, where there are any."""
    if not findings:
        return ""
    met = sum(one.judgement is Judgement.MET for one in findings)
    skipped = sum(one.judgement is Judgement.SKIPPED for one in findings)
    aside = f", {skipped} skipped" if skipped else ""
    are = "is" if met == 1 else "are"
    return f", and {met} of {_number_of_checks(len(findings))} {are} met{aside}"


def how_many_unmet(findings: Sequence[Finding]) -> str:
    """Return how many checks are unmet, and the first of them; empty where all are met."""
    unmet = [one for one in findings if one.judgement is Judgement.UNMET]
    if not unmet:
        return ""
    are = "is" if len(unmet) == 1 else "are"
    named = "; ".join(map(_what_was_found, unmet[:MOST_NAMED]))
    rest = f"; and {len(unmet) - MOST_NAMED} more" if len(unmet) > MOST_NAMED else ""
    return f"{len(unmet)} of {_number_of_checks(len(findings))} {are} unmet: {named}{rest}"


def _number_of_checks(count: int) -> str:
    return "1 check" if count == 1 else f"{count} checks"


def _what_was_found(finding: Finding) -> str:
    """Return a check and what was found, in a few words."""
    name, found = (clean_line(text, limit=LONGEST_WORDS) for text in (finding.name, finding.found))
    return f"“{name}” (found {found})"


def how_to_attach(execution_id: str | None) -> str:
    """Return how to attach to a run that exists."""
    if execution_id is None:
        return ""
    return (
        f"Attach to it instead of triggering again: genesis-ci wait {execution_id}, or run this "
        "job with that execution-id."
    )


def may_be_going(execution_id: str | None) -> str:
    """Return that a run may go on, and how to attach to it."""
    return f"The run may still be going. {how_to_attach(execution_id)}".rstrip()


def how_to_review(execution_id: str, *, attached: bool) -> str:
    """Return who has to do what for a run in review."""
    if attached:
        return (
            "A person has to approve it in Genesis. After the approval re-run this job: it "
            f"attaches to execution {execution_id} again and starts nothing."
        )
    return (
        "A person has to approve it in Genesis. After the approval attach to the same run "
        f"instead of starting another: genesis-ci wait {execution_id}, or run this job with that "
        "execution-id."
    )


def how_it_was_cancelled(execution: Execution, *, may_be_superseded: bool) -> str:
    """Return by whom or by what a run was cancelled, as far as it is told."""
    stated = execution.cancel_reason
    reason = f" ({stated})" if stated else ""
    speaks_of_another = stated is not None and _ANOTHER_RUN.search(stated) is not None
    if speaks_of_another or (may_be_superseded and not stated):
        return f"The run was cancelled, superseded by a newer trigger of the workflow{reason}."
    if may_be_superseded:
        return f"The run was cancelled{reason}, possibly superseded by a newer trigger."
    if execution.cancel_requested_at and not stated:
        return "The run was cancelled on request, most likely superseded by a newer trigger."
    return f"The run was cancelled{reason}."


def blocks_named(execution: Execution, status: Status) -> str:
    """Return the blocks in a status by their names, the first three of them."""
    keys = [block.key for block in execution.blocks_with(status)]
    if not keys:
        return ""
    shown = ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
    return f"block {shown}" if len(keys) == 1 else f"blocks {shown}"


def name_of_signal(exit_code: int) -> str:
    """Return the name of the signal that asks for an exit code."""
    return "SIGTERM" if exit_code == TERMINATED else "SIGINT"
