"""What stands in for the world in tests takes what the world takes."""

import inspect

import pytest

from genesis_ci.api.client import GenesisClient
from genesis_ci.execution.protocols import Api, Previews, Progress
from genesis_ci.execution.workers import Call, Calls, ThreadedCalls
from genesis_ci.log import Narrator
from genesis_ci.preview import previews
from tests import fakes

PLAYED_BY = {
    Api: (GenesisClient, fakes.FakeApi),
    Call: (fakes.FakeCall,),
    Calls: (ThreadedCalls, fakes.VirtualCalls),
    Previews: (previews.Previews,),
    Progress: (Narrator, fakes.RecordingProgress),
}


def signature_of(owner: type, name: str) -> list[tuple[str, object]] | None:
    """The parameters of a method; None for a property."""
    member = getattr(owner, name)
    if isinstance(member, property):
        return None
    return [(one.name, one.kind) for one in inspect.signature(member).parameters.values()]


@pytest.mark.parametrize(
    ("asked", "player"),
    [(asked, player) for asked, players in PLAYED_BY.items() for player in players],
    ids=lambda one: one.__name__,
)
def test_the_world_and_its_stand_ins_are_asked_alike(asked, player):
    names = [name for name in vars(asked) if not name.startswith("_")]
    assert names
    for name in names:
        assert signature_of(player, name) == signature_of(asked, name), name
