"""An emulator in the process of the test."""

import http.client
import json
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from genesis_emulator import Emulator
from genesis_emulator.emulation import NotPossibleError, UnknownExecutionError
from genesis_emulator.scenario import ScenarioError

NOBODY = "00000000-0000-0000-0000-000000000000"


def test_methods_do_what_the_control_side_does(client, emulator, clock):
    waiting = client.start(emulator.workflows["review"].id)
    clock.advance(60)
    emulator.approve(waiting)
    clock.advance(60)
    assert emulator.execution(waiting)["status"] == "completed"
    with pytest.raises(NotPossibleError):
        emulator.reject(waiting)
    with pytest.raises(UnknownExecutionError):
        emulator.execution(NOBODY)
    with pytest.raises(ScenarioError):
        emulator.add_fault(on="poll", do="nothing")
    slow = client.start(emulator.workflows["slow"].id)
    emulator.cancel(slow)
    assert json.dumps(emulator.execution(slow)["cancelReason"]) == '"Cancelled by a user"'


def test_executions_and_requests_equal_those_of_the_control_side(client, emulator):
    client.start(emulator.workflows["completed"].id)
    assert emulator.executions() == client.control("GET", "/executions").json()["executions"]
    assert emulator.requests() == client.control("GET", "/requests").json()["requests"]


def test_environment_has_the_first_or_the_named_workflow(emulator):
    first = emulator.environment()
    assert first == {
        "GENESIS_API_URL": emulator.url,
        "GENESIS_API_KEY": emulator.api_key,
        "GENESIS_WORKFLOW_ID": emulator.workflows["completed"].id,
    }
    review = emulator.workflows["review"].id
    assert emulator.environment("review") == {**first, "GENESIS_WORKFLOW_ID": review}


def test_speed_must_be_above_0():
    for speed in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="give a number above 0"):
            Emulator(speed=speed)


def test_stop_does_not_wait_for_delayed_answers(client_of):
    with ExitStack() as stack, Emulator() as emulator:
        client = client_of(emulator.url, emulator.api_key)
        execution = client.start(emulator.workflows["completed"].id)
        emulator.add_fault(on="poll", nth=1, do="delay", delay=60)
        emulator.add_fault(on="poll", nth=2, do="drip", over=60)
        at = urlsplit(emulator.url)
        held = [http.client.HTTPConnection(at.hostname or "", at.port, timeout=30) for _ in "ab"]
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
