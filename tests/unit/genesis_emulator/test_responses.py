"""How answers are encoded."""

import json

from genesis_emulator.responses import encode


def test_encode_keeps_japanese_and_escapes_a_lone_surrogate():
    assert encode({"a": "日本"}) == '{"a":"日本"}'.encode()
    assert json.loads(encode({"a": "\ud800"})) == {"a": "\ud800"}
