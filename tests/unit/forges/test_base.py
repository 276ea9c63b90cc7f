"""What every forge has to tell before it is asked anything."""

import pytest

from genesis_ci.forges import FORGES
from genesis_ci.forges.base import Access, Subject
from genesis_ci.redaction import Secret
from tests.forges import GitHubStandIn, MemoryWire

from .jobs import TOKEN, on_github, on_gitlab

JOBS = {"GitHub": on_github(), "GitLab": on_gitlab()}

every = pytest.mark.parametrize("forge", FORGES, ids=lambda forge: forge.name)


def test_each_is_detected_by_its_own_jobs_alone_and_none_without_a_job():
    detected = {
        name: [forge.name for forge in FORGES if forge.detects(environ)]
        for name, environ in JOBS.items()
    }
    assert detected == {name: [name] for name in JOBS}
    assert not any(forge.detects({}) for forge in FORGES)
    assert {forge.name for forge in FORGES} == {*JOBS}


@every
def test_without_any_variable_there_is_an_address_and_a_reason_to_comment_on_nothing(forge):
    assert forge.address({}).startswith("https://")
    subject = forge.subject({}, None)
    assert subject == Subject(nothing=subject.nothing)
    assert subject.nothing


@every
def test_the_address_is_the_one_that_the_ci_tells(forge):
    told = {"GitHub": "GITHUB_API_URL", "GitLab": "CI_API_V4_URL"}[forge.name]
    assert forge.address({told: "https://forge.example/api"}) == "https://forge.example/api"


@every
def test_a_missing_token_is_explained_by_its_variable(forge):
    assert forge.token_variable in forge.no_token
    assert forge.no_token.endswith(".")


def test_a_token_does_not_print_with_the_access_that_holds_it():
    access = Access(
        base="https://api.github.com",
        token=Secret(TOKEN),
        wire=MemoryWire(GitHubStandIn()),
        scrub=str,
        user_agent="genesis-ci/0",
    )
    assert TOKEN not in repr(access)
