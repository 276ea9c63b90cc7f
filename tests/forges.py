"""GitHub and GitLab as stand-ins with comments and statuses: paging, authors, faults, races.

Requests and answers follow GitHub's OpenAPI description, which the contract test checks, and
GitLab's documentation (https://docs.gitlab.com/api/notes/).
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from genesis_ci.api.transport import Request, Response
from genesis_ci.errors import ContactError

SHA = "a" * 40
OTHER_SHA = "b" * 40


@dataclass
class Fault:
    """A fault of the next request of a method, before or after the request takes effect."""

    method: str
    status: int = 502
    acted_on: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    reset: bool = False


@dataclass
class StandIn:
    """What both forges share: comments in order, the token's user, and faults."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    user: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    may_write: bool = True
    seen: list[tuple[str, str, dict[str, Any] | None]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    before: Callable[[str, str], None] = lambda method, path: None
    """Called before a request takes effect, so that another job can write first."""
    list_lags: bool = False

    def handle(self, request: Request) -> Response:
        parts = urlsplit(request.url)
        body = json.loads(request.body) if request.body else None
        self.requests.append(request)
        self.seen.append((request.method, parts.path, body))
        self.before(request.method, parts.path)
        fault = next((one for one in self.faults if one.method == request.method), None)
        if fault:
            self.faults.remove(fault)
            if fault.acted_on:
                self.act(request.method, parts.path, parse_qs(parts.query), body)
            if fault.reset:
                raise ContactError("Lost the connection.", reached=True)
            return Response(status=fault.status, headers=fault.headers, body=b"<html>oh</html>")
        status, headers, value = self.act(request.method, parts.path, parse_qs(parts.query), body)
        text = b"" if value is None else json.dumps(value).encode()
        return Response(status=status, headers=headers, body=text)

    def act(self, method, path, query, body) -> tuple[int, dict[str, str], Any]:
        raise NotImplementedError

    def add(self, body: str, user: dict[str, Any] | None = None) -> dict[str, Any]:
        raise NotImplementedError

    def own(self) -> list[str]:
        return [one["body"] for one in self.comments if one[self.author] == self.user]

    author = "user"

    @property
    def writes(self) -> list[str]:
        return [
            method for method, path, _ in self.seen if method != "GET" and "graphql" not in path
        ]

    def found(self, comment_id: str) -> dict[str, Any] | None:
        return next((one for one in self.comments if str(one["id"]) == comment_id), None)

    def page(self, query) -> tuple[list[dict[str, Any]], int, bool]:
        size = min(int(query.get("per_page", ["30"])[0]), 100)
        number = int(query.get("page", ["1"])[0])
        shown = self.comments[: -1 if self.list_lags else None]
        return shown[(number - 1) * size : number * size], number, number * size < len(shown)


REFUSED = (403, {}, {"message": "Resource not accessible by integration"})
NOT_FOUND = (404, {}, {"message": "Not Found"})


class GitHubStandIn(StandIn):
    """Comments, pull requests and statuses of https://docs.github.com/rest."""

    def __init__(self, *, app: bool = True, graphql: bool = True) -> None:
        name = "github-actions[bot]" if app else "octocat"
        super().__init__(user={"login": name, "id": 1, "type": "Bot" if app else "User"})
        self.app = app
        self.graphql = graphql
        self.statuses: list[dict[str, Any]] = []
        self.pulls = [pull(7, SHA, "contributor/shop", "fix")]

    def add(self, body, user=None):
        at = f"2026-01-01T00:00:{len(self.comments) % 60:02}Z"
        comment = {
            "id": 1000 + len(self.comments),
            "body": body,
            "user": user or self.user,
            "created_at": at,
            "updated_at": at,
        }
        self.comments.append(comment)
        return comment

    def act(self, method, path, query, body):
        match method, path.removeprefix("/repos/acme/shop"):
            case "GET", "/user":
                return REFUSED if self.app else (200, {}, self.user)
            case "POST", "/graphql" if self.graphql:
                return 200, {}, {"data": {"viewer": {"login": self.user["login"]}}}
            case "GET", "/issues/7/comments":
                items, number, more = self.page(query)
                link = f'<https://evil.example/?page={number + 1}>; rel="next"' if more else ""
                return 200, {"link": link} if link else {}, items
            case "GET", "/pulls":
                owner, _, ref = query["head"][0].partition(":")
                return (
                    200,
                    {},
                    [
                        one
                        for one in self.pulls
                        if one["head"]["ref"] == ref
                        and one["head"]["repo"]["full_name"].startswith(f"{owner}/")
                    ],
                )
        if not self.may_write:
            return REFUSED
        match method, path.removeprefix("/repos/acme/shop"):
            case "POST", "/issues/7/comments":
                return 201, {}, self.add(body["body"])
            case "POST", status if found := re.fullmatch("/statuses/([0-9a-f]{40})", status):
                self.statuses.append({"sha": found[1], **body})
                return 201, {}, {"state": body["state"], "context": body["context"]}
            case _, one if found := re.fullmatch("/issues/comments/([0-9]+)", one):
                return self._one(method, found[1], body)
        return NOT_FOUND

    def _one(self, method, comment_id, body):
        comment = self.found(comment_id)
        if comment is None:
            return NOT_FOUND
        if method == "DELETE":
            self.comments.remove(comment)
            return 204, {}, None
        comment["body"] = body["body"]
        return 200, {}, comment


def pull(number: int, sha: str, repository: str, ref: str) -> dict[str, Any]:
    return {
        "number": number,
        "head": {"sha": sha, "ref": ref, "repo": {"full_name": repository}},
    }


class GitLabStandIn(StandIn):
    """A merge request's notes: https://docs.gitlab.com/api/notes/."""

    author = "author"

    def __init__(self) -> None:
        super().__init__(user={"id": 42, "username": "project_9_bot"})

    def add(self, body, user=None):
        note = {
            "id": 500 + len(self.comments),
            "body": body,
            "author": user or self.user,
            "system": False,
        }
        self.comments.append(note)
        return note

    def act(self, method, path, query, body):
        notes = "/projects/9/merge_requests/7/notes"
        match method, path:
            case "GET", "/user":
                return 200, {}, self.user
            case "GET", self_path if self_path == notes:
                assert query["sort"] == ["asc"]
                items, number, more = self.page(query)
                return 200, {"x-next-page": str(number + 1) if more else ""}, items
        if not self.may_write:
            return 403, {}, {"message": "403 Forbidden"}
        if method == "POST" and path == notes:
            return 201, {}, self.add(body["body"])
        found = re.fullmatch(f"{notes}/([0-9]+)", path)
        note = self.found(found[1]) if found else None
        if note is None:
            return 404, {}, {"message": "404 Note Not Found"}
        if method == "DELETE":
            self.comments.remove(note)
            return 204, {}, None
        assert method == "PUT"
        note["body"] = body["body"]
        return 200, {}, note


@dataclass
class MemorySender:
    """Sends to a stand-in without a network; keeps pauses instead of waiting."""

    forge: StandIn
    paused: list[float] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        return self.forge.handle(request)

    def pause(self, seconds: float) -> None:
        self.paused.append(seconds)


@contextmanager
def served(forge: StandIn, prefix: str = "") -> Iterator[str]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            request = Request(
                method=self.command,
                url=self.path.removeprefix(prefix),
                headers={name.lower(): text for name, text in self.headers.items()},
                body=self.rfile.read(length) or None,
            )
            with lock:
                answer = forge.handle(request)
            self.send_response(answer.status)
            for name, text in answer.headers.items():
                self.send_header(name, text)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_one

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
