"""What the emulator's tests share: a clock that they set, and a plain HTTP client."""

from __future__ import annotations

import http.client
import json
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from genesis_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

EPOCH = 1_773_619_200.0
"""2026-03-16T00:00:00Z, the day of the guide's example."""


class FakeClock:
    """A clock that moves only when a test advances it."""

    def __init__(self) -> None:
        self.now = EPOCH

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


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
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        at = urlsplit(self.url)
        connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=10)
        sent = {"x-api-key": self.key} if headers is None else headers
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            return Reply(status=answer.status, headers=answer.headers, body=answer.read())
        finally:
            connection.close()

    def trigger(self, template_id: str, payload: object = None, **options: Any) -> Reply:
        body = json.dumps({} if payload is None else payload).encode()
        return self.call("POST", f"/api/workflows/{template_id}/trigger", body=body, **options)

    def start(self, template_id: str, payload: object = None) -> str:
        reply = self.trigger(template_id, payload)
        assert reply.status == 200, reply
        return str(reply.json()["executionId"])

    def poll(self, execution_id: str, **options: Any) -> Reply:
        return self.call("GET", f"/api/executions/{execution_id}", **options)

    def control(self, method: str, path: str, value: object = None) -> Reply:
        body = None if value is None else json.dumps(value).encode()
        return self.call(method, f"/_emulator{path}", body=body, headers={})


def exchange(url: str, sent: bytes) -> bytes:
    """Send raw bytes and read until the server closes."""
    at = urlsplit(url)
    received = b""
    with socket.create_connection((at.hostname, at.port), timeout=5) as connection:
        with suppress(OSError):
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            while piece := connection.recv(65536):
                received += piece
    return received


@pytest.fixture(scope="session")
def clock() -> FakeClock:
    """The clock of `emulator`; it is never set back between tests."""
    return FakeClock()


@pytest.fixture(scope="session")
def _serving(clock: FakeClock) -> Iterator[Emulator]:
    with Emulator(clock=clock) as emulator:
        yield emulator


@pytest.fixture
def emulator(_serving: Emulator) -> Emulator:
    """The built-in scenario, reset, on the clock of the tests."""
    _serving.clear()
    return _serving


@pytest.fixture
def client(emulator: Emulator) -> Client:
    """A client of `emulator` with its API key."""
    return Client(emulator.url, emulator.api_key)


@pytest.fixture(scope="session")
def client_of() -> type[Client]:
    """The client class, for another emulator or key."""
    return Client
