"""The log is written by its own thread: in order, completely, without blocking the job."""

import io
import os
import termios
import threading

from genesis_ci.system.stdout import LogWriter


class SlowReader(io.StringIO):
    """Blocks every write until `reads` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = threading.Event()
        self.is_asked = threading.Event()

    def write(self, text: str) -> int:
        self.is_asked.set()
        self.reads.wait()
        return super().write(text)


def test_a_slow_reader_gets_everything_in_order_and_blocks_nobody():
    reader = SlowReader()
    log = LogWriter(reader, reader)
    log("0 ")
    reader.is_asked.wait()
    assert not log.wait(is_over=lambda: True)
    for n in range(1, 1000):
        (log.error if n % 3 == 0 else log)(f"{n} ")
    assert reader.getvalue() == ""
    reader.reads.set()
    assert log.wait()
    assert reader.getvalue().split() == [str(n) for n in range(1000)]


def no_thread(_):
    raise RuntimeError("can't start new thread")


def test_the_log_is_written_without_a_thread():
    log = LogWriter(out := io.StringIO(), out, start_thread=no_thread)
    log("first\n")
    log.error("second\n")
    assert out.getvalue() == "first\nsecond\n"
    assert log.wait()


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


def test_the_log_knows_the_present_width_of_its_terminal():
    control, terminal = os.openpty()
    with os.fdopen(terminal, "w") as stream:
        log = LogWriter(stream)
        widths = []
        for columns in (44, 120, 0):
            termios.tcsetwinsize(terminal, (24, columns))
            widths.append(log.columns())
        os.close(control)
        widths.append(log.columns())
    assert [*widths, log.columns()] == [44, 120, 80, 80, 80]
    assert LogWriter(io.StringIO()).columns() == 0
