"""Requests to a forge over real sockets: one time limit for all, and a signal ends the wait."""

import time
from collections.abc import Callable, Iterator

import pytest

from genesis_ci.api.transport import Request, Transport
from genesis_ci.errors import ContactError
from genesis_ci.execution.workers import ThreadedCalls
from genesis_ci.forges.rest import ANSWER_SECONDS, Sender
from genesis_ci.system.signals import Interrupted
from tests.fakes import FakeClock
from tests.reliability import answers
from tests.reliability.answers import answer
from tests.reliability.server import ClockFrom, Conversation, FaultServer, Script


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport()
    yield made
    made.close()


def a_look(server: FaultServer) -> Request:
    return Request(method="GET", url=f"{server.url}/comments", headers={})


def a_sender(
    transport: Transport,
    clock: Callable[[], float] = time.monotonic,
    seconds: float = 60,
) -> tuple[Sender, ThreadedCalls]:
    calls = ThreadedCalls(clock)
    return Sender(transport, calls, clock=clock, seconds=seconds), calls


def lost(send: Callable[[], object]) -> ContactError:
    with pytest.raises(ContactError) as caught:
        send()
    return caught.value


def test_each_request_gets_its_own_answer(transport):
    with FaultServer(polls=(answer(b"one"), answer(b"two", "502 Bad Gateway"))) as server:
        sender, _ = a_sender(transport)
        found = [sender.send(a_look(server)) for _ in range(2)]
    assert [(one.status, one.body) for one in found] == [(200, b"one"), (502, b"two")]


def test_a_request_without_an_answer_in_time_is_given_up(transport):
    with FaultServer(polls=(answers.silence,)) as server:
        clock = ClockFrom(lambda: server.requests)
        sender, _ = a_sender(transport, clock, seconds=0.3)
        error = lost(lambda: sender.send(a_look(server)))
        assert 0.3 <= clock() < ANSWER_SECONDS
    assert ("in time" in error.message, error.reached) == (True, True)


def test_a_refused_connection_is_reported(transport):
    with FaultServer(listens=False) as server:
        sender, _ = a_sender(transport)
        error = lost(lambda: sender.send(a_look(server)))
    assert "connection refused" in error.message
    assert not error.reached


def test_nothing_is_sent_after_the_time_limit(transport):
    clock = FakeClock()
    with FaultServer(polls=(answer(b"one"),)) as server:
        calls = ThreadedCalls(time.monotonic)
        sender = Sender(transport, calls, clock=clock, seconds=180)
        sender.send(a_look(server))
        clock.pass_(170)
        assert lost(lambda: sender.pause(10)).permanent
        clock.pass_(10)
        assert (
            "The time limit for requests to the forge was reached"
            in lost(lambda: sender.send(a_look(server))).message
        )
        assert len(server.requests) == 1


def test_a_pause_within_the_time_limit_waits(transport):
    sender, _ = a_sender(transport)
    began = time.monotonic()
    sender.pause(0.05)
    assert time.monotonic() - began >= 0.05


@pytest.mark.parametrize("exit_code", [130, 143])
def test_a_signal_ends_the_wait_for_an_answer_and_a_pause(transport, exit_code):
    def interrupting() -> Script:
        def script(conversation: Conversation) -> None:
            calls.interrupt(exit_code)
            answers.silence(conversation)

        return script

    with FaultServer(polls=(interrupting(),)) as server:
        sender, calls = a_sender(transport)
        with pytest.raises(Interrupted):
            sender.send(a_look(server))
        calls.interrupt(exit_code)
        with pytest.raises(Interrupted):
            sender.pause(30)
