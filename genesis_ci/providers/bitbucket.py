"""Bitbucket Pipelines, by its variables; source: "Variables and secrets" of its manual."""

from collections.abc import Mapping

from genesis_ci.models.change import Change
from genesis_ci.providers.base import address, branch, number, sha, told
from genesis_ci.providers.plain import Plain


class Bitbucket(Plain):
    """Plain text; who started the build is told by an id only."""

    name = "bitbucket"

    @classmethod
    def detects(cls, environ: Mapping[str, str]) -> bool:
        """Return whether Bitbucket Pipelines runs the job."""
        return bool(environ.get("BITBUCKET_BUILD_NUMBER"))

    @property
    def job_url(self) -> str | None:
        """The pipeline's page."""
        origin = self._environ.get("BITBUCKET_GIT_HTTP_ORIGIN", "").replace(
            "http://", "https://", 1
        )
        build = number(self._environ.get("BITBUCKET_BUILD_NUMBER"))
        return address(f"{origin}/pipelines/results/{build}") if origin and build else None

    @property
    def change(self) -> Change:
        """The change; in a pull request the commit and the branch are the source's."""
        get = self._environ.get
        return Change(
            sha=sha(get("BITBUCKET_COMMIT")),
            branch=branch(get("BITBUCKET_BRANCH")),
            base_branch=branch(get("BITBUCKET_PR_DESTINATION_BRANCH")),
            request=number(get("BITBUCKET_PR_ID")),
            repository=told(get("BITBUCKET_REPO_FULL_NAME")),
            job_url=self.job_url,
        )
