"""Rules for every forge."""

import pytest

from genesis_ci.forges import FORGES
from genesis_ci.forges.forge import Subject


@pytest.mark.parametrize("forge", FORGES, ids=lambda forge: forge.name)
def test_a_forge_is_detected_by_the_address_of_its_api(forge):
    assert not forge.detects({})
    assert forge.address({}).startswith("https://")
    environ = {forge.address_variable: "https://forge.example/api"}
    assert forge.detects(environ)
    assert forge.address(environ) == "https://forge.example/api"


@pytest.mark.parametrize("forge", FORGES, ids=lambda forge: forge.name)
def test_a_forge_says_what_is_missing(forge):
    subject = forge.subject({}, None)
    assert subject.nothing
    assert subject == Subject(nothing=subject.nothing)
    assert forge.auth_advice.endswith(".")
