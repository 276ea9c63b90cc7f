"""Answers as they should be, and with each kind of fault."""

import json
from typing import Any, assert_never

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from genesis_emulator.connection import connection_of
from genesis_emulator.scenario import ErrorBody, Fault, FaultKind

_BODILESS = frozenset({204, 304})
_HTML = "<!DOCTYPE html><html><head><title>Bad gateway</title></head><body>Oops</body></html>"
_PIECES = 100
_TEXT_TYPE = "text/plain; charset=utf-8"


class Answer(Response):
    """An answer before any fault; `result` describes it in the emulator's log."""

    def __init__(
        self, body: bytes, status: int = 200, media_type: str = "application/json", result: str = ""
    ) -> None:
        super().__init__(body, status, media_type=media_type)
        self.result = result


def encode(value: Any) -> bytes:
    """Compact UTF-8 JSON; a lone surrogate, which UTF-8 cannot hold, is written as an escape."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def error_answer(status: int, message: str, form: ErrorBody) -> Answer:
    """An error answer. The guide gives no form; `{"error": …}` is the default here."""
    if form is ErrorBody.PLAIN:
        return Answer(message.encode(), status, _TEXT_TYPE, result=message)
    return Answer(encode({form.value: message}), status, result=message)


def faulty(answer: Answer, fault: Fault) -> Response:
    """The response with the fault; `answer` is what it should have been."""
    match fault.do:
        case FaultKind.DELAY:
            return answer
        case FaultKind.STATUS | FaultKind.NOT_JSON:
            return _made_up(fault)
        case FaultKind.CLOSE_BEFORE | FaultKind.CLOSE_AFTER:
            return NoAnswer()
        case FaultKind.TRUNCATE:
            return _HalfAnswer(answer.body, answer.status_code, media_type=answer.media_type)
        case FaultKind.UNKNOWN_STATUS:
            return _with_status_word(answer, fault.word)
        case FaultKind.OVERSIZE:
            padded = bytes(answer.body).ljust(fault.size)
            return Response(padded, answer.status_code, media_type=answer.media_type)
        case FaultKind.DRIP:
            slow = _SlowAnswer(answer.body, answer.status_code, media_type=answer.media_type)
            slow.seconds = fault.over
            return slow
        case _:
            assert_never(fault.do)


class NoAnswer(Response):
    """The connection ends without a byte of answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        await connection_of(scope).abort()


class _HalfAnswer(Response):
    """The head announces the whole body, half of it follows, then the connection ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        half = self.body[: len(self.body) // 2]
        await send(_head(self))
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await connection_of(scope).close()


class _SlowAnswer(Response):
    """The body comes in small pieces, spread over `seconds`."""

    seconds = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        size = max(1, len(self.body) // _PIECES)
        starts = range(0, len(self.body), size)
        await send(_head(self))
        for start in starts:
            piece = self.body[start : start + size]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await connection_of(scope).pause(self.seconds / len(starts))
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _head(response: Response) -> Message:
    return {
        "type": "http.response.start",
        "status": response.status_code,
        "headers": response.raw_headers,
    }


def _made_up(fault: Fault) -> Response:
    """The answer of a proxy: 503 in plain text, or 200 with a page."""
    is_page = fault.do is FaultKind.NOT_JSON
    status = fault.status or (200 if is_page else 503)
    body = fault.body or (_HTML if is_page else "")
    headers = dict(fault.headers)
    if "content-type" not in {name.lower() for name in headers}:
        headers["content-type"] = "text/html" if is_page else _TEXT_TYPE
    return Response(b"" if status in _BODILESS else body.encode(), status, headers=headers)


def _with_status_word(answer: Answer, word: str) -> Answer:
    if answer.status_code != 200:
        return answer
    value = json.loads(bytes(answer.body))
    value["status"] = word
    value["state"]["status"] = word
    return Answer(encode(value))
