"""The JSON of the guide."""

from __future__ import annotations

import json

import pytest

from genesis_emulator import wire


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1_773_619_200, "2026-03-16T00:00:00.000Z"),
        (1_773_619_205.0625, "2026-03-16T00:00:05.062Z"),
        (0, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_times_have_milliseconds_and_a_z(seconds: float, text: str) -> None:
    assert wire.moment(seconds) == text


def test_japanese_is_sent_as_it_is_and_a_lone_surrogate_as_an_escape() -> None:
    assert wire.encode({"a": "日本"}) == '{"a":"日本"}'.encode()
    assert json.loads(wire.encode({"a": "\ud800"})) == {"a": "\ud800"}
