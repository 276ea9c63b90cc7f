"""Azure Pipelines: in a pull request the commit that is built is a merge, never the change."""

import pytest

from genesis_ci.models.change import Change
from genesis_ci.providers import provider_for
from genesis_ci.providers.azure import Azure

HEAD = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
MERGE = "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432"
BRANCH = {
    "TF_BUILD": "True",
    "BUILD_SOURCEVERSION": HEAD,
    "BUILD_SOURCEBRANCH": "refs/heads/release/2.0",
    "BUILD_REPOSITORY_NAME": "octo-org/shop",
    "BUILD_REQUESTEDFOR": "Octo Cat",
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/octo-org/",
    "SYSTEM_TEAMPROJECT": "Web shop",
    "BUILD_BUILDID": "42",
}
PULL_REQUEST = {
    **BRANCH,
    "BUILD_SOURCEVERSION": MERGE,
    "BUILD_SOURCEBRANCH": "refs/pull/482/merge",
    "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER": "482",
    "SYSTEM_PULLREQUEST_PULLREQUESTID": "99001",
    "SYSTEM_PULLREQUEST_SOURCECOMMITID": HEAD,
    "SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/feature/checkout-2",
    "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
}
PAGE = "https://dev.azure.com/octo-org/Web%20shop/_build/results?buildId=42"


@pytest.mark.parametrize("word", ["True", "true"])
def test_it_is_known_by_its_variable(word):
    assert isinstance(provider_for({"TF_BUILD": word}, print), Azure)


def test_a_branch_job_tells_commit_branch_and_page():
    assert Azure(BRANCH, print).change == Change(
        sha=HEAD,
        branch="release/2.0",
        repository="octo-org/shop",
        actor="Octo Cat",
        job_url=PAGE,
    )


def test_a_pull_request_tells_the_head_of_its_source():
    assert Azure(PULL_REQUEST, print).change == Change(
        sha=HEAD,
        branch="feature/checkout-2",
        base_branch="main",
        request="482",
        repository="octo-org/shop",
        actor="Octo Cat",
        job_url=PAGE,
    )


def test_a_request_of_azure_s_own_has_an_id_and_no_number():
    own = {**PULL_REQUEST, "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER": ""}
    told = Azure(own, print).change
    assert (told.request, told.sha) == ("99001", HEAD)


@pytest.mark.parametrize("missing", ["SYSTEM_TEAMPROJECT", "BUILD_BUILDID", "SYSTEM_COLLECTIONURI"])
def test_a_page_of_which_a_part_is_missing_is_not_told(missing):
    assert Azure({**BRANCH, missing: ""}, print).job_url is None
