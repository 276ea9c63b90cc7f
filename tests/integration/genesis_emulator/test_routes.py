"""HTTP beyond the guide: other paths, other methods, odd headers."""

import pytest

from genesis_emulator import Emulator
from genesis_emulator.scenario import ErrorBody, Scenario
from tests.emulated import exchange

NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/workflows", f"/api/executions/{NOBODY}/", "/api/executions/a%2Fb"]
)
def test_other_path_is_not_found(client, path):
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
def test_other_method_is_not_allowed(client, method, path, allowed):
    reply = client.call(method, path)
    assert reply.refusal == (405, "Method Not Allowed")
    assert ", ".join(sorted(reply.headers["allow"].split(", "))) == allowed


def test_head_returns_the_headers_of_get(client, emulator):
    execution = client.start(emulator.workflows["completed"].id)
    reply = client.call("HEAD", f"/api/executions/{execution}")
    assert (reply.status, reply.body) == (200, b"")
    assert int(reply.headers["content-length"]) == len(client.poll(execution).body)


def test_content_type_is_not_required(client, emulator):
    headers = {"x-api-key": client.key, "content-type": "text/plain"}
    assert client.trigger(emulator.workflows["completed"].id, headers=headers).status == 200


def test_repeated_key_header_is_invalid(client, emulator):
    key = f"x-api-key: {client.key}\r\n"
    request = f"GET /api/executions/{NOBODY} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{key}{key}"
    assert b"Invalid API key" in exchange(emulator.url, f"{request}\r\n".encode())


@pytest.mark.parametrize(
    ("form", "body"),
    [
        (ErrorBody.ERROR, b'{"error":"Missing API key"}'),
        (ErrorBody.MESSAGE, b'{"message":"Missing API key"}'),
        (ErrorBody.PLAIN, b"Missing API key"),
    ],
)
def test_scenario_chooses_the_form_of_error_bodies(client_of, form, body):
    bare = Scenario(organizations=(), keys=(), workflows=(), error_body=form)
    with Emulator(bare) as emulator:
        assert client_of(emulator.url, "").poll(NOBODY).body == body


def test_received_requests_are_recorded_without_the_key(client, emulator):
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
