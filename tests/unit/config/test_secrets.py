"""Secrets are sent but not shown, also if they are in a wrong input."""

from genesis_ci.redaction import too_much_to_hide
from tests.builders import problems_in
from tests.unit.config.configs import KEY, parse


def test_hidden_secrets_are_limited_in_number_and_length():
    most = ["x" * 65_536, "y" * 64_744, *(f"{number:04}" for number in range(198))]
    assert too_much_to_hide([]) is None
    assert too_much_to_hide(most) is None
    limit = "at most 200 of 131072 characters, each of at most 65536, can be hidden"
    for secrets, longest in (
        ([*most[2:], "one", "two", "more"], 4),
        (["x" * 65_537], 65_537),
        ([*most[:1], *most[:1], "x"], 65_536),
    ):
        count = f"there are {len(secrets)} secret values of {sum(map(len, secrets))} characters"
        words = f"{count}, the longest of {longest}; {limit}; name fewer or shorter ones"
        assert too_much_to_hide(secrets) == words


def test_too_many_or_too_long_secrets_are_refused():
    names = [f"a{number}" for number in range(201)]
    many = {"inputs": "\n".join(f"{name}=value-{name}" for name in names)}
    parsed = parse(secret_inputs=" ".join(names), **many)
    assert problems_in(parsed)[0].startswith("secret-inputs: there are 201 secret values")
    assert parsed.scrub.values == (KEY,)
    assert parse(api_key="k" * 10_001).scrub.values == ()
