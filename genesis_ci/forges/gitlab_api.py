"""GitLab's merge requests.

https://docs.gitlab.com/api/notes/, https://docs.gitlab.com/api/merge_requests/
"""

from collections.abc import Sequence
from functools import cache

from genesis_ci.errors import ContactError
from genesis_ci.forges.comment_thread import CommentThread
from genesis_ci.forges.forge import Environ, Forge, RequestFiles, Target, run_number
from genesis_ci.forges.rest import FAULT, RestApi
from genesis_ci.strict_json import JsonValue, text_at

COMMENT_PERMISSION = (
    "The token may not do this: it needs the scope api, and its user the role Reporter in the "
    "merge request's project. CI_JOB_TOKEN cannot comment."
)
FILES_PERMISSION = (
    "Add GITLAB_TOKEN as a masked CI/CD variable: a token with the scope read_api and the role "
    "Reporter in the merge request's project."
)


def _target(environ: Environ) -> Target:
    number = environ.get("CI_MERGE_REQUEST_IID", "")
    if not number.isdecimal():
        return Target(
            nothing="this is not a merge request pipeline (CI_MERGE_REQUEST_IID is not set)"
        )
    return Target(
        requests=lambda _: (number,),
        job=(environ.get("CI_JOB_NAME", ""),),
        run=run_number(environ.get("CI_PIPELINE_ID", "")),
    )


def _threads(api: RestApi, environ: Environ, numbers: Sequence[str]) -> dict[str, CommentThread]:
    path = _requests_path(environ)

    @cache
    def user_id() -> str:
        found = text_at(api.ask("GET", "/user"), "id")
        if not found:
            raise ContactError(
                "GitLab's answer does not name the token's user.", reached=True, hint=FAULT
            )
        return found

    def is_own(note: dict[str, JsonValue]) -> bool:
        return text_at(note, "author", "id") == user_id() and note.get("system") is not True

    return {
        number: CommentThread(
            api=api,
            list_path=f"{path}/{number}/notes",
            order="?sort=asc&order_by=created_at",
            comment_path=f"{path}/{number}/notes",
            update_method="PUT",
            is_own=is_own,
        )
        for number in numbers
    }


def _changed_files(api: RestApi, environ: Environ, number: str) -> RequestFiles:
    path = f"{_requests_path(environ)}/{number}"
    files = [*api.list_all(f"{path}/diffs")]
    request = api.ask("GET", path)  # after the files, which another push may have changed
    return RequestFiles(
        head=text_at(request, "sha"),
        names=tuple(text_at(one, key) for one in files for key in ("new_path", "old_path")),
        is_complete=text_at(request, "changes_count") == str(len(files)),  # may end in “+”
    )


def _requests_path(environ: Environ) -> str:
    # In a fork's pipeline CI_PROJECT_ID is the fork; the merge request is the target's.
    project = environ.get("CI_MERGE_REQUEST_PROJECT_ID") or environ.get("CI_PROJECT_ID", "")
    return f"/projects/{project if project.isdecimal() else 0}/merge_requests"


GITLAB = Forge(
    name="GitLab",
    marker="GITLAB_CI",
    address_variable="CI_API_V4_URL",
    default_address="https://gitlab.com/api/v4",
    auth_variable="GITLAB_TOKEN",
    auth_advice="Add GITLAB_TOKEN as a masked CI/CD variable: a token with the scope api and the "
    "role Reporter. Pipelines of forks, and unprotected branches where it is protected, do not get "
    "it.",
    headers=lambda token: {"PRIVATE-TOKEN": token},
    remedies={
        401: "GITLAB_TOKEN is wrong or has expired: set the variable again.",
        **dict.fromkeys((403, 404), COMMENT_PERMISSION),
    },
    target=_target,
    threads=_threads,
    changed_files=_changed_files,
    files_advice=FILES_PERMISSION,
)
