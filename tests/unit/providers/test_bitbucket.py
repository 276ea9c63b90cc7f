"""Bitbucket Pipelines: who started the build is told by an id only, so nobody is named."""

import pytest

from genesis_ci.models.change import Change
from genesis_ci.providers import provider_for
from genesis_ci.providers.bitbucket import Bitbucket

COMMIT = "0a1b2c3d4e5f"
BRANCH = {
    "BITBUCKET_BUILD_NUMBER": "42",
    "BITBUCKET_COMMIT": COMMIT,
    "BITBUCKET_BRANCH": "feature/checkout-2",
    "BITBUCKET_REPO_FULL_NAME": "octo-org/shop",
    "BITBUCKET_GIT_HTTP_ORIGIN": "http://bitbucket.org/octo-org/shop",
    "BITBUCKET_STEP_TRIGGERER_UUID": "{3f1c0a9e-0000-4000-8000-000000000000}",
}
ON_A_BRANCH = Change(
    sha=COMMIT,
    branch="feature/checkout-2",
    repository="octo-org/shop",
    job_url="https://bitbucket.org/octo-org/shop/pipelines/results/42",
)


def test_it_is_known_by_the_build_number():
    assert isinstance(provider_for({"BITBUCKET_BUILD_NUMBER": "7"}, print), Bitbucket)


def test_a_branch_job_tells_commit_branch_and_page():
    assert Bitbucket(BRANCH, print).change == ON_A_BRANCH


def test_a_pull_request_tells_its_number_and_where_it_goes():
    told = Bitbucket(
        {**BRANCH, "BITBUCKET_PR_ID": "482", "BITBUCKET_PR_DESTINATION_BRANCH": "main"}, print
    ).change
    assert (told.sha, told.branch) == (COMMIT, "feature/checkout-2")
    assert (told.request, told.base_branch) == ("482", "main")


@pytest.mark.parametrize("missing", ["BITBUCKET_GIT_HTTP_ORIGIN", "BITBUCKET_BUILD_NUMBER"])
def test_a_page_of_which_a_part_is_missing_is_not_told(missing):
    assert Bitbucket({**BRANCH, missing: ""}, print).job_url is None
