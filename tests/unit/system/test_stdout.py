"""The log is written by a thread of its own: in order, whole, and never in the job's way."""

import io
import os
import threading
from contextlib import suppress

import pytest

from genesis_ci.system.stdout import LogWriter


class SlowReader(io.StringIO):
    """Takes nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = threading.Event()

    def write(self, text: str) -> int:
        self.reads.wait()
        return super().write(text)


def test_whoever_writes_never_waits_for_a_reader():
    reader = SlowReader()
    log = LogWriter(reader, io.StringIO())
    for n in range(1000):
        log(f"line {n}\n")
    assert reader.getvalue() == ""
    assert not log.wait(until=lambda: True)
    reader.reads.set()


def test_nothing_is_lost_on_a_slow_reader_and_the_order_is_kept():
    reader = SlowReader()
    log = LogWriter(reader, reader)
    for n in range(1000):
        (log.error if n % 3 == 0 else log)(f"{n} ")
    reader.reads.set()
    assert log.wait()
    assert reader.getvalue().split() == [str(n) for n in range(1000)]


def no_thread(_):
    raise RuntimeError("can't start new thread")


def test_where_no_thread_can_be_had_the_log_is_written_all_the_same():
    log = LogWriter(out := io.StringIO(), out, start_thread=no_thread)
    log("first\n")
    log.error("second\n")
    assert log.wait()
    assert out.getvalue() == "first\nsecond\n"


def test_a_thread_that_comes_late_writes_what_was_said_before():
    threads = iter([no_thread, lambda work: threading.Thread(target=work, daemon=True).start()])
    log = LogWriter(out := io.StringIO(), out, start_thread=lambda work: next(threads)(work))
    log("first\n")
    log("second\n")
    assert log.wait()
    assert out.getvalue() == "first\nsecond\n"


def test_a_log_that_nobody_wrote_to_is_read():
    assert LogWriter(io.StringIO(), io.StringIO()).wait()


def test_a_reader_that_went_away_ends_the_log_in_silence_and_leaves_errors_readable():
    read, write = os.pipe()
    os.close(read)
    errors = io.StringIO()
    log = LogWriter(os.fdopen(write, "w"), errors)
    log("first\n")
    log("second\n")
    log.error("why\n")
    assert log.wait()
    assert errors.getvalue() == "why\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device here")
def test_a_full_disk_ends_the_log_in_silence():
    with suppress(OSError), open("/dev/full", "w") as full:
        log = LogWriter(full, io.StringIO())
        log("text\n")
        assert log.wait()
