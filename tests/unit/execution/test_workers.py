"""Requests in threads: their answers, timeouts and signals."""

import threading
import weakref
from collections.abc import Callable

import pytest

from genesis_ci.errors import ContactError
from genesis_ci.execution.workers import LAST_CHANCE, Call, Done, ThreadedCalls, answer_to
from genesis_ci.system.signals import Interrupted
from tests.fakes import FakeCall, FakeClock

A_MOMENT = 5.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def calls(clock) -> ThreadedCalls:
    return ThreadedCalls(clock)


def an_answer(text: str = "run-1") -> FakeCall:
    return FakeCall(lambda: text)


class Answer:
    """An object that can be referenced weakly."""


def test_a_thread_without_a_task_keeps_no_answer(calls):
    calls.start(7, FakeCall(Answer), timeout=30)
    answer = weakref.ref(calls.next(timeout=A_MOMENT).value)
    assert answer() is None


class Hanging(FakeCall):
    """A call that answers once `release` is set, or in vain after a moment."""

    def __init__(self) -> None:
        self.release = threading.Event()
        super().__init__(lambda: "run-1" if self.release.wait(A_MOMENT) else "never")


def given_up(calls: ThreadedCalls, clock: FakeClock) -> Done | Interrupted | None:
    """Return the event after the last chance of overdue calls."""
    assert calls.next(timeout=0) is None
    clock.pass_(LAST_CHANCE)
    return calls.next(timeout=0)


def test_calls_run_in_daemon_threads(calls):
    calls.start(7, FakeCall(lambda: threading.current_thread().daemon), timeout=30)
    assert calls.next(timeout=A_MOMENT) == Done(7, value=True)


def test_an_answer_counts_after_the_process_was_stopped(calls, clock):
    call = Hanging()
    calls.start(7, call, timeout=30)
    clock.pass_(3600)
    call.release.set()
    assert calls.next(timeout=A_MOMENT) == Done(7, value="run-1")
    assert not call.given_up


def test_an_overdue_call_is_given_up_and_its_answer_dropped(calls, clock):
    call = Hanging()
    calls.start(7, call, timeout=30)
    clock.pass_(29.9)
    assert calls.next(timeout=0) is None
    clock.pass_(0.1)
    event = given_up(calls, clock)
    assert call.given_up
    assert isinstance(event, Done)
    assert isinstance(event.error, ContactError)
    call.release.set()
    calls.start(8, an_answer("run-2"), timeout=30)
    assert calls.next(timeout=A_MOMENT) == Done(8, value="run-2")


def test_overdue_calls_share_one_last_chance(calls, clock):
    hanging = [Hanging() for _ in range(4)]
    for key, call in enumerate(hanging):
        calls.start(key, call, timeout=1 if key else 3600)
    clock.pass_(1)
    events = [given_up(calls, clock), *[calls.next(timeout=0) for _ in range(3)]]
    assert [event.key for event in events[:3]] == [1, 2, 3]
    assert events[3] is None
    for call in hanging:
        call.release.set()


def test_new_answers_do_not_delay_the_end_of_an_overdue_call(calls, clock):
    call = Hanging()
    calls.start(7, call, timeout=1)
    clock.pass_(1)
    assert calls.next(timeout=0) is None
    calls.start(8, an_answer(), timeout=30)
    assert calls.next(timeout=A_MOMENT) == Done(8, value="run-1")
    clock.pass_(LAST_CHANCE)
    assert calls.next(timeout=0).key == 7
    call.release.set()


def test_a_signal_precedes_a_call_after_its_last_chance(calls, clock):
    call = Hanging()
    calls.start(7, call, timeout=1)
    clock.pass_(1)
    assert calls.next(timeout=0) is None
    clock.pass_(LAST_CHANCE)
    calls.interrupt(143)
    assert calls.next(timeout=0).exit_code == 143
    assert not call.given_up
    call.release.set()


class Threads:
    """Starts so many threads, and then raises."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self, work: Callable[[], None]) -> None:
        if not self.left:
            raise RuntimeError("can't start new thread")
        self.left -= 1
        threading.Thread(target=work, daemon=True).start()


def test_a_request_without_a_thread_is_never_sent(clock):
    threads = Threads(0)
    calls = ThreadedCalls(clock, start_thread=threads)
    sent: list[str] = []
    calls.start(7, FakeCall(lambda: sent.append("a trigger")), timeout=30)
    error = calls.next(timeout=A_MOMENT).error
    assert isinstance(error, ContactError)
    assert (error.reached, error.permanent) == (False, False)
    assert "more memory" in (error.hint or "")
    threads.left = 1
    calls.start(8, an_answer(), timeout=30)
    assert calls.next(timeout=A_MOMENT) == Done(8, value="run-1")
    assert sent == []


def test_threads_do_not_outnumber_the_open_calls(clock):
    threads = Threads(3)
    calls = ThreadedCalls(clock, start_thread=threads)
    for _ in range(2):
        hanging = [Hanging() for _ in range(3)]
        for key, call in enumerate(hanging):
            calls.start(key, call, timeout=30)
        for call in hanging:
            call.release.set()
        assert {calls.next(timeout=A_MOMENT).value for _ in hanging} == {"run-1"}
    assert threads.left == 0


def test_the_error_of_a_single_call_is_raised(calls):
    def fail() -> str:
        raise ContactError("No way.", reached=False)

    with pytest.raises(ContactError, match="No way"):
        answer_to(FakeCall(fail), calls, key=1, timeout=A_MOMENT)


class Behind:
    """Calls that first wait in vain, and then report the end of an earlier call."""

    def start(self, key: int, call: Call, *, timeout: float) -> None:
        self.ends = [None, Done(0, value="late"), Done(key, value=call.run())]

    def next(self, *, timeout: float) -> Done | None:
        return self.ends.pop(0)


def test_the_late_end_of_an_earlier_call_is_ignored():
    assert answer_to(an_answer("this"), Behind(), key=1, timeout=A_MOMENT) == "this"
