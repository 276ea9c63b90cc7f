"""What a trigger's body may be."""

from __future__ import annotations

import pytest

from genesis_emulator.access import LIMIT, Refusal, read_payload


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        (b"{}", {}),
        (b' {"a": "1"} ', {"a": "1"}),
        ('{"a": "日本語"}'.encode(), {"a": "日本語"}),
        (b'{"a": ""}', {"a": ""}),
        (b'{"a": "1", "a": "2"}', {"a": "2"}),
    ],
)
def test_an_object_of_strings_is_taken(body: bytes, payload: dict[str, str]) -> None:
    assert read_payload(body, {"a"}) == payload


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"{", b"{'a': 'b'}", b"\xff", b'{"a": NaN}', b"[" * 100_000, b'{"a":"1"} x'],
    ids=["empty", "blank", "cut", "quotes", "not UTF-8", "NaN", "too deep", "trailing"],
)
def test_what_is_not_json_is_refused_as_such(body: bytes) -> None:
    assert read_payload(body, {"a"}) is Refusal.INVALID_JSON


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1}',
        b'{"a": null}',
        b'{"a": true}',
        b'{"a": []}',
        b'{"a": {}}',
        b"[]",
        b'"a"',
        b"1",
        b"null",
        b'{"a": %s}' % (b"9" * 5000),
    ],
)
def test_whatever_is_no_object_of_strings_is_refused_as_such(body: bytes) -> None:
    assert read_payload(body, {"a"}) is Refusal.NOT_ALL_STRINGS


def test_a_key_that_the_workflow_does_not_define_is_refused() -> None:
    assert read_payload(b'{"a": "1", "b": "2"}', {"a"}) is Refusal.UNEXPECTED_FIELDS
    assert read_payload(b'{"a": "1"}', ()) is Refusal.UNEXPECTED_FIELDS


def test_the_values_are_checked_before_the_keys() -> None:
    assert read_payload(b'{"b": 1}', {"a"}) is Refusal.NOT_ALL_STRINGS


def test_ten_mebibytes_are_taken_and_one_byte_more_is_not() -> None:
    frame = len(b'{"a":""}')
    assert isinstance(read_payload(b'{"a":"%s"}' % (b"x" * (LIMIT - frame)), {"a"}), dict)
    too_large = b'{"a":"%s"}' % (b"x" * (LIMIT - frame + 1))
    assert read_payload(too_large, {"a"}) is Refusal.TOO_LARGE
