"""What `review-status` does at a job's end: the change is yellow while a person looks."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from genesis_ci import outcomes
from genesis_ci.config.review_status import ReviewStatus
from genesis_ci.errors import GenesisCiError
from genesis_ci.models import EXIT_CODES, Outcome, RunReport, Verdict

if TYPE_CHECKING:
    from genesis_ci.forges.statuses import CommitStatus

PostStatus: TypeAlias = "Callable[[ReviewStatus, CommitStatus], None]"
"""Posts a status on a commit, or raises a `GenesisCiError`."""


def post_nothing(*_: object) -> None:
    """Where there is nowhere to post to."""


def kept_yellow(report: RunReport, review: ReviewStatus | None, post: PostStatus) -> RunReport:
    """Return the report of a job that a review would make red: green, once the status is yellow.

    Where the status cannot be posted the job stays red, and says why.
    """
    if review is None or not _is_in_review(report.outcome):
        return report
    from genesis_ci.forges.statuses import status_of  # few jobs post a status

    try:
        post(review, status_of(report, review.name))
    except GenesisCiError as error:
        message, hint = error.message, error.hint
        return _each_in_review(
            report, lambda red: outcomes.review_status_not_posted(red, review.name, message, hint)
        )
    become = outcomes.red_in_review if _failed_before(report) else outcomes.green_in_review
    return _each_in_review(report, lambda red: become(red, review.name))


def settled(report: RunReport, review: ReviewStatus | None, post: PostStatus) -> str | None:
    """Post how the job ended, unless that is posted; return what to say where it cannot be."""
    if review is None or report.outcome.verdict is Verdict.REVIEW_PENDING:
        return None
    from genesis_ci.forges.statuses import status_of

    status = status_of(report, review.name)
    try:
        post(review, status)
    except GenesisCiError as error:
        return (
            f"The status “{review.name}” could not be set to {status.state}: {error.message} "
            f"{error.hint or ''}"
        ).strip()
    return None


def _failed_before(report: RunReport) -> bool:
    """Whether a run in review followed a failed attempt, after which only a pass is green."""
    waiting = [one for one in report.workflows if one.required and _is_in_review(one.outcome)]
    return any(one.earlier for one in waiting)


def _is_in_review(outcome: Outcome) -> bool:
    return outcome.exit_code == EXIT_CODES[Verdict.REVIEW_PENDING]


def _each_in_review(report: RunReport, become: Callable[[Outcome], Outcome]) -> RunReport:
    """The job and its required workflows that wait for a person, as something else."""
    workflows = tuple(
        replace(one, outcome=become(one.outcome))
        if one.required and _is_in_review(one.outcome)
        else one
        for one in report.workflows
    )
    return replace(report, outcome=become(report.outcome), workflows=workflows)
