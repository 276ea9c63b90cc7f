"""`genesis-ci comment`: what it needs, what it says, and with which code it ends."""

import json

import pytest

from genesis_ci import result
from tests.forges import GitHubStandIn
from tests.unit.forges.jobs import TOKEN, CommentJob, on_github
from tests.unit.reporters.reports import failed


def test_it_needs_no_key_of_genesis_and_its_code_is_not_the_verdict_s():
    job = CommentJob(GitHubStandIn(), report=failed())
    assert job.exit_code == 0
    assert job.lines[-1] == "genesis-ci: comment exit-code=0"


def test_elsewhere_than_on_a_forge_is_bad_usage():
    job = CommentJob(GitHubStandIn(), {})
    assert job.exit_code == 2
    assert "GitLab and GitHub" in job.errors[0]


@pytest.mark.parametrize("token", ["", "abc def", "abc\ndef"])
def test_a_token_that_is_none_is_refused_without_being_shown(token):
    forge = GitHubStandIn()
    job = CommentJob(forge, on_github(GITHUB_TOKEN=token))
    assert (job.exit_code, forge.requests) == (2, [])
    assert job.errors[0].startswith("GITHUB_TOKEN")
    assert "abc" not in job.errors[0]


@pytest.mark.parametrize("address", ["http://github.example", "ftp://x", "https://u:p@host"])
def test_a_token_never_goes_out_in_the_clear(address):
    forge = GitHubStandIn()
    job = CommentJob(forge, on_github(GITHUB_API_URL=address))
    assert (job.exit_code, forge.requests) == (2, [])


@pytest.mark.parametrize("text", ["", "no json", "{}"])
def test_a_file_that_is_no_result_json_is_named(text):
    job = CommentJob(GitHubStandIn(), text=text)
    assert job.exit_code == 2
    assert job.errors[0].startswith("--from result.json: ")


@pytest.mark.parametrize("name", ["", " ", "x" * 101])
def test_a_name_that_is_none_is_refused(name):
    job = CommentJob(GitHubStandIn(), name=name)
    assert (job.exit_code, job.errors) == (2, ["--name: write 1 to 100 characters."])


def test_a_token_in_the_file_is_not_published():
    forge = GitHubStandIn()
    document = json.loads(result.render(failed()))
    document["message"] = f"The server said {TOKEN}."
    CommentJob(forge, text=json.dumps(document))
    assert TOKEN not in forge.own()[0]


def test_the_comment_s_link_is_the_ci_s_and_not_the_file_s():
    forge = GitHubStandIn()
    document = json.loads(result.render(failed()))
    document["job_url"] = "https://evil.example/login"
    CommentJob(forge, text=json.dumps(document))
    assert "evil" not in forge.own()[0]
