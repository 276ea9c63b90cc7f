"""The change under test."""

from typing import Annotated, NamedTuple

from genesis_ci.models.recorded import Form, Internal, Name, Short

SHA = "[0-9a-f]{7,64}"
COMMIT = "[0-9a-f]{40}|[0-9a-f]{64}"
"""Matches the full id of a commit."""
NUMBER = "[0-9]{1,12}"
"""Matches the number of a request."""
_REPOSITORY = r"(?!(.*/)?\.{1,2}(/|$))[\w.+~ -]{1,150}(/[\w.+~ -]{1,150}){0,20}"
"""No part of it is `.` or `..`; on Azure it may have blanks."""


class Change(NamedTuple):
    """The change under test; what the CI does not provide is None."""

    sha: Annotated[str, Form(SHA, "a commit in hexadecimal digits")] | None = None
    """The head commit of the change, even if the CI builds its merge commit."""
    branch: Short | None = None
    """The branch of the change."""
    base_branch: Short | None = None
    """The branch into which it is to be merged."""
    request: Annotated[str | None, Name("change"), Form(NUMBER, "the number of a request")] = None
    """The number of the pull or merge request."""
    is_merge_request: Annotated[bool, Name("merge_request")] = False
    """True if that is a merge request of GitLab."""
    repository: Annotated[str, Form(_REPOSITORY, "the name of a repository")] | None = None
    """The repository, with its owner or group."""
    actor: Short | None = None
    """Who started the job."""
    job_url: Internal[str | None] = None

    @property
    def short_sha(self) -> str | None:
        """The first seven characters of the commit."""
        return self.sha and self.sha[:7]

    def by_name(self) -> dict[str, str | None]:
        """Return the names of `${ci.NAME}` with their values."""
        return {
            "sha": self.sha,
            "short_sha": self.short_sha,
            "branch": self.branch,
            "base_branch": self.base_branch,
            "change": self.request,
            "repository": self.repository,
            "actor": self.actor,
            "job_url": self.job_url,
        }
