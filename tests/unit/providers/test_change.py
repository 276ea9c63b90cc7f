"""The change under test: from recorded events on GitHub, from variables on GitLab."""

from pathlib import Path

import pytest

from genesis_ci.models.change import Change
from genesis_ci.providers import provider_class

EVENTS = Path(__file__).parent / "events"
HEAD = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
MERGE = "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432"
"""The commit that the CI checks out when it builds a merge: never the change itself."""
RUN = "https://github.com/octo-org/shop/actions/runs/42"
GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "octo-org/shop",
    "GITHUB_RUN_ID": "42",
    "GITHUB_ACTOR": "octocat",
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_PROJECT_PATH": "octo-org/shop",
    "CI_JOB_URL": "https://gitlab.example.com/octo-org/shop/-/jobs/42",
    "GITLAB_USER_LOGIN": "octocat",
}
MERGE_REQUEST = {
    **GITLAB,
    "CI_MERGE_REQUEST_IID": "482",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feature/checkout-2",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
}


def github(event: str, **variables: str) -> dict[str, str]:
    path = str(EVENTS / f"{event}.json")
    return {**GITHUB, "GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": path, **variables}


def change(sha=None, branch=None, base_branch=None, request=None) -> Change:
    where = {"repository": "octo-org/shop", "actor": "octocat"}
    return Change(sha=sha, branch=branch, base_branch=base_branch, request=request, **where)


def change_in(environ: dict[str, str]) -> Change:
    return provider_class(environ)(environ, print).change


THE_REQUEST = change(HEAD, "feature/checkout-2", "main", "482")
QUEUE = "gh-readonly-queue/main/pr-482-1111111111111111111111111111111111111111"
TABLE = {
    "GitHub, pull_request": (github("pull_request", GITHUB_SHA=MERGE), THE_REQUEST),
    "GitHub, pull_request_target": (
        github("pull_request", GITHUB_EVENT_NAME="pull_request_target", GITHUB_SHA=MERGE),
        THE_REQUEST,
    ),
    "GitHub, merge_group": (
        github("merge_group", GITHUB_SHA=HEAD),
        change(HEAD, QUEUE, "main", "482"),
    ),
    "GitHub, push": (
        github("push", GITHUB_SHA=HEAD, GITHUB_REF="refs/heads/release/2.0"),
        change(HEAD, "release/2.0"),
    ),
    "GitHub, push of a tag": (
        github("push", GITHUB_SHA=HEAD, GITHUB_REF="refs/tags/v1"),
        change(HEAD),
    ),
    "GitHub, workflow_run": (
        github("workflow_run", GITHUB_SHA=MERGE, GITHUB_REF="refs/heads/main"),
        change(HEAD, "feature/checkout-2", request="482"),
    ),
    "GitHub, a comment on a pull request": (
        github("issue_comment", GITHUB_SHA=MERGE, GITHUB_REF="refs/heads/main"),
        change(request="482"),
    ),
    "GitLab, merge request": (
        {**MERGE_REQUEST, "CI_COMMIT_SHA": HEAD, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": ""},
        THE_REQUEST,
    ),
    "GitLab, merged result": (
        {**MERGE_REQUEST, "CI_COMMIT_SHA": MERGE, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": HEAD},
        THE_REQUEST,
    ),
    "GitLab, branch": (
        {**GITLAB, "CI_COMMIT_SHA": HEAD, "CI_COMMIT_BRANCH": "release/2.0"},
        change(HEAD, "release/2.0"),
    ),
}


@pytest.mark.parametrize(("environ", "expected"), TABLE.values(), ids=TABLE)
def test_the_commit_is_the_head_of_the_change(environ, expected):
    is_gitlab = "GITLAB_CI" in environ
    job, merges = GITLAB["CI_JOB_URL"] if is_gitlab else RUN, is_gitlab and bool(expected.request)
    assert change_in(environ) == expected._replace(job_url=job, is_merge_request=merges)


def test_names_and_address_of_the_ci_are_clean():
    names = {"GITHUB_REPOSITORY": "o/\udcff\x1b", "GITHUB_ACTOR": "\u202ebob"}
    found = change_in({**GITHUB, **names})
    assert found.actor == "\\u202ebob"
    assert found.job_url == "https://github.com/o/\ufffd\\x1b/actions/runs/42"


UNREADABLE = {
    "no file": lambda: None,
    "no JSON": lambda: b"pull_request",
    "a key twice": lambda: b'{"pull_request": {"number": 1}, "pull_request": {"number": 2}}',
    "a list": lambda: b"[1]",
    "not UTF-8": lambda: b'{"number": "\xff"}',
    "over 10 MB": lambda: b'{"pad": "' + b"x" * (10 * 1024 * 1024) + b'"}',
    "too deep": lambda: b"[" * 5000 + b"]" * 5000,
    "no commit": lambda: b'{"pull_request": {"head": {"sha": "$(id)"}}}',
    "other types": lambda: b'{"pull_request": {"head": "x", "base": 7, "number": {}}}',
}


@pytest.mark.parametrize("make", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_event_does_not_report_the_merge_commit(tmp_path, make):
    path = tmp_path / "event.json"
    if (content := make()) is not None:
        path.write_bytes(content)
    environ = github("pull_request", GITHUB_SHA=MERGE, GITHUB_EVENT_PATH=str(path))
    found = change_in({**environ, "GITHUB_HEAD_REF": "feature/checkout-2"})
    assert (found.sha, found.branch, found.request) == (None, "feature/checkout-2", None)
