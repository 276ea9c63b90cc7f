"""An answer as it should be, before any fault touches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genesis_ci.emulator import wire
from genesis_ci.emulator.scenario import ErrorBody

if TYPE_CHECKING:
    from genesis_ci.emulator.refusals import Refusal

JSON_TYPE = "application/json"
TEXT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A status and a body."""

    status: int
    body: bytes
    media_type: str = JSON_TYPE


def success(value: dict[str, Any]) -> Answer:
    """200 with the value as JSON."""
    return Answer(status=200, body=wire.encode(value))


def refused(refusal: Refusal, form: ErrorBody) -> Answer:
    """A row of the guide in the form that the scenario asks for."""
    return error(refusal.status, refusal.message, form)


def error(status: int, message: str, form: ErrorBody) -> Answer:
    """An error answer. The guide gives no form; `{"error": …}` is the default here."""
    match form:
        case ErrorBody.PLAIN:
            return Answer(status=status, body=message.encode(), media_type=TEXT_TYPE)
        case ErrorBody.ERROR | ErrorBody.MESSAGE:
            return Answer(status=status, body=wire.encode({form.value: message}))
