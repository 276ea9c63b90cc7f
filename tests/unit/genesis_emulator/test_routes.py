"""What a trigger's body may be, and which headers are recorded."""

import pytest

from genesis_emulator.routes import Refusal, RefusedError, read_payload, redacted


def refusal_of(body: bytes, *variables: str) -> Refusal:
    with pytest.raises(RefusedError) as refused:
        read_payload(body, variables)
    return refused.value.refusal


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
def test_payload_is_an_object_of_strings(body, payload):
    assert read_payload(body, {"a"}) == payload


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"{", b"{'a': 'b'}", b"\xff", b'{"a": NaN}', b"[" * 100_000, b'{"a":"1"} x'],
    ids=["empty", "blank", "cut", "quotes", "not UTF-8", "NaN", "too deep", "trailing"],
)
def test_payload_that_is_not_json_is_refused(body):
    assert refusal_of(body, "a") is Refusal.INVALID_JSON


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
def test_payload_with_other_values_is_refused(body):
    assert refusal_of(body, "a") is Refusal.NOT_ALL_STRINGS


def test_payload_with_an_unknown_variable_is_refused():
    assert refusal_of(b'{"a": "1", "b": "2"}', "a") is Refusal.UNEXPECTED_FIELDS
    assert refusal_of(b'{"a": "1"}') is Refusal.UNEXPECTED_FIELDS


def test_payload_values_are_checked_before_its_names():
    assert refusal_of(b'{"b": 1}', "a") is Refusal.NOT_ALL_STRINGS


def test_credentials_in_headers_are_redacted():
    headers = [("X-Api-Key", "k"), ("Authorization", "b"), ("Cookie", "c"), ("Accept", "*/*")]
    assert redacted(headers) == {
        "x-api-key": "***",
        "authorization": "***",
        "cookie": "***",
        "accept": "*/*",
    }


def test_repeated_header_is_recorded_once_with_all_values():
    assert redacted([("accept", "a"), ("Accept", "b")]) == {"accept": "a, b"}
