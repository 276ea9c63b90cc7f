"""The event that started a job on GitHub: its pull request, or the run that finished before it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from genesis_ci.providers.base import branch_name
from genesis_ci.strict_json import JsonValue, parse_json, text_at, value_at

MAX_EVENT = 10 * 1024 * 1024
"""Bytes; a larger event file is not read."""
_QUEUED = r"/pr-([0-9]{1,12})-[0-9a-f]{7,64}$"
"""The end of a merge queue's branch, which has the number of the request."""


class GitHubEvent(NamedTuple):
    """An event's texts, as GitHub wrote them; empty for what it does not contain.

    `sha`, `branch`, `repository` and `owner` are those of the change's head. The `run` of a
    `workflow_run` is the finished one; its id is its number on Forgejo and Gitea.
    """

    name: str = ""
    sha: str = ""
    branch: str = ""
    base_branch: str = ""
    request: str = ""
    repository: str = ""
    owner: str = ""
    run_id: str = ""
    run_attempt: str = ""
    run_url: str = ""
    run_file: str = ""
    run_event: str = ""


def read_event(environ: Mapping[str, str]) -> JsonValue:
    """Return the content of the event file; raise `OSError` or `ValueError` if it is unreadable."""
    path = environ.get("GITHUB_EVENT_PATH")
    if not path:
        return None
    with Path(path).open("rb") as file:
        data = file.read(MAX_EVENT + 1)
    if len(data) > MAX_EVENT:
        raise ValueError("the event is too large")
    return parse_json(data.decode()) if data else None


def parse_event(environ: Mapping[str, str], content: JsonValue) -> GitHubEvent:
    """Return the event of a job; `content` is that of its file."""
    match name := environ.get("GITHUB_EVENT_NAME", ""):
        case _ if name.startswith("pull_request"):
            request = value_at(content, "pull_request")
            return GitHubEvent(
                name,
                sha=text_at(request, "head", "sha"),
                branch=text_at(request, "head", "ref") or environ.get("GITHUB_HEAD_REF", ""),
                base_branch=text_at(request, "base", "ref") or environ.get("GITHUB_BASE_REF", ""),
                request=text_at(request, "number"),
                repository=text_at(request, "head", "repo", "full_name"),
            )
        case "merge_group":
            group = value_at(content, "merge_group")
            queued = re.search(_QUEUED, branch_name(text_at(group, "head_ref")) or "")
            return GitHubEvent(
                name,
                sha=text_at(group, "head_sha"),
                branch=text_at(group, "head_ref"),
                base_branch=text_at(group, "base_ref"),
                request=queued[1] if queued else "",
            )
        case "workflow_run":
            run = value_at(content, "workflow_run")
            is_forgejo = environ.get("GITEA_ACTIONS") == "true"
            requests = value_at(run, "pull_requests")
            one = requests[0] if isinstance(requests, list) and len(requests) == 1 else None
            return GitHubEvent(
                name,
                sha=text_at(run, "head_sha"),
                branch=text_at(run, "head_branch"),
                request=text_at(one, "number"),
                repository=text_at(run, "head_repository", "full_name"),
                owner=text_at(run, "head_repository", "owner", "login"),
                run_id=text_at(run, "run_number" if is_forgejo else "id"),
                run_attempt=text_at(run, "run_attempt"),
                run_url=text_at(run, "html_url"),
                run_file=workflow_file(text_at(run, "path")) or text_at(run, "name"),
                run_event=text_at(run, "event"),
            )
        case "issue_comment" if value_at(content, "issue", "pull_request") is not None:
            return GitHubEvent(name, request=text_at(content, "issue", "number"))
        case _:
            ref = environ.get("GITHUB_REF", "")
            branch = ref if ref.startswith("refs/heads/") else ""
            return GitHubEvent(name, sha=environ.get("GITHUB_SHA", ""), branch=branch)


def workflow_file(path: str) -> str:
    """Return the name of a workflow's file, without its folder and the ref behind an `@`."""
    return path.partition("@")[0].rpartition("/")[2]
