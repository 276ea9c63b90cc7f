"""GitHub's pull requests, issues and commit statuses.

https://docs.github.com/rest/issues/comments, https://docs.github.com/rest/issues/issues,
https://docs.github.com/rest/commits/statuses, https://docs.github.com/rest/deployments
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import islice
from urllib.parse import quote, urlencode

from genesis_ci import DOCUMENTATION
from genesis_ci.errors import ConfigError, RefusedError
from genesis_ci.forges.comment_thread import CommentThread
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
from genesis_ci.forges.rest import RestApi
from genesis_ci.http.repeat import repeated
from genesis_ci.language import N_, _, fill
from genesis_ci.models.readiness import Deployment, Stage
from genesis_ci.models.report import Problem
from genesis_ci.providers.base import branch_name
from genesis_ci.providers.github_event import GitHubEvent, event_of, read_event
from genesis_ci.redaction import Secret
from genesis_ci.strict_json import JsonValue, StrictJsonError, parse_json, text_at, value_at

OWN_BOT = "github-actions[bot]"
"""The author of comments that are written with the job's own token."""
STATUS_WAITS = (1.0, 3.0)
"""Seconds to wait after each fault. A status that is posted twice is one."""
STATUS_PERMISSION = N_(
    "Give the job permissions: statuses: write, and the step github-token: ${{ github.token }} "
    "(GITHUB_TOKEN for the command line). Pull requests from forks get a token that may only read."
)
COMMENT_PERMISSION = N_(
    "The token may not do this: give the job permissions: pull-requests: write, and check that the "
    "conversation is not locked."
)
FILES_PERMISSION = N_(
    "Give the job permissions: pull-requests: read, and the step github-token: ${{ github.token }} "
    "(GITHUB_TOKEN for the command line)."
)
ISSUE_PERMISSION = N_(
    "Give the job permissions: issues: write, and switch the repository's issues on: Settings, "
    "General, Features, Issues."
)
FORK_ADVICE = N_(
    "A pull request from a fork gets a token that may only read: comment from a workflow_run, as "
    "{page} shows."
)
READING_ADVICE = N_(
    "Give the job permissions: deployments: read, and the step github-token: ${{ github.token }} "
    "(GITHUB_TOKEN for the command line)."
)
STAGES = {
    "success": Stage.READY,
    "failure": Stage.FAILED,
    "error": Stage.FAILED,
    "inactive": Stage.OVER,
}
"""A deployment in any other state is under way."""
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")


def commit_and_token(sha: str | None, token: Secret | None) -> tuple[str, Secret]:
    """Return what a status needs; raise `RefusedError` if the commit or the token is missing."""
    if sha is None:
        raise RefusedError(
            _("the commit of the change is unknown."),
            hint=_(
                "Use an event that has a commit, such as pull_request. wait --from takes it from "
                "the file."
            ),
            status=0,
        )
    if token is None:
        raise RefusedError(_("there is no token."), hint=_(STATUS_PERMISSION), status=0)
    return sha, token


def post_status(fields: Mapping[str, str], *, sha: str, api: RestApi, environ: Environ) -> None:
    """Post a status on a commit; raise `RefusedError` or `ContactError`."""
    path = f"{_repository_path(environ)}/statuses/{quote(sha, safe='')}"
    api = replace(api, remedies=dict.fromkeys(range(400, 500), _(STATUS_PERMISSION)))
    post = partial(api.ask, "POST", path, fields)
    repeated(post, waits=iter(STATUS_WAITS), pause=api.sender.pause)


