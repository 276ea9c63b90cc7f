"""The forges as stand-ins: comments, issues, statuses, files, deployments; faults, races.

Requests and answers follow the descriptions that the contract tests check, and for GitLab
https://docs.gitlab.com/api/notes/, …/issues/, …/merge_requests/ and …/deployments/.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import parse_qs, urlsplit

from genesis_ci.http.transport import Request, Response

SHA = "a" * 40
OTHER_SHA = "b" * 40
HOSTS = {"", "api.github.com", "github.example.com", "gitlab.com", "forge.example"}
BAD_GATEWAY = Response(status=502, headers={}, body=b"<html>oh</html>")
REFUSED = (403, {}, {"message": "Resource not accessible by integration"})
NOT_FOUND = (404, {}, {"message": "Not Found"})


@dataclass
class Fault:
    """The fault of the next request of a method, which may take effect nevertheless."""

    method: str
    answer: Response | Exception = BAD_GATEWAY
    acted_on: bool = False


class StandIn:
    """A forge in memory, and the sender of requests to it: comments in order, and faults.

    `comments` are those of request 7, `threads` those of each request. `before` and
    `after` say what another job does around the next request of a method. `seconds` are left for
    pauses. `files` are the changed ones of the request, with their old names. `labels` are those
    that the token may set, any if that is None.
    """

    author = "user"
    update_method = "PATCH"
    id_field = "number"
    body_field = "body"
    opened = "open"
    url_field = "html_url"

    def __init__(self, user: dict[str, Any]) -> None:
        self.user = user
        self.threads: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.comments = self.threads["7"]
        self.issues: list[dict[str, Any]] = []
        self.faults: list[Fault] = []
        self.before: dict[str, Callable[[], object]] = {}
        self.after: dict[str, Callable[[], object]] = {}
        self.files: list[tuple[str, str]] = []
        self.head = SHA
        self.count: str | None = None
        self.may_write = True
        self.labels: set[str] | None = None
        self.deployments: list[dict[str, Any]] = []
        self.requests: list[Request] = []
        self.writes: list[str] = []
        self.paused: list[float] = []
        self.seconds = 180.0

    def send(self, request: Request) -> Response:
        parts = urlsplit(request.url)
        assert parts.netloc in HOSTS
        path = re.sub("^(/git)?/api/v[134]", "", parts.path)
        kind = "GRAPHQL" if path.endswith("/graphql") else request.method
        self.requests.append(request)
        self.writes += [kind] if kind not in {"GET", "GRAPHQL"} else []
        self.before.pop(kind, lambda: None)()
        fault = next((one for one in self.faults if one.method == kind), None)
        if fault:
            self.faults.remove(fault)
        if not fault or fault.acted_on:
            body = json.loads(request.body or "null")
            status, headers, value = self.act(request.method, path, parse_qs(parts.query), body)
        self.after.pop(kind, lambda: None)()
        if not fault:
            text = b"" if value is None else json.dumps(value).encode()
            return Response(status=status, headers=headers, body=text)
        if isinstance(fault.answer, Exception):
            raise fault.answer
        return fault.answer

    def pause(self, seconds: float) -> bool:
        self.paused.append(seconds)
        self.seconds -= seconds
        return self.seconds > 0

    def add(
        self, body: str, user: dict[str, Any] | None = None, *, number: str = "7"
    ) -> dict[str, Any]:
        made = 1000 + sum(map(len, self.threads.values()))
        comment = {"id": made, "body": body, self.author: user or self.user}
        comment |= self.address_of(f"{number}#issuecomment-{made}")
        self.threads[number].append(comment)
        return comment

    def address_of(self, path: str) -> dict[str, str]:
        """Return the field of a comment that has its address for people; GitLab's have none."""
        return {}

    def change(self, method: str, comment_id: str, body) -> tuple[int, dict[str, str], Any]:
        places = ((thread, one) for thread in self.threads.values() for one in thread)
        thread, comment = next((it for it in places if str(it[1]["id"]) == comment_id), (None, {}))
        if thread is None:
            return NOT_FOUND
        if method == "DELETE":
            thread.remove(comment)
            return 204, {}, None
        assert method == self.update_method
        comment["body"] = body["body"]
        return 200, {}, comment

    def open_issue(
        self, fields: dict[str, Any], labels: Sequence[str], user: dict[str, Any] | None = None
    ):
        number = 20 + len(self.issues)
        issue = {
            "id": 5000 + len(self.issues), self.id_field: number,
            "state": self.opened, self.author: user or self.user, **fields,
            self.url_field: f"https://forge.example/acme/shop/issues/{number}",
            "labels": [one for one in labels if self.labels is None or one in self.labels],
        }  # fmt: skip
        self.issues.append(issue)
        return issue

    def change_issue(self, number: str, fields) -> tuple[int, dict[str, str], Any]:
        issue = next((one for one in self.issues if str(one[self.id_field]) == number), None)
        if issue is None:
            return NOT_FOUND
        if event := fields.pop("state_event", None):
            fields["state"] = {"close": "closed", "reopen": "opened"}[event]
        issue.update(fields)
        return 200, {}, issue

    def shown_issues(self) -> list[tuple[str, str]]:
        return [(one["state"], one[self.body_field]) for one in self.issues]

    def own(self) -> list[str]:
        return [one["body"] for one in self.comments if one[self.author] == self.user]

    def touch(self, *names: str) -> None:
        """Add changed files; `OLD -> NEW` is a renamed one."""
        each = (name.split(" -> ") for name in names)
        self.files += [(old_and_new[-1], old_and_new[0]) for old_and_new in each]

    @property
    def counted(self) -> str:
        return self.count or str(len(self.files))

    def page(self, query, items: list[Any]) -> tuple[list[Any], int | None]:
        """Return a page of a list, and the number of the next one."""
        size = min(int(query.get("per_page", ["30"])[0]), 100)
        number = int(query.get("page", ["1"])[0])
        following = number + 1 if number * size < len(items) else None
        return items[(number - 1) * size : number * size], following


