"""The entries of `expect` and the mapping of `tests`: types, limits and places."""

import pytest

from tests.builders import problems_in
from tests.unit.config.configs import checks_of, entry, parse

WITHIN = "\n" + " " * 10
"""Continues the value of a key in the next line."""


@pytest.mark.parametrize(
    ("written", "key", "value"),
    [
        ("0", "equals", 0),
        ('"0"', "equals", "0"),
        ("''", "equals", ""),
        ("true", "equals", True),
        ("[passed, 1, '1']", "equals", ["passed", 1, "1"]),
        ("{a: {b: 0}}", "equals", {"a": {"b": 0}}),
        ("${COUNT}", "equals", "0"),
        ("'${COUNT}'", "equals", "0"),
        ("v${COUNT}", "equals", "v0"),
        ("['${COUNT}']", "equals", ["0"]),
        (f"{WITHIN}at-least: ${{COUNT}}", "contains", {"at-least": "0"}),
        (f"{WITHIN}- at-least: ${{COUNT}}", "equals", [{"at-least": "0"}]),
        ("$${COUNT}", "equals", "${COUNT}"),
        ("${COUNT}", "at-least", 0),
        ("${COUNT}", "at-most", 0),
    ],
)
def test_expected_value_is_typed_unless_from_the_environment(written, key, value):
    lines = ["expect:", "  - block: b", "    query: a", f"    {key}: {written}"]
    [check] = checks_of(entry(*lines))
    assert (check.expected, type(check.expected)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "text", "most"),
    [
        ("expect", "- {{block: b, contains: '{number}'}}\n", 100),
        ("known-failures", "- {{test: t{number}, until: 2026-03-16}}\n", 1_000),
    ],
)
def test_lists_have_a_limit(name, text, most):
    lines = [text.format(number=number) for number in range(most + 1)]
    assert problems_in(parse(**{name: "".join(lines[1:])})) == ()
    words = f"{name}: it has {most + 1} entries, and {most} are the most; merge some."
    assert problems_in(parse(**{name: "".join(lines)})) == (words,)
    assert checks_of(tests="{block: b, at-least: 10000}")[0].at_least == 10_000
