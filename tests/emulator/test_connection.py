"""A connection to the emulator: large bodies, malformed HTTP, and undelayed answers."""

import socket
import urllib.error
import urllib.request

import pytest

from genesis_emulator import Emulator
from genesis_emulator.routes import LIMIT
from tests.emulator.client import NOBODY, connected, exchange


def head_of_trigger(emulator: Emulator, *headers: str) -> bytes:
    path = f"/api/workflows/{emulator.workflows['completed'].id}/trigger"
    lines = [f"POST {path} HTTP/1.1", "host: x", f"x-api-key: {emulator.api_key}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.parametrize("also", [[], ["expect: 100-continue"]])
def test_announced_large_body_is_refused_before_it_is_sent(emulator, also):
    length = f"content-length: {LIMIT + 1}"
    with connected(emulator.url) as connection:
        connection.sendall(head_of_trigger(emulator, "connection: close", length, *also))
        assert connection.recv(1000).startswith(b"HTTP/1.1 413")


def urllib_status(url: str, headers: dict[str, str], body: bytes) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code


@pytest.mark.parametrize(("key", "status"), [(None, 413), ("wrong", 401)])
def test_a_client_that_writes_first_reads_the_refusal_of_a_large_body(emulator, key, status):
    url = f"{emulator.url}/api/workflows/{emulator.workflows['completed'].id}/trigger"
    headers = {"x-api-key": key or emulator.api_key}
    assert urllib_status(url, headers, b" " * (2 * LIMIT)) == status
    assert emulator.executions() == []


def test_endless_body_is_neither_kept_nor_read_for_ever(client, emulator):
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    with connected(emulator.url) as connection:
        connection.sendall(head_of_trigger(emulator, "transfer-encoding: chunked"))
        with pytest.raises(OSError, match=r"reset|Broken pipe"):
            for _ in range(200):
                connection.sendall(chunk)
    assert emulator.executions() == []
    assert client.poll(NOBODY).status == 404


def test_client_that_disconnects_within_its_body_triggers_nothing(client, emulator):
    exchange(emulator.url, head_of_trigger(emulator, "content-length: 9") + b"{}")
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


def test_answer_does_not_wait_for_delayed_acknowledgements():
    """Its head and its body are two writes, and the second would wait for 40 ms."""
    with Emulator() as emulator, connected(emulator.url) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        connection.recv(1000)
        [served] = emulator._server.server_state.connections
        sock = served.transport.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
