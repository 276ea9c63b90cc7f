"""`review-status`: the commit status of a job, pending until the job has a result."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from genesis_ci import outcomes
from genesis_ci.config.settings import ReviewStatus
from genesis_ci.errors import GenesisCiError, RefusedError
from genesis_ci.language import _, fill
from genesis_ci.models.report import USUAL_EXIT_CODES, JobReport, Outcome, Verdict
from genesis_ci.redaction import Scrubber, Secret
from genesis_ci.reporters.labels import brief

if TYPE_CHECKING:
    from genesis_ci.jobs.contact import Contact

MOST_DESCRIPTION = 140
"""Characters; GitHub refuses more."""
SECONDS = 30.0
"""For the requests of one status, with the pauses between them."""
SECONDS_AFTER_SIGNAL = 1.0


class Statuses(NamedTuple):
    """The commit status of a job. `post` posts its fields, or raises a `GenesisCiError`."""

    review: ReviewStatus
    post: Callable[[Mapping[str, str]], None]


class State(StrEnum):
    """GitHub's states of a commit status."""

    SUCCESS = "success"
    FAILURE = "failure"
    PENDING = "pending"


def commit_status(report: JobReport, context: str) -> dict[str, str]:
    """Return the fields of a job's commit status; a branch rule names it by its `context`.

    The status of a run that was only started, or that a person reviews, is pending: `wait --from`
    posts the final one.
    """
    outcome = report.outcome
    if outcome.verdict is Verdict.REVIEW_PENDING or (
        outcome.green and any(one.outcome.verdict is Verdict.TRIGGERED for one in report.workflows)
    ):
        state = State.PENDING
    else:
        state = State.SUCCESS if outcome.green else State.FAILURE
    short = len(outcome.message) <= MOST_DESCRIPTION
    description = brief(outcome.message if short else outcome.sentences[0], MOST_DESCRIPTION)
    links = [one.run_url for one in report.workflows if one.outcome.verdict is outcome.verdict]
    target_url = next(filter(None, links), report.job_url)
    return {"state": state, "context": context, "description": description} | (
        {"target_url": target_url} if target_url else {}
    )


def cannot_post(review: ReviewStatus) -> Outcome | None:
    """Return the outcome if no status can be posted, as far as is known without a request."""
    try:
        _commit_and_token(review)
    except GenesisCiError as error:
        return outcomes.status_not_posted(review.name, State.PENDING, error)
    return None


def post_status(
    make_contact: "Callable[[], Contact]",
    line: Callable[[str], object],
    review: ReviewStatus,
    scrub: Scrubber,
    status: Mapping[str, str],
) -> None:
    """Post the fields of a status and write a line about it; raise a `GenesisCiError`."""
    commit, token = _commit_and_token(review)
    contact = make_contact()
    sender = contact.make_sender(SECONDS, after_signal=SECONDS_AFTER_SIGNAL)
    contact.connect(review.forge, token, sender, scrub).post_status(status, commit)
    words = fill(
        "Posted the commit status “{context}” on {commit}: {state}", commit=commit[:7], **status
    )
    line(words)


def _commit_and_token(review: ReviewStatus) -> tuple[str, Secret]:
    """Return what a status needs; raise `RefusedError` if the commit or the token is missing."""
    if review.sha is None:
        raise RefusedError(
            _("the commit of the change is unknown."),
            hint=_(
                "Use an event that has a commit, such as pull_request. wait --from takes it from "
                "the file."
            ),
            status=0,
        )
    if review.token is None:
        hint = _(review.forge.status_permission)
        raise RefusedError(_("there is no token."), hint=hint, status=0)
    return review.sha, review.token


def post_started(report: JobReport, statuses: Statuses) -> Outcome | None:
    """Replace the status of an earlier job by a pending one; return an outcome if that fails."""
    words = _("The job runs, and posts its result at the end.")
    waiting = report._replace(outcome=outcomes.make(Verdict.REVIEW_PENDING, words))
    if unposted := _post(waiting, statuses):
        return unposted._replace(sentences=(_("Nothing was triggered."), *unposted.sentences))
    return None


def post_in_review(report: JobReport, statuses: Statuses | None) -> JobReport:
    """Post a pending status for a job in review, and return its report as green.

    The job stays red if the status cannot be posted, or after a failed attempt.
    """
    if statuses is None or not _is_in_review(report.outcome):
        return report
    if unposted := _post(report, statuses):
        why = unposted.sentences
        return _each_in_review(report, lambda red: red._replace(sentences=red.sentences + why))
    in_review = [one for one in report.workflows if one.required and _is_in_review(one.outcome)]
    # after a failed attempt, only a pass is green
    failed_before = any(one.earlier for one in in_review)
    become = outcomes.red_in_review if failed_before else outcomes.green_in_review
    return _each_in_review(report, lambda red: become(red, statuses.review.name))


def post_final(report: JobReport, statuses: Statuses | None) -> Outcome | None:
    """Post the final status unless the job is in review; return an outcome if that fails."""
    if statuses is None or report.outcome.verdict is Verdict.REVIEW_PENDING:
        return None
    return _post(report, statuses)


def _post(report: JobReport, statuses: Statuses) -> Outcome | None:
    name = statuses.review.name
    status = commit_status(report, name)
    try:
        statuses.post(status)
    except GenesisCiError as error:
        return outcomes.status_not_posted(name, status["state"], error)
    return None


def _is_in_review(outcome: Outcome) -> bool:
    return outcome.exit_code == USUAL_EXIT_CODES[Verdict.REVIEW_PENDING]


def _each_in_review(report: JobReport, become: Callable[[Outcome], Outcome]) -> JobReport:
    """Replace the outcomes of the job and of its required workflows in review."""
    workflows = tuple(
        replace(one, outcome=become(one.outcome))
        if one.required and _is_in_review(one.outcome)
        else one
        for one in report.workflows
    )
    return report._replace(outcome=become(report.outcome), workflows=workflows)
