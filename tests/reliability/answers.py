"""The lines of a fault server's scripts: good answers, bad answers, and none."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http import HTTPStatus
from time import time
from typing import Any

from genesis_ci.http.transport import Request, Response
from tests.builders import EXECUTION_ID, a_wire_execution
from tests.reliability.server import Conversation, FaultServer, Script

MEBIBYTE = 1024 * 1024
SECOND_ID = "11111111-2222-4333-8444-555555555555"


def http(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """Return the bytes of an answer; `Content-Length` is correct unless it is given."""
    named = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    named |= {name.replace("_", "-").title(): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def started(execution_id: str = EXECUTION_ID) -> Script:
    return answer(as_json({"success": True, "executionId": execution_id}))


def status(word: str, **fields: Any) -> Script:
    execution_id = fields.get("id", EXECUTION_ID)
    state = {**a_wire_execution()["state"], "executionId": execution_id, "status": word}
    return raw(http(as_json(a_wire_execution(status=word, **{"state": state, **fields}))))


def answer(body: bytes, status: str = "200 OK", **headers: str) -> Script:
    """Return an answer that is complete HTTP with any body."""
    return raw(http(body, status, **headers))


def error(status: str, message: str = "", **headers: str) -> Script:
    return answer(
        as_json({"error": message}) if message else b"<html>oops</html>", status, **headers
    )


def raw(data: bytes) -> Script:
    def script(conversation: Conversation) -> bool:
        conversation.send(data)
        return True

    return script


def then_close(data: bytes) -> Script:
    return lambda conversation: conversation.send(data)


def dribble(data: bytes, before: bytes = b"") -> Script:
    def script(conversation: Conversation) -> None:
        conversation.send(before)
        conversation.dribble(data)

    return script


def late(seconds: float, then: Script) -> Script:
    def script(conversation: Conversation) -> bool | None:
        return None if conversation.wait(seconds) else then(conversation)

    return script


def without(name: str) -> Script:
    """Return a status answer of a completed run without one field."""
    fields = a_wire_execution(status="completed")
    del fields[name]
    fields["state"] = {}
    return answer(as_json(fields))


def body(text: str) -> Script:
    """Return a status answer from JSON text; `ID` becomes the execution id."""
    return answer(text.replace("ID", EXECUTION_ID).encode("utf-8", "surrogatepass"))


def of_size(size: int) -> Script:
    """Send an answer of so many bytes without holding all of them in memory."""

    def script(conversation: Conversation) -> bool:
        conversation.send(HEAD + f"Content-Length: {size}\r\n\r\n".encode())
        for begin in range(0, size, MEBIBYTE):
            conversation.send(b" " * min(MEBIBYTE, size - begin))
        return True

    return script


def in_seconds(seconds: float) -> str:
    return formatdate(time() + seconds, usegmt=True)


@contextmanager
def served(answered: Callable[[Request], Response], prefix: str = "", **how: Any) -> Iterator[str]:
    """Yield the address of a server that answers one request after another with a function."""
    lock = threading.Lock()

    def script(conversation: Conversation) -> bool:
        seen = conversation.seen
        request = Request(
            method=seen.method, url=seen.path, headers=seen.headers, body=seen.body or None
        )
        with lock:
            answer = answered(request)
        status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
        conversation.send(http(answer.body, status, **answer.headers))
        return True

    with FaultServer(triggers=(script,), polls=(script,), **how) as server:
        yield f"{server.url}{prefix}"


def reset(conversation: Conversation) -> None:
    conversation.reset()


def close(conversation: Conversation) -> None:
    conversation.close()


def silence(conversation: Conversation) -> None:
    conversation.wait(60)


def vanish(conversation: Conversation) -> None:
    conversation.stop_server()
    conversation.reset()


def endless_continue(conversation: Conversation) -> None:
    conversation.dribble(b"HTTP/1.1 100 Continue\r\n\r\n" * 400, pause=0.005)


def come_back_at_a_date(conversation: Conversation) -> bool:
    conversation.send(http(b"", "503 Service Unavailable", retry_after=in_seconds(1)))
    return True


RUNNING, COMPLETED, FAILED = status("running"), status("completed"), status("failed")
DONE = as_json(a_wire_execution(status="completed"))
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
GZIPPED = answer(gzip.compress(DONE), content_encoding="gzip")
CUT = then_close(http(DONE[:100], content_length=str(len(DONE))))
CHUNK_CUT = then_close(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1000\r\n" + DONE[:50])
HUGE = of_size(64 * 1024 * 1024 + 1)
MANY_HEADERS = then_close(HEAD + b"X-Y: z\r\n" * 200 + b"\r\n" + DONE)
LONG_HEADER = then_close(HEAD + b"X-Y: " + b"z" * 70_000 + b"\r\n\r\n" + DONE)
NOT_HTTP = then_close(b"SSH-2.0-OpenSSH_9.9\r\n")
TWO_AT_ONCE = raw(
    http(as_json(a_wire_execution(status="running")))
    + http(as_json(a_wire_execution(status="failed")))
)
STARTED = http(as_json({"success": True, "executionId": EXECUTION_ID}))
EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
WEB_PAGE = answer(b"<html><title>Sign in</title></html>", content_type="text/html")
