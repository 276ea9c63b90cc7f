"""`review-status`: the name of a commit status, the commit it is for, and who may post it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from genesis_ci.config import parsers
from genesis_ci.config.sources import Reader
from genesis_ci.models import OnReview, Workflow
from genesis_ci.models.change import Change
from genesis_ci.redaction import Secret

LONGEST_NAME = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewStatus:
    """What to post at the job's end: under which name, on which commit, with whose token."""

    name: str
    sha: str | None
    token: Secret | None


def read_review_status(
    job: Reader,
    runs: Iterable[Workflow],
    *,
    change: Change,
    environ: Mapping[str, str],
    posts: bool,
) -> ReviewStatus | None:
    """Return what to post, with a problem noted where nothing could become of it.

    `change` is what was tested; `posts` says whether this CI's forge has statuses.
    """
    name = job.read("review-status", _name)
    token = job.read("github-token", parsers.api_key) or environ.get("GITHUB_TOKEN", "").strip()
    if name is None:
        return None
    if not posts:
        job.problem(
            "review-status",
            "only GitHub Actions has commit statuses; on-review-pending: wait keeps the job "
            "running until a person decides",
        )
    for policy in {run.policy.on_review_pending for run in runs if run.policy.required}:
        if policy is not OnReview.FAIL:
            job.problem(
                "review-status",
                f"with on-review-pending: {policy} no review is left to be shown in yellow; "
                "drop one of the two",
            )
    return ReviewStatus(
        name=name,
        sha=change.sha,
        token=Secret(token) if parsers.is_key(token) else None,
    )


def _name(text: str) -> str:
    if len(text) > LONGEST_NAME or not text.isprintable() or text != text.strip():
        raise ValueError("it is not a name for a status")
    return text
