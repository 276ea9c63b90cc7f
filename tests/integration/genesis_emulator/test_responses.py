"""Every fault, as a client sees it."""

import http.client
import json
import time

import pytest


@pytest.fixture
def template(emulator):
    return emulator.workflows["completed"].id


def test_only_the_nth_poll_gets_the_status_and_headers(client, emulator, template):
    emulator.add_fault(
        on="poll", nth=2, do="status", status=503, headers={"Retry-After": "2"}, body="busy"
    )
    execution = client.start(template)
    replies = [client.poll(execution) for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 503, 200]
    assert (replies[1].headers["retry-after"], replies[1].body) == ("2", b"busy")


@pytest.mark.parametrize(("processed", "runs"), [(False, 0), (True, 1)])
def test_processed_decides_whether_a_trigger_with_502_starts_a_run(
    client, emulator, template, processed, runs
):
    emulator.add_fault(on="trigger", do="status", status=502, processed=processed)
    assert client.trigger(template).status == 502
    assert len(emulator.executions()) == runs


@pytest.mark.parametrize(("do", "runs"), [("close-before", 0), ("close-after", 1)])
def test_close_after_starts_a_run_and_close_before_does_not(client, emulator, template, do, runs):
    emulator.add_fault(on="trigger", nth=1, do=do)
    with pytest.raises(ConnectionError):  # also where the body was still on its way
        client.trigger(template)
    assert len(emulator.executions()) == runs
    assert client.trigger(template).status == 200


def test_truncated_answer_announces_more_than_it_sends(client, emulator, template):
    execution = client.start(template)
    whole = client.poll(execution).body
    emulator.add_fault(on="poll", do="truncate")
    with pytest.raises(http.client.IncompleteRead) as cut:
        client.poll(execution)
    assert cut.value.partial == whole[: len(whole) // 2]


def test_not_json_answers_with_a_web_page(client, emulator, template):
    execution = client.start(template)
    emulator.add_fault(on="poll", do="not-json")
    reply = client.poll(execution)
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html")
    assert reply.body.startswith(b"<!DOCTYPE html>")


def test_unknown_status_replaces_the_status_word(client, emulator, template):
    execution = client.start(template)
    emulator.add_fault(on="poll", do="unknown-status", word="paused")
    seen = client.poll(execution).json()
    assert (seen["status"], seen["state"]["status"]) == ("paused", "paused")


def test_unknown_status_does_not_change_a_refusal(client, emulator):
    emulator.add_fault(on="poll", do="unknown-status")
    assert client.poll("nobody").refusal == (404, "Execution not found")


def test_oversized_answer_is_still_json(client, emulator, template):
    execution = client.start(template)
    emulator.add_fault(on="poll", do="oversize")
    reply = client.poll(execution)
    assert len(reply.body) == 9 * 1024 * 1024
    assert json.loads(reply.body)["id"] == execution


def test_delay_postpones_the_answer(client, emulator, template):
    execution = client.start(template)
    emulator.add_fault(on="poll", do="delay", delay=0.2)
    begun = time.monotonic()
    assert client.poll(execution).status == 200
    assert time.monotonic() - begun >= 0.2


def test_drip_spreads_the_answer_over_time(client, emulator, template):
    execution = client.start(template)
    emulator.add_fault(on="poll", do="drip", over=0.2)
    begun = time.monotonic()
    assert client.poll(execution).json()["id"] == execution
    assert time.monotonic() - begun >= 0.2


@pytest.mark.parametrize("status", [204, 302, 304, 408, 429, 500, 599])
def test_status_can_be_any_from_200_to_599(client, emulator, template, status):
    emulator.add_fault(on="trigger", do="status", status=status, body="x")
    reply = client.trigger(template)
    assert (reply.status, reply.body) == (status, b"" if status in {204, 304} else b"x")


def test_request_is_recorded_with_its_fault(client, emulator, template):
    emulator.add_fault(on="trigger", do="close-after")
    with pytest.raises(http.client.RemoteDisconnected):
        client.trigger(template, {"browser": "x"})
    (received,) = emulator.requests()
    assert (received["status"], received["fault"]) == (None, "close-after")
    assert received["body"] == '{"browser": "x"}'


def test_builtin_flaky_api_fails_three_polls_and_then_answers(client, emulator):
    execution = client.start(emulator.workflows["flaky-api"].id)
    bad_gateway, too_many = client.poll(execution), client.poll(execution)
    with pytest.raises(http.client.RemoteDisconnected):
        client.poll(execution)
    assert (bad_gateway.status, too_many.status) == (502, 429)
    assert too_many.headers["retry-after"] == "1"
    assert client.poll(execution).json()["id"] == execution
