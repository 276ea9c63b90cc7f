"""Rules for every forge."""

import pytest

from genesis_ci.config.settings import TOKEN_VARIABLES
from genesis_ci.forges import FORGES, find_forge
from genesis_ci.forges.forge import Target
from genesis_ci.forges.rest import RestApi
from genesis_ci.forges.sender import OneCall
from genesis_ci.http.connection import Exchange
from genesis_ci.http.transport import Response
from genesis_ci.providers import provider_class
from tests.fakes import FakeTransport

GITHUB_URL = {"GITHUB_API_URL": "https://github.example/api"}
GITLAB_URL = {"CI_API_V4_URL": "https://gitlab.example/api"}


@pytest.mark.parametrize(
    ("environ", "name", "address"),
    [
        ({"GITHUB_ACTIONS": "true"}, "GitHub", "https://api.github.com"),
        ({"GITHUB_ACTIONS": "true", **GITLAB_URL}, "GitHub", "https://api.github.com"),
        ({"GITLAB_CI": "true", **GITHUB_URL}, "GitLab", "https://gitlab.com/api/v4"),
        (
            {"GITHUB_ACTIONS": "true", "GITEA_ACTIONS": "true", **GITHUB_URL},
            "Forgejo/Gitea",
            GITHUB_URL["GITHUB_API_URL"],
        ),
        ({"GITHUB_ACTIONS": "true", "GITLAB_CI": "true"}, "GitHub", "https://api.github.com"),
        ({"GITHUB_ACTIONS": "false", "GITLAB_CI": "true"}, "GitLab", "https://gitlab.com/api/v4"),
        ({"GITLAB_CI": "false", **GITHUB_URL}, "GitHub", GITHUB_URL["GITHUB_API_URL"]),
        ({"JENKINS_URL": "https://ci", **GITLAB_URL}, "GitLab", GITLAB_URL["CI_API_V4_URL"]),
    ],
)
def test_the_forge_follows_from_the_ci_or_one_address(environ, name, address):
    forge = find_forge(provider_class(environ).marker, environ)
    assert (forge.name, forge.address(environ)) == (name, address)


def test_no_forge_is_found_without_marker_and_address():
    assert find_forge(provider_class({}).marker, {"GITHUB_ACTIONS": "false"}) is None


@pytest.mark.parametrize("forge", FORGES, ids=lambda forge: forge.name)
def test_a_forge_says_what_is_missing(forge):
    target = forge.comment_target({})
    assert target.nothing
    assert target == Target(nothing=target.nothing)
    assert forge.auth_advice.endswith(".")


@pytest.mark.parametrize("forge", FORGES, ids=lambda forge: forge.name)
def test_the_settings_know_each_token_of_a_forge(forge):
    assert {forge.auth_variable} <= forge.headers.keys() <= {*TOKEN_VARIABLES}


@pytest.mark.parametrize("forge", FORGES, ids=lambda forge: forge.name)
def test_the_number_of_a_request_is_one_part_of_an_address(forge):
    sender = FakeTransport(*[Response(status=200, headers={}, body=b"[]")] * 2)
    api = RestApi(
        name="", base="", headers={}, sender=OneCall(sender, Exchange()), scrub=str, remedies={}
    )
    environ = {"GITHUB_REPOSITORY": "acme/shop", "CI_PROJECT_ID": "9"}
    forge(environ, api).changed_files("1/../2?a")
    assert [request.url.count("/1%2F..%2F2%3Fa") for request in sender.requests] == [1, 1]
