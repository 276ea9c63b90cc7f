"""`review-status`: its name, commit and token, and when it is refused."""

from typing import Any

import pytest

from genesis_ci.config.settings import ReviewStatus, Settings
from genesis_ci.forges.github_api import GitHub
from genesis_ci.models.change import Change
from genesis_ci.models.workflow import Verb
from genesis_ci.redaction import Secret
from tests.builders import WORKFLOW_ID
from tests.unit.config.configs import PATH, a_triggered, parse, result_json

SHA = "c" * 40
TOKEN = "ghs_0123456789abcdefghij"


def parsed(*config: str, **given: Any) -> Settings:
    options = {"change": Change(sha=SHA), "ci": "GITHUB_ACTIONS", "environ": {}}
    return parse(*config, **{"review_status": "genesis", **options, **given})


def test_status_is_for_the_head_of_the_change():
    found = parsed(github_token=TOKEN)
    assert found.review_status == ReviewStatus("genesis", SHA, GitHub, Secret(TOKEN))
    assert parsed(review_status="").review_status is None


def test_token_from_the_environment_is_hidden():
    found = parsed(environ={"GITHUB_TOKEN": TOKEN})
    assert found.review_status.token.reveal() in found.scrub.values
    assert TOKEN not in str(found)


@pytest.mark.parametrize("text", ["", "  ", "no token"])
def test_malformed_token_is_ignored(text):
    found = parsed(environ={"GITHUB_TOKEN": text} if text else {})
    assert (found.problems, found.review_status.token) == ((), None)


@pytest.mark.parametrize(
    ("sha", "found"),
    [("d" * 40, "d" * 40), (None, None), ("d" * 7, None)],
)
def test_wait_from_posts_on_the_commit_of_the_file(sha, found):
    text = result_json(a_triggered(workflow_id=WORKFLOW_ID), change={"sha": sha})
    waits = parsed(verb=Verb.WAIT, attach_from=PATH, contents={PATH: text})
    assert waits.review_status.sha == found


@pytest.mark.parametrize("given", [{"ci": ""}, {"accept": "review_pending"}])
def test_refused_status_is_not_posted(given):
    assert parsed(**given).review_status is None


def test_what_keeps_the_status_from_being_pending_is_refused():
    entries = (
        f"  - {{name: {name}, workflow-id: {WORKFLOW_ID}, {name}: {value}}}\n"
        for name, value in (("max-review-time", "1h"), ("accept", "review_pending"))
    )
    found = parsed(f"version: 1\nworkflows:\n{''.join(entries)}")
    accepted, waited = (one.words for one in found.problems)
    assert "accept: review_pending" in accepted
    assert "max-review-time" in waited
