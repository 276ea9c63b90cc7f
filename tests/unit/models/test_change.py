"""The names by which a configuration may speak of the change under test."""

from dataclasses import fields, replace

from genesis_ci.models.change import Change

WHOLE = Change(
    sha="0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
    branch="topic",
    base_branch="main",
    request="482",
    repository="acme/shop",
    actor="octocat",
    job_url="https://ci.example/7",
)


def test_everything_that_is_known_has_a_name_and_so_has_the_short_commit():
    assert WHOLE.by_name() == {
        "sha": WHOLE.sha,
        "short_sha": "0a1b2c3",
        "branch": "topic",
        "base_branch": "main",
        "change": "482",
        "repository": "acme/shop",
        "actor": "octocat",
        "job_url": "https://ci.example/7",
    }
    for field in fields(Change):
        changed = replace(WHOLE, **{field.name: "fedcba9"})
        assert changed.by_name() != WHOLE.by_name(), f"{field.name} has no name"


def test_what_is_not_known_has_its_name_all_the_same():
    assert Change().by_name() == dict.fromkeys(WHOLE.by_name())


def test_a_commit_that_is_short_already_stays_as_it_is():
    assert Change(sha="0a1b2c3").short_sha == "0a1b2c3"
    assert Change().short_sha is None
