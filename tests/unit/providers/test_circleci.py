"""CircleCI: the pull request is told by its address."""

import pytest

from genesis_ci.models.change import Change
from genesis_ci.providers import provider_for
from genesis_ci.providers.circleci import CircleCI

HEAD = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
PULL_REQUEST = {
    "CIRCLECI": "true",
    "CIRCLE_SHA1": HEAD,
    "CIRCLE_BRANCH": "feature/checkout-2",
    "CIRCLE_PULL_REQUEST": "https://github.com/octo-org/shop/pull/482",
    "CIRCLE_PROJECT_USERNAME": "octo-org",
    "CIRCLE_PROJECT_REPONAME": "shop",
    "CIRCLE_USERNAME": "octocat",
    "CIRCLE_BUILD_URL": "https://circleci.com/gh/octo-org/shop/42",
}


def test_it_is_known_by_its_variable():
    assert isinstance(provider_for({"CIRCLECI": "true"}, print), CircleCI)


def test_a_pull_request_tells_its_head_and_its_number_but_not_where_it_goes():
    assert CircleCI(PULL_REQUEST, print).change == Change(
        sha=HEAD,
        branch="feature/checkout-2",
        request="482",
        repository="octo-org/shop",
        actor="octocat",
        job_url="https://circleci.com/gh/octo-org/shop/42",
    )


@pytest.mark.parametrize("address", ["", "https://github.com/octo-org/shop/pulls", "482; rm -rf /"])
def test_an_address_that_ends_in_no_number_is_of_no_request(address):
    assert CircleCI({**PULL_REQUEST, "CIRCLE_PULL_REQUEST": address}, print).change.request is None


@pytest.mark.parametrize("missing", ["CIRCLE_PROJECT_USERNAME", "CIRCLE_PROJECT_REPONAME"])
def test_half_the_name_of_a_repository_is_none(missing):
    assert CircleCI({**PULL_REQUEST, missing: ""}, print).change.repository is None
