"""Jenkins: a pull request's commit is told only where the job builds its head."""

import pytest

from genesis_ci.models.change import Change
from genesis_ci.providers import provider_for
from genesis_ci.providers.jenkins import Jenkins

HEAD = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
MERGE = "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432"
BRANCH = {
    "JENKINS_URL": "https://ci.example.com/",
    "BUILD_NUMBER": "7",
    "BUILD_URL": "https://ci.example.com/job/shop/7/",
    "GIT_COMMIT": HEAD,
    "BRANCH_NAME": "main",
}
PULL_REQUEST = {
    "JENKINS_URL": "https://ci.example.com/",
    "BUILD_NUMBER": "7",
    "GIT_COMMIT": MERGE,
    "BRANCH_NAME": "PR-482",
    "CHANGE_ID": "482",
    "CHANGE_BRANCH": "feature/checkout-2",
    "CHANGE_TARGET": "main",
    "CHANGE_AUTHOR": "octocat",
}


def test_it_is_known_by_its_address_and_the_build_number():
    assert isinstance(provider_for(BRANCH, print), Jenkins)
    assert not Jenkins.detects({"JENKINS_URL": "https://ci.example.com/"})
    assert not Jenkins.detects({"BUILD_NUMBER": "7"})


def test_a_branch_job_tells_commit_branch_and_page():
    assert Jenkins(BRANCH, print).change == Change(
        sha=HEAD, branch="main", job_url="https://ci.example.com/job/shop/7/"
    )


def test_a_job_without_branch_sources_tells_the_remote_s_branch_as_ours():
    named = {**BRANCH, "GIT_BRANCH": "origin/release/2.0"}
    del named["BRANCH_NAME"]
    assert Jenkins(named, print).change.branch == "release/2.0"


def test_the_commit_of_a_pull_request_may_be_a_merge_and_is_not_told():
    assert Jenkins(PULL_REQUEST, print).change == Change(
        branch="feature/checkout-2", base_branch="main", request="482", actor="octocat"
    )


@pytest.mark.parametrize(("name", "sha"), [("PR-482-head", HEAD), ("PR-482-merge", None)])
def test_of_the_two_jobs_of_a_pull_request_the_one_of_its_head_tells_the_commit(name, sha):
    named = {**PULL_REQUEST, "BRANCH_NAME": name, "GIT_COMMIT": HEAD}
    assert Jenkins(named, print).change.sha == sha
