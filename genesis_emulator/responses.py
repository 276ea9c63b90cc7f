"""Answers as they should be, and how each kind of fault spoils them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, assert_never

from starlette.responses import Response

from genesis_emulator import wire
from genesis_emulator.connection import connection_of
from genesis_emulator.faults import Fault, FaultKind
from genesis_emulator.scenario import ErrorBody

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from genesis_emulator.access import Refusal

_BODILESS = frozenset({204, 304})
_HTML = "<!DOCTYPE html><html><head><title>Bad gateway</title></head><body>Oops</body></html>"
_PIECES = 100
JSON_TYPE = "application/json"
TEXT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A status and a body, before any fault touches them; `result` tells people what it says."""

    status: int
    body: bytes
    media_type: str = JSON_TYPE
    result: str = ""


def success(value: dict[str, Any], result: str) -> Answer:
    """200 with the value as JSON."""
    return Answer(status=200, body=wire.encode(value), result=result)


def refused(refusal: Refusal, form: ErrorBody) -> Answer:
    """A row of the guide in the form that the scenario asks for."""
    return error(refusal.status, refusal.message, form)


def error(status: int, message: str, form: ErrorBody) -> Answer:
    """An error answer. The guide gives no form; `{"error": …}` is the default here."""
    match form:
        case ErrorBody.PLAIN:
            body = message.encode()
            return Answer(status=status, body=body, media_type=TEXT_TYPE, result=message)
        case ErrorBody.ERROR | ErrorBody.MESSAGE:
            body = wire.encode({form.value: message})
            return Answer(status=status, body=body, result=message)


def misbehaving(fault: Fault, answer: Answer) -> Response:
    """The response for a request that the fault hits; `answer` is what it should have been."""
    match fault.do:
        case FaultKind.DELAY:
            return proper(answer)
        case FaultKind.STATUS | FaultKind.NOT_JSON:
            return _made_up(fault)
        case FaultKind.CLOSE_BEFORE | FaultKind.CLOSE_AFTER:
            return NoAnswer()
        case FaultKind.TRUNCATE:
            return HalfAnswer(answer.body, answer.status, media_type=answer.media_type)
        case FaultKind.UNKNOWN_STATUS:
            return proper(_with_status_word(answer, fault.word))
        case FaultKind.OVERSIZE:
            padded = answer.body.ljust(fault.size)
            return Response(padded, answer.status, media_type=answer.media_type)
        case FaultKind.DRIP:
            return SlowAnswer(answer, fault.over)
        case _:
            assert_never(fault.do)


def proper(answer: Answer) -> Response:
    """The answer as it should be."""
    return Response(answer.body, answer.status, media_type=answer.media_type)


class NoAnswer(Response):
    """The connection ends without a byte of answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Close the connection."""
        await connection_of(scope).abort()


class HalfAnswer(Response):
    """The head announces the whole body, half of it follows, then the connection ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send half, then close."""
        half = self.body[: len(self.body) // 2]
        head = {"type": "http.response.start", "status": self.status_code}
        await send({**head, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await connection_of(scope).close()


class SlowAnswer(Response):
    """The body comes in small pieces, spread over `seconds`."""

    def __init__(self, answer: Answer, seconds: float) -> None:
        super().__init__(answer.body, answer.status, media_type=answer.media_type)
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send a piece, wait, and so on."""
        body, size = bytes(self.body), max(1, len(self.body) // _PIECES)
        pieces = [body[start : start + size] for start in range(0, len(body), size)]
        head = {"type": "http.response.start", "status": self.status_code}
        await send({**head, "headers": self.raw_headers})
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await connection_of(scope).pause(self._seconds / len(pieces))
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _made_up(fault: Fault) -> Response:
    """What a proxy on the way could have answered: 503 in plain text, or 200 with a page."""
    page = fault.do is FaultKind.NOT_JSON
    status = fault.status or (200 if page else 503)
    body = fault.body or (_HTML if page else "")
    headers = dict(fault.headers)
    if "content-type" not in {name.lower() for name in headers}:
        headers["content-type"] = "text/html" if page else TEXT_TYPE
    return Response(b"" if status in _BODILESS else body.encode(), status, headers=headers)


def _with_status_word(answer: Answer, word: str) -> Answer:
    if answer.status != 200:
        return answer
    value = json.loads(answer.body)
    value["status"] = word
    value["state"]["status"] = word
    return Answer(status=200, body=wire.encode(value))
