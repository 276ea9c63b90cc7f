"""All outcomes of a workflow: what happened, what is known, and what to do next. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from genesis_ci.errors import ContactError, GenesisCiError
from genesis_ci.execution.words import (
    blocks_done,
    blocks_named,
    how_it_was_cancelled,
    how_many_met,
    how_many_unmet,
    how_to_attach,
    how_to_review,
    may_be_going,
    name_of_signal,
)
from genesis_ci.models import (
    EXIT_CODES,
    Concurrency,
    Execution,
    OnState,
    Outcome,
    Policy,
    Status,
    Verdict,
    Workflow,
)
from genesis_ci.models.proof import Finding
from genesis_ci.models.readiness import Readiness
from genesis_ci.text import clean_line, human_seconds


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
