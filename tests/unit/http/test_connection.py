"""An exchange that was cut sends nothing, at whatever step it was."""

import socket

import pytest

from genesis_ci.errors import ContactError
from genesis_ci.http.connection import CutError, Exchange, HttpCall

URL = "https://genesis.example/api"


def test_an_exchange_cut_early_frees_its_socket_and_sends_nothing():
    exchange = Exchange()
    ours, theirs = socket.socketpair()
    with ours, theirs, exchange:
        exchange.cut()
        with pytest.raises(CutError):
            exchange.hold(ours)
        with pytest.raises(CutError):
            exchange.begin_sending()
    assert exchange.sent is False


def test_a_call_given_up_before_it_ran_is_never_sent():
    def exchanged(exchange):
        with exchange:
            pytest.fail("it was sent")

    call = HttpCall(URL, exchanged)
    assert not call.give_up().reached
    with pytest.raises(CutError):
        call.run()


@pytest.mark.parametrize("sent", [False, True])
def test_out_of_memory_is_a_fault_with_reached(sent):
    def exchanged(exchange):
        if sent:
            exchange.begin_sending()
        raise MemoryError

    with pytest.raises(ContactError, match="out of memory") as caught:
        HttpCall(URL, exchanged).run()
    assert caught.value.reached is sent
