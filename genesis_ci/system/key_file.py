"""Reads the API key from a file or standard input, which may never send it or never end."""

import os
import sys
import time

from genesis_ci.system.threads import Inbox, start_daemon

KEY_SECONDS = 8.0
"""Seconds: without a limit, a pipe without a writer would block the job until the CI ends it."""
MOST_BYTES = 64 * 1024


def read_key(path: str, *, longest: float = KEY_SECONDS) -> str:
    """Return the content of the file; `-` is standard input. Raises `OSError` or `ValueError`."""
    inbox: Inbox[str | Exception] = Inbox(time.monotonic)

    def read() -> None:
        try:
            inbox.put(_content(path))
        except (OSError, ValueError) as error:
            inbox.put(error)

    try:
        start_daemon(read)
    except RuntimeError:
        raise ValueError("this machine cannot start another thread") from None
    key = inbox.take(longest)
    if key is None:
        where = "on standard input" if path == "-" else "from the file"
        raise ValueError(f"no complete key arrived {where} within {longest:g} s")
    if isinstance(key, Exception):
        raise key
    return key


def _content(path: str) -> str:
    if path == "-" and sys.stdin is None:  # another file may have its number by now
        raise ValueError("standard input is closed")
    handle = 0 if path == "-" else os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    data = b""
    while len(data) <= MOST_BYTES and (part := os.read(handle, MOST_BYTES)):
        data += part
    if len(data) > MOST_BYTES:
        raise ValueError(f"it is over {MOST_BYTES // 1024} KiB, too long for a key")
    try:
        return data.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None
