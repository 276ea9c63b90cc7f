"""Buildkite: the repository is told by its remote, which may hold a password."""

import pytest

from genesis_ci.models.change import Change
from genesis_ci.providers import provider_for
from genesis_ci.providers.buildkite import Buildkite

HEAD = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
BUILD = "https://buildkite.com/octo-org/shop/builds/42"
BRANCH = {
    "BUILDKITE": "true",
    "BUILDKITE_COMMIT": "HEAD",
    "BUILDKITE_BRANCH": "main",
    "BUILDKITE_PULL_REQUEST": "false",
    "BUILDKITE_REPO": "git@github.com:octo-org/shop.git",
    "BUILDKITE_BUILD_CREATOR": "Octo Cat",
    "BUILDKITE_BUILD_URL": BUILD,
    "BUILDKITE_JOB_ID": "0189",
}


def test_it_is_known_by_its_variable():
    assert isinstance(provider_for({"BUILDKITE": "true"}, print), Buildkite)


def test_a_commit_that_the_agent_has_not_resolved_and_a_request_that_is_none_are_not_told():
    assert Buildkite(BRANCH, print).change == Change(
        branch="main", repository="octo-org/shop", actor="Octo Cat", job_url=f"{BUILD}#0189"
    )


def test_a_pull_request_tells_commit_number_and_where_it_goes():
    told = Buildkite(
        {
            **BRANCH,
            "BUILDKITE_COMMIT": HEAD,
            "BUILDKITE_PULL_REQUEST": "482",
            "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main",
        },
        print,
    ).change
    assert (told.sha, told.request, told.base_branch) == (HEAD, "482", "main")


@pytest.mark.parametrize(
    ("remote", "repository"),
    [
        ("https://github.com/octo-org/shop.git", "octo-org/shop"),
        ("https://octocat:hunter2@github.com/octo-org/shop", "octo-org/shop"),
        ("ssh://git@git.example.com:2222/octo-org/shop.git/", "octo-org/shop"),
        ("shop", None),
        ("", None),
        ("git@github.com:octo-org/" + "x" * 200, None),
    ],
)
def test_of_a_remote_only_owner_and_name_are_told(remote, repository):
    assert Buildkite({**BRANCH, "BUILDKITE_REPO": remote}, print).change.repository == repository


def test_without_a_creator_the_commit_s_author_is_told():
    named = {**BRANCH, "BUILDKITE_BUILD_CREATOR": "", "BUILDKITE_BUILD_AUTHOR": "Octo Author"}
    assert Buildkite(named, print).change.actor == "Octo Author"


def test_a_page_without_a_job_is_the_build_s():
    assert Buildkite({**BRANCH, "BUILDKITE_JOB_ID": ""}, print).job_url == BUILD
