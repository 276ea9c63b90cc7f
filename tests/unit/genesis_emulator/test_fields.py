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


@pytest.mark.parametrize(
    ("value", "is_null"),
    [(None, True), (written("~", "null"), True), (written("null"), False), ("null", False)],
)
def test_only_unquoted_null_is_null(value, is_null):
    assert fields.is_null(value) is is_null
    assert (fields.shown(value) == "nothing") is is_null


def test_messages_show_scalars_as_written_and_collections_by_kind():
    values = ([1], {"a": 1}, written("1.50", "float"), written("7", "int"), written("on", "bool"))
    assert [fields.shown(value) for value in values] == [
        "a list", "a mapping", "1.50", "7", "'on'",
    ]  # fmt: skip


def test_id_is_a_uuid_in_lower_case():
    assert read(fields.Uuid, ID.upper()) == fields.normal_id(ID.upper()) == ID
    for text in ("smoke-1", ID.replace("-", ""), f"{{{ID}}}", f"{ID}\n", ""):
        assert fields.normal_id(text) is None
        assert "is not a UUID; write it as 8-4-4-4-12" in refusal_of(fields.Uuid, text)


def test_name_has_no_line_breaks_or_control_characters():
    assert read(fields.Name, "決済 smoke-1") == "決済 smoke-1"
    for text in ("", "a\nb", "a\x1b[31m", "a\u202eb"):
        assert refusal_of(fields.Name, text).startswith("expected a name: not empty, on one line")


def test_boolean_is_only_true_or_false():
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
def test_output_is_json_and_other_scalars_stay_as_written(value, json):
    found = read(fields.Json, value)
    assert (found, type(found)) == (json, type(json))


def test_header_must_be_ascii_on_one_line():
    headers = {"Retry-After": "2", "X-Odd!": "a b~"}
    assert read(fields.Headers, headers) == headers
    assert "is not a header name" in refusal_of(fields.Headers, {"bad name": "2"})
    for value in ("a\r\nb: c", "日本", "a\tb", "\x7f"):
        assert "is not plain ASCII on one line" in refusal_of(fields.Headers, {"X-Evil": value})


@pytest.mark.parametrize("name", ["Content-Length", "transfer-ENCODING"])
def test_length_headers_are_refused(name):
    assert "the server sets" in refusal_of(fields.Headers, {name: "2"})


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (fields.Seconds, (0, 0.5, "4"), (-1, float("inf"), float("nan"), "soon")),
        (fields.Count, (0, 2**31 - 1), (-1, 2**31, 1.5)),
        (fields.HttpStatus, (200, 599), (199, 600)),
        (fields.Size, (1, 256 * 1024 * 1024), (0, 256 * 1024 * 1024 + 1)),
        (fields.Numbers, (1, [1, 3], (2,)), (0, [1, 0], "a", [[1]])),
    ],
    ids=["seconds", "count", "status", "bytes", "numbers"],
)
def test_number_outside_its_bounds_is_refused(kind, good, bad):
    for value in good:
        read(kind, value)
    for value in bad:
        refusal_of(kind, value)


def test_numbers_are_one_or_several():
    assert (read(fields.Numbers, 2), read(fields.Numbers, [1, 3])) == ((2,), (1, 3))
