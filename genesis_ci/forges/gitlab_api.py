"""GitLab's merge requests, issues and deployments.

https://docs.gitlab.com/api/notes/, https://docs.gitlab.com/api/issues/,
https://docs.gitlab.com/api/merge_requests/, https://docs.gitlab.com/api/deployments/
"""

from collections.abc import Sequence
from functools import cache
from itertools import islice
from urllib.parse import quote, urlencode

from genesis_ci.errors import ContactError
from genesis_ci.forges.comment_thread import CommentThread, IsOwn
from genesis_ci.forges.forge import (
    ISSUE_FITS,
    LISTED_DEPLOYMENTS,
    MOST_DEPLOYMENTS,
    OF_REQUEST,
    Environ,
    Forge,
    RequestFiles,
    Target,
    run_number,
)
from genesis_ci.forges.rest import FAULT, RestApi
from genesis_ci.language import N_, _, fill
from genesis_ci.models.readiness import Deployment, Stage
from genesis_ci.strict_json import text_at

COMMENT_PERMISSION = N_(
    "The token may not do this: it needs the scope api, and its user the role Reporter in the "
    "merge request's project. CI_JOB_TOKEN cannot comment."
)
FILES_PERMISSION = N_(
    "Add GITLAB_TOKEN as a masked CI/CD variable: a token with the scope read_api and the role "
    "Reporter in the merge request's project."
)
READING_ADVICE = N_(
    "CI_JOB_TOKEN may read the deployments of the job's own project; outside of GitLab's jobs set "
    "GITLAB_TOKEN to a token with the scope read_api."
)
STAGES = {
    "success": Stage.READY,
    "failed": Stage.FAILED,
    "canceled": Stage.OVER,
    "skipped": Stage.OVER,
}
"""A deployment in any other state is under way."""


ISSUE_PERMISSION = N_(
    "The token needs the scope api, and its user the role Reporter; CI_JOB_TOKEN cannot open an "
    "issue. Switch the project's issues on: Settings, General, Visibility, Issues."
)


def _target(environ: Environ) -> Target:
    number = environ.get("CI_MERGE_REQUEST_IID", "")
    if not number.isdecimal():
        why = _("this is not a merge request pipeline (CI_MERGE_REQUEST_IID is not set)")
        is_scheduled = environ.get("CI_PIPELINE_SOURCE") == "schedule"
        return Target(nothing=fill(ISSUE_FITS, why=why) if is_scheduled else why)
    return Target(
        requests=lambda _: (number,),
        job=(environ.get("CI_JOB_NAME", ""),),
        run=_run(environ),
    )


def _run(environ: Environ) -> tuple[int, ...]:
    # the job's id grows when the job is retried
    return run_number(environ.get("CI_PIPELINE_ID", ""), environ.get("CI_JOB_ID", ""))


def _issue_target(environ: Environ) -> Target:
    if environ.get("CI_MERGE_REQUEST_IID"):
        return Target(nothing=_(OF_REQUEST))
    return Target(
        job=(
            environ.get("CI_CONFIG_PATH") or ".gitlab-ci.yml",
            environ.get("CI_JOB_NAME", ""),
            environ.get("CI_COMMIT_REF_NAME", ""),
        ),
        run=_run(environ),
        remedies=dict.fromkeys((403, 404), _(ISSUE_PERMISSION)),
    )


def _threads(api: RestApi, environ: Environ, numbers: Sequence[str]) -> dict[str, CommentThread]:
    is_own = _own(api)
    return {one: _notes(api, f"{_request_path(environ, one)}/notes", is_own) for one in numbers}


def _issues(api: RestApi, environ: Environ, title: str) -> CommentThread:
    path, is_own = f"{_project_path(environ.get('CI_PROJECT_ID', ''))}/issues", _own(api)
    return CommentThread(
        api=api,
        list_path=path,
        comment_path=path,
        update_method="PUT",
        is_own=is_own,
        order="?scope=created_by_me&sort=asc",
        id_field="iid",
        body_field="description",
        title=title,
        closing={"state_event": "close"},
        reopening={"state_event": "reopen"},
        comments_of=lambda iid: _notes(api, f"{path}/{iid}/notes", is_own),
    )


def _project_path(project: str) -> str:
    return f"/projects/{project if project.isdecimal() else 0}"


def _notes(api: RestApi, path: str, is_own: IsOwn) -> CommentThread:
    return CommentThread(
        api=api,
        list_path=path,
        order="?sort=asc&order_by=created_at",
        comment_path=path,
        update_method="PUT",
        is_own=is_own,
    )


def _own(api: RestApi) -> IsOwn:
    @cache
    def user_id() -> str:
        found = text_at(api.ask("GET", "/user"), "id")
        if not found:
            words = _("GitLab's answer does not name the token's user.")
            raise ContactError(words, reached=True, hint=_(FAULT))
        return found

    return lambda one: text_at(one, "author", "id") == user_id() and one.get("system") is not True


def _changed_files(api: RestApi, environ: Environ, number: str) -> RequestFiles:
    path = _request_path(environ, number)
    files = [*api.list_all(f"{path}/diffs")]
    request = api.ask("GET", path)  # after the files, which another push may have changed
    return RequestFiles(
        head=text_at(request, "sha"),
        names=tuple(text_at(one, key) for one in files for key in ("new_path", "old_path")),
        is_complete=text_at(request, "changes_count") == str(len(files)),  # may end in “+”
    )


def _request_path(environ: Environ, number: str) -> str:
    # In a fork's pipeline CI_PROJECT_ID is the fork; the merge request is the target's.
    project = environ.get("CI_MERGE_REQUEST_PROJECT_ID") or environ.get("CI_PROJECT_ID", "")
    return f"{_project_path(project)}/merge_requests/{quote(number, safe='')}"


def _deployments(api: RestApi, environ: Environ, commit: str, environment: str) -> list[Deployment]:
    # GitLab does not filter by commit. CI_COMMIT_SHA is the commit of a merged result.
    query = {"environment": environment} if environment else {}
    path = f"{_project_path(environ.get('CI_PROJECT_ID', ''))}/deployments"
    every = api.list_all(f"{path}?{urlencode({'order_by': 'id', 'sort': 'desc', **query})}")
    commits = {commit, environ.get("CI_COMMIT_SHA")}
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


GITLAB = Forge(
    name="GitLab",
    marker="GITLAB_CI",
    address_variable="CI_API_V4_URL",
    default_address="https://gitlab.com/api/v4",
    auth_variable="GITLAB_TOKEN",
    auth_advice="Add GITLAB_TOKEN as a masked CI/CD variable: a token with the scope api and the "
    "role Reporter. Pipelines of forks, and unprotected branches where it is protected, do not get "
    "it.",
    headers={
        "CI_JOB_TOKEN": lambda token: {"JOB-TOKEN": token},
        "GITLAB_TOKEN": lambda token: {"PRIVATE-TOKEN": token},
    },
    remedies={
        401: N_("GITLAB_TOKEN is wrong or has expired: set the variable again."),
        **dict.fromkeys((403, 404), COMMENT_PERMISSION),
    },
    reading_advice=READING_ADVICE,
    deployments=_deployments,
    target=_target,
    threads=_threads,
    changed_files=_changed_files,
    files_advice=FILES_PERMISSION,
    issue_target=_issue_target,
    issues=_issues,
    # the name of a job of parallel: matrix ends with its values
    leg=lambda environ: environ.get("CI_JOB_NAME", "") if environ.get("CI_NODE_INDEX") else "",
)
