"""The commit status that says how a job stands: yellow while a person looks. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from genesis_ci.models import RunReport, Verdict

MOST_DESCRIPTION = 140
"""Characters; GitHub refuses more."""


class State(StrEnum):
    """GitHub's words."""

    SUCCESS = "success"
    FAILURE = "failure"
    PENDING = "pending"


@dataclass(frozen=True, kw_only=True, slots=True)
class CommitStatus:
    """What is posted on a commit; `context` is the name by which a branch rule requires it."""

    state: State
    context: str
    description: str
    target_url: str | None = None


def status_of(report: RunReport, context: str) -> CommitStatus:
    """Return the status of a job's end.

    A run that was only started and one that a person looks at are pending: something is still to
    come, and `wait --from` settles it.
    """
    outcome = report.outcome
    if outcome.verdict is Verdict.REVIEW_PENDING or (
        outcome.green and any(one.outcome.verdict is Verdict.TRIGGERED for one in report.workflows)
    ):
        state = State.PENDING
    else:
        state = State.SUCCESS if outcome.green else State.FAILURE
    links = [one.run_url for one in report.workflows if one.outcome.verdict is outcome.verdict]
    return CommitStatus(
        state=state,
        context=context,
        description=_short(outcome.message),
        target_url=next(filter(None, links), report.job_url),
    )


def _short(text: str) -> str:
    if len(text) <= MOST_DESCRIPTION:
        return text
    return f"{text[: MOST_DESCRIPTION - 1].rsplit(' ', 1)[0]}…"
