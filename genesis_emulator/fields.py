"""What a value in a scenario file may be, as types that pydantic checks."""

import json
import math
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, WithJsonSchema

_MOST = 2**31 - 1
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Written(str):
    """A scalar as it is written in the file, and the YAML type that it looks like."""

    __slots__ = ("looks_like",)

    looks_like: str

    def __new__(cls, text: str, looks_like: str) -> "Written":
        written = super().__new__(cls, text)
        written.looks_like = looks_like
        return written


def is_null(value: object) -> bool:
    """Whether the value is null, and not the quoted word."""
    return value is None or (isinstance(value, Written) and value.looks_like == "null")


def normal_id(text: str) -> str | None:
    """A UUID in lower case, or None if the text is not 8-4-4-4-12 hexadecimal digits."""
    lowered = text.lower()
    return lowered if _UUID.fullmatch(lowered) else None


def _uuid(text: str) -> str:
    normal = normal_id(text)
    if normal is None:
        raise ValueError(f"{text!r} is not a UUID; write it as 8-4-4-4-12 hexadecimal digits")
    return normal


def _name(text: str) -> str:
    if not text or not text.isprintable():
        raise ValueError("expected a name: not empty, on one line, no control characters")
    return text


def _boolean(value: object) -> object:
    if isinstance(value, Written) and value in {"true", "false"}:
        return value == "true"
    if isinstance(value, bool):
        return value
    raise ValueError(f"expected true or false, got {shown(value)}")


def _json_value(value: Any) -> Any:
    """The value that JSON would give; a scalar that JSON cannot write stays as it is written."""
    match value:
        case dict():
            return {key: _json_value(item) for key, item in value.items()}
        case list():
            return [_json_value(item) for item in value]
        case Written(looks_like="null"):
            return None
        case Written(looks_like="bool" | "int" | "float"):
            try:
                read: bool | int | float = json.loads(value)
            except ValueError:
                return str(value)
            return read if math.isfinite(read) else str(value)
        case Written():
            return str(value)
        case _:
            return value


def _headers(headers: dict[str, str]) -> dict[str, str]:
    for key, value in headers.items():
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", key):
            raise ValueError(f"{key!r} is not a header name")
        if key.lower() in {"content-length", "transfer-encoding"}:
            raise ValueError(f"the server sets {key} itself; use truncate for a short body")
        if not re.fullmatch(r"[\x20-\x7e]*", value):
            raise ValueError(f"the value of {key} is not plain ASCII on one line")
    return headers


def shown(value: object) -> str:
    match value:
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case Written(looks_like="int" | "float"):
            return str(value)
        case _:
            return "nothing" if is_null(value) else repr(value)


_AS_WRITTEN = WithJsonSchema({"type": ["string", "number", "boolean"]})
OR_NULL = BeforeValidator(lambda value: None if is_null(value) else value)

Text = Annotated[str, _AS_WRITTEN]
Name = Annotated[str, AfterValidator(_name), _AS_WRITTEN]
Uuid = Annotated[str, AfterValidator(_uuid), WithJsonSchema({"type": "string", "format": "uuid"})]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=_MOST)]
Boolean = Annotated[bool, BeforeValidator(_boolean, json_schema_input_type=bool)]
Json = Annotated[JsonValue, BeforeValidator(_json_value)]
Headers = Annotated[dict[str, Text], AfterValidator(_headers)]
HttpStatus = Annotated[int, Field(ge=200, le=599)]
Size = Annotated[int, Field(ge=1, le=256 * 1024 * 1024)]
_Nth = Annotated[int, Field(ge=1, le=_MOST)]
Numbers = Annotated[
    tuple[_Nth, ...],
    BeforeValidator(
        lambda value: value if isinstance(value, list | tuple) else [value],
        json_schema_input_type=_Nth | list[_Nth],
    ),
]
"""Which requests: one number or several, the first being 1."""
