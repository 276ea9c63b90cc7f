"""The control side over HTTP, and the same in Python."""

import asyncio
import http.client
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from genesis_emulator import Emulator
from genesis_emulator.control import is_loopback
from genesis_emulator.server import application
from tests.emulator.client import NOBODY, Client


@pytest.fixture
def waiting(client, emulator, clock):
    """An execution that waits for review."""
    execution = client.start(emulator.workflows["review"].id)
    clock.now = 60
    return execution


def test_last_run_is_approved_and_then_cancelled(client, waiting):
    assert client.control("GET", "/executions/last").json()["id"] == waiting
    approved = client.control("POST", "/executions/LAST/approve")
    assert (approved.status, approved.json()["status"]) == (200, "running")
    cancelled = client.control("POST", f"/executions/{waiting.upper()}/cancel").json()
    assert (cancelled["status"], cancelled["cancelReason"]) == ("cancelled", "Cancelled by a user")
    over = client.control("POST", "/executions/last/cancel")
    assert over.refusal == (409, "the run is over already: it is cancelled")


def test_executions_are_listed_oldest_first(client, emulator):
    started = [client.start(emulator.workflows[name].id) for name in ("completed", "failed")]
    listed = client.control("GET", "/executions").json()["executions"]
    assert [each["id"] for each in listed] == started
    assert client.control("GET", f"/executions/{started[0]}").json() == listed[0]
    assert emulator.executions() == listed


def test_requests_show_no_control_request(client, emulator):
    client.poll(NOBODY)
    assert client.control("GET", "/requests").json()["requests"] == emulator.requests()
    [received] = emulator.requests()
    assert (received["at"], received["status"]) == ("1970-01-01T00:00:00.000Z", 404)
    assert received["result"] == "Execution not found"
    assert client.control("DELETE", "/requests").status == 204
    assert client.control("GET", "/requests").json() == {"requests": []}


def test_faults_are_added_listed_and_removed(client):
    builtin = client.control("GET", "/faults").json()["faults"]
    rule = {"on": "poll", "do": "status", "status": 503, "headers": {"Retry-After": "1"}}
    added = client.control("POST", "/faults", rule)
    assert added.status == 201
    assert rule.items() <= added.json().items()
    assert client.poll(NOBODY).status == 503
    assert client.control("GET", "/faults").json()["faults"] == [*builtin, added.json()]
    path = f"/faults/{added.json()['number']}"
    assert client.control("DELETE", path).status == 204
    assert client.control("DELETE", path).refusal == (404, f"there is no fault {path[8:]}")
    assert client.poll(NOBODY).status == 404
    client.control("POST", "/faults", {"on": "poll", "do": "close-before"})
    assert client.control("DELETE", "/faults").status == 204
    assert client.poll(NOBODY).status == 404


def test_reset_removes_runs_and_added_faults(client, emulator):
    client.start(emulator.workflows["completed"].id)
    before = len(emulator.faults())
    client.control("POST", "/faults", {"on": "poll", "do": "close-before"})
    assert client.control("POST", "/reset").status == 204
    assert (emulator.executions(), len(emulator.faults())) == ([], before)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "error"),
    [
        ("POST", "/executions/last/approve", b"", 404, "there is no execution yet"),
        ("GET", f"/executions/{NOBODY}", None, 404, f"there is no execution {NOBODY}"),
        ("POST", f"/executions/{NOBODY}/approve", b"", 404, f"there is no execution {NOBODY}"),
        ("POST", f"/executions/{NOBODY}/cancel", b"", 404, f"there is no execution {NOBODY}"),
        ("POST", "/executions/last/cancel", b'{"reason": 1}', 422, "reason: expected a string"),
        ("POST", "/faults", b'{"on": "poll"}', 422, "fault: the key 'do' is missing; add it"),
        (
            "POST", "/faults", b'{"on": "poll", "do": "delay", "workflow": "x"}',
            422, "fault.workflow: no workflow is called 'x'; write a name from workflows",
        ),
        ("POST", "/faults", b"{", 400, "the body is not JSON"),
        ("POST", "/faults", b"\xff", 400, "the body is not JSON"),
        ("POST", "/faults", b"[" * 100_000, 400, "the body is not JSON"),
        ("POST", "/faults", b"[]", 400, "the body is not a JSON object"),
        ("GET", "/nowhere", None, 404, "Not Found"),
        ("PUT", "/faults", b"", 405, "Method Not Allowed"),
    ],
)  # fmt: skip
def test_request_is_refused_with_the_reason(client, method, path, body, status, error):
    reply = client.call(method, f"/_emulator{path}", body, headers={})
    assert reply.refusal == (status, error)


def test_index_lists_the_workflows(client, emulator):
    index = client.control("GET", "/").json()
    assert index["ready"] is True
    assert index["workflows"][0] == {
        "id": emulator.workflows["completed"].id,
        "name": "completed",
        "variables": ["target_url", "browser"],
        "policy": "parallel",
    }


@pytest.mark.parametrize(("remote", "status"), [(False, 403), (True, 200)])
def test_other_machines_need_remote_control(remote, status):
    app = application(Emulator(), remote_control=remote)
    scope = {"type": "http", "method": "GET", "path": "/_emulator/executions", "root_path": ""}
    scope |= {"query_string": b"", "headers": [], "client": ("192.0.2.7", 40000)}
    sent = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == status


LOOPBACK_ONLY = "the control side answers to loopback only"
OTHER_SITE = "the control side does not answer to other sites"


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, OTHER_SITE),
        ({"Origin": "http://evil.example"}, OTHER_SITE),  # a browser without Sec-Fetch-Site
        ({"Origin": "null"}, OTHER_SITE),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, LOOPBACK_ONLY),  # rebinding
    ],
)
def test_page_of_another_site_is_refused(client, headers, error):
    assert client.call("POST", "/_emulator/reset", headers=headers).refusal == (403, error)


def test_page_of_the_emulator_itself_is_answered(client):
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": client.url}
    assert client.call("POST", "/_emulator/reset", headers=headers).status == 204


def test_loopback_addresses_are_recognized():
    hosts = ["127.0.0.1", "127.9.9.9", "::1", "localhost"]
    hosts += ["0.0.0.0", "192.168.1.2", "example.com", ""]
    assert [host for host in hosts if is_loopback(host)] == hosts[:4]


def test_stop_does_not_wait_for_delayed_answers():
    with ExitStack() as stack, Emulator() as emulator:
        client = Client(emulator.url, emulator.api_key)
        execution = client.start(emulator.workflows["completed"].id)
        emulator.add_fault(on="poll", nth=1, do="delay", delay=60)
        emulator.add_fault(on="poll", nth=2, do="drip", over=60)
        held = [http.client.HTTPConnection(urlsplit(client.url).netloc, timeout=30) for _ in "ab"]
        for each in held:
            stack.callback(each.close)
            each.request("GET", f"/api/executions/{execution}", headers={"x-api-key": client.key})
        assert client.control("GET", "/executions").status == 200  # came after them
        begun = time.monotonic()
        emulator.__exit__(None, None, None)
        assert time.monotonic() - begun < 5
        for each in held:
            with pytest.raises((http.client.HTTPException, OSError)):
                each.getresponse().read()
