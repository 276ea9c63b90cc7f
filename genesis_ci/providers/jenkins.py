"""Jenkins, by its variables; source: those of the Git and branch source plugins."""

from collections.abc import Mapping

from genesis_ci.models.change import Change
from genesis_ci.providers.base import address, branch, number, sha, told
from genesis_ci.providers.plain import Plain


class Jenkins(Plain):
    """Plain text; CHANGE_* are set in multibranch jobs for a pull request."""

    name = "jenkins"

    @classmethod
    def detects(cls, environ: Mapping[str, str]) -> bool:
        """Return whether Jenkins runs the job."""
        return bool(environ.get("JENKINS_URL") and environ.get("BUILD_NUMBER"))

    @property
    def job_url(self) -> str | None:
        """The build's page."""
        return address(self._environ.get("BUILD_URL", ""))

    @property
    def change(self) -> Change:
        """The change; of a pull request GIT_COMMIT may be a merge, unless the job builds its head.

        Jobs that build both name the one NAME-head.
        """
        get = self._environ.get
        request = number(get("CHANGE_ID"))
        own = get("BRANCH_NAME") or get("GIT_BRANCH", "").removeprefix("origin/")
        is_head = request is None or get("BRANCH_NAME", "").endswith("-head")
        return Change(
            sha=sha(get("GIT_COMMIT")) if is_head else None,
            branch=branch(get("CHANGE_BRANCH") if request else own),
            base_branch=branch(get("CHANGE_TARGET")),
            request=request,
            actor=told(get("CHANGE_AUTHOR")),
            job_url=self.job_url,
        )
