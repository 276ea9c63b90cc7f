"""All outcomes of a job as a whole: what happened, and what to do next. Pure."""

from dataclasses import replace

from genesis_ci.errors import GenesisCiError
from genesis_ci.execution.outcomes import outcome_with
from genesis_ci.execution.words import how_to_attach, name_of_signal
from genesis_ci.models import INTERNAL_ERROR, TERMINATED, Outcome, Verdict


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