class GitHubStandIn(StandIn):
    """Comments, pull requests and statuses of https://docs.github.com/rest."""

    def __init__(self, *, app: bool = True, graphql: str = "/graphql") -> None:
        name = "github-actions[bot]" if app else "octocat"
        super().__init__({"login": name, "id": 1, "type": "Bot" if app else "User"})
        self.app = app
        self.graphql = graphql
        self.statuses: list[dict[str, Any]] = []
        self.pulls = {"contributor:fix": [pull(7)]}
        self.of_commit = [pull(6, state="closed"), pull(7), pull(8, OTHER_SHA)]

    def address_of(self, path: str) -> dict[str, str]:
        return {"html_url": f"https://github.com/acme/shop/pull/{path}"}

    def deploy(self, environment: str, *states: str, sha: str = SHA, **more: str) -> int:
        """Add a deployment with its statuses, the last one with more fields; return its id."""
        number = 100 + len(self.deployments)
        statuses = [
            {"id": at, "state": state, "description": "", "environment_url": ""}
            for at, state in enumerate(states)
        ]
        statuses[-1:] = [one | more for one in statuses[-1:]]
        deployment = {"id": number, "sha": sha, "environment": environment, "description": ""}
        self.deployments.insert(0, deployment | {"statuses": statuses[::-1]})
        return number

    def act(self, method, path, query, body):
        path = path.removeprefix("/repos/acme/shop")
        comments = re.fullmatch("/issues/([0-9]+)/comments", path)
        if re.fullmatch("/issues(/[0-9]+)?", path):
            return self._act_on_issues(method, path, query, body)
        if method == "GET":
            return self._read(path, query, comments)
        if (method, path) == ("POST", self.graphql):
            return 200, {}, {"data": {"viewer": {"login": self.user["login"]}}}
        if not self.may_write:
            return REFUSED
        match method, path:
            case "POST", _ if comments:
                return 201, {}, self.add(body["body"], number=comments[1])
            case "POST", status if found := re.fullmatch("/statuses/([0-9a-f]{40})", status):
                self.statuses.append({"sha": found[1], **body})
                return 201, {}, {"state": body["state"], "context": body["context"]}
            case _, one if found := re.fullmatch("/issues/comments/([0-9]+)", one):
                return self.change(method, found[1], body)
        return NOT_FOUND

    def _read(self, path, query, comments):
        if comments:
            items, following = self.page(query, self.threads[comments[1]])
            link = f'<https://evil.example/?page={following}>; rel="next"'
            return 200, {"link": link} if following else {}, items
        if re.match("/deployments|/commits/", path):
            return 200, {}, self.deployments_or_pulls(path, query)
        match path:
            case "/user":
                return REFUSED if self.app else (200, {}, self.user)
            case "/pulls":
                return 200, {}, self.pulls.get(query["head"][0], [])
            case "/pulls/7":
                return 200, {}, {**pull(7, self.head), "changed_files": int(self.counted)}
            case "/pulls/7/files":
                files, _ = self.page(query, self.files)
                return 200, {}, [changed_file(*names) for names in files]
        return NOT_FOUND

    def _act_on_issues(self, method, path, query, body):
        if method == "GET":
            assert (query["state"], query["direction"]) == (["all"], ["asc"])
            [creator] = query["creator"]
            created = [one for one in self.issues if one["user"]["login"] == creator]
            items, following = self.page(query, created)
            return 200, {"link": '; rel="next"'} if following else {}, items
        if not self.may_write:
            return REFUSED
        if method == "POST":
            labels = body.get("labels", [])
            if any(len(one) > 50 for one in labels):
                return 422, {}, {"message": "Validation Failed"}
            issue = self.open_issue(body, labels)
            issue["labels"] = [{"id": 1, "name": one} for one in issue["labels"]]
            return 201, {}, issue
        assert method == "PATCH"
        return self.change_issue(path.rpartition("/")[2], body)

    def deployments_or_pulls(self, path, query):
        if path.endswith("/statuses"):
            number = path.split("/")[2]
            return next(one["statuses"] for one in self.deployments if str(one["id"]) == number)
        if path.endswith("/pulls"):
            return self.of_commit
        wanted = {name: query[name][0] for name in ("sha", "environment") if name in query}
        return [
            {key: text for key, text in one.items() if key != "statuses"}
            for one in self.deployments
            if wanted.items() <= one.items()
        ][:100]