def _target(environ: Environ) -> Target:
    event = _event(environ)
    run = _run(event, environ)
    job = (environ.get("GITHUB_WORKFLOW", ""), environ.get("GITHUB_JOB", ""), _leg(environ))
    if event.name == "workflow_run":
        if not all((event.owner, event.repository, event.branch, event.sha)):
            return Target(nothing=_("the finished run's event names no branch with a commit"))
        text = N_("no open pull request has {commit} as its head; a newer push replaced it")
        return Target(
            requests=partial(_requests_with, event, environ),
            nothing=fill(text, commit=event.sha[:7]),
            job=job,
            run=run,
            page=event.run_url or None,
        )
    if event.name == "deployment_status":
        text = N_("no open pull request has {commit} as its head")
        return Target(
            requests=partial(_requests_of, event, environ),
            nothing=fill(text, commit=event.sha[:7]),
            job=job,
            run=run,
        )
    if event.request.isdecimal() and event.name != "merge_group":
        own = environ.get("GITHUB_REPOSITORY", "")
        page = f"{DOCUMENTATION}reports.html"
        from_fork = event.name != "issue_comment" and event.repository.lower() != own.lower()
        return Target(
            requests=lambda _: (event.request,),
            job=job,
            run=run,
            remedies=dict.fromkeys((403, 404), fill(FORK_ADVICE, page=page)) if from_fork else {},
        )
    why = fill("the event “{name}” is not about a pull request", name=event.name or _("none"))
    return Target(nothing=fill(ISSUE_FITS, why=why) if event.name == "schedule" else why)


def _issue_target(environ: Environ) -> Target:
    event = _event(environ)
    is_finished = event.name == "workflow_run"
    if event.run_event.startswith("pull_request") or (event.request and not is_finished):
        return Target(nothing=_(OF_REQUEST))
    file = environ.get("GITHUB_WORKFLOW_REF", "").partition("@")[0].rpartition("/")[2]
    return Target(
        job=(
            file or environ.get("GITHUB_WORKFLOW", ""),
            environ.get("GITHUB_JOB", ""),
            branch_name(event.branch) or environ.get("GITHUB_REF_NAME", ""),
            _leg(environ),
        ),
        run=_run(event, environ),
        remedies=dict.fromkeys((403, 404, 410), _(ISSUE_PERMISSION)),
        page=event.run_url or None,
    )


def _leg(environ: Environ) -> str:
    """Return the leg in the comment action's input, which is `toJSON(matrix)` by default."""
    text = environ.get("COMMENT_LEG", "").strip()
    try:
        matrix = parse_json(text)
    except StrictJsonError:
        return text
    if not isinstance(matrix, dict):
        return "" if matrix is None else text
    dump = partial(json.dumps, ensure_ascii=False, sort_keys=True)
    each = ((key, matrix[key]) for key in sorted(matrix))
    return ", ".join(f"{key}={one if isinstance(one, str) else dump(one)}" for key, one in each)


def _run(event: GitHubEvent, environ: Environ) -> tuple[int, ...]:
    """Return the numbers of this run, after those of a finished one."""
    run = run_number(environ.get("GITHUB_RUN_ID", ""), environ.get("GITHUB_RUN_ATTEMPT", ""))
    finished = run_number(event.run_id, event.run_attempt) if event.run_id else ()
    return (*finished, *run)


def _event(environ: Environ) -> GitHubEvent:
    try:
        return event_of(environ, read_event(environ))
    except StrictJsonError as error:
        reason = f"is {error}"
    except (OSError, ValueError):
        reason = "cannot be read"
    raise ConfigError([Problem(words=f"GITHUB_EVENT_PATH: the event {reason}.")])


def _requests_with(event: GitHubEvent, environ: Environ, api: RestApi) -> list[str]:
    query = urlencode({"state": "open", "head": f"{event.owner}:{event.branch}"})
    return [
        text_at(request, "number")
        for request in api.list_all(f"{_repository_path(environ)}/pulls?{query}")
        if text_at(request, "head", "sha") == event.sha
        and text_at(request, "head", "repo", "full_name").lower() == event.repository.lower()
    ]


def _requests_of(event: GitHubEvent, environ: Environ, api: RestApi) -> list[str]:
    path = f"{_repository_path(environ)}/commits/{quote(event.sha, safe='')}/pulls"
    return [
        text_at(request, "number")
        for request in api.list_all(path)
        if text_at(request, "state") == "open" and text_at(request, "head", "sha") == event.sha
    ]


def _deployments(api: RestApi, environ: Environ, commit: str, environment: str) -> list[Deployment]:
    path = f"{_repository_path(environ)}/deployments"
    is_merged = re.fullmatch("refs/pull/[0-9]+/merge", environ.get("GITHUB_REF", ""))
    merged = environ.get("GITHUB_SHA", "") if is_merged else ""
    query = {"environment": environment} if environment else {}
    found: list[JsonValue] = []
    for sha in {commit, merged} - {""}:
        every = api.list_all(f"{path}?{urlencode({'sha': sha, **query})}")
        found += islice(every, LISTED_DEPLOYMENTS)
    newest = sorted(found, key=_id, reverse=True)[:MOST_DEPLOYMENTS]
    return [_deployment(api, f"{path}/{_id(one)}", one) for one in newest]


