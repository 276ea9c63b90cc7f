"""JSON that two readers might read differently is not read."""

import json

import pytest

from genesis_ci.strict_json import StrictJsonError, parse_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"failed": 0, "names": ["a", null]}', {"failed": 0, "names": ["a", None]}),
        ("1.5e3", 1500.0),
        ('"text"', "text"),
        ("[[[[[]]]]]", [[[[[]]]]]),
    ],
)
def test_json_is_read(text, value):
    assert parse_json(text) == value


def test_a_hundred_levels_are_read():
    assert parse_json("[" * 100 + "]" * 100)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not valid JSON"),
        ("PASS", "not valid JSON"),
        ('{"failed": 0,}', "not valid JSON"),
        ('{"failed": 3, "failed": 0}', "a key stands twice in one object"),
        ("NaN", "a number is not finite"),
        ("-Infinity", "a number is not finite"),
        ("1e999", "a number is not finite"),
        ("9" * 401, "a number has over 400 digits"),
        ("[" * 101 + "]" * 101, "nested deeper than 100 levels"),
        ("[" * 100_000, "not valid JSON"),
    ],
    ids=lambda text: text[:30],
)
def test_what_is_odd_is_refused_with_a_reason(text, reason):
    with pytest.raises(StrictJsonError, match=reason):
        parse_json(text)


@pytest.mark.parametrize("between", ['"', '\\"', "\\\\", ""])
def test_values_are_counted_outside_of_long_strings(between):
    commas = "," * 100_000
    text = json.dumps([commas, f"x{between}", commas, 1])
    assert parse_json(text, max_values=4) == json.loads(text)
    with pytest.raises(StrictJsonError, match="over 3 values"):
        parse_json(text, max_values=3)
