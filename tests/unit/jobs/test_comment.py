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


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"environ": {}}, "comment supports GitLab and GitHub, and this job runs on neither."),
        ({"environ": on_github(GITHUB_TOKEN="")}, "GITHUB_TOKEN is empty."),
        ({"environ": on_github(GITHUB_TOKEN="abc def")}, "GITHUB_TOKEN: "),
        ({"environ": on_github(GITHUB_TOKEN="abc\ndef")}, "GITHUB_TOKEN: "),
        (
            {"environ": on_github(GITHUB_API_URL="http://github.example")},
            "The address of GitHub's API: “http://github.example” is not https, so the token would",
        ),
        ({"environ": on_github(GITHUB_API_URL="ftp://x")}, "The address of GitHub's API: "),
        ({"environ": on_github(GITHUB_API_URL="https://u:p@host")}, "The address of GitHub's API"),
        ({"text": ""}, "--from result.json: "),
        (
            {"text": "no json"},
            "--from result.json: the file cannot be read: not valid JSON. Name the result.json",
        ),
        ({"text": "{}"}, "--from result.json: "),
        ({"name": ""}, "--name: write 1 to 100 characters."),
        ({"name": " "}, "--name: write 1 to 100 characters."),
        ({"name": "x" * 101}, "--name: write 1 to 100 characters."),
    ],
)
def test_bad_usage_is_named_and_nothing_is_sent(given, words):
    forge = GitHubStandIn()
    job = CommentJob(forge, **given)
    assert (job.exit_code, forge.requests) == (2, [])
    [error] = job.errors
    assert error.startswith(words)
    assert "abc" not in error


def test_a_forged_file_publishes_no_token_and_no_link():
    forge = GitHubStandIn()
    document = json.loads(result.render(failed()))
    document |= {"message": f"The server said {TOKEN}.", "job_url": "https://evil.example/login"}
    [workflow] = document["workflows"]
    workflow["run_url"] = "https://genesis.autify.com.evil.example/login"
    CommentJob(forge, text=json.dumps(document))
    [body] = forge.own()
    assert "The server said" in body
    assert TOKEN not in body
    assert "evil" not in body
