"""GitHub's pull requests: https://docs.github.com/rest/issues/comments."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import ClassVar
from urllib.parse import urlencode

from genesis_ci.errors import ConfigError, RefusedError
from genesis_ci.forges.base import Access, Head, Subject
from genesis_ci.forges.comments import Comment
from genesis_ci.forges.rest import Rest, text_of
from genesis_ci.models import Problem
from genesis_ci.strict_json import JsonValue

API_VERSION = "2022-11-28"
OWN_BOT = "github-actions[bot]"
"""Whose comments those of a job's own token are."""
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")


def repository_of(environ: Mapping[str, str]) -> str:
    """Return OWNER/NAME of the job's repository. Raises `ConfigError` where there is none."""
    repository = environ.get("GITHUB_REPOSITORY", "")
    if not _REPOSITORY.fullmatch(repository):
        words = "GITHUB_REPOSITORY is not OWNER/NAME, as GitHub's runner sets it."
        raise ConfigError([Problem(words=words)])
    return repository


def rest_of(access: Access, remedy: Callable[[int], str]) -> Rest:
    """Return GitHub's API; `remedy` says what to do about a refusal."""
    return Rest(
        name="GitHub",
        base=access.base,
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {access.token.reveal()}",
            "User-Agent": access.user_agent,
            "X-GitHub-Api-Version": API_VERSION,
        },
        wire=access.wire,
        scrub=access.scrub,
        remedy=remedy,
    )


class GitHub:
    """The pull requests of the job's repository."""

    name: ClassVar[str] = "GitHub"
    token_variable: ClassVar[str] = "GITHUB_TOKEN"
    no_token: ClassVar[str] = (
        "Pass it to the step: env: GITHUB_TOKEN: ${{ github.token }}, and give the job the "
        "permission pull-requests: write."
    )

    @classmethod
    def detects(cls, environ: Mapping[str, str]) -> bool:
        """Return whether the job runs on GitHub, or is told of its API."""
        return environ.get("GITHUB_ACTIONS") == "true" or bool(environ.get("GITHUB_API_URL"))

    @classmethod
    def address(cls, environ: Mapping[str, str]) -> str:
        """Return the API's address."""
        return environ.get("GITHUB_API_URL") or "https://api.github.com"

    @classmethod
    def subject(cls, environ: Mapping[str, str], event: JsonValue) -> Subject:
        """Return the pull request of the event, or the head by which to find it.

        A run that follows another one (`workflow_run`) is as new as that one.
        """
        run = _run(environ.get("GITHUB_RUN_ID", ""), environ.get("GITHUB_RUN_ATTEMPT", ""))
        job = (environ.get("GITHUB_WORKFLOW", ""), environ.get("GITHUB_JOB", ""))
        kind = environ.get("GITHUB_EVENT_NAME", "")
        if kind == "workflow_run":
            return _of_finished_run(event, job, run)
        number = text_of(event, "pull_request", "number")
        if number.isdecimal():
            theirs = text_of(event, "pull_request", "head", "repo", "full_name")
            foreign = theirs.lower() != environ.get("GITHUB_REPOSITORY", "").lower()
            return Subject(numbers=(number,), job=job, run=run, foreign=foreign)
        number = text_of(event, "issue", "number")
        if number.isdecimal() and text_of(event, "issue", "pull_request", "url"):
            return Subject(numbers=(number,), job=job, run=run)
        return Subject(nothing=f"the event “{kind or 'none'}” is about no pull request")

    def __init__(self, access: Access, environ: Mapping[str, str], subject: Subject) -> None:
        self._path = f"/repos/{repository_of(environ)}"
        self._subject = subject
        self._rest = rest_of(access, self._remedy)

    def numbers(self) -> tuple[str, ...]:
        """Return the pull request of the event, or those that have the event's head."""
        head = self._subject.head
        if head is None:
            return self._subject.numbers
        query = urlencode({"state": "open", "head": f"{head.owner}:{head.branch}"})
        return tuple(
            text_of(request, "number")
            for request in self._rest.list_all(f"{self._path}/pulls?{query}")
            if text_of(request, "head", "sha") == head.sha
            and text_of(request, "head", "repo", "full_name").lower() == head.repository.lower()
        )

    def thread(self, number: str) -> "GitHubThread":
        """Return the comments of a pull request."""
        return GitHubThread(self._rest, self._path, number)

    def _remedy(self, status: int) -> str:
        if status == 401:
            return "The token is wrong or has expired: pass the job's own, github.token."
        if status not in {403, 404}:
            return "Nothing was written; see GitHub's words."
        if self._subject.foreign:
            return (
                "A pull request from a fork gets a token that may only read: comment from a "
                "workflow_run, as docs/comments.md shows."
            )
        return (
            "The token may not do this: give the job permissions: pull-requests: write, and see "
            "that the conversation is not locked."
        )


class GitHubThread:
    """The comments of one pull request; to GitHub it is an issue."""

    def __init__(self, rest: Rest, path: str, number: str) -> None:
        self._rest = rest
        self._list = f"{path}/issues/{number}/comments"
        self._each = f"{path}/issues/comments"

    @cached_property
    def _login(self) -> str:
        """Whose token it is. A job's own has no user to ask for; an app's names itself here."""
        try:
            return text_of(self._rest.ask("GET", "/user"), "login") or OWN_BOT
        except RefusedError as error:
            if error.status not in {403, 404}:
                raise
        return self._viewer() or OWN_BOT

    def _viewer(self) -> str:
        try:
            return text_of(
                self._rest.ask("POST", "/graphql", {"query": "query { viewer { login } }"}),
                "data",
                "viewer",
                "login",
            )
        except RefusedError:
            return ""

    def own_comments(self) -> Sequence[Comment]:
        """Return those of the token's own user."""
        return [
            Comment(id=text_of(one, "id"), body=text_of(one, "body"))
            for one in self._rest.list_all(self._list)
            if text_of(one, "user", "login") == self._login
        ]

    def create(self, body: str) -> None:
        """Add a comment."""
        self._rest.ask("POST", self._list, {"body": body})

    def update(self, comment_id: str, body: str) -> None:
        """Replace a comment's text."""
        self._rest.ask("PATCH", f"{self._each}/{comment_id}", {"body": body})

    def delete(self, comment_id: str) -> None:
        """Remove a comment."""
        self._rest.ask("DELETE", f"{self._each}/{comment_id}")


def _run(*numbers: str) -> tuple[int, ...]:
    return tuple(int(one) if one.isdecimal() and len(one) <= 20 else 0 for one in numbers)


def _of_finished_run(event: JsonValue, job: tuple[str, ...], run: tuple[int, ...]) -> Subject:
    def of(*keys: str) -> str:
        return text_of(event, "workflow_run", *keys)

    head = Head(
        owner=of("head_repository", "owner", "login"),
        repository=of("head_repository", "full_name"),
        branch=of("head_branch"),
        sha=of("head_sha"),
    )
    if not all((head.owner, head.repository, head.branch, head.sha)):
        return Subject(nothing="the finished run's event names no branch with a commit")
    return Subject(
        head=head,
        nothing=f"no open pull request has {head.sha[:7]} as its head; a newer push replaced it",
        job=job,
        run=(*_run(of("id"), of("run_attempt")), *run),
        page=of("html_url") or None,
    )
