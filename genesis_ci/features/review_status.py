"""`review-status`: the commit status of a job, pending until the job has a result."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from genesis_ci import outcomes
from genesis_ci.document.keys import InputType, scalar
from genesis_ci.document.problems import LONGEST_NAME
from genesis_ci.errors import ContactError, GenesisCiError, RefusedError
from genesis_ci.language import N_, _, fill
from genesis_ci.models.change import Change
from genesis_ci.models.policy import Accept
from genesis_ci.models.report import USUAL_EXIT_CODES, JobReport, Outcome, Verdict
from genesis_ci.models.workflow import Workflow
from genesis_ci.redaction import Scrubber, Secret
from genesis_ci.text import brief, clean_line

if TYPE_CHECKING:
    from genesis_ci.forges.forge import Forge

DECIDED_BY = {"review-status", "from", "--from"}
"""Inputs that decide on what a status is about; if one is refused, no status is posted."""
MOST_DESCRIPTION = 140
"""Characters; GitHub refuses more."""
SECONDS = 30.0
"""For the requests of one status, with the pauses between them."""
SECONDS_AFTER_SIGNAL = 1.0
Connect = Callable[["type[Forge]", Secret, Scrubber, float, float], "Forge"]
"""Connects with a forge for some seconds, or for fewer after a signal."""


# The input


def _status_name(text: str) -> str:
    if not text or len(text) > LONGEST_NAME or not text.isprintable():
        raise ValueError(_("it is not a name for a status"))
    return text


STATUS_NAME = InputType(
    parse=scalar(_status_name),
    accepts=N_("a name of at most {most} characters"),
    values={"most": LONGEST_NAME},
    metavar="NAME",
    is_public=True,
)


class ReviewStatus(NamedTuple):
    """The commit status that a job posts, and on which forge."""

    name: str
    sha: str | None
    forge: "type[Forge]"
    token: Secret | None


def broken(
    name: str | None,
    forge: "type[Forge] | None",
    workflows: Iterable[Workflow],
    tested: Change | None,
    *,
    has_only: bool,
) -> Iterator[str]:
    """Yield what keeps a job from posting a status."""
    if tested is None:
        yield _("which commit the run of execution-id tests is not known; attach with from instead")
    if name is None:
        return
    if has_only:
        yield _("“only” selects a part, but the status would count for all workflows; drop one")
    if forge is None:
        from genesis_ci.forges import forge_names  # few jobs need it

        names = forge_names(lambda one: one.status_permission)
        words = N_(
            "it works on {names} only; max-review-time keeps the job running until a person decides"
        )
        yield fill(words, names=names)
    required = [one for one in workflows if one.policy.required]
    if any(Accept.REVIEW_PENDING in one.policy.accept for one in required):
        yield _(
            "with accept: review_pending a review would be green, and the status never pending; "
            "drop review_pending there, or drop review-status"
        )
    if any(one.max_review for one in required):
        yield _(
            "the status is pending until a person decides, so max-review-time would keep the job "
            "waiting for nothing; drop one of the two"
        )


# The status


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
        return status_not_posted(review.name, State.PENDING, error)
    return None


def not_verified(review: ReviewStatus) -> str:
    name = clean_line(review.name)
    return fill("that the token may post the commit status “{name}”", name=name)


def post_status(
    review: ReviewStatus,
    scrub: Scrubber,
    connect: Connect,
    line: Callable[[str], object],
    status: Mapping[str, str],
) -> None:
    """Post the fields of a status and write a line about it; raise a `GenesisCiError`."""
    commit, token = _commit_and_token(review)
    forge = connect(review.forge, token, scrub, SECONDS, SECONDS_AFTER_SIGNAL)
    forge.post_status(status, commit)
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
    become = red_in_review if failed_before else green_in_review
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
        return status_not_posted(name, status["state"], error)
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


# The outcomes


def green_in_review(red: Outcome, status: str) -> Outcome:
    stays = fill(
        "The status “{status}” stays yellow until then, and this job ends green.", status=status
    )
    step = _(
        "Decide it in Genesis; then settle the status: re-run the job that runs genesis-ci wait "
        "--from, or let its schedule do it."
    )
    sentences = (*red.sentences, stays)
    return outcomes.make(
        Verdict.REVIEW_PENDING, *sentences, steps=[step], exit_code=0, lenient=True
    )


def red_in_review(red: Outcome, status: str) -> Outcome:
    """As `green_in_review`, but an attempt failed before, so the job stays red."""
    stays = fill("The status “{status}” stays yellow until then.", status=status)
    rule = _("The job is red: after a failed attempt only a pass is green.")
    return red._replace(sentences=(*red.sentences, stays, rule))


def status_not_posted(name: str, state: str, error: GenesisCiError) -> Outcome:
    verdict = Verdict.LOST_CONTACT if isinstance(error, ContactError) else Verdict.REJECTED
    message = fill(
        "The status “{status}” could not be set to {state}: {why}",
        status=name,
        state=state,
        why=error.message,
    )
    return outcomes.make(verdict, message, steps=[error.hint])
