"""The first signal counts; it is told at once, and cuts short what may be cut."""

import signal

import pytest

from genesis_ci.system.signals import EXIT_CODES, Interrupted, Signals


@pytest.fixture(autouse=True)
def handlers():
    """As in a process that nohup did not start; its own handlers come back after each test."""
    before = {number: signal.getsignal(number) for number in EXIT_CODES}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def signals(monkeypatch) -> Signals:
    monkeypatch.setattr("genesis_ci.system.signals.HARD_END", 3600)
    signals = Signals()
    signals.install()
    return signals


@pytest.mark.parametrize(
    ("name", "exit_code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 143)]
)
def test_the_first_signal_decides_the_exit_code(name, exit_code, signals):
    assert signals.exit_code is None
    signal.raise_signal(getattr(signal, name))
    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGTERM)
    assert signals.exit_code == exit_code


def test_under_nohup_a_closed_terminal_ends_nothing():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signals = Signals()
    signals.install()
    signal.raise_signal(signal.SIGHUP)
    assert signals.exit_code is None


def test_a_listener_hears_of_the_first_signal_also_of_one_that_was(signals):
    heard: list[int] = []
    signals.tell(heard.append)
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)
    signals.tell(heard.append)
    assert heard == [143, 143]


def test_the_first_signal_cuts_short_only_what_may_be_cut(signals):
    with pytest.raises(Interrupted), signals.interruptible():
        signal.raise_signal(signal.SIGTERM)
    with signals.interruptible():
        signal.raise_signal(signal.SIGTERM)


def test_outside_of_that_a_signal_raises_nothing(signals):
    with signals.interruptible():
        pass
    signal.raise_signal(signal.SIGTERM)
    assert signals.exit_code == 143


def test_a_stuck_job_tidies_up_and_ends_while_the_ci_still_waits_for_it(monkeypatch):
    timers, done = [], []

    class Timer:
        def __init__(self, seconds, act):
            timers.append((seconds, act))

        def start(self):
            done.append("started")

    monkeypatch.setattr("threading.Timer", Timer)
    monkeypatch.setattr("os._exit", done.append)
    signals = Signals()
    signals.install()
    signals.before_hard_end(lambda: done.append("tidied"))
    signal.raise_signal(signal.SIGTERM)
    [(seconds, end)] = timers
    end()
    assert 1 < seconds < 4
    assert done == ["started", "tidied", 143]


def test_a_process_without_a_thread_left_still_ends_in_order(signals, monkeypatch):
    def no_thread(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", no_thread)
    signal.raise_signal(signal.SIGTERM)
    assert signals.exit_code == 143
