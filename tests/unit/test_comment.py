"""`genesis-ci comment`: its requirements, messages and exit codes."""

import json

import pytest

from genesis_ci import result
from tests.forges import GitHubStandIn
from tests.unit.forges.jobs import TOKEN, CommentJob, on_github
from tests.unit.reporters.reports import failed


def test_a_comment_needs_no_api_key_and_ignores_the_verdict():
    job = CommentJob(GitHubStandIn(), report=failed())
    assert job.exit_code == 0
    assert job.lines[-1] == "genesis-ci: comment exit-code=0"


def test_a_job_without_a_forge_is_bad_usage():
    job = CommentJob(GitHubStandIn(), {})
    assert job.exit_code == 2
    assert "GitLab and GitHub" in job.errors[0]


@pytest.mark.parametrize("token", ["", "abc def", "abc\ndef"])
def test_a_malformed_token_is_refused_and_not_shown(token):
    forge = GitHubStandIn()
    job = CommentJob(forge, on_github(GITHUB_TOKEN=token))
    assert (job.exit_code, forge.requests) == (2, [])
    assert job.errors[0].startswith("GITHUB_TOKEN")
    assert "abc" not in job.errors[0]


@pytest.mark.parametrize("address", ["http://github.example", "ftp://x", "https://u:p@host"])
def test_a_token_is_sent_only_over_https(address):
    forge = GitHubStandIn()
    job = CommentJob(forge, on_github(GITHUB_API_URL=address))
    assert (job.exit_code, forge.requests) == (2, [])


@pytest.mark.parametrize("text", ["", "no json", "{}"])
def test_a_file_that_is_no_result_json_is_named(text):
    job = CommentJob(GitHubStandIn(), text=text)
    assert job.exit_code == 2
    assert job.errors[0].startswith("--from result.json: ")


@pytest.mark.parametrize("name", ["", " ", "x" * 101])
def test_a_malformed_name_is_refused(name):
    job = CommentJob(GitHubStandIn(), name=name)
    assert (job.exit_code, job.errors) == (2, ["--name: write 1 to 100 characters."])


def test_a_token_in_the_file_is_not_published():
    forge = GitHubStandIn()
    document = json.loads(result.render(failed()))
    document["message"] = f"The server said {TOKEN}."
    CommentJob(forge, text=json.dumps(document))
    assert TOKEN not in forge.own()[0]


def test_the_link_comes_from_the_ci_and_not_from_the_file():
    forge = GitHubStandIn()
    document = json.loads(result.render(failed()))
    document["job_url"] = "https://evil.example/login"
    CommentJob(forge, text=json.dumps(document))
    assert "evil" not in forge.own()[0]
