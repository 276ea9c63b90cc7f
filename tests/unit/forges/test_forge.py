"""Rules for every forge."""

import pytest

from genesis_ci.forges import FORGES
from genesis_ci.forges.forge import Subject
from genesis_ci.forges.rest import Access
from genesis_ci.redaction import Secret
from tests.forges import GitHubStandIn, MemorySender

from .jobs import TOKEN, on_github, on_gitlab

JOBS = {"GitHub": on_github(), "GitLab": on_gitlab()}

every = pytest.mark.parametrize("forge", FORGES, ids=lambda forge: forge.name)


def test_a_forge_is_detected_only_by_its_own_jobs():
    detected = {
        name: [forge.name for forge in FORGES if forge.detects(environ)]
        for name, environ in JOBS.items()
    }
    assert detected == {name: [name] for name in JOBS}
    assert not any(forge.detects({}) for forge in FORGES)
    assert {forge.name for forge in FORGES} == {*JOBS}


@every
def test_an_empty_environment_gives_an_address_and_a_reason(forge):
    assert forge.address({}).startswith("https://")
    subject = forge.subject({}, None)
    assert subject == Subject(nothing=subject.nothing)
    assert subject.nothing


@every
def test_the_environment_changes_the_address(forge):
    environ = {forge.address_variable: "https://forge.example/api"}
    assert forge.detects(environ)
    assert forge.address(environ) == "https://forge.example/api"


@every
def test_the_advice_for_a_missing_token_is_a_sentence(forge):
    assert forge.auth_advice.endswith(".")


def test_an_access_does_not_print_its_token():
    access = Access(
        base="https://api.github.com",
        token=Secret(TOKEN),
        sender=MemorySender(GitHubStandIn()),
        scrub=str,
        user_agent="genesis-ci/0",
    )
    assert TOKEN not in repr(access)
