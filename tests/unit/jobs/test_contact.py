"""How a job reaches its forge: which tokens are usable, and where they may be sent."""

import pytest

from genesis_ci.errors import ConfigError
from genesis_ci.redaction import Secret
from tests.forges import GitHubStandIn
from tests.unit.forges.jobs import TOKEN, contact_with, on_github


@pytest.mark.parametrize(
    ("token", "words"), [("", "is empty."), ("abc def", ": "), ("abc\ndef", ": ")]
)
def test_unusable_token_is_named_and_not_shown(token, words):
    contact = contact_with(GitHubStandIn(), on_github(GITHUB_TOKEN=token))
    with pytest.raises(ConfigError) as refused:
        contact.token(contact.forge)
    [problem] = map(str, refused.value.problems)
    assert problem.startswith(f"GITHUB_TOKEN{' ' if not token else ''}{words}")
    assert "abc" not in problem


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://github.example", "“http://github.example” is not https, so the token would"),
        ("ftp://x", ""),
        ("https://u:p@host", ""),
    ],
)
def test_token_is_sent_to_no_unsafe_address(address, words):
    contact = contact_with(GitHubStandIn(), on_github(GITHUB_API_URL=address))
    with pytest.raises(ConfigError) as refused:
        contact.connect(contact.forge, Secret(TOKEN), GitHubStandIn(), str)
    assert str(refused.value.problems[0]).startswith(f"The address of GitHub's API: {words}")


def test_token_is_sent_over_http_in_a_private_network():
    contact = contact_with(GitHubStandIn(), on_github(GITHUB_API_URL="http://10.0.0.1/"))
    forge = contact.connect(contact.forge, Secret(TOKEN), GitHubStandIn(), str)
    assert forge.api.base == "http://10.0.0.1"
