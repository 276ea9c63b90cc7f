"""JSON that two readers might read differently is rejected."""

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
def test_valid_json_is_read(text, value):
    assert parse_json(text) == value
    assert parse_json("[" * 100 + "]" * 100)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not valid JSON"),
        ("PASS", "not valid JSON"),
        ('{"failed": 0,}', "not valid JSON"),
        ('{"failed": 3, "failed": 0}', "a key is given twice in one object"),
        ("NaN", "a number is not finite"),
        ("-Infinity", "a number is not finite"),
        ("1e999", "a number is not finite"),
        ("9" * 401, "a number has over 400 digits"),
        ("[" * 101 + "]" * 101, "nested deeper than 100 levels"),
        ("[" * 100_000, "not valid JSON"),
    ],
    ids=lambda text: text[:30],
)
def test_ambiguous_json_is_rejected_with_a_reason(text, reason):
    with pytest.raises(StrictJsonError, match=reason):
        parse_json(text)


COMMAS = "," * 100_000


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("[1, 2, 3]", 3),
        ("[[[]]]", 3),
        ('{"a": {"b": {}}}', 3),
        ('{"a": [1, 2]}', 3),
        (r'["a\",[{,,"]', 1),
        (r'["\\",1]', 2),
        (r'["[{,","\\\",,"]', 2),
        *((json.dumps([COMMAS, f"x{end}", COMMAS, 1]), 4) for end in ('"', '\\"', "\\\\", "")),
    ],
    ids=lambda value: str(value)[:20],
)
def test_values_are_counted_outside_of_strings(text, count):
    assert parse_json(text, max_values=count) == json.loads(text)
    with pytest.raises(StrictJsonError, match=f"it has over {count - 1} values"):
        parse_json(text, max_values=count - 1)


@pytest.mark.parametrize("tail", ["\\", '\\"', "", '\\"\\'], ids=repr)
def test_an_unterminated_string_is_read_once(tail):
    """A second start at each of its quotes would take for ever."""
    with pytest.raises(StrictJsonError, match="not valid JSON"):
        parse_json('["' + '\\"' * 100_000 + ",," + tail, max_values=1)
