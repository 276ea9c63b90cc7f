"""GitHub's pull requests, issues and commit statuses.

https://docs.github.com/rest/issues/comments, https://docs.github.com/rest/issues/issues,
https://docs.github.com/rest/commits/statuses, https://docs.github.com/rest/deployments
"""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import islice
from typing import ClassVar
from urllib.parse import quote, urlencode

from genesis_ci import DOCUMENTATION
from genesis_ci.errors import ConfigError, RefusedError
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
from genesis_ci.language import N_, _, fill
from genesis_ci.models.ci_run import NUMBER
from genesis_ci.models.readiness import Deployment, Stage
from genesis_ci.models.report import Problem
from genesis_ci.providers.base import branch_name
from genesis_ci.providers.github_event import (
    GitHubEvent,
    parse_event,
    read_event,
    workflow_file,
)
from genesis_ci.strict_json import JsonValue, StrictJsonError, parse_json, text_at, value_at

OWN_BOT = "github-actions[bot]"
"""The author of comments that are written with the job's own token."""
STAGES = {
    "success": Stage.READY,
    "failure": Stage.FAILED,
    "error": Stage.FAILED,
    "inactive": Stage.OVER,
}
"""A deployment in any other state is under way."""
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")


class GitHub(Forge):
    """GitHub and its Enterprise Server."""

    name = "GitHub"
    request_name = N_("pull request #{number}")
    marker = "GITHUB_ACTIONS"
    address_variable = "GITHUB_API_URL"
    default_address = "https://api.github.com"
    auth_variable = "GITHUB_TOKEN"
    auth_advice = N_(
        "Pass it to the step: env: GITHUB_TOKEN: ${{ github.token }}, and give the job the "
        "permission pull-requests: write, or with --issue issues: write."
    )
    headers: ClassVar = {
        "GITHUB_TOKEN": lambda token: {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "X-GitHub-Api-Version": "2022-11-28",
        }
    }
    wrong_token = N_("The token is wrong or has expired: pass the job's own, github.token.")
    comment_permission = N_(
        "The token may not do this: give the job permissions: pull-requests: write, and check "
        "that the conversation is not locked."
    )
    issue_permission = N_(
        "Give the job permissions: issues: write, and switch the repository's issues on: "
        "Settings, General, Features, Issues."
    )
    files_permission = N_(
        "Give the job permissions: pull-requests: read, and the step github-token: "
        "${{ github.token }} (GITHUB_TOKEN for the command line)."
    )
    status_permission = N_(
        "Give the job permissions: statuses: write, and the step github-token: "
        "${{ github.token }} (GITHUB_TOKEN for the command line). Pull requests from forks get a "
        "token that may only read."
    )
    deployments_permission = N_(
        "Give the job permissions: deployments: read, and the step github-token: "
        "${{ github.token }} (GITHUB_TOKEN for the command line)."
    )

    @classmethod
    def comment_target(cls, environ: Environ) -> Target:
        event = _event(environ)
        target = Target(
            job=(*_job(event, environ), cls.leg(environ)),
            finished=_finished(event),
            advice=cls.comment_permission,
        )
        commit = event.sha[:7]
        if event.name == "workflow_run":
            if not all((event.owner, event.repository, event.branch, event.sha)):
                return Target(nothing=_("the finished run's event names no branch with a commit"))
            words = N_("no open pull request has {commit} as its head; a newer push replaced it")
            page = event.run_url or None
            return target._replace(none_found=fill(words, commit=commit), page=page)
        if event.name == "deployment_status":
            none_found = fill("no open pull request has {commit} as its head", commit=commit)
            return target._replace(none_found=none_found)
        if event.request.isdecimal() and event.name != "merge_group":
            own = environ.get("GITHUB_REPOSITORY", "")
            if event.name == "issue_comment" or event.repository.lower() == own.lower():
                return target
            advice = fill(
                "A pull request from a fork gets a token that may only read: comment from a "
                "workflow_run, as {page} shows.",
                page=f"{DOCUMENTATION}comments.html",
            )
            return target._replace(advice=advice)
        why = fill("the event “{name}” is not about a pull request", name=event.name or _("none"))
        return Target(nothing=fill(ISSUE_FITS, why=why) if event.name == "schedule" else why)

    @classmethod
    def issue_target(cls, environ: Environ) -> Target:
        event = _event(environ)
        is_finished = event.name == "workflow_run"
        if event.run_event.startswith("pull_request") or (event.request and not is_finished):
            return Target(nothing=_(ABOUT_REQUEST))
        return Target(
            job=(
                *_job(event, environ),
                branch_name(event.branch) or environ.get("GITHUB_REF_NAME", ""),
                cls.leg(environ),
            ),
            finished=_finished(event),
            page=event.run_url or None,
        )

    @classmethod
    def leg(cls, environ: Environ) -> str:
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

    def requests(self) -> list[str]:
        event = _event(self.environ)
        match event.name:
            case "workflow_run":
                query = urlencode({"state": "open", "head": f"{event.owner}:{event.branch}"})
                path = f"{self._repository}/pulls?{query}"
            case "deployment_status":
                path = f"{self._repository}/commits/{quote(event.sha, safe='')}/pulls"
            case _:
                return [event.request]
        repository = event.repository.lower()  # a deployment's event does not name one
        return [
            text_at(one, "number")
            for one in self._asking(self.comment_permission).list_all(path)
            if text_at(one, "state") == "open"
            and text_at(one, "head", "sha") == event.sha
            and repository in {"", text_at(one, "head", "repo", "full_name").lower()}
        ]

    def comments(self, number: str, advice: str) -> CommentThread:
        return CommentThread(
            api=self._asking(advice),
            list_path=f"{self._repository}/issues/{quote(number, safe='')}/comments",
            comment_path=f"{self._repository}/issues/comments",
            writer=self._writer,
        )

    def issues(self, title: str, labels: Sequence[str]) -> IssueThread:
        writer = self._writer
        return IssueThread(
            api=self._asking(self.issue_permission, (403, 404, 410)),
            list_path=f"{self._repository}/issues",
            writer=writer,
            order=lambda: (
                f"?{urlencode({'creator': writer.name(), 'state': 'all', 'direction': 'asc'})}"
            ),
            other="pull_request",
            id_field="number",
            opening={"title": title},
            closing={"state": "closed"},
            reopening={"state": "open"},
            labeling={"labels": [*labels]} if labels else {},
        )

    def deployments(self, commit: str, environment: str) -> list[Deployment]:
        api = self._asking(self.deployments_permission)
        path = f"{self._repository}/deployments"
        is_merged = re.fullmatch("refs/pull/[0-9]+/merge", self.environ.get("GITHUB_REF", ""))
        merged = self.environ.get("GITHUB_SHA", "") if is_merged else ""
        query = {"environment": environment} if environment else {}
        found: list[JsonValue] = []
        for sha in {commit, merged} - {""}:
            every = api.list_all(f"{path}?{urlencode({'sha': sha, **query})}")
            found += islice(every, LISTED_DEPLOYMENTS)
        newest = sorted(found, key=_id, reverse=True)[:MOST_DEPLOYMENTS]
        statuses = (api.list_all(f"{path}/{_id(one)}/statuses") for one in newest)
        return [
            _deployment(one, max(each, key=_id, default=None))
            for one, each in zip(newest, statuses, strict=True)
        ]

    def _files(self, number: str) -> RequestFiles:
        api = self._asking(self.files_permission)
        path = f"{self._repository}/pulls/{quote(number, safe='')}"
        files = [*api.list_all(f"{path}/files")]
        request = api.ask("GET", path)  # after the files, which another push may have changed
        return RequestFiles(
            head=text_at(request, "head", "sha"),
            names=tuple(
                text_at(one, key) for one in files for key in ("filename", "previous_filename")
            ),
            is_complete=text_at(request, "changed_files") == str(len(files)),
        )

    def _status_path(self, sha: str) -> str:
        return f"{self._repository}/statuses/{quote(sha, safe='')}"

    @cached_property
    def _writer(self) -> Writer:
        return Writer(self._login, "user", "login")

    def _login(self) -> str:
        """The token's user; a job's own token has no /user, an app's a login only in GraphQL."""
        try:
            return text_at(self.api.ask("GET", "/user"), "login") or OWN_BOT
        except RefusedError as error:
            if error.status not in {403, 404}:
                raise
        # Enterprise Server has REST at /api/v3 and GraphQL at /api/graphql.
        graphql = replace(self.api, base=self.api.base.removesuffix("/v3"))
        try:
            answer = graphql.ask("POST", "/graphql", {"query": "query { viewer { login } }"})
        except RefusedError:
            return OWN_BOT
        return text_at(answer, "data", "viewer", "login") or OWN_BOT

    @property
    def _repository(self) -> str:
        """The path of the repository."""
        repository = self.environ.get("GITHUB_REPOSITORY", "")
        if not _REPOSITORY.fullmatch(repository):
            words = "GITHUB_REPOSITORY is not OWNER/NAME, as GitHub's runner sets it."
            raise ConfigError([Problem(words=words)])
        return f"/repos/{repository}"


def _event(environ: Environ) -> GitHubEvent:
    try:
        return parse_event(environ, read_event(environ))
    except StrictJsonError as error:
        reason = f"is {error}"
    except (OSError, ValueError):
        reason = "cannot be read"
    raise ConfigError([Problem(words=f"GITHUB_EVENT_PATH: the event {reason}.")])


def _job(event: GitHubEvent, environ: Environ) -> tuple[str, ...]:
    """Return the job and its workflow's file, after the file of a finished run."""
    file = workflow_file(environ.get("GITHUB_WORKFLOW_REF", "")) or environ.get("GITHUB_WORKFLOW")
    finished = (event.run_file,) if event.name == "workflow_run" else ()
    return (*finished, file or "", environ.get("GITHUB_JOB", ""))


def _finished(event: GitHubEvent) -> tuple[int, ...]:
    """Return run and attempt that a job follows; the attempt is 0 if the event has none."""
    if not re.fullmatch(NUMBER, event.run_id):
        return ()
    attempt = re.fullmatch(NUMBER, event.run_attempt)
    return (int(event.run_id), int(attempt[0]) if attempt else 0)


def _deployment(one: JsonValue, latest: JsonValue) -> Deployment:
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
