"""GitHub's pull requests and commit statuses.

https://docs.github.com/rest/issues/comments, https://docs.github.com/rest/commits/statuses
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from urllib.parse import quote, urlencode

from genesis_ci.errors import ConfigError, ContactError, RefusedError
from genesis_ci.forges.comment_thread import CommentThread
from genesis_ci.forges.forge import Environ, Forge, Head, Subject, run_number
from genesis_ci.forges.rest import Access, Rest, text_of
from genesis_ci.models.report import Problem
from genesis_ci.strict_json import JsonValue

OWN_BOT = "github-actions[bot]"
"""The author of comments that are written with the job's own token."""
STATUS_WAITS = (1.0, 3.0)
"""Seconds to wait after each fault. A status that is posted twice is one."""
STATUS_PERMISSION = (
    "Give the job permissions: statuses: write, and the step github-token: ${{ github.token }} "
    "(GITHUB_TOKEN for the command line). Pull requests from forks get a token that may only read."
)
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")


def post_status(
    fields: Mapping[str, str], *, sha: str | None, access: Access | None, environ: Environ
) -> None:
    """Post a status on a commit of the job's repository; without a token, `access` is None.

    Raises:
        RefusedError: there is no commit, no token, or no permission.
        ContactError: no contact.
    """
    if sha is None:
        raise RefusedError(
            "the commit of the change is unknown.",
            hint="Use an event that has a commit, such as pull_request. wait --from takes it from "
            "the file.",
            status=0,
        )
    if access is None:
        raise RefusedError("there is no token.", hint=STATUS_PERMISSION, status=0)
    path = f"{_repository_path(environ)}/statuses/{quote(sha, safe='')}"
    rest = _rest(access, lambda _: STATUS_PERMISSION)
    for wait in (*STATUS_WAITS, None):
        try:
            rest.ask("POST", path, fields)
        except ContactError as error:
            asked = error.retry_after or 0.0
            if error.permanent or wait is None or not access.sender.pause(max(wait, asked)):
                raise
        else:
            return


def _subject(environ: Environ, event: JsonValue) -> Subject:
    run = run_number(environ.get("GITHUB_RUN_ID", ""), environ.get("GITHUB_RUN_ATTEMPT", ""))
    job = (environ.get("GITHUB_WORKFLOW", ""), environ.get("GITHUB_JOB", ""))
    kind = environ.get("GITHUB_EVENT_NAME", "")
    if kind == "workflow_run":
        return _subject_of_finished_run(event, job, run)
    number = text_of(event, "pull_request", "number")
    if number.isdecimal():
        source = text_of(event, "pull_request", "head", "repo", "full_name")
        foreign = source.lower() != environ.get("GITHUB_REPOSITORY", "").lower()
        return Subject(numbers=(number,), job=job, run=run, foreign=foreign)
    number = text_of(event, "issue", "number")
    if number.isdecimal() and text_of(event, "issue", "pull_request", "url"):
        return Subject(numbers=(number,), job=job, run=run)
    return Subject(nothing=f"the event “{kind or 'none'}” is not about a pull request")


def _subject_of_finished_run(
    event: JsonValue, job: tuple[str, ...], run: tuple[int, ...]
) -> Subject:
    of_run = partial(text_of, event, "workflow_run")
    head = Head(
        owner=of_run("head_repository", "owner", "login"),
        repository=of_run("head_repository", "full_name"),
        branch=of_run("head_branch"),
        sha=of_run("head_sha"),
    )
    if not all((head.owner, head.repository, head.branch, head.sha)):
        return Subject(nothing="the finished run's event names no branch with a commit")
    return Subject(
        head=head,
        nothing=f"no open pull request has {head.sha[:7]} as its head; a newer push replaced it",
        job=job,
        run=(*run_number(of_run("id"), of_run("run_attempt")), *run),
        page=of_run("html_url") or None,
    )


def _threads(access: Access, environ: Environ, subject: Subject) -> dict[str, CommentThread]:
    path = _repository_path(environ)
    rest = _rest(access, partial(_remedy, foreign=subject.foreign))
    login = cache(partial(_login, rest))
    return {
        number: CommentThread(
            rest=rest,
            list_path=f"{path}/issues/{number}/comments",
            comment_path=f"{path}/issues/comments",
            update_method="PATCH",
            is_own=lambda comment: text_of(comment, "user", "login") == login(),
        )
        for number in (
            _requests_with(subject.head, rest, path) if subject.head else subject.numbers
        )
    }


def _requests_with(head: Head, rest: Rest, path: str) -> list[str]:
    query = urlencode({"state": "open", "head": f"{head.owner}:{head.branch}"})
    return [
        text_of(request, "number")
        for request in rest.list_all(f"{path}/pulls?{query}")
        if text_of(request, "head", "sha") == head.sha
        and text_of(request, "head", "repo", "full_name").lower() == head.repository.lower()
    ]


def _login(rest: Rest) -> str:
    """A job's own token has no /user; the token of an app has a login only in GraphQL."""
    try:
        return text_of(rest.ask("GET", "/user"), "login") or OWN_BOT
    except RefusedError as error:
        if error.status not in {403, 404}:
            raise
    try:
        # Enterprise Server has REST at /api/v3 and GraphQL at /api/graphql.
        access = rest.access._replace(base=rest.access.base.removesuffix("/v3"))
        query = {"query": "query { viewer { login } }"}
        answer = replace(rest, access=access).ask("POST", "/graphql", query)
    except RefusedError:
        return OWN_BOT
    return text_of(answer, "data", "viewer", "login") or OWN_BOT


def _remedy(status: int, *, foreign: bool) -> str:
    if status == 401:
        return "The token is wrong or has expired: pass the job's own, github.token."
    if status not in {403, 404}:
        return "Nothing was written; see GitHub's message."
    if foreign:
        return (
            "A pull request from a fork gets a token that may only read: comment from a "
            "workflow_run, as docs/reports.md shows."
        )
    return (
        "The token may not do this: give the job permissions: pull-requests: write, and check "
        "that the conversation is not locked."
    )


def _repository_path(environ: Environ) -> str:
    repository = environ.get("GITHUB_REPOSITORY", "")
    if not _REPOSITORY.fullmatch(repository):
        words = "GITHUB_REPOSITORY is not OWNER/NAME, as GitHub's runner sets it."
        raise ConfigError([Problem(words=words)])
    return f"/repos/{repository}"


def _rest(access: Access, remedy: Callable[[int], str]) -> Rest:
    return Rest(
        name=GITHUB.name,
        access=access,
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {access.token.reveal()}",
            "X-GitHub-Api-Version": "2022-11-28",
        },
        remedy=remedy,
    )


GITHUB = Forge(
    name="GitHub",
    marker="GITHUB_ACTIONS",
    address_variable="GITHUB_API_URL",
    default_address="https://api.github.com",
    auth_variable="GITHUB_TOKEN",
    auth_advice="Pass it to the step: env: GITHUB_TOKEN: ${{ github.token }}, and give the job the "
    "permission pull-requests: write.",
    subject=_subject,
    threads=_threads,
)
