"""`review-status`: its name, commit and token, and when it is refused."""

import pytest

from genesis_ci.config.sources import Given
from genesis_ci.models import Verb
from genesis_ci.models.change import Change
from tests.builders import WORKFLOW_ID, settings_of
from tests.fakes import files
from tests.unit.config.results import a_triggered, result_json

SHA, EARLIER = "c" * 40, "d" * 40
KEY = "gk_0123456789abcdef"
TOKEN = "ghs_0123456789abcdefghij"


def earlier(**change):
    return result_json(a_triggered(workflow_id=WORKFLOW_ID), api_url="", change=change)


def parsed(*, verb=Verb.RUN, posts=True, environ=None, file=None, **inputs):
    given = {"api-key": KEY, "review-status": "genesis"}
    given |= {} if file else {"workflow-id": WORKFLOW_ID}
    given |= {name.replace("_", "-"): text for name, text in inputs.items()}
    return settings_of(
        {name: Given(text, name) for name, text in given.items()},
        verb=Verb.WAIT if file else verb,
        read_file=files({"result.json": file} if file else {}),
        environ=environ or {},
        attach_from="result.json" if file else None,
        change=Change(sha=SHA),
        posts_statuses=posts,
    )


def test_status_is_for_the_head_of_the_change():
    found = parsed(github_token=TOKEN).review_status
    assert (found.name, found.sha, found.token.reveal()) == ("genesis", SHA, TOKEN)


def test_token_from_the_environment_is_hidden():
    found = parsed(environ={"GITHUB_TOKEN": TOKEN})
    assert found.review_status.token in found.secrets
    assert TOKEN not in str(found)


def test_wait_from_posts_on_the_commit_of_the_file():
    assert parsed(file=earlier(sha=EARLIER)).review_status.sha == EARLIER


@pytest.mark.parametrize("sha", [None, "main", "../../pulls", 7, "D" * 40])
def test_file_without_a_commit_has_no_sha(sha):
    assert parsed(file=earlier(sha=sha)).review_status.sha is None


def test_status_is_refused_outside_github():
    [problem] = parsed(posts=False).problems
    assert problem.words.startswith("review-status: only GitHub Actions has commit statuses; ")
    assert "on-review-pending: wait" in problem.words


@pytest.mark.parametrize("policy", ["pass", "wait"])
def test_status_is_refused_with_another_review_policy(policy):
    [problem] = parsed(on_review_pending=policy).problems
    words = f"review-status: with on-review-pending: {policy} no review is left"
    assert problem.words.startswith(words)


@pytest.mark.parametrize("environ", [{}, {"GITHUB_TOKEN": "  "}, {"GITHUB_TOKEN": "no token"}])
def test_malformed_token_is_ignored(environ):
    found = parsed(environ=environ)
    assert (found.problems, found.review_status.token) == ((), None)


def test_malformed_name_is_refused():
    [problem] = parsed(review_status="a\nb").problems
    assert "it is not a name for a status" in problem.words


def test_name_with_the_key_is_refused():
    [problem] = parsed(review_status=KEY).problems
    assert "it holds the API key" in problem.words


def test_status_is_none_without_a_name():
    assert parsed(review_status="").review_status is None
