"""What reports say, once for all of them."""

from genesis_ci.models.change import Change
from genesis_ci.reporters import facts


def test_change_has_the_facts_that_are_known():
    assert facts.about_change(Change()) == []
    change = Change(sha="0a1b2c3d4e5f", branch="topic", base_branch="main", actor="octocat")
    assert [fact.written(fact.phrase, facts.RAW) for fact in facts.about_change(change)] == [
        "commit 0a1b2c3",
        "branch topic into main",
        "by octocat",
    ]
