"""Forgejo and Gitea: the address of a run; everything else is GitHub's."""

import pytest

from genesis_ci.providers import provider_class

ENVIRON = {
    "GITHUB_ACTIONS": "true",
    "GITEA_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://forge.example/git",
    "GITHUB_REPOSITORY": "acme/shop",
    "GITHUB_RUN_ID": "4711",
    "GITHUB_RUN_NUMBER": "36",
}


@pytest.mark.parametrize(("marker", "number"), [({"FORGEJO_ACTIONS": "true"}, 36), ({}, 4711)])
def test_a_run_has_its_address_on_each_server(marker, number):
    environ = ENVIRON | marker
    provider = provider_class(environ)(environ, print)
    assert provider.name == "forgejo"
    assert provider.change.job_url == f"https://forge.example/git/acme/shop/actions/runs/{number}"
