"""JSON without its ambiguities: what two readers could take in two ways is refused."""

import json
import math
from typing import Any

from genesis_ci.errors import ProtocolError

MAX_DEPTH = 100
MAX_NUMBER_LENGTH = 400


def decode_json(body: bytes) -> Any:
    """Return the JSON value of a body.

    Raises:
        ProtocolError: invalid UTF-8 or JSON, a duplicate key, NaN or an infinite number,
            a number of over 400 digits, nesting deeper than 100.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_reject_constant,
            parse_float=_number,
            parse_int=_integer,
        )
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, _OddJsonError) else "not valid JSON"
        raise ProtocolError(f"The answer cannot be read: {reason}.") from None
    if _deeper_than(value, MAX_DEPTH):
        raise ProtocolError(f"The answer cannot be read: nested deeper than {MAX_DEPTH} levels.")
    return value


class _OddJsonError(ValueError):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _OddJsonError("a key stands twice in one object")
    return members


def _reject_constant(_: str) -> Any:
    raise _OddJsonError("a number is not finite")


def _number(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise _OddJsonError("a number is not finite")
    return value


def _integer(digits: str) -> int:
    if len(digits) > MAX_NUMBER_LENGTH:
        raise _OddJsonError(f"a number has over {MAX_NUMBER_LENGTH} digits")
    return int(digits)


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [child for item in level for child in _children(item)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
