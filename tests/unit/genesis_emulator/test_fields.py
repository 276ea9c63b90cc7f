"""What a value in a scenario file may be: as it is written, checked, and never guessed."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from genesis_emulator import fields
from genesis_emulator.fields import Written

ID = "6f9619ff-8b86-4d01-b42d-00c04fc964ff"


def read(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value)


def refusal_of(kind: Any, value: object) -> str:
    with pytest.raises(ValidationError) as refused:
        read(kind, value)
    return refused.value.errors()[0]["msg"].removeprefix("Value error, ")


def written(text: str, looks_like: str = "str") -> Written:
    return Written(text, looks_like)


def test_a_scalar_is_a_text_that_knows_what_it_looks_like():
    scalar = written("007", "int")
    assert (scalar, scalar.looks_like) == ("007", "int")


@pytest.mark.parametrize(
    ("value", "is_null"),
    [(None, True), (written("~", "null"), True), (written("null"), False), ("null", False)],
)
def test_null_is_the_word_without_quotes(value, is_null):
    assert fields.is_null(value) is is_null
    assert (fields.shown(value) == "nothing") is is_null


def test_a_value_is_shown_as_people_wrote_it_and_a_collection_by_its_kind():
    values = ([1], {"a": 1}, written("1.50", "float"), written("7", "int"), written("on", "bool"))
    assert [fields.shown(value) for value in values] == [
        "a list", "a mapping", "1.50", "7", "'on'",
    ]  # fmt: skip


def test_an_id_is_a_uuid_in_small_letters():
    assert read(fields.Uuid, ID.upper()) == fields.normal_id(ID.upper()) == ID
    for text in ("smoke-1", ID.replace("-", ""), f"{{{ID}}}", f"{ID}\n", ""):
        assert fields.normal_id(text) is None
        assert "is not a UUID; write it as 8-4-4-4-12" in refusal_of(fields.Uuid, text)


def test_a_name_is_on_one_line_without_controls():
    assert read(fields.Name, "決済 smoke-1") == "決済 smoke-1"
    for text in ("", "a\nb", "a\x1b[31m", "a\u202eb"):
        assert refusal_of(fields.Name, text).startswith("expected a name: not empty, on one line")


def test_true_and_false_are_the_words_and_nothing_that_looks_like_them():
    assert read(fields.Boolean, written("true", "bool")) is True
    assert read(fields.Boolean, written("false", "bool")) is False
    assert read(fields.Boolean, True) is True
    for value in (written("yes", "bool"), written("True", "bool"), 1, None, "true"):
        assert refusal_of(fields.Boolean, value).startswith("expected true or false, got ")


@pytest.mark.parametrize(
    ("value", "json"),
    [
        (written("null", "null"), None),
        (written("null"), "null"),
        (written("true", "bool"), True),
        (written("on", "bool"), "on"),
        (written("1.5", "float"), 1.5),
        (written("1.5"), "1.5"),
        (written("007", "int"), "007"),
        (written(".inf", "float"), ".inf"),
        (written("1e999", "float"), "1e999"),
        (written("2024-01-01", "timestamp"), "2024-01-01"),
        ({"a": [written("7", "int"), {"b": written("x")}]}, {"a": [7, {"b": "x"}]}),
    ],
)
def test_an_output_is_json_and_what_json_cannot_write_stays_as_written(value, json):
    told = read(fields.Json, value)
    assert (told, type(told)) == (json, type(json))


def test_a_header_may_be_sent_as_it_is():
    headers = {"Retry-After": "2", "X-Odd!": "a b~"}
    assert read(fields.Headers, headers) == headers
    assert "is not a header name" in refusal_of(fields.Headers, {"bad name": "2"})
    for value in ("a\r\nb: c", "日本", "a\tb", "\x7f"):
        assert "is not plain ASCII on one line" in refusal_of(fields.Headers, {"X-Evil": value})


@pytest.mark.parametrize("name", ["Content-Length", "transfer-ENCODING"])
def test_how_long_a_body_is_only_the_server_says(name):
    assert "the server sets" in refusal_of(fields.Headers, {name: "2"})


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (fields.Seconds, (0, 0.5, "4"), (-1, float("inf"), float("nan"), "soon")),
        (fields.Count, (0, 2**31 - 1), (-1, 2**31, 1.5)),
        (fields.HttpStatus, (200, 599), (199, 600)),
        (fields.Bytes, (1, 256 * 1024 * 1024), (0, 256 * 1024 * 1024 + 1)),
        (fields.Numbers, (1, [1, 3], (2,)), (0, [1, 0], "a", [[1]])),
    ],
    ids=["seconds", "count", "status", "bytes", "numbers"],
)
def test_a_number_stays_between_its_bounds(kind, good, bad):
    for value in good:
        read(kind, value)
    for value in bad:
        refusal_of(kind, value)


def test_one_number_or_several_say_which_requests():
    assert (read(fields.Numbers, 2), read(fields.Numbers, [1, 3])) == ((2,), (1, 3))
