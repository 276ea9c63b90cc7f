"""Every fault, as a client sees it."""

import http.client
import json
import time

import pytest


@pytest.fixture
def template(emulator):
    return emulator.workflows["completed"].id


def test_only_the_nth_poll_of_an_execution_gets_the_fault(client, emulator, template):
    emulator.add_fault(
        on="poll", nth=[2], do="status", status=503, headers={"Retry-After": "2"}, body="busy"
    )
    first, second = client.start(template), client.start(template)
    assert client.poll(first).status == 200
    assert client.poll(second).status == 200
    reply = client.poll(first)
    assert (reply.status, reply.headers["retry-after"], reply.body) == (503, "2", b"busy")
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert client.poll(first).status == 200


@pytest.mark.parametrize(
    ("fault", "status", "runs"),
    [
        ({"do": "status"}, 503, 0),
        ({"do": "status", "status": 502, "processed": True}, 502, 1),
        ({"do": "not-json", "processed": True}, 200, 1),
        ({"do": "close-before"}, None, 0),
        ({"do": "close-after"}, None, 1),
    ],
)
def test_trigger_with_a_fault_starts_a_run_or_none(client, emulator, template, fault, status, runs):
    emulator.add_fault(on="trigger", nth=1, **fault)
    if status is None:
        with pytest.raises(ConnectionError):  # also where the body was still on its way
            client.trigger(template, {"browser": "x"})
    else:
        assert client.trigger(template, {"browser": "x"}).status == status
    assert len(emulator.executions()) == runs
    [received] = emulator.requests()
    assert (received["status"], received["fault"]) == (status, fault["do"])
    assert received["body"] == ('{"browser": "x"}' if runs else "")
    assert client.trigger(template).status == 200


@pytest.mark.parametrize("status", [204, 302, 304, 408, 429, 500, 599])
def test_status_can_be_any_from_200_to_599(client, emulator, template, status):
    emulator.add_fault(on="trigger", do="status", status=status, body="x")
    reply = client.trigger(template)
    assert (reply.status, reply.body) == (status, b"" if status in {204, 304} else b"x")


def test_truncated_answer_announces_more_than_it_sends(client, emulator, template):
    execution = client.start(template)
    whole = client.poll(execution).body
    emulator.add_fault(on="poll", do="truncate")
    with pytest.raises(http.client.IncompleteRead) as cut:
        client.poll(execution)
    assert cut.value.partial == whole[: len(whole) // 2]


def test_changed_answers(client, emulator, template):
    """A web page, an unknown status word, and padding."""
    execution = client.start(template)
    emulator.add_fault(on="poll", nth=1, do="not-json")
    emulator.add_fault(on="poll", nth=2, do="unknown-status", word="paused")
    emulator.add_fault(on="poll", nth=3, do="oversize")
    page, word, padded = (client.poll(execution) for _ in range(3))
    assert (page.status, page.headers["content-type"]) == (200, "text/html")
    assert page.body.startswith(b"<!DOCTYPE html>")
    assert (word.json()["status"], word.json()["state"]["status"]) == ("paused", "paused")
    assert len(padded.body) == 9 * 1024 * 1024
    assert json.loads(padded.body)["id"] == execution
    emulator.clear_faults()
    emulator.add_fault(on="poll", do="unknown-status")
    assert client.poll("nobody").refusal == (404, "Execution not found")


@pytest.mark.parametrize("fault", [{"do": "delay", "delay": 0.2}, {"do": "drip", "over": 0.2}])
def test_slow_answer_is_complete(client, emulator, template, fault):
    execution = client.start(template)
    emulator.add_fault(on="poll", **fault)
    begun = time.monotonic()
    reply = client.poll(execution)
    assert (reply.status, reply.json()["id"]) == (200, execution)
    assert time.monotonic() - begun >= 0.2


def test_builtin_flaky_api_fails_three_polls_and_then_answers(client, emulator):
    execution = client.start(emulator.workflows["flaky-api"].id)
    bad_gateway, too_many = client.poll(execution), client.poll(execution)
    with pytest.raises(http.client.RemoteDisconnected):
        client.poll(execution)
    assert (bad_gateway.status, too_many.status) == (502, 429)
    assert too_many.headers["retry-after"] == "1"
    assert client.poll(execution).json()["id"] == execution