def pull(
    number: int, sha: str = SHA, repository: str = "contributor/shop", state: str = "open"
) -> dict[str, Any]:
    head = {"sha": sha, "repo": {"full_name": repository}}
    return {"number": number, "state": state, "head": head}


def changed_file(name: str, old: str) -> dict[str, Any]:
    counts = dict.fromkeys(("additions", "changes", "deletions"), 0)
    urls = dict.fromkeys(("blob_url", "contents_url", "raw_url"), "https://github.com/acme/shop")
    renamed = {"status": "renamed", "previous_filename": old}
    status = {"status": "modified"} if name == old else renamed
    return {"sha": OTHER_SHA, "filename": name, **counts, **urls, **status}


class ForgejoStandIn(GitHubStandIn):
    """What https://codeberg.org/api/swagger and Gitea's `routers/api/v1` have in another way."""

    def __init__(self, login: str = "forgejo-actions") -> None:
        super().__init__()
        self.user = {"login": login, "id": -2 if login.endswith("-actions") else 9}
        self.may_read_user = True

    def label_ids(self) -> dict[int, str]:
        """Return the labels of the repository: pages of others, and those that a token may set."""
        others = [f"label {number}" for number in range(60)]
        return dict(enumerate([*others, *sorted(self.labels or {"Genesis", "red light"})], 1))

    def _read(self, path, query, comments):
        if comments:
            return 200, {}, self.threads[comments[1]]
        match path:
            case "/user" if self.may_read_user:
                return 200, {}, self.user
            case "/user":
                return 403, {}, {"message": "required scope(s): [read:user]"}
            case "/labels":
                every = [{"id": key, "name": name} for key, name in self.label_ids().items()]
                return 200, {}, self.page(query, every)[0]
            case "/pulls":  # it has no filter by head
                items, following = self.page(query, [*chain(*self.pulls.values())])
                return 200, {"link": '; rel="next"'} if following else {}, items
            case _ if path.startswith("/deployments"):
                return NOT_FOUND
        return super()._read(path, query, comments)

    def _act_on_issues(self, method, path, query, body):
        if method == "GET":
            assert query["type"] == ["issues"]
            if "created_by" in query:  # there is no user with an id below 0
                return NOT_FOUND
            states = [one for one in self.issues if query["state"] in (["all"], [one["state"]])]
            items, following = self.page(query, [{**one, "pull_request": None} for one in states])
            return 200, {"link": '; rel="next"'} if following else {}, items
        if method == "POST" and self.may_write:
            names = self.label_ids()
            if not all(isinstance(one, int) for one in body.get("labels", [])):
                return 422, {}, {"message": "cannot unmarshal string into int64"}
            body["labels"] = [names[one] for one in body.get("labels", [])]
        status, headers, value = super()._act_on_issues(method, path, query, body)
        return (201 if status == 200 else status), headers, value

    def page(self, query, items: list[Any]) -> tuple[list[Any], int | None]:
        size = min(int(query.get("limit", ["30"])[0]), 50)
        return super().page({**query, "per_page": [str(size)]}, items)


