"""JSON that could be read in two ways is not read at all."""

import json

import pytest

from genesis_ci.api.codec import MAX_VALUES, decode_json
from genesis_ci.errors import ProtocolError


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": "\xff"}',
        b"\xef\xbb\xbf{}",
        b'{"n": ' + b"9" * 5000 + b"}",
        b"[" * 101 + b"]" * 101,
        b"[" * 100_000,
    ],
    ids=lambda body: body[:12].decode("latin-1"),
)
def test_odd_json_is_one_error(body):
    with pytest.raises(ProtocolError):
        decode_json(body)


def test_a_hundred_levels_are_still_read():
    assert decode_json(b"[" * 100 + b"]" * 100)


def test_an_answer_of_millions_of_values_is_not_even_tried():
    with pytest.raises(ProtocolError, match="values"):
        decode_json(b"[" + b"[]," * MAX_VALUES + b"[]]")


def test_commas_and_brackets_within_texts_are_no_values():
    text = 'a,[{\\"' * (MAX_VALUES // 2)
    assert decode_json(json.dumps({"x": text}).encode()) == {"x": text}


@pytest.mark.parametrize("tail", [b"\\", b'\\"', b"", b'\\"\\'], ids=repr)
def test_a_text_without_an_end_is_read_in_one_go(tail):
    """From each of its quotes anew it would take for ever."""
    body = b'["' + b'\\"' * MAX_VALUES + b"," * MAX_VALUES + tail
    with pytest.raises(ProtocolError):
        decode_json(body)
