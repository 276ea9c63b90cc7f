"""From what Genesis said to a verdict and an exit code: pure decisions, no I/O."""

import re
from collections.abc import Iterable
from typing import assert_never

from genesis_ci.models import (
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
from genesis_ci.text import clean_line

EXIT_CODES: dict[Verdict, int] = {
    Verdict.PASSED: 0,
    Verdict.FAILED: 1,
    Verdict.ERROR: 2,
    Verdict.REVIEW_PENDING: 3,
    Verdict.CANCELLED: 4,
    Verdict.SKIPPED: 5,
    Verdict.TIMED_OUT: 6,
    Verdict.REJECTED: 7,
    Verdict.LOST_CONTACT: 8,
    Verdict.INTERRUPTED: 130,
    Verdict.TRIGGERED: 0,
    Verdict.NOT_RUN: 0,
}
"""The exit code of each verdict. SIGTERM makes `interrupted` 143, a bug of ours `error` 70."""

INTERNAL_ERROR = 70
TERMINATED = 143

EXIT_CODE_MEANINGS: dict[int, str] = {
    0: "passed, or let pass by a policy; triggered with wait: false; skipped for a missing key",
    1: "failed: Genesis says that the workflow failed",
    2: "error: bad configuration or usage; nothing was triggered",
    3: "review_pending: a block waits for a person",
    4: "cancelled: the run was cancelled, usually superseded by a newer trigger",
    5: "skipped: a condition kept the workflow from running",
    6: "timed_out: no final status within max-wait-time",
    7: "rejected: Genesis refused the key, the permission, the workflow or the inputs",
    8: "lost_contact: no usable answer, or a trigger whose outcome is unknown",
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
    EXIT_CODES[Verdict.REJECTED],
    EXIT_CODES[Verdict.LOST_CONTACT],
    EXIT_CODES[Verdict.TIMED_OUT],
    EXIT_CODES[Verdict.CANCELLED],
    EXIT_CODES[Verdict.SKIPPED],
    EXIT_CODES[Verdict.REVIEW_PENDING],
    EXIT_CODES[Verdict.PASSED],
)

_ANOTHER_RUN = re.compile(
    r"supersed|replace|newer|concurren|previous"
    r"|(new|another) (api )?(execution|request|run|trigger)",
    re.IGNORECASE,
)
"""What a reason says that speaks of another run; who cancelled is not told by it."""


def exit_code(verdict: Verdict) -> int:
    """Return the exit code of a verdict that no policy softens."""
    return EXIT_CODES[verdict]


def outcome_of(execution: Execution, policy: Policy, *, attached: bool = False) -> Outcome | None:
    """Return what a run's status means for the job; None while the run has to be watched on.

    `attached` is true when this job did not trigger the run, so that it can simply run again.
    Final states are named one by one, so a status that the guide does not know is never final.
    """
    match execution.status:
        case None | Status.PENDING | Status.RUNNING:
            return None
        case Status.COMPLETED:
            return Outcome(verdict=Verdict.PASSED, exit_code=0, message=_completed(execution))
        case Status.FAILED:
            return _red(
                Verdict.FAILED,
                _failed(execution),
                "Open the run in Genesis, correct what failed, and run this job again; a run that "
                "was resumed in Genesis can be attached to by its execution id.",
            )
        case Status.CANCELLED:
            return _tolerated(
                policy.on_cancelled,
                Verdict.CANCELLED,
                _cancelled(execution, policy.concurrency),
                "Look for a newer run of the same workflow; its result counts. If nobody started "
                "one, ask who cancelled this run.",
            )
        case Status.SKIPPED:
            return _tolerated(
                policy.on_skipped,
                Verdict.SKIPPED,
                "Genesis skipped the workflow: a condition kept it from running.",
                "Check the workflow's condition, or set on-skipped: pass if skipping is fine.",
            )
        case Status.REVIEW_PENDING:
            return _in_review(execution, policy.on_review_pending, attached=attached)
        case _:
            assert_never(execution.status)


def aggregate(workflows: Iterable[WorkflowReport]) -> Outcome:
    """Return the job's outcome: the worst of the required workflows, in the contract's order."""
    reports = tuple(workflows)
    required = [report.outcome for report in reports if report.required]
    if not required:
        return Outcome(
            verdict=Verdict.PASSED,
            exit_code=0,
            message="No workflow is required, so none can fail the job.",
            lenient=True,
        )
    worst = min(required, key=lambda outcome: _WORST_FIRST.index(outcome.exit_code))
    if len(reports) == 1:
        return worst
    good = [one.outcome.green and one.outcome.verdict is not Verdict.NOT_RUN for one in reports]
    return Outcome(
        verdict=worst.verdict,
        exit_code=worst.exit_code,
        message=f"{sum(good)} of {len(reports)} workflows are good. {worst.message}",
        hint=worst.hint,
        lenient=worst.green and any(outcome.lenient for outcome in required),
    )


def _red(verdict: Verdict, message: str, hint: str) -> Outcome:
    return Outcome(verdict=verdict, exit_code=exit_code(verdict), message=message, hint=hint)


def _tolerated(choice: OnState, verdict: Verdict, message: str, hint: str) -> Outcome:
    if choice is OnState.FAIL:
        return _red(verdict, message, hint)
    return _let_pass(f"{message} on-{verdict}: pass lets the job go on.")


def _let_pass(message: str) -> Outcome:
    return Outcome(verdict=Verdict.PASSED, exit_code=0, message=message, lenient=True)


def _in_review(execution: Execution, choice: OnReview, *, attached: bool) -> Outcome | None:
    waiting = _blocks_named(execution, Status.REVIEW_PENDING) or "the workflow"
    verb = "wait" if waiting.startswith("blocks ") else "waits"
    message = f"{waiting[0].upper()}{waiting[1:]} {verb} for a person's review in Genesis."
    match choice:
        case OnReview.WAIT:
            return None
        case OnReview.PASS:
            return _let_pass(f"{message} on-review-pending: pass lets the job go on.")
        case OnReview.FAIL:
            return _red(
                Verdict.REVIEW_PENDING, message, review_hint(execution.id, attached=attached)
            )
        case _:
            assert_never(choice)


def review_hint(execution_id: str, *, attached: bool) -> str:
    """Return who has to do what when a block waits for review."""
    if attached:
        return (
            "A person has to approve it in Genesis. After the approval re-run this job: it "
            f"attaches to execution {execution_id} again and starts nothing."
        )
    return (
        "A person has to approve it in Genesis. After the approval attach to the same run "
        f"instead of starting another: execution-id {execution_id} "
        f"(genesis-ci wait {execution_id})."
    )


def _completed(execution: Execution) -> str:
    failed = _blocks_named(execution, Status.FAILED)
    aside = f" Genesis completed it although {failed} failed." if failed else ""
    return f"Genesis completed the workflow{_count(execution)}.{aside}"


def _count(execution: Execution) -> str:
    if execution.block_count is None or execution.completed_blocks is None:
        return ""
    return f" ({execution.completed_blocks}/{execution.block_count} blocks)"


def _failed(execution: Execution) -> str:
    reason = clean_line(execution.error or "").rstrip(".")
    failed = execution.blocks_with(Status.FAILED)
    named = all(block.key in reason for block in failed)
    at = "" if named else f" at {_blocks_named(execution, Status.FAILED)}"
    return f"The workflow failed{at}{f': {reason}' if reason else ''}."


def _cancelled(execution: Execution, concurrency: Concurrency) -> str:
    stated = execution.cancel_reason
    reason = f" ({stated})" if stated else ""
    may_be_superseded = concurrency is Concurrency.CANCEL_PREVIOUS
    if _says_superseded(stated) or (may_be_superseded and not stated):
        return f"The run was cancelled, superseded by a newer trigger of the workflow{reason}."
    if may_be_superseded:
        return f"The run was cancelled{reason}, possibly superseded by a newer trigger."
    if execution.cancel_requested_at and not stated:
        return "The run was cancelled on request, most likely superseded by a newer trigger."
    return f"The run was cancelled{reason}."


def _says_superseded(reason: str | None) -> bool:
    return reason is not None and _ANOTHER_RUN.search(reason) is not None


def _blocks_named(execution: Execution, status: Status) -> str:
    keys = [block.key for block in execution.blocks_with(status)]
    if not keys:
        return ""
    shown = ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
    return f"block {shown}" if len(keys) == 1 else f"blocks {shown}"