class GitLabStandIn(StandIn):
    """A merge request's notes, files, and issues: https://docs.gitlab.com/api/notes/."""

    author = "author"
    update_method = "PUT"
    id_field = "iid"
    body_field = "description"
    opened = "opened"
    url_field = "web_url"

    def __init__(self) -> None:
        super().__init__({"id": 42, "username": "project_9_bot"})

    def deploy(self, name: str, status: str, url: str | None = None, *, sha: str = SHA) -> None:
        environment = {"id": 1, "name": name, "external_url": url}
        deployment = {"status": status, "sha": sha, "environment": environment}
        self.deployments.insert(0, {"id": 100 + len(self.deployments), **deployment})

    def act(self, method, path, query, body):
        if (method, path) == ("GET", "/projects/9/deployments"):
            assert (query["order_by"], query["sort"]) == (["id"], ["desc"])
            every = [(one, one["environment"]["name"]) for one in self.deployments]
            wanted = query.get("environment", [name for _, name in every])
            return 200, {}, [one for one, name in every if name in wanted]
        notes = re.fullmatch("/projects/9/merge_requests/(7)/notes", path)
        if method == "GET":
            return self._read(path, query, notes)
        if not self.may_write:
            return REFUSED
        if notes:
            return 201, {}, self.add(body["body"], number=notes[1])
        if (method, path) == ("POST", "/projects/9/issues"):
            labels = body.get("labels", "")
            return 201, {}, self.open_issue(body, labels.split(",") if labels else [])
        if found := re.fullmatch("/projects/9/issues/([0-9]+)", path):
            assert method == "PUT"
            return self.change_issue(found[1], body)
        found = re.fullmatch("/projects/9/merge_requests/7/notes/([0-9]+)", path)
        return self.change(method, found[1], body) if found else NOT_FOUND

    def _read(self, path, query, notes):
        match path:
            case "/user":
                return 200, {}, self.user
            case "/projects/9/merge_requests/7":
                return 200, {}, {"iid": 7, "sha": self.head, "changes_count": self.counted}
            case "/projects/9/merge_requests/7/diffs":
                files, _ = self.page(query, self.files)  # a full page may announce no other
                return 200, {}, [{"new_path": name, "old_path": old} for name, old in files]
            case "/projects/9/issues":
                assert query["scope"] == ["created_by_me"]
                listed = [one for one in self.issues if one["author"] == self.user]
            case _ if notes:
                listed = self.threads[notes[1]]
            case _:
                return NOT_FOUND
        assert query["sort"] == ["asc"]
        items, following = self.page(query, listed)
        return 200, {"x-next-page": str(following or "")}, items
