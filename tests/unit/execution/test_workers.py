"""Requests beside the loop: whatever ends first comes first, and nothing that arrived is lost."""

import threading

import pytest

from genesis_ci.errors import ContactError
from genesis_ci.execution.workers import Done, Interrupt, ThreadedCalls
from tests.fakes import FakeClock

A_MOMENT = 5.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def calls(clock) -> ThreadedCalls:
    return ThreadedCalls(clock)


def test_an_answer_comes_back_with_its_key(calls):
    calls.start(7, lambda: "run-1", timeout=30)
    assert calls.next(timeout=A_MOMENT) == Done(7, value="run-1")


def test_an_error_comes_back_as_one(calls):
    error = ContactError("no", reached=False)

    def fail() -> str:
        raise error

    calls.start(7, fail, timeout=30)
    assert calls.next(timeout=A_MOMENT) == Done(7, error=error)


def test_an_answer_that_lay_there_while_the_loop_was_held_up_still_counts(calls, clock):
    answered = threading.Event()

    def answer() -> str:
        answered.set()
        return "run-1"

    calls.start(7, answer, timeout=30)
    assert answered.wait(A_MOMENT)
    clock.pass_(3600)
    assert calls.next(timeout=0) == Done(7, value="run-1")


def test_a_call_that_overstays_is_given_up_and_its_late_answer_is_not_told(calls, clock):
    let_go = threading.Event()

    def hang() -> str:
        let_go.wait(A_MOMENT)
        return "late"

    calls.start(7, hang, timeout=30)
    clock.pass_(31)
    given_up = calls.next(timeout=0)
    assert isinstance(given_up, Done)
    assert isinstance(given_up.error, ContactError)
    assert given_up.error.reached
    let_go.set()
    calls.start(8, lambda: "run-2", timeout=30)
    assert calls.next(timeout=A_MOMENT) == Done(8, value="run-2")


def test_answers_of_calls_that_were_given_up_hide_no_other_answer(calls, clock):
    let_go = threading.Event()
    for key in (1, 2):
        calls.start(key, lambda: str(let_go.wait(A_MOMENT)), timeout=1)
    clock.pass_(2)
    assert {calls.next(timeout=0).key for _ in range(2)} == {1, 2}
    let_go.set()
    answered = threading.Event()
    calls.start(3, lambda: (answered.set(), "run-3")[1], timeout=1)
    assert answered.wait(A_MOMENT)
    clock.pass_(60)
    assert calls.next(timeout=0) == Done(3, value="run-3")


def test_a_signal_comes_before_an_overdue_call(calls, clock):
    let_go = threading.Event()
    calls.start(7, lambda: str(let_go.wait(A_MOMENT)), timeout=30)
    clock.pass_(31)
    calls.interrupt(143)
    assert calls.next(timeout=A_MOMENT) == Interrupt(143)
    let_go.set()


def test_nothing_within_the_timeout_is_none(calls):
    assert calls.next(timeout=0) is None
