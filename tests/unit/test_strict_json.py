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


def test_a_hundred_levels_are_read():
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


@pytest.mark.parametrize("between", ['"', '\\"', "\\\\", ""])
def test_commas_in_long_strings_are_not_counted(between):
    commas = "," * 100_000
    text = json.dumps([commas, f"x{between}", commas, 1])
    assert parse_json(text, max_values=4) == json.loads(text)
    with pytest.raises(StrictJsonError, match="over 3 values"):
        parse_json(text, max_values=3)


@pytest.mark.parametrize("text", ["[1, 2, 3]", "[[[]]]", '{"a": {"b": {}}}', '{"a": [1, 2]}'])
def test_the_most_values_are_read_and_one_more_is_rejected(text):
    assert parse_json(text, max_values=3)
    with pytest.raises(StrictJsonError, match="it has over 2 values"):
        parse_json(text, max_values=2)


@pytest.mark.parametrize("text", [r'["a\",[{,,"]', r'["\\",1]', r'["[{,","\\\",,"]'])
def test_marks_inside_of_strings_are_not_counted(text):
    assert parse_json(text, max_values=2) == json.loads(text)
    with pytest.raises(StrictJsonError, match="over 0 values"):
        parse_json(text, max_values=0)


@pytest.mark.parametrize("tail", ["\\", '\\"', "", '\\"\\'], ids=repr)
def test_a_string_without_an_end_is_read_once(tail):
    """A second start at each of its quotes would take for ever."""
    with pytest.raises(StrictJsonError, match="not valid JSON"):
        parse_json('["' + '\\"' * 100_000 + ",," + tail, max_values=1)