def _deployment(api: RestApi, path: str, one: JsonValue) -> Deployment:
    latest = max(api.list_all(f"{path}/statuses"), key=_id, default=None)
    word = text_at(latest, "state") or _("no status")
    return Deployment(
        environment=text_at(one, "environment"),
        word=word,
        stage=STAGES.get(word, Stage.UNDER_WAY),
        address=text_at(latest, "environment_url"),
        description=text_at(latest, "description"),
    )


def _id(one: JsonValue) -> int:
    found = value_at(one, "id")
    return found if isinstance(found, int) else 0


def _threads(api: RestApi, environ: Environ, numbers: Sequence[str]) -> dict[str, CommentThread]:
    path, login = f"{_repository_path(environ)}/issues", cache(partial(_login, api))
    return {number: _comments(api, path, number, login) for number in numbers}


def _comments(api: RestApi, path: str, number: str, login: Callable[[], str]) -> CommentThread:
    return CommentThread(
        api=api,
        list_path=f"{path}/{quote(number, safe='')}/comments",
        comment_path=f"{path}/comments",
        update_method="PATCH",
        is_own=lambda comment: text_at(comment, "user", "login") == login(),
    )


def _issues(api: RestApi, environ: Environ, title: str) -> CommentThread:
    path, login = f"{_repository_path(environ)}/issues", _login(api)
    return CommentThread(
        api=api,
        list_path=path,
        comment_path=path,
        update_method="PATCH",
        is_own=lambda one: text_at(one, "user", "login") == login and "pull_request" not in one,
        order=f"?{urlencode({'creator': login, 'state': 'all', 'direction': 'asc'})}",
        id_field="number",
        title=title,
        closing={"state": "closed"},
        reopening={"state": "open"},
        comments_of=lambda number: _comments(api, path, number, lambda: login),
    )


def _changed_files(api: RestApi, environ: Environ, number: str) -> RequestFiles:
    path = f"{_repository_path(environ)}/pulls/{quote(number, safe='')}"
    files = [*api.list_all(f"{path}/files")]
    request = api.ask("GET", path)  # after the files, which another push may have changed
    return RequestFiles(
        head=text_at(request, "head", "sha"),
        names=tuple(
            text_at(one, key) for one in files for key in ("filename", "previous_filename")
        ),
        is_complete=text_at(request, "changed_files") == str(len(files)),
    )


def _login(api: RestApi) -> str:
    """A job's own token has no /user; the token of an app has a login only in GraphQL."""
    try:
        return text_at(api.ask("GET", "/user"), "login") or OWN_BOT
    except RefusedError as error:
        if error.status not in {403, 404}:
            raise
    # Enterprise Server has REST at /api/v3 and GraphQL at /api/graphql.
    graphql = replace(api, base=api.base.removesuffix("/v3"))
    try:
        answer = graphql.ask("POST", "/graphql", {"query": "query { viewer { login } }"})
    except RefusedError:
        return OWN_BOT
    return text_at(answer, "data", "viewer", "login") or OWN_BOT


def _repository_path(environ: Environ) -> str:
    repository = environ.get("GITHUB_REPOSITORY", "")
    if not _REPOSITORY.fullmatch(repository):
        words = "GITHUB_REPOSITORY is not OWNER/NAME, as GitHub's runner sets it."
        raise ConfigError([Problem(words=words)])
    return f"/repos/{repository}"


GITHUB = Forge(
    name="GitHub",
    marker="GITHUB_ACTIONS",
    address_variable="GITHUB_API_URL",
    default_address="https://api.github.com",
    auth_variable="GITHUB_TOKEN",
    auth_advice="Pass it to the step: env: GITHUB_TOKEN: ${{ github.token }}, and give the job the "
    "permission pull-requests: write, or with --issue issues: write.",
    headers={
        "GITHUB_TOKEN": lambda token: {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "X-GitHub-Api-Version": "2022-11-28",
        }
    },
    remedies={
        401: N_("The token is wrong or has expired: pass the job's own, github.token."),
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
    leg=_leg,
)
