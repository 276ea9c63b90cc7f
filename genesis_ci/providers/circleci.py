"""CircleCI, by its variables; source: "Built-in environment variables"."""

from collections.abc import Mapping

from genesis_ci.models.change import Change
from genesis_ci.providers.base import address, branch, number, sha, told
from genesis_ci.providers.plain import Plain


class CircleCI(Plain):
    """Plain text; the pull request is told by its address."""

    name = "circleci"

    @classmethod
    def detects(cls, environ: Mapping[str, str]) -> bool:
        """Return whether CircleCI runs the job."""
        return environ.get("CIRCLECI") == "true"

    @property
    def job_url(self) -> str | None:
        """The job's page."""
        return address(self._environ.get("CIRCLE_BUILD_URL", ""))

    @property
    def change(self) -> Change:
        """The change; CircleCI builds the branch's head, and calls a fork's branch pull/NUMBER."""
        get = self._environ.get
        parts = (get("CIRCLE_PROJECT_USERNAME"), get("CIRCLE_PROJECT_REPONAME"))
        return Change(
            sha=sha(get("CIRCLE_SHA1")),
            branch=branch(get("CIRCLE_BRANCH")),
            request=number(get("CIRCLE_PULL_REQUEST", "").rpartition("/")[2]),
            repository=told("/".join(part or "" for part in parts)) if all(parts) else None,
            actor=told(get("CIRCLE_USERNAME")),
            job_url=self.job_url,
        )
