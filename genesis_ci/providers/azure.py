"""Azure Pipelines, by its variables; source: "Predefined variables"."""

from collections.abc import Mapping
from urllib.parse import quote

from genesis_ci.models.change import Change
from genesis_ci.providers.base import address, branch, number, sha, told
from genesis_ci.providers.plain import Plain


class Azure(Plain):
    """Plain text; in a pull request BUILD_SOURCEVERSION is a merge commit."""

    name = "azure"

    @classmethod
    def detects(cls, environ: Mapping[str, str]) -> bool:
        """Return whether Azure Pipelines runs the job."""
        return environ.get("TF_BUILD", "").lower() == "true"

    @property
    def job_url(self) -> str | None:
        """The build's page."""
        get = self._environ.get
        server, project = get("SYSTEM_COLLECTIONURI", ""), get("SYSTEM_TEAMPROJECT", "")
        build = number(get("BUILD_BUILDID"))
        if not (project and build):
            return None
        page = f"{server.rstrip('/')}/{quote(project)}/_build/results?buildId={build}"
        return address(page)

    @property
    def change(self) -> Change:
        """The change; GitHub's requests have a number, Azure's own have an id."""
        get = self._environ.get
        kinds = ("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "SYSTEM_PULLREQUEST_PULLREQUESTID")
        request = next((found for kind in kinds if (found := number(get(kind)))), None)
        return Change(
            sha=sha(get("SYSTEM_PULLREQUEST_SOURCECOMMITID" if request else "BUILD_SOURCEVERSION")),
            branch=branch(
                get("SYSTEM_PULLREQUEST_SOURCEBRANCH" if request else "BUILD_SOURCEBRANCH")
            ),
            base_branch=branch(get("SYSTEM_PULLREQUEST_TARGETBRANCH")),
            request=request,
            repository=told(get("BUILD_REPOSITORY_NAME")),
            actor=told(get("BUILD_REQUESTEDFOR")),
            job_url=self.job_url,
        )
