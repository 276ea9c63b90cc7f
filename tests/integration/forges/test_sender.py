"""Requests to a forge over real sockets: one time limit for all, and a signal ends the wait."""

import time
from collections.abc import Callable, Iterator

import pytest

from genesis_ci.errors import ContactError
from genesis_ci.execution.workers import ThreadedCalls
from genesis_ci.forges.sender import ANSWER_SECONDS, Sender
from genesis_ci.http.transport import Request, Transport
from genesis_ci.system.signals import Interrupted
from tests.fakes import FakeClock
from tests.reliability import answers
from tests.reliability.answers import answer
from tests.reliability.server import ClockFrom, FaultServer


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport()
    yield made
    made.close()


def a_request(server: FaultServer) -> Request:
    return Request(method="GET", url=f"{server.url}/comments", headers={})


def lost(send: Callable[[], object]) -> ContactError:
    with pytest.raises(ContactError) as caught:
        send()
    return caught.value


def test_an_unanswered_request_times_out(transport):
    with FaultServer(polls=(answers.silence,)) as server:
        clock = ClockFrom(lambda: server.requests)
        sender = Sender(transport, ThreadedCalls(clock), clock=clock, seconds=0.3)
        error = lost(lambda: sender.send(a_request(server)))
        assert 0.3 <= clock() < ANSWER_SECONDS
    assert ("in time" in error.message, error.reached) == (True, True)


def test_nothing_is_sent_after_the_time_limit(transport):
    clock = FakeClock()
    with FaultServer(polls=(answer(b"one"), answer(b"two", "502 Bad Gateway"))) as server:
        sender = Sender(transport, ThreadedCalls(time.monotonic), clock=clock, seconds=180)
        found = [sender.send(a_request(server)) for _ in range(2)]
        assert [(one.status, one.body) for one in found] == [(200, b"one"), (502, b"two")]
        clock.pass_(170)
        assert not sender.pause(10)
        began = time.monotonic()
        assert sender.pause(0.05)
        assert time.monotonic() - began >= 0.05
        clock.pass_(10)
        error = lost(lambda: sender.send(a_request(server)))
        assert "The time limit for requests to the forge was reached" in error.message
        assert len(server.requests) == 2


def test_a_signal_ends_a_request_and_a_pause(transport):
    calls = ThreadedCalls(time.monotonic)
    sender = Sender(transport, calls, clock=time.monotonic, seconds=60)

    def interrupt(conversation) -> None:
        calls.interrupt(143)
        answers.silence(conversation)

    with FaultServer(polls=(interrupt,)) as server:
        with pytest.raises(Interrupted):
            sender.send(a_request(server))
        calls.interrupt(130)
        with pytest.raises(Interrupted):
            sender.pause(30)
