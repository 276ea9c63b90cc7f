"""The names of `${ci.NAME}`."""

from genesis_ci.models.change import Change

FULL = Change(
    sha="0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
    branch="topic",
    base_branch="main",
    request="482",
    repository="acme/shop",
    actor="octocat",
    job_url="https://ci.example/7",
)


def test_every_field_and_the_short_commit_have_a_name():
    assert FULL.by_name() == {
        "sha": FULL.sha,
        "short_sha": "0a1b2c3",
        "branch": "topic",
        "base_branch": "main",
        "change": "482",
        "repository": "acme/shop",
        "actor": "octocat",
        "job_url": "https://ci.example/7",
    }
    for field in {*Change._fields} - {"is_merge_request"}:
        changed = FULL._replace(**{field: "fedcba9"})
        assert changed.by_name() != FULL.by_name(), f"{field} has no name"
