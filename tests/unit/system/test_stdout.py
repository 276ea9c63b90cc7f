"""The log is written by its own thread: in order, completely, without blocking the job."""

import io
import os
import threading
from contextlib import suppress

import pytest

from genesis_ci.system.stdout import LogWriter


class SlowReader(io.StringIO):
    """Blocks every write until `reads` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = threading.Event()

    def write(self, text: str) -> int:
        self.reads.wait()
        return super().write(text)


def test_a_slow_reader_does_not_block_the_writer():
    reader = SlowReader()
    log = LogWriter(reader, io.StringIO())
    for n in range(1000):
        log(f"line {n}\n")
    assert reader.getvalue() == ""
    assert not log.wait(until=lambda: True)
    reader.reads.set()


def test_a_slow_reader_gets_everything_in_order():
    reader = SlowReader()
    log = LogWriter(reader, reader)
    for n in range(1000):
        (log.error if n % 3 == 0 else log)(f"{n} ")
    reader.reads.set()
    assert log.wait()
    assert reader.getvalue().split() == [str(n) for n in range(1000)]


def no_thread(_):
    raise RuntimeError("can't start new thread")


def test_the_log_is_written_without_a_thread():
    log = LogWriter(out := io.StringIO(), out, start_thread=no_thread)
    log("first\n")
    log.error("second\n")
    assert log.wait()
    assert out.getvalue() == "first\nsecond\n"


def test_a_late_thread_writes_earlier_texts():
    threads = iter([no_thread, lambda work: threading.Thread(target=work, daemon=True).start()])
    log = LogWriter(out := io.StringIO(), out, start_thread=lambda work: next(threads)(work))
    log("first\n")
    log("second\n")
    assert log.wait()
    assert out.getvalue() == "first\nsecond\n"


def test_waiting_for_an_empty_log_returns_true():
    assert LogWriter(io.StringIO(), io.StringIO()).wait()


def test_a_closed_pipe_ends_the_log_but_not_the_errors():
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
def test_a_full_disk_ends_the_log_silently():
    with suppress(OSError), open("/dev/full", "w") as full:
        log = LogWriter(full, io.StringIO())
        log("text\n")
        assert log.wait()
