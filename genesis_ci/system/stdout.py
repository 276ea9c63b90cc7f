"""Standard output and error for CI: every character can be written, and no fault is fatal."""

import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO

from genesis_ci.system.threads import start_daemon

GLANCE = 0.1
"""Seconds between two checks whether to wait longer for a slow reader."""
ANY_COLUMNS = 80
"""The width of a terminal that states none."""


def make_robust() -> None:
    """Let both streams accept every character, and open them if the process has none.

    A CI reads UTF-8 on every system; with another encoding it would not mask secrets. A terminal
    keeps its encoding.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, TextIOWrapper):
            encoding = None if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def say(text: str, stream: TextIO) -> None:
    """Write a line; without a reader, do nothing."""
    with suppress(OSError, ValueError):
        stream.write(f"{text}\n")
        stream.flush()


def flush_finally() -> None:
    """Flush both streams for the last time.

    If nobody reads, the rest is discarded: the interpreter's own flush would fail and change the
    exit code (https://docs.python.org/3/library/signal.html#note-on-sigpipe).
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(ValueError):
            try:
                stream.flush()
            except OSError:
                with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
                    os.dup2(nowhere.fileno(), stream.fileno())


class LogWriter:
    """Writes the log in order, in its own thread, so that a slow reader blocks nothing else.

    Without a reader the texts are discarded. Without a thread each is written at once.
    """

    def __init__(
        self,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
        start_thread: Callable[[Callable[[], None]], None] = start_daemon,
    ) -> None:
        self._stdout = sys.stdout if stdout is None else stdout
        self._stderr = sys.stderr if stderr is None else stderr
        self.is_terminal = self._stdout.isatty()
        for stream in (self._stdout, self._stderr):
            with suppress(OSError, ValueError, AttributeError):
                os.set_blocking(stream.fileno(), True)
        self._change = threading.Condition()
        self._unwritten: list[tuple[TextIO, str]] = []
        self._start_thread = start_thread
        self._has_thread = False
        self._is_writing = False
        self.broken: set[TextIO] = set()
        """The streams that could not be written."""

    def __call__(self, text: str) -> None:
        self._add(self._stdout, text)

    def error(self, text: str) -> None:
        """Write a text to standard error, in order with the other texts."""
        self._add(self._stderr, text)

    def can_show(self, text: str) -> bool:
        """Return whether the terminal's encoding has the characters; a CI's log has all of them."""
        with suppress(UnicodeEncodeError):
            return bool(text.encode(self._stdout.encoding or "utf-8"))
        return False

    def columns(self) -> int:
        """Return the present width of the terminal; 0 if standard output is none."""
        if not self.is_terminal:
            return 0
        with suppress(OSError, ValueError):
            return os.get_terminal_size(self._stdout.fileno()).columns or ANY_COLUMNS
        return ANY_COLUMNS

    def wait(self, *, is_over: Callable[[], bool] = lambda: False) -> bool:
        """Wait until all is written, or `is_over()` is true; return whether all is written."""
        with self._change:
            while self._is_writing or self._unwritten:
                if is_over():
                    return False
                self._change.wait(GLANCE)
        return True

    def _add(self, stream: TextIO, text: str) -> None:
        with self._change:
            self._unwritten.append((stream, text))
            if not self._has_thread:
                try:
                    self._start_thread(self._write_on)
                    self._has_thread = True
                except (RuntimeError, MemoryError):
                    self._write(self._taken())
            self._change.notify_all()

    def _write_on(self) -> None:
        while True:
            with self._change:
                self._is_writing = False
                self._change.notify_all()
                while not self._unwritten:
                    self._change.wait()
                texts = self._taken()
                self._is_writing = True
            self._write(texts)

    def _taken(self) -> list[tuple[TextIO, str]]:
        texts, self._unwritten = self._unwritten, []
        return texts

    def _write(self, texts: Sequence[tuple[TextIO, str]]) -> None:
        for stream, text in texts:
            if stream not in self.broken:
                try:
                    stream.write(text)
                    stream.flush()
                except (OSError, ValueError):
                    self.broken.add(stream)
                    with suppress(OSError, ValueError):
                        stream.close()
