"""A connection to the emulator: large bodies, malformed HTTP, and undelayed answers."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import pytest
import requests
import uvicorn
from uvicorn.server import ServerState

from genesis_emulator.connection import Connection
from genesis_emulator.routes import LIMIT
from tests.emulated import exchange

if TYPE_CHECKING:
    from genesis_emulator import Emulator

NOBODY = "00000000-0000-0000-0000-000000000000"


def trigger_path(emulator: Emulator) -> str:
    return f"/api/workflows/{emulator.workflows['completed'].id}/trigger"


def test_announced_large_body_is_refused_before_it_is_sent(client, emulator):
    path = trigger_path(emulator)
    head = (
        f"POST {path} HTTP/1.1\r\nhost: x\r\nx-api-key: {client.key}\r\n"
        f"connection: close\r\ncontent-length: {LIMIT + 1}\r\n\r\n"
    )
    at = urlsplit(emulator.url)
    with socket.create_connection((at.hostname, at.port), timeout=5) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 413")


def test_client_with_expect_100_is_refused_at_once(client, emulator):
    path = trigger_path(emulator)
    head = (
        f"POST {path} HTTP/1.1\r\nhost: x\r\nx-api-key: {client.key}\r\nconnection: close\r\n"
        f"expect: 100-continue\r\ncontent-length: {LIMIT + 1}\r\n\r\n"
    )
    assert exchange(emulator.url, head.encode()).startswith(b"HTTP/1.1 413")


def urllib_status(url: str, headers: dict[str, str], body: bytes) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code


def requests_status(url: str, headers: dict[str, str], body: bytes) -> int:
    return requests.post(url, data=body, headers=headers, timeout=10).status_code


def curl_status_without_asking(url: str, headers: dict[str, str], body: bytes) -> int:
    return curl_status(url, {**headers, "Expect": ""}, body)


def curl_status(url: str, headers: dict[str, str], body: bytes) -> int:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    given = [f"-H{name}: {value}" for name, value in headers.items()]
    done = subprocess.run(
        ["curl", "-sS", "-o", os.devnull, "-w", "%{http_code}", *given, "--data-binary", "@-", url],
        input=body,
        capture_output=True,
        check=True,
    )
    return int(done.stdout)


@pytest.mark.parametrize(
    ("status_of", "key", "status"),
    [
        (urllib_status, "", 413),
        (urllib_status, "wrong", 401),
        (requests_status, "", 413),
        (curl_status, "", 413),
        (curl_status_without_asking, "wrong", 401),
    ],
)
def test_every_client_reads_the_refusal_of_a_large_body(client, emulator, status_of, key, status):
    url = f"{emulator.url}{trigger_path(emulator)}"
    headers = {"x-api-key": key or client.key}
    assert status_of(url, headers, b" " * 12_000_000) == status
    assert emulator.executions() == []


def test_client_that_sends_before_it_reads_gets_the_413(client, emulator):
    path = trigger_path(emulator)
    reply = client.call("POST", path, body=b" " * (2 * LIMIT))
    assert reply.refusal == (413, "Payload too large")


def test_endless_body_is_neither_kept_nor_read_for_ever(client, emulator):
    path = trigger_path(emulator)
    head = (
        f"POST {path} HTTP/1.1\r\nhost: x\r\nx-api-key: {client.key}\r\n"
        "transfer-encoding: chunked\r\n\r\n"
    )
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    at = urlsplit(emulator.url)
    with socket.create_connection((at.hostname, at.port), timeout=5) as connection:
        connection.sendall(head.encode())
        with pytest.raises(OSError, match=r"reset|Broken pipe"):
            for _ in range(200):
                connection.sendall(chunk)
    assert emulator.executions() == []
    assert client.poll(NOBODY).status == 404


def test_client_that_disconnects_within_its_body_triggers_nothing(client, emulator):
    path = trigger_path(emulator)
    head = (
        f"POST {path} HTTP/1.1\r\nhost: x\r\nx-api-key: {client.key}\r\ncontent-length: 9\r\n\r\n"
    )
    exchange(emulator.url, head.encode() + b"{}")
    assert client.poll(NOBODY).status == 404
    assert emulator.executions() == []


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: [[[\r\nconnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 200_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade, close\r\n\r\n",
        b"GET http://[::1/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"\x00" * 1000,
    ],
)
def test_malformed_http_does_not_stop_the_server(client, emulator, nonsense):
    exchange(emulator.url, nonsense)
    assert client.poll(NOBODY).refusal == (404, "Execution not found")


async def nothing(scope: object, receive: object, send: object) -> None:
    """An application that answers nothing."""


class FakeTransport:
    """The part of asyncio's transport that a new connection uses."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._sock if name == "socket" else default


def test_answer_does_not_wait_for_delayed_acknowledgements():
    """Its head and its body are two writes, and the second would wait for 40 ms."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as sock,
        closing(asyncio.new_event_loop()) as loop,
    ):
        config = uvicorn.Config(nothing, log_config=None)
        connection = Connection(config, ServerState(), {}, _loop=loop)
        connection.connection_made(cast("asyncio.Transport", FakeTransport(sock)))
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
