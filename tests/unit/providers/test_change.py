"""The change under test: from recorded events on GitHub, from variables on GitLab."""

import json
from pathlib import Path

import pytest

from genesis_ci.models.change import Change
from genesis_ci.providers import provider_class

EVENTS = Path(__file__).parent / "events"
HEAD = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
MERGE = "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432"
"""The commit that the CI checks out when it builds a merge: never the change itself."""
RUN = "https://github.com/octo-org/shop/actions/runs/42"
JOB = "https://gitlab.example.com/octo-org/shop/-/jobs/42"
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
    "CI_JOB_URL": JOB,
    "GITLAB_USER_LOGIN": "octocat",
}
OF_A_MERGE_REQUEST = {
    **GITLAB,
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_MERGE_REQUEST_IID": "482",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feature/checkout-2",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
}


def github(event: str, **variables: str) -> dict[str, str]:
    path = str(EVENTS / f"{event}.json")
    return {**GITHUB, "GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": path, **variables}


def change(sha: str | None, branch: str | None, base: str | None, request: str | None) -> Change:
    return Change(
        sha=sha,
        branch=branch,
        base_branch=base,
        request=request,
        repository="octo-org/shop",
        actor="octocat",
    )


def change_in(environ: dict[str, str]) -> Change:
    return provider_class(environ)(environ, print).change


THE_REQUEST = change(HEAD, "feature/checkout-2", "main", "482")
QUEUE = "gh-readonly-queue/main/pr-482-1111111111111111111111111111111111111111"
TABLE = {
    "GitHub, pull_request": (github("pull_request", GITHUB_SHA=MERGE), THE_REQUEST, RUN),
    "GitHub, pull_request_target of a fork": (
        github("pull_request_target", GITHUB_SHA=MERGE, GITHUB_REF="refs/heads/main"),
        THE_REQUEST,
        RUN,
    ),
    "GitHub, merge_group": (
        github("merge_group", GITHUB_SHA=HEAD),
        change(HEAD, QUEUE, "main", "482"),
        RUN,
    ),
    "GitHub, push": (
        github("push", GITHUB_SHA=HEAD, GITHUB_REF="refs/heads/release/2.0"),
        change(HEAD, "release/2.0", None, None),
        RUN,
    ),
    "GitHub, push of a tag": (
        github("push", GITHUB_SHA=HEAD, GITHUB_REF="refs/tags/v1"),
        change(HEAD, None, None, None),
        RUN,
    ),
    "GitHub, workflow_run": (
        github("workflow_run", GITHUB_SHA=MERGE, GITHUB_REF="refs/heads/main"),
        change(HEAD, "feature/checkout-2", None, "482"),
        RUN,
    ),
    "GitHub, a comment on a pull request": (
        github("issue_comment", GITHUB_SHA=MERGE, GITHUB_REF="refs/heads/main"),
        change(None, None, None, "482"),
        RUN,
    ),
    "GitLab, merge request": (
        {**OF_A_MERGE_REQUEST, "CI_COMMIT_SHA": HEAD, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": ""},
        THE_REQUEST,
        JOB,
    ),
    "GitLab, merged result": (
        {
            **OF_A_MERGE_REQUEST,
            "CI_MERGE_REQUEST_EVENT_TYPE": "merged_result",
            "CI_COMMIT_SHA": MERGE,
            "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": HEAD,
        },
        THE_REQUEST,
        JOB,
    ),
    "GitLab, branch": (
        {**GITLAB, "CI_COMMIT_SHA": HEAD, "CI_COMMIT_BRANCH": "release/2.0"},
        change(HEAD, "release/2.0", None, None),
        JOB,
    ),
}


@pytest.mark.parametrize(("environ", "expected", "job"), TABLE.values(), ids=TABLE)
def test_the_commit_is_the_head_of_the_change(environ, expected, job):
    found = change_in(environ)
    assert found.by_name() == {**expected.by_name(), "job_url": job}


def test_names_from_the_ci_are_clean_and_bounded():
    names = {
        "CI_COMMIT_BRANCH": "x\x1b[2J\n::error::" + "y" * 5000,
        "GITLAB_USER_LOGIN": "\u202ebob",
    }
    found = change_in({**GITLAB, **names})
    assert found.branch
    assert found.branch.startswith("x\\x1b[2J ::error::y")
    assert len(found.branch) < 400
    assert found.actor == "\\u202ebob"


@pytest.mark.parametrize(
    "sha", ["HEAD", "", "0a1b2c3d; rm -rf /", "$(id)", "0A1B2C3D", None], ids=repr
)
def test_a_malformed_sha_of_an_event_is_ignored(tmp_path, sha):
    event = {"pull_request": {"number": 482, "head": {"sha": sha, "ref": "x"}}}
    path = tmp_path / "event.json"
    path.write_text(json.dumps(event))
    environ = github("pull_request", GITHUB_SHA=MERGE, GITHUB_EVENT_PATH=str(path))
    assert change_in(environ).sha is None


UNREADABLE = {
    "no file": lambda: None,
    "no JSON": lambda: b"pull_request",
    "a key twice": lambda: b'{"pull_request": {"number": 1}, "pull_request": {"number": 2}}',
    "a list": lambda: b"[1]",
    "not UTF-8": lambda: b'{"number": "\xff"}',
    "over 10 MB": lambda: b'{"pad": "' + b"x" * (10 * 1024 * 1024) + b'"}',
    "too deep": lambda: b"[" * 5000 + b"]" * 5000,
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
