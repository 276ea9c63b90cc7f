"""HTTP beyond the guide: other paths, other methods, large bodies, nonsense."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests

from genesis_ci.emulator.access import LIMIT
from genesis_ci.emulator.scenario import ErrorBody, Scenario
from genesis_ci.emulator.server import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulated import Client

NOBODY = "00000000-0000-0000-0000-000000000000"


def exchange(url: str, sent: bytes, *, pieces: int = 1, limit: int = 1 << 20) -> bytes:
    """Send raw bytes and read until the server closes."""
    at = urlsplit(url)
    with socket.create_connection((at.hostname, at.port), timeout=5) as connection:
        received = b""
        try:
            for _ in range(pieces):
                connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        try:
            while len(received) < limit and (piece := connection.recv(65536)):
                received += piece
        except OSError:
            pass
        return received


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/workflows", f"/api/executions/{NOBODY}/", "/api/executions/a%2Fb"]
)
def test_any_other_path_is_not_found(client: Client, path: str) -> None:
    assert client.call("GET", path).refusal == (404, "Not Found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", f"/api/workflows/{NOBODY}/trigger", "POST"),
        ("PUT", f"/api/workflows/{NOBODY}/trigger", "POST"),
        ("POST", f"/api/executions/{NOBODY}", "GET, HEAD"),
        ("DELETE", f"/api/executions/{NOBODY}", "GET, HEAD"),
    ],
)
def test_any_other_method_is_not_allowed(
    client: Client, method: str, path: str, allowed: str
) -> None:
    reply = client.call(method, path)
    assert reply.refusal == (405, "Method Not Allowed")
    assert ", ".join(sorted(reply.headers["allow"].split(", "))) == allowed


def test_head_gives_the_head_of_get(client: Client, emulator: Emulator) -> None:
    execution = client.start(emulator.workflows["completed"].id)
    reply = client.call("HEAD", f"/api/executions/{execution}")
    assert (reply.status, reply.body) == (200, b"")
    assert int(reply.headers["content-length"]) == len(client.poll(execution).body)


def test_a_content_type_is_only_recommended(client: Client, emulator: Emulator) -> None:
    headers = {"x-api-key": client.key, "content-type": "text/plain"}
    assert client.trigger(emulator.workflows["completed"].id, headers=headers).status == 200


def test_a_key_given_twice_is_no_key_that_exists(client: Client, emulator: Emulator) -> None:
    key = f"x-api-key: {client.key}\r\n"
    request = f"GET /api/executions/{NOBODY} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{key}{key}"
    assert b"Invalid API key" in exchange(emulator.url, f"{request}\r\n".encode())


def test_a_body_announced_as_too_large_is_refused_before_it_is_sent(
    client: Client, emulator: Emulator
) -> None:
    path = f"/api/workflows/{emulator.workflows['completed'].id}/trigger"
    head = (
        f"POST {path} HTTP/1.1\r\nhost: x\r\nx-api-key: {client.key}\r\n"
        f"connection: close\r\ncontent-length: {LIMIT + 1}\r\n\r\n"
    )
    at = urlsplit(emulator.url)
    with socket.create_connection((at.hostname, at.port), timeout=5) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 413")


def test_a_client_that_asks_before_it_sends_is_refused_at_once(
    client: Client, emulator: Emulator
) -> None:
    path = f"/api/workflows/{emulator.workflows['completed'].id}/trigger"
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
    "status_of", [urllib_status, requests_status, curl_status, curl_status_without_asking]
)
@pytest.mark.parametrize(("key", "status"), [("", 413), ("wrong", 401)])
def test_every_client_sees_why_its_twelve_megabytes_are_refused(
    client: Client,
    emulator: Emulator,
    status_of: Callable[[str, dict[str, str], bytes], int],
    key: str,
    status: int,
) -> None:
    url = f"{emulator.url}/api/workflows/{emulator.workflows['completed'].id}/trigger"
    headers = {"x-api-key": key or client.key}
    assert status_of(url, headers, b" " * 12_000_000) == status
    assert emulator.executions() == []


def test_a_client_that_sends_too_much_before_it_reads_still_gets_its_413(
    client: Client, emulator: Emulator
) -> None:
    path = f"/api/workflows/{emulator.workflows['completed'].id}/trigger"
    reply = client.call("POST", path, body=b" " * (2 * LIMIT))
    assert reply.refusal == (413, "Payload too large")


def test_an_endless_body_is_neither_kept_nor_read_for_ever(
    client: Client, emulator: Emulator
) -> None:
    path = f"/api/workflows/{emulator.workflows['completed'].id}/trigger"
    head = (
        f"POST {path} HTTP/1.1\r\nhost: x\r\nx-api-key: {client.key}\r\n"
        "transfer-encoding: chunked\r\n\r\n"
    )
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    at = urlsplit(emulator.url)
    with socket.create_connection((at.hostname, at.port), timeout=5) as connection:
        connection.sendall(head.encode())
        with pytest.raises(OSError, match=r"reset|Broken pipe"):
            connection.sendall(chunk * 200)
    assert emulator.executions() == []
    assert client.poll(NOBODY).status == 404


def test_a_client_that_leaves_in_the_middle_of_its_body_triggers_nothing(
    client: Client, emulator: Emulator
) -> None:
    path = f"/api/workflows/{emulator.workflows['completed'].id}/trigger"
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
def test_malformed_http_never_kills_the_server(
    client: Client, emulator: Emulator, nonsense: bytes
) -> None:
    exchange(emulator.url, nonsense)
    assert client.poll(NOBODY).refusal == (404, "Execution not found")


@pytest.mark.parametrize(
    ("form", "body"),
    [
        (ErrorBody.ERROR, b'{"error":"Missing API key"}'),
        (ErrorBody.MESSAGE, b'{"message":"Missing API key"}'),
        (ErrorBody.PLAIN, b"Missing API key"),
    ],
)
def test_the_form_of_an_error_body_can_be_chosen(
    client_of: type[Client], form: ErrorBody, body: bytes
) -> None:
    bare = Scenario(organizations=(), keys=(), workflows=(), error_body=form)
    with Emulator(bare) as emulator:
        assert client_of(emulator.url, "").poll(NOBODY).body == body


def test_polls_on_one_connection_do_not_wait_for_delayed_acknowledgements(
    client: Client, emulator: Emulator
) -> None:
    execution = client.start(emulator.workflows["completed"].id)
    at = urlsplit(emulator.url)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=5)
    begun = time.monotonic()
    for _ in range(50):
        path = f"/api/executions/{execution}"
        connection.request("GET", path, headers={"x-api-key": client.key})
        connection.getresponse().read()
    connection.close()
    assert time.monotonic() - begun < 1.0


def test_what_the_api_received_can_be_looked_at_without_the_key(
    client: Client, emulator: Emulator
) -> None:
    template = emulator.workflows["completed"].id
    client.trigger(template, {"target_url": "https://a.b"})
    client.call("GET", "/elsewhere")
    first, second = emulator.requests()
    path = f"/api/workflows/{template}/trigger"
    assert (first["method"], first["path"], first["status"]) == ("POST", path, 200)
    assert first["body"] == '{"target_url": "https://a.b"}'
    assert first["headers"]["x-api-key"] == "***"
    assert client.key not in repr(emulator.requests())
    assert (second["path"], second["status"]) == ("/elsewhere", 404)
