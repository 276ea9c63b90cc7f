"""Standard output as a CI needs it: unbuffered, never refusing a character, never fatal."""

import os
import select
import sys
from contextlib import suppress
from io import TextIOWrapper


class StandardOutput:
    """Writes text at once; when nobody reads any more, or ever did, it goes on in silence."""

    def __init__(self) -> None:
        self._broken = sys.stdout is None
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
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
