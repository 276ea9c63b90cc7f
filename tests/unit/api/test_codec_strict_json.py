"""JSON that could be read in two ways is not read at all."""

import pytest

from genesis_ci.api.codec import decode_json
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
