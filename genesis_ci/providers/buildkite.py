"""Buildkite, by its variables; source: "Environment variables"."""

import re
from collections.abc import Mapping

from genesis_ci.models.change import Change
from genesis_ci.providers.base import address, branch, number, sha, told
from genesis_ci.providers.plain import Plain

_REPOSITORY = re.compile(r"[:/]([A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}?)(?:\.git)?/?$")
_LONGEST_REMOTE = 1_000


class Buildkite(Plain):
    """Plain text; the repository is told by its remote, which may hold a password."""

    name = "buildkite"

    @classmethod
    def detects(cls, environ: Mapping[str, str]) -> bool:
        """Return whether a Buildkite agent runs the job."""
        return environ.get("BUILDKITE") == "true"

    @property
    def job_url(self) -> str | None:
        """The build's page, at the job."""
        url, job = (self._environ.get(f"BUILDKITE_{name}", "") for name in ("BUILD_URL", "JOB_ID"))
        return address(f"{url}#{job}" if job else url)

    @property
    def change(self) -> Change:
        """The change; the commit is HEAD, and so unknown, until the agent has resolved it."""
        get = self._environ.get
        remote = _REPOSITORY.search(get("BUILDKITE_REPO", "")[-_LONGEST_REMOTE:])
        return Change(
            sha=sha(get("BUILDKITE_COMMIT")),
            branch=branch(get("BUILDKITE_BRANCH")),
            base_branch=branch(get("BUILDKITE_PULL_REQUEST_BASE_BRANCH")),
            request=number(get("BUILDKITE_PULL_REQUEST")),
            repository=remote and told(remote[1]),
            actor=told(get("BUILDKITE_BUILD_CREATOR") or get("BUILDKITE_BUILD_AUTHOR")),
            job_url=self.job_url,
        )
