"""GitHub's OpenAPI description contains every request that the GitHub client sends.

`github-openapi.json` is cut out of `generated/api.github.com.json` of the npm package
`@octokit/openapi` 23.0.2 (MIT): the paths that are used, without examples, and of issues only the
fields that are used. The answers of the stand-in are compared with it, too. It does not contain
GraphQL.
"""

import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import jsonschema
import pytest

from genesis_ci.features.review_status import State
from genesis_ci.forges.github_api import STAGES
from genesis_ci.http.transport import Request
from genesis_ci.models.change import Change
from tests.forges import SHA, Fault, GitHubStandIn
from tests.unit.forges.jobs import CommentJob, finished_run, on_github, scheduled
from tests.unit.forges.test_github_api import PENDING, deployments, post
from tests.unit.jobs.test_changed_files import selected
from tests.unit.reporters.reports import completed, failed


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


def described(request: Request, paths=None):
    """The operation of a request, and the values of its path's parameters."""
    path = urlsplit(request.url).path
    for template, operations in (paths or description()["paths"]).items():
        found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template), path)
        if found and request.method.lower() in operations:
            return operations[request.method.lower()], found.groupdict()
    raise AssertionError(f"{request.method} {path} is not described")


def check_request(request: Request, paths=None) -> None:
    operation, in_path = described(request, paths)
    parameters = [resolved(one) for one in operation.get("parameters", [])]
    schemas = {one["name"]: one["schema"] for one in parameters}
    given = in_path | dict(parse_qsl(urlsplit(request.url).query))
    for name, text in given.items():
        valid(schemas[name], int(text) if text.isdecimal() else text)
    assert {one["name"] for one in parameters if one.get("required")} <= given.keys()
    body = operation.get("requestBody")
    if body is None:
        assert request.body is None
        return
    [(media, content)] = body["content"].items()
    assert request.headers["Content-Type"] == media
    value = json.loads(request.body)
    assert value.keys() <= content["schema"]["properties"].keys()
    valid(content["schema"], value)


@pytest.mark.parametrize("app", [True, False], ids=["a job's token", "a person's token"])
def test_every_request_for_comments_is_described(app):
    """Create, update, remove a duplicate, and find a request by its head."""
    forge = GitHubStandIn(app=app)
    for number in range(130):
        forge.add(f"comment {number}", {"login": "mallory", "id": 66, "type": "User"})
    CommentJob(forge)
    CommentJob(forge, run=101, report=failed())
    forge.add(forge.own()[0])
    forge.faults = [Fault("PATCH", acted_on=True)]
    CommentJob(forge, run=102)
    CommentJob(forge, on_github(GITHUB_EVENT_NAME="workflow_run"), event=finished_run())
    requests = [one for one in forge.requests if not one.url.endswith("/graphql")]
    assert {request.method for request in requests} == {"GET", "POST", "PATCH", "DELETE"}
    assert any("/pulls?" in request.url for request in requests)
    for request in requests:
        check_request(request)


def test_every_request_for_issues_is_described():
    """Open an issue, update it, and close it."""
    forge = GitHubStandIn()
    for run, report in enumerate((failed(), failed(), completed()), start=100):
        nightly = report._replace(change=Change())
        environ = scheduled(forge, run)
        job = CommentJob(
            forge, environ, event={}, report=nightly, as_issue=True, labels=("genesis", "red")
        )
        assert job.exit_code == 0
    requests = [one for one in forge.requests if not one.url.endswith("/graphql")]
    writes = [(one.method, described(one)[0]["operationId"]) for one in requests]
    assert [one for one in writes if one[0] != "GET"] == [
        ("POST", "issues/create"),
        ("PATCH", "issues/update"),
        ("PATCH", "issues/update"),
    ]
    for request in requests:
        check_request(request)


@pytest.mark.parametrize("state", State)
def test_every_status_is_described(state):
    forge = GitHubStandIn()
    post(forge, PENDING | {"state": state})
    post(forge, {"state": state, "context": "genesis", "description": "Look."})
    assert len(forge.statuses) == 2
    for request in forge.requests:
        check_request(request)


def test_every_request_for_changed_files_is_described():
    forge = GitHubStandIn()
    forge.touch(*map("docs/internal/{}.md".format, range(130)), "a -> b")
    assert selected(forge) == "always"
    assert len(forge.requests) == 3
    for request in [*forge.requests]:
        check_request(request)
        [content] = described(request)[0]["responses"]["200"]["content"].values()
        schema = content["schema"]
        answer = json.loads(forge.send(request).body)
        for value in answer if schema.get("type") == "array" else [answer]:
            valid(schema.get("items", schema), value)


def test_every_request_for_deployments_is_described():
    forge = GitHubStandIn()
    forge.deploy("Preview", "success")
    deployments(forge)
    deployments(forge, "")
    CommentJob(forge, on_github(GITHUB_EVENT_NAME="deployment_status", GITHUB_SHA=SHA))
    paths = [urlsplit(request.url).path for request in forge.requests]
    assert {"statuses", "deployments", "pulls"} <= {path.rpartition("/")[2] for path in paths}
    for request in forge.requests:
        if not request.url.endswith("/graphql"):
            check_request(request)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/issues/comments/7", None),
        ("GET", "/issues/7/comments?sort=x", None),
        ("GET", "/issues/seven/comments", None),
        ("POST", f"/statuses/{SHA}", b'{"state": "green"}'),
    ],
)
def test_a_request_that_is_not_described_fails(method, path, body):
    headers = {"Content-Type": "application/json"}
    request = Request(method=method, url=f"/repos/acme/shop{path}", headers=headers, body=body)
    with pytest.raises((AssertionError, KeyError, jsonschema.ValidationError)):
        check_request(request)


def test_the_stand_in_answers_with_described_fields():
    forge = GitHubStandIn()
    made = forge.add("text")
    schemas = description()["components"]["schemas"]
    for name in ("id", "body", "html_url"):
        valid(schemas["issue-comment"]["properties"][name], made[name])
    for name, value in made["user"].items():
        valid(schemas["simple-user"]["properties"][name], value)
    forge.deploy("Preview", *STAGES, environment_url="https://p.example.com")
    [deployment] = forge.deployments
    statuses = deployment.pop("statuses")
    valid(schemas["deployment"], deployment)
    for status in statuses:
        valid(schemas["deployment-status"], status)
    words = set(schemas["deployment-status"]["properties"]["state"]["enum"])
    assert words - STAGES.keys() == {"pending", "queued", "in_progress"}
