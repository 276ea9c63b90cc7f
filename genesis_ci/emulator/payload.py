"""The trigger's body: bytes in, context variables or one of the guide's refusals out."""

import json
from collections.abc import Collection
from typing import Any, NoReturn

from genesis_ci.emulator.refusals import Refusal

LIMIT = 10 * 1024 * 1024
"""The guide's 10 MB, read as 10 MiB."""


def read_payload(body: bytes, variables: Collection[str]) -> dict[str, str] | Refusal:
    """Check syntax, then string values, then names; an empty body is not JSON.

    A key that is given twice counts as its last value, as JSON parsers do.
    """
    if len(body) > LIMIT:
        return Refusal.TOO_LARGE
    try:
        value = _strict_json(body)
    except (ValueError, RecursionError):
        return Refusal.INVALID_JSON
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        return Refusal.NOT_ALL_STRINGS
    if not value.keys() <= set(variables):
        return Refusal.UNEXPECTED_FIELDS
    return value


def _strict_json(body: bytes) -> Any:
    """Parse RFC 8259 JSON: UTF-8, no NaN; integers of any length (they are refused later)."""
    return json.loads(body.decode("utf-8"), parse_constant=_refuse, parse_int=float)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
