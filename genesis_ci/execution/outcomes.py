"""The outcomes that Genesis did not give: each says what is known, and how to go on. Pure."""

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution.verdicts import (
    EXIT_CODES,
    INTERNAL_ERROR,
    TERMINATED,
    exit_code,
    review_hint,
)
from genesis_ci.models import Execution, Outcome, Verdict
from genesis_ci.text import human_seconds


def triggered_outcome(execution_id: str) -> Outcome:
    """The run was started and nobody waits for it here."""
    return Outcome(
        verdict=Verdict.TRIGGERED,
        exit_code=exit_code(Verdict.TRIGGERED),
        message="The workflow was triggered; its result was not waited for.",
        hint=attach_hint(execution_id),
    )


def timed_out_outcome(
    execution_id: str | None, execution: Execution | None, *, waited: float, by_job: bool = False
) -> Outcome:
    """The wait is over and the last look showed no final status.

    `by_job` is true when the CI job's own time limit, not max-wait-time, ended it.
    """
    limit = "the CI job's own time limit" if by_job else "max-wait-time"
    word = f" (last status: {execution.status_word})" if execution else ""
    return Outcome(
        verdict=Verdict.TIMED_OUT,
        exit_code=exit_code(Verdict.TIMED_OUT),
        message=f"No final status within {limit}, {human_seconds(waited)}{word}.",
        hint=f"The run may still be going. {attach_hint(execution_id)} "
        f"If runs usually take longer, raise {limit}.",
    )


def review_ran_out_outcome(execution: Execution, *, waited: float, attached: bool) -> Outcome:
    """Nobody decided the review within `review-wait-time`."""
    return Outcome(
        verdict=Verdict.REVIEW_PENDING,
        exit_code=exit_code(Verdict.REVIEW_PENDING),
        message=f"Nobody reviewed the run within review-wait-time, {human_seconds(waited)}.",
        hint=review_hint(execution.id, attached=attached),
    )


def refused_outcome(
    error: RefusedError, execution_id: str | None, *, exists: bool, ambiguous: bool
) -> Outcome:
    """Genesis said no: to the trigger, or while a run that surely `exists` was watched.

    `ambiguous` is true when an earlier trigger may have started a run all the same.
    """
    if execution_id and exists:
        aside = f" The run may still be going. {attach_hint(execution_id)}"
    elif ambiguous and not execution_id:
        aside = " An earlier request of this job may have started a run; look in Genesis."
    else:
        aside = ""
    return Outcome(
        verdict=Verdict.REJECTED,
        exit_code=exit_code(Verdict.REJECTED),
        message=f"{error.message.rstrip('.')}.",
        hint=f"{error.hint or ''}{aside}",
    )


def missed_outcome() -> Outcome:
    """The config file lists a workflow, and the earlier job's file has no run of it."""
    return Outcome(
        verdict=Verdict.LOST_CONTACT,
        exit_code=exit_code(Verdict.LOST_CONTACT),
        message="There is no run to attach to: the earlier job's result.json names none of this "
        "workflow, which the config file lists.",
        hint="Trigger and wait with the same config file, or look in Genesis whether a run was "
        "started.",
    )


def foreign_outcome(execution: Execution, workflow_id: str) -> Outcome:
    """The run that was attached to is one of another workflow than the one named beside it."""
    return Outcome(
        verdict=Verdict.ERROR,
        exit_code=exit_code(Verdict.ERROR),
        message=f"Execution {execution.id} belongs to workflow {execution.workflow_id}, "
        f"not to {workflow_id}.",
        hint="Nothing was triggered. Correct execution-id or workflow-id.",
    )


def lost_outcome(error: ContactError, execution_id: str | None, *, ambiguous: bool) -> Outcome:
    """No usable answer any more: what is known depends on how far the trigger got."""
    if execution_id:
        known = f"The run may still be going. {attach_hint(execution_id)}"
    elif ambiguous:
        known = (
            "The run may have started: the request was sent and its answer is unknown. Look in "
            "Genesis before you trigger again; if a run is there, attach to its execution id."
        )
    else:
        known = "No request took effect: nothing was started."
    return Outcome(
        verdict=Verdict.LOST_CONTACT,
        exit_code=exit_code(Verdict.LOST_CONTACT),
        message=f"Lost contact with Genesis: {error.message}",
        hint=f"{known} {error.hint or ''}".strip(),
    )


def interrupted_outcome(execution_id: str | None, *, exit_code: int, may_run: bool) -> Outcome:
    """SIGINT or SIGTERM ended the job; the run in Genesis does not notice."""
    if execution_id:
        hint = f"The run may still be going. {attach_hint(execution_id)}"
    elif may_run:
        hint = "The run may have started; look in Genesis before you trigger again."
    else:
        hint = "Nothing was started."
    return Outcome(
        verdict=Verdict.INTERRUPTED,
        exit_code=exit_code,
        message=f"The job was interrupted ({_signal(exit_code)}) before the run ended.",
        hint=hint,
    )


def interrupted_late_outcome(reached: Outcome, *, exit_code: int) -> Outcome:
    """SIGINT or SIGTERM came when the workflows had their outcome and reports were under way."""
    return Outcome(
        verdict=Verdict.INTERRUPTED,
        exit_code=exit_code,
        message=f"The job was interrupted ({_signal(exit_code)}) while it reported. "
        f"It had come to this: {reached.message}",
        hint=reached.hint,
    )


def killed_outcome() -> Outcome:
    """What the reports say while the job runs; it stays when the job is killed outright."""
    return Outcome(
        verdict=Verdict.INTERRUPTED,
        exit_code=TERMINATED,
        message="The job ended before it could report: it was killed, or its machine was.",
        hint="A run that was started may still be going: attach to its execution id, or look in "
        "Genesis before you trigger again.",
    )


def unproved_outcome(reached: Outcome, what: str, execution_id: str | None) -> Outcome:
    """The workflows are green and the JUnit file could not say so; `what` is the file and why."""
    return Outcome(
        verdict=Verdict.ERROR,
        exit_code=INTERNAL_ERROR,
        message=f"{reached.message} But this could not be written down, and a job is not green "
        f"without its evidence: {what}.",
        hint="Free the disk, or give a report-dir that nothing else touches. "
        f"{attach_hint(execution_id)}".strip(),
    )


def bug_outcome(what: str) -> Outcome:
    """The outcome when this tool itself went wrong; `what` names the place, never a value."""
    return Outcome(
        verdict=Verdict.ERROR,
        exit_code=INTERNAL_ERROR,
        message=f"This is a bug of genesis-ci, not a verdict about the workflow: {what}",
        hint="Please report it with this log. A run that was started may still be going; "
        "its execution id is in the outputs.",
    )


def _signal(exit_code: int) -> str:
    return "SIGINT" if exit_code == EXIT_CODES[Verdict.INTERRUPTED] else "SIGTERM"


def attach_hint(execution_id: str | None) -> str:
    """How to watch a run that exists instead of starting another."""
    if execution_id is None:
        return ""
    return (
        f"Attach to it instead of triggering again: execution-id {execution_id} "
        f"(genesis-ci wait {execution_id})."
    )
