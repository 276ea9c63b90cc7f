"""The first signal counts; it is passed on at once and interrupts interruptible parts."""

import signal

import pytest

from genesis_ci.system.signals import SIGNAL_CODES, Interrupted, Signals


class FakeTimer:
    """A timer that only says that it was started."""

    started: list["FakeTimer"]

    def __init__(self, seconds, act):
        self.seconds = seconds
        self.act = act

    def start(self):
        self.started.append(self)


@pytest.fixture
def signals(monkeypatch):
    """As in a process that nohup did not start; its own handlers come back after each test."""
    monkeypatch.setattr("threading.Timer", FakeTimer)
    FakeTimer.started = []
    before = {number: signal.getsignal(number) for number in SIGNAL_CODES}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signals = Signals()
    signals.install()
    yield signals
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("name", "exit_code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 143)]
)
def test_the_first_signal_decides_the_exit_code(name, exit_code, signals):
    assert signals.exit_code is None
    signal.raise_signal(getattr(signal, name))
    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGTERM)
    assert signals.exit_code == exit_code


def test_a_closed_terminal_is_ignored_under_nohup(signals):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signals.install()
    signal.raise_signal(signal.SIGHUP)
    assert signals.exit_code is None


def test_a_listener_receives_the_first_signal_even_later(signals):
    received: list[int] = []
    signals.subscribe(received.append)
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)
    signals.subscribe(received.append)
    assert received == [143, 143]


def test_only_the_first_signal_interrupts_an_interruptible_part(signals):
    with pytest.raises(Interrupted), signals.interruptible():
        signal.raise_signal(signal.SIGTERM)
    with signals.interruptible():
        signal.raise_signal(signal.SIGTERM)


def test_a_signal_after_an_interruptible_part_raises_nothing(signals):
    with signals.interruptible():
        pass
    signal.raise_signal(signal.SIGTERM)
    assert signals.exit_code == 143


def test_a_stuck_job_tidies_up_and_ends_in_time(signals, monkeypatch):
    done = []
    monkeypatch.setattr("os._exit", done.append)
    signals.before_hard_end(lambda: done.append("tidied"))
    signal.raise_signal(signal.SIGTERM)
    [timer] = FakeTimer.started
    assert 1 < timer.seconds < 4
    timer.act()
    assert done == ["tidied", 143]


def test_a_process_that_ends_before_its_reports_says_so(signals, monkeypatch, capfd):
    monkeypatch.setattr("os._exit", lambda code: None)
    signal.raise_signal(signal.SIGTERM)
    FakeTimer.started[0].act()
    assert "Nothing was triggered, and no report was written" in capfd.readouterr().err


def test_a_process_without_threads_left_ends_in_order(signals, monkeypatch):
    def no_thread(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(FakeTimer, "start", no_thread)
    signal.raise_signal(signal.SIGTERM)
    assert signals.exit_code == 143
