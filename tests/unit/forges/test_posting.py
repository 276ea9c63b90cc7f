"""A status is posted on the commit of the change, and a refusal names the permission."""

import pytest

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.forges.base import Access
from genesis_ci.forges.posting import WAITS, post_status
from genesis_ci.forges.statuses import CommitStatus, State
from genesis_ci.redaction import Secret
from tests.forges import SHA, Fault, GitHubStandIn

from .jobs import TOKEN, AddressedWire, on_github

PENDING = CommitStatus(
    state=State.PENDING, context="genesis", description="Look.", target_url="https://ci.example/7"
)


def posted(forge, status=PENDING, *, sha=SHA, token=TOKEN) -> AddressedWire:
    wire = AddressedWire(forge)
    access = Access(
        base="https://api.github.com",
        token=Secret(token),
        wire=wire,
        scrub=lambda text: text,
        user_agent="genesis-ci/0",
    )
    post_status(status, sha=sha, access=access if token else None, environ=on_github())
    return wire


def test_it_is_posted_on_the_commit():
    forge = GitHubStandIn()
    posted(forge)
    assert forge.statuses == [
        {
            "sha": SHA,
            "state": "pending",
            "context": "genesis",
            "description": "Look.",
            "target_url": "https://ci.example/7",
        }
    ]


def test_a_fault_is_tried_again_and_then_told():
    forge = GitHubStandIn()
    forge.faults = [Fault("POST"), Fault("POST")]
    assert posted(forge).paused == [*WAITS]
    assert len(forge.statuses) == 1
    forge.faults = [Fault("POST") for _ in range(3)]
    with pytest.raises(ContactError):
        posted(forge)


@pytest.mark.parametrize("missing", [{"sha": None}, {"token": ""}])
def test_without_a_commit_or_a_token_nothing_is_sent(missing):
    forge = GitHubStandIn()
    with pytest.raises(RefusedError):
        posted(forge, **missing)
    assert forge.requests == []


def test_a_refusal_names_the_permission():
    forge = GitHubStandIn()
    forge.may_write = False
    with pytest.raises(RefusedError) as refused:
        posted(forge)
    assert "statuses: write" in refused.value.hint
