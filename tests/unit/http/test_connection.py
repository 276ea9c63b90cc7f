"""An exchange that was cut sends nothing, at whatever step it was."""

import socket

import pytest

from genesis_ci.http.connection import CutError, Exchange


def test_an_exchange_cut_before_its_thread_began_does_not_begin():
    exchange = Exchange()
    assert exchange.cut() is False
    with pytest.raises(CutError), exchange:
        pytest.fail("it began")


def test_an_exchange_cut_before_it_was_sent_holds_no_socket_and_sends_nothing():
    exchange = Exchange()
    ours, theirs = socket.socketpair()
    with ours, theirs, exchange:
        exchange.cut()
        with pytest.raises(CutError):
            exchange.hold(ours)
        with pytest.raises(CutError):
            exchange.begin_sending()
    assert exchange.sent is False


def test_cutting_an_exchange_ends_its_wait_for_the_answer():
    exchange = Exchange()
    ours, theirs = socket.socketpair()
    with ours, theirs, exchange:
        exchange.hold(ours)
        exchange.begin_sending()
        assert exchange.cut() is True
        assert ours.recv(1) == b""
