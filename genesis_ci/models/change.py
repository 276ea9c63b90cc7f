"""The change under test."""

from typing import NamedTuple

SHA = "[0-9a-f]{7,64}"
COMMIT = "[0-9a-f]{40}|[0-9a-f]{64}"
"""Matches the full id of a commit."""
NUMBER = "[0-9]{1,12}"
"""Matches the number of a request."""


class ChangedFiles(NamedTuple):
    """The names of the files that a change touches, or why they are `unknown`."""

    names: tuple[str, ...] = ()
    unknown: str = ""


class Change(NamedTuple):
    """The change under test; what the CI does not provide is None.

    `sha` is the head of the change, even if the CI builds its merge commit; `request` is the
    number of the pull or merge request.
    """

    sha: str | None = None
    branch: str | None = None
    base_branch: str | None = None
    request: str | None = None
    repository: str | None = None
    actor: str | None = None
    job_url: str | None = None

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
