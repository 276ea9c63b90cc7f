"""A clock that tests set, and a plain HTTP client."""

import http.client
import json
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

NOBODY = "00000000-0000-0000-0000-000000000000"
"""The id of no workflow and no execution."""


class Clock:
    """A clock that moves only when a test sets it."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def refusal(self) -> tuple[int, str]:
        return self.status, self.json()["error"]


class Client:
    """One HTTP request at a time, each on a connection of its own."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key

    def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        sent = {"x-api-key": self.key} if headers is None else headers
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            return Reply(status=answer.status, headers=answer.headers, body=answer.read())
        finally:
            connection.close()

    def trigger(self, template_id: str, payload: object = None, **options: Any) -> Reply:
        body = payload if isinstance(payload, bytes) else json.dumps(payload or {}).encode()
        return self.call("POST", f"/api/workflows/{template_id}/trigger", body, **options)

    def start(self, template_id: str, payload: object = None) -> str:
        reply = self.trigger(template_id, payload)
        assert reply.status == 200, reply
        return str(reply.json()["executionId"])

    def poll(self, execution_id: str, **options: Any) -> Reply:
        return self.call("GET", f"/api/executions/{execution_id}", **options)

    def control(self, method: str, path: str, value: object = None) -> Reply:
        body = None if value is None else json.dumps(value).encode()
        return self.call(method, f"/_emulator{path}", body, headers={})


def connected(url: str) -> socket.socket:
    at = urlsplit(url)
    return socket.create_connection((at.hostname, at.port), timeout=5)


def exchange(url: str, sent: bytes) -> bytes:
    """Send raw bytes and read until the server closes."""
    received = b""
    with connected(url) as connection:
        with suppress(OSError):
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            while piece := connection.recv(65536):
                received += piece
    return received
