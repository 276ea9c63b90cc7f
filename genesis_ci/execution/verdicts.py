"""From what Genesis said to a verdict and an exit code: pure decisions, no I/O."""

from collections.abc import Iterable, Sequence
from typing import assert_never

from genesis_ci.execution.job_outcomes import none_required_outcome, of_several_outcome
from genesis_ci.execution.outcomes import (
    cancelled_outcome,
    completed_outcome,
    failed_outcome,
    in_review_outcome,
    let_pass_outcome,
    skipped_outcome,
    unmet_outcome,
)
from genesis_ci.models import (
    EXIT_CODES,
    INTERNAL_ERROR,
    TERMINATED,
    Execution,
    OnReview,
    OnState,
    Outcome,
    Policy,
    Status,
    Verdict,
    WorkflowReport,
)
from genesis_ci.models.proof import Finding, Judgement

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
