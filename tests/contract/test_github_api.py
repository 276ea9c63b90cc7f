"""GitHub's OpenAPI description contains every request that the GitHub client sends.

`github-openapi.json` is cut out of `generated/api.github.com.json` of the npm package
`@octokit/openapi` 23.0.2 (MIT): the paths that are used, without examples. The answers of the
stand-in are compared with it, too. It does not contain GraphQL.
"""

import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import jsonschema
import pytest

from genesis_ci.api.transport import Request
from genesis_ci.review_status import State
from tests.forges import SHA, Fault, GitHubStandIn
from tests.unit.forges.jobs import CommentJob, finished_run, on_github
from tests.unit.forges.test_github_api import PENDING, posted
from tests.unit.reporters.reports import failed


@cache
def description():
    """Read only when it is used, because it is large."""
    return json.loads((Path(__file__).parent / "github-openapi.json").read_text("utf-8"))


def resolved(node):
    if "$ref" in node:
        found = description()
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found
    return node


def valid(schema, value):
    jsonschema.validate(value, {**schema, "components": description()["components"]})


def described(request: Request):
    """The operation of a request, and the values of its path's parameters."""
    path = urlsplit(request.url).path
    for template, operations in description()["paths"].items():
        found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template), path)
        if found and request.method.lower() in operations:
            return operations[request.method.lower()], found.groupdict()
    raise AssertionError(f"{request.method} {path} is not described")


def typed(schema, text: str):
    return int(text) if schema.get("type") == "integer" and text.isdecimal() else text


def check_request(request: Request) -> None:
    operation, in_path = described(request)
    parameters = [resolved(one) for one in operation.get("parameters", [])]
    known = {(one["in"], one["name"]): one["schema"] for one in parameters}
    given = {("path", name): text for name, text in in_path.items()}
    given |= {("query", name): text for name, text in parse_qsl(urlsplit(request.url).query)}
    for place, text in given.items():
        valid(known[place], typed(known[place], text))
    required = {(one["in"], one["name"]) for one in parameters if one.get("required")}
    assert required <= {*given}
    body = operation.get("requestBody")
    if body is None:
        assert request.body is None
        return
    [(media, content)] = body["content"].items()
    assert request.headers["Content-Type"] == media
    value = json.loads(request.body)
    assert value.keys() <= content["schema"]["properties"].keys()
    valid(content["schema"], value)


def without_graphql(forge: GitHubStandIn) -> list[Request]:
    return [one for one in forge.requests if not one.url.endswith("/graphql")]


@pytest.mark.parametrize("app", [True, False], ids=["a job's token", "a person's token"])
def test_every_request_for_comments_is_described(app):
    """Create, update, remove a duplicate, and find a request by its head."""
    forge = GitHubStandIn(app=app)
    for number in range(130):
        forge.add(f"comment {number}", {"login": "mallory", "id": 66, "type": "User"})
    CommentJob(forge)
    CommentJob(forge, on_github(run=101), report=failed())
    forge.add(forge.own()[0])
    forge.faults = [Fault("PATCH", acted_on=True)]
    afterwards = on_github(run=102, GITHUB_EVENT_NAME="workflow_run")
    CommentJob(forge, on_github(run=102))
    CommentJob(forge, afterwards, event=finished_run())
    requests = without_graphql(forge)
    assert {request.method for request in requests} == {"GET", "POST", "PATCH", "DELETE"}
    assert any("/pulls?" in request.url for request in requests)
    for request in requests:
        check_request(request)


@pytest.mark.parametrize("state", State)
def test_every_status_is_described(state):
    forge = GitHubStandIn()
    posted(forge, PENDING | {"state": state})
    posted(forge, {"state": state, "context": "genesis", "description": "Look."})
    assert len(forge.statuses) == 2
    for request in forge.requests:
        check_request(request)


def test_a_request_that_is_not_described_fails():
    wrong = [
        Request(method="PUT", url="/repos/acme/shop/issues/comments/7", headers={}),
        Request(method="GET", url="/repos/acme/shop/issues/7/comments?sort=x", headers={}),
        Request(method="GET", url="/repos/acme/shop/issues/seven/comments", headers={}),
        Request(
            method="POST",
            url=f"/repos/acme/shop/statuses/{SHA}",
            headers={"Content-Type": "application/json"},
            body=b'{"state": "green"}',
        ),
    ]
    for request in wrong:
        with pytest.raises((AssertionError, KeyError, jsonschema.ValidationError)):
            check_request(request)


def test_the_stand_in_answers_with_described_fields():
    forge = GitHubStandIn()
    made = forge.add("text")
    schema = description()["components"]["schemas"]["issue-comment"]["properties"]
    for name in ("id", "body", "created_at", "updated_at"):
        valid(schema[name], made[name])
    user = description()["components"]["schemas"]["simple-user"]["properties"]
    for name, value in made["user"].items():
        valid(user[name], value)
