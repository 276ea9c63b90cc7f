"""GitLab's merge requests, issues and deployments.

https://docs.gitlab.com/api/notes/, https://docs.gitlab.com/api/issues/,
https://docs.gitlab.com/api/merge_requests/, https://docs.gitlab.com/api/deployments/
"""

from collections.abc import Sequence
from itertools import islice
from typing import ClassVar
from urllib.parse import quote, urlencode

from genesis_ci.forges.comment_thread import CommentThread, IssueThread, Writer
from genesis_ci.forges.forge import (
    ABOUT_REQUEST,
    ISSUE_FITS,
    LISTED_DEPLOYMENTS,
    MOST_DEPLOYMENTS,
    Environ,
    Forge,
    RequestFiles,
    Target,
)
from genesis_ci.forges.rest import RestApi
from genesis_ci.language import N_, _, fill
from genesis_ci.models.readiness import Deployment, Stage
from genesis_ci.strict_json import text_at

STAGES = {
    "success": Stage.READY,
    "failed": Stage.FAILED,
    "canceled": Stage.OVER,
    "skipped": Stage.OVER,
}
"""A deployment in any other state is under way."""


class GitLab(Forge):
    """GitLab, on gitlab.com or self-managed."""

    name = "GitLab"
    request_name = N_("merge request !{number}")
    marker = "GITLAB_CI"
    address_variable = "CI_API_V4_URL"
    default_address = "https://gitlab.com/api/v4"
    auth_variable = "GITLAB_TOKEN"
    auth_advice = N_(
        "Add GITLAB_TOKEN as a masked CI/CD variable: a token with the scope api and the role "
        "Reporter. Pipelines of forks, and unprotected branches where it is protected, do not get "
        "it."
    )
    headers: ClassVar = {
        "CI_JOB_TOKEN": lambda token: {"JOB-TOKEN": token},
        "GITLAB_TOKEN": lambda token: {"PRIVATE-TOKEN": token},
    }
    wrong_token = N_("GITLAB_TOKEN is wrong or has expired: set the variable again.")
    comment_permission = N_(
        "The token may not do this: it needs the scope api, and its user the role Reporter in the "
        "merge request's project. CI_JOB_TOKEN cannot comment."
    )
    issue_permission = N_(
        "The token needs the scope api, and its user the role Reporter; CI_JOB_TOKEN cannot open "
        "an issue. Switch the project's issues on: Settings, General, Visibility, Issues."
    )
    files_permission = N_(
        "Add GITLAB_TOKEN as a masked CI/CD variable: a token with the scope read_api and the role "
        "Reporter in the merge request's project."
    )
    deployments_permission = N_(
        "CI_JOB_TOKEN may read the deployments of the job's own project; outside of GitLab's jobs "
        "set GITLAB_TOKEN to a token with the scope read_api."
    )

    @classmethod
    def comment_target(cls, environ: Environ) -> Target:
        if not environ.get("CI_MERGE_REQUEST_IID", "").isdecimal():
            why = _("this is not a merge request pipeline (CI_MERGE_REQUEST_IID is not set)")
            is_scheduled = environ.get("CI_PIPELINE_SOURCE") == "schedule"
            return Target(nothing=fill(ISSUE_FITS, why=why) if is_scheduled else why)
        return Target(job=(environ.get("CI_JOB_NAME", ""),), advice=cls.comment_permission)

    @classmethod
    def issue_target(cls, environ: Environ) -> Target:
        if environ.get("CI_MERGE_REQUEST_IID"):
            return Target(nothing=_(ABOUT_REQUEST))
        return Target(
            job=(
                environ.get("CI_CONFIG_PATH") or ".gitlab-ci.yml",
                environ.get("CI_JOB_NAME", ""),
                environ.get("CI_COMMIT_REF_NAME", ""),
            ),
        )

    @classmethod
    def leg(cls, environ: Environ) -> str:
        # the name of a job of parallel: matrix ends with its values
        return environ.get("CI_JOB_NAME", "") if environ.get("CI_NODE_INDEX") else ""

    def requests(self) -> list[str]:
        return [self.environ.get("CI_MERGE_REQUEST_IID", "")]

    def comments(self, number: str, advice: str) -> CommentThread:
        api = self._asking(advice)
        project = self.environ.get("CI_MERGE_REQUEST_PROJECT_URL")  # a note has no address
        return CommentThread(
            api=api,
            list_path=f"{self._request(number)}/notes",
            writer=_writer(api),
            order=lambda: "?sort=asc&order_by=created_at",
            update_method="PUT",
            page=f"{project}/-/merge_requests/{number}#note_" if project else "",
            other="system",
        )

    def issues(self, title: str, labels: Sequence[str]) -> IssueThread:
        api = self._asking(self.issue_permission)
        return IssueThread(
            api=api,
            list_path=f"{self._own_project}/issues",
            writer=_writer(api),
            order=lambda: "?scope=created_by_me&sort=asc",
            update_method="PUT",
            id_field="iid",
            body_field="description",
            opening={"title": title},
            closing={"state_event": "close"},
            reopening={"state_event": "reopen"},
            labeling={"labels": ",".join(labels)} if labels else {},
        )

    def deployments(self, commit: str, environment: str) -> list[Deployment]:
        # GitLab does not filter by commit. CI_COMMIT_SHA is the commit of a merged result.
        query = {"environment": environment} if environment else {}
        path = f"{self._own_project}/deployments"
        path = f"{path}?{urlencode({'order_by': 'id', 'sort': 'desc', **query})}"
        every = self._asking(self.deployments_permission).list_all(path)
        commits = {commit, self.environ.get("CI_COMMIT_SHA")}
        return [
            Deployment(
                environment=text_at(one, "environment", "name"),
                word=text_at(one, "status"),
                stage=STAGES.get(text_at(one, "status"), Stage.UNDER_WAY),
                address=text_at(one, "environment", "external_url"),
            )
            for one in islice(every, LISTED_DEPLOYMENTS)
            if text_at(one, "sha") in commits
        ][:MOST_DEPLOYMENTS]

    def _files(self, number: str) -> RequestFiles:
        api, path = self._asking(self.files_permission), self._request(number)
        files = [*api.list_all(f"{path}/diffs")]
        request = api.ask("GET", path)  # after the files, which another push may have changed
        return RequestFiles(
            head=text_at(request, "sha"),
            names=tuple(text_at(one, key) for one in files for key in ("new_path", "old_path")),
            is_complete=text_at(request, "changes_count") == str(len(files)),  # may end in “+”
        )

    def _request(self, number: str) -> str:
        # In a fork's pipeline CI_PROJECT_ID is the fork; the merge request is the target's.
        target = self.environ.get("CI_MERGE_REQUEST_PROJECT_ID")
        project = _project(target) if target else self._own_project
        return f"{project}/merge_requests/{quote(number, safe='')}"

    @property
    def _own_project(self) -> str:
        return _project(self.environ.get("CI_PROJECT_ID", ""))


def _project(number: str) -> str:
    return f"/projects/{number if number.isdecimal() else 0}"


def _writer(api: RestApi) -> Writer:
    def ask() -> str:
        if found := text_at(api.ask("GET", "/user"), "id"):
            return found
        raise api.unreadable(_("it does not name the token's user"))

    return Writer(ask, "author", "id")
