"""Standard output and error as a CI needs them: never refusing a character, never fatal."""

import os
import select
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO


def make_robust() -> None:
    """Let both streams take every character, and be there even where the process has none.

    A CI reads UTF-8, whatever the system's code page is: else a secret that is masked would not
    be the one that is written. A terminal has an encoding of its own.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, TextIOWrapper):
            encoding = None if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def say(text: str, stream: TextIO) -> None:
    """Write a line, whether or not somebody reads it."""
    with suppress(OSError, ValueError):
        stream.write(f"{text}\n")
        stream.flush()


def settle() -> None:
    """Flush both streams, for the last time.

    What nobody reads goes nowhere: the interpreter's own flush would fail at it and change the
    exit code (https://docs.python.org/3/library/signal.html#note-on-sigpipe).
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(ValueError):
            try:
                stream.flush()
            except OSError:
                with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
                    os.dup2(nowhere.fileno(), stream.fileno())


class StandardOutput:
    """Writes text at once; when nobody reads any more, or ever did, it goes on in silence."""

    def __init__(self) -> None:
        self._broken = False
        with suppress(OSError, ValueError, AttributeError):
            os.set_blocking(sys.stdout.fileno(), True)

    @property
    def is_terminal(self) -> bool:
        """Whether a person watches a terminal."""
        return not self._broken and sys.stdout.isatty()

    def __call__(self, text: str) -> None:
        """Write the text and flush it."""
        if self._broken:
            return
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except (OSError, ValueError):
            self._broken = True
            with suppress(OSError):
                sys.stdout.close()

    def last_words(self, text: str) -> None:
        """Write a line beside a thread that may be blocked in a write; never block here."""
        if self._broken:
            return
        with suppress(OSError, ValueError):
            handle = sys.stdout.fileno()
            if select.select([], [handle], [], 0)[1]:
                os.write(handle, f"{text}\n".encode())
