"""The control side, over HTTP and in process."""

import asyncio

import pytest

from genesis_emulator import Emulator
from genesis_emulator.server import application

NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def waiting(client, emulator, clock):
    """An execution that waits for review."""
    execution = client.start(emulator.workflows["review"].id)
    clock.advance(60)
    return execution


def test_approved_review_continues_to_completed(client, clock, waiting):
    reply = client.control("POST", f"/executions/{waiting}/approve")
    assert (reply.status, reply.json()["status"]) == (200, "running")
    seen = client.poll(waiting).json()
    assert [each["status"] for each in seen["state"]["blocks"].values()] == [
        "completed",
        "completed",
        "completed",
        "running",
    ]
    clock.advance(1)
    assert client.poll(waiting).json()["status"] == "completed"


def test_last_is_the_newest_run(client, waiting):
    assert client.control("GET", "/executions/last").json()["id"] == waiting
    assert client.control("POST", "/executions/last/approve").json()["status"] == "running"
    assert client.control("POST", "/executions/last/cancel").json()["status"] == "cancelled"


def test_last_without_a_run_is_not_found(client):
    reply = client.control("POST", "/executions/last/approve")
    assert reply.refusal == (404, "there is no execution yet")


def test_rejected_review_fails_the_run_with_the_reason(client, waiting):
    client.control("POST", f"/executions/{waiting}/reject", {"reason": "wrong total"})
    seen = client.poll(waiting).json()
    assert (seen["status"], seen["error"]) == (
        "failed",
        "The review of block-3 was rejected: wrong total",
    )
    assert seen["state"]["blocks"]["block-3"]["status"] == "failed"


def test_decision_without_a_pending_review_is_a_conflict(client, emulator):
    execution = client.start(emulator.workflows["review"].id)
    for verb in ("approve", "reject"):
        reply = client.control("POST", f"/executions/{execution}/{verb}")
        assert reply.refusal == (409, "no block waits for review: the run is pending")


def test_run_is_cancelled_once_with_a_reason(client, emulator):
    execution = client.start(emulator.workflows["slow"].id)
    client.control("POST", f"/executions/{execution}/cancel", {"reason": "lunch"})
    seen = client.poll(execution).json()
    assert (seen["status"], seen["cancelReason"]) == ("cancelled", "lunch")
    assert client.control("POST", f"/executions/{execution}/cancel").status == 409


def test_executions_are_listed_oldest_first(client, emulator):
    started = [client.start(emulator.workflows[name].id) for name in ("completed", "failed")]
    listed = client.control("GET", "/executions").json()["executions"]
    assert [each["id"] for each in listed] == started
    assert client.control("GET", f"/executions/{started[0]}").json() == listed[0]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/executions/{NOBODY}"),
        ("POST", f"/executions/{NOBODY}/approve"),
        ("POST", f"/executions/{NOBODY}/cancel"),
    ],
)
def test_unknown_execution_is_not_found(client, method, path):
    assert client.control(method, path).refusal == (404, f"there is no execution {NOBODY}")


def test_requests_show_no_key_and_no_control_request(client):
    client.poll(NOBODY)
    reply = client.control("GET", "/requests")
    (received,) = reply.json()["requests"]
    assert received["headers"]["x-api-key"] == "***"
    assert (received["path"], received["status"]) == (f"/api/executions/{NOBODY}", 404)
    assert client.key.encode() not in reply.body
    assert client.control("DELETE", "/requests").status == 204
    assert client.control("GET", "/requests").json() == {"requests": []}


def test_fault_is_added_listed_and_removed(client):
    rule = {"on": "poll", "do": "status", "status": 503, "headers": {"Retry-After": "1"}}
    added = client.control("POST", "/faults", rule)
    assert added.status == 201
    assert client.poll(NOBODY).status == 503
    number = added.json()["number"]
    assert number in [each["number"] for each in client.control("GET", "/faults").json()["faults"]]
    assert client.control("DELETE", f"/faults/{number}").status == 204
    assert client.control("DELETE", f"/faults/{number}").status == 404
    assert client.poll(NOBODY).status == 404


def test_all_faults_are_removed_at_once(client):
    client.control("POST", "/faults", {"on": "poll", "do": "close-before"})
    assert client.control("DELETE", "/faults").status == 204
    assert client.poll(NOBODY).status == 404


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"on": "poll"}, "fault: the key 'do' is missing; add it"),
        (
            {"on": "poll", "do": "status", "status": 99},
            "fault.status: 99 should be greater than or equal to 200",
        ),
        (
            {"on": "poll", "do": "delay", "workflow": "x"},
            "fault.workflow: no workflow is called 'x'",
        ),
    ],
)
def test_invalid_fault_is_refused_with_the_reason(client, rule, problem):
    reply = client.control("POST", "/faults", rule)
    assert reply.status == 422
    assert reply.json()["error"].startswith(problem)


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"[" * 100_000])
def test_body_that_is_no_json_object_is_refused(client, body):
    assert client.call("POST", "/_emulator/faults", body=body).status == 400


def test_reset_removes_runs_and_added_faults(client, emulator):
    client.start(emulator.workflows["completed"].id)
    client.control("POST", "/faults", {"on": "poll", "do": "close-before"})
    assert client.control("POST", "/reset").status == 204
    assert client.poll(NOBODY).status == 404
    assert emulator.executions() == []


def test_index_lists_the_workflows(client):
    index = client.control("GET", "/").json()
    assert index["ready"] is True
    assert {"name": "completed", "variables": ["target_url", "browser"]}.items() <= index[
        "workflows"
    ][0].items()


def test_control_side_needs_no_key_and_refuses_other_paths(client):
    assert client.control("GET", "/nowhere").status == 404
    assert client.control("PUT", "/faults").status == 405
    assert client.call("GET", "/_emulator/executions", headers={}).status == 200


@pytest.mark.parametrize(("remote", "status"), [(False, 403), (True, 200)])
def test_other_machines_need_remote_control(remote, status):
    app = application(Emulator(), remote_control=remote)
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/_emulator/executions",
        "root_path": "",
        "query_string": b"",
        "headers": [],
        "client": ("192.0.2.7", 40000),
    }
    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == status


def test_page_of_another_site_is_refused(client):
    headers = {"sec-fetch-site": "cross-site"}
    assert client.call("POST", "/_emulator/reset", headers=headers).status == 403
