"""Reads the API key from a file or standard input, which may never send it or never end."""

import os
import sys
import time

from genesis_ci.language import N_, _, fill
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
        raise ValueError(_("this machine cannot start another thread")) from None
    key = inbox.take(longest)
    if key is None:
        text = N_("no complete key arrived from the file within {seconds:g} s")
        if path == "-":
            text = N_("no complete key arrived on standard input within {seconds:g} s")
        raise ValueError(fill(text, seconds=longest))
    if isinstance(key, Exception):
        raise key
    return key


def _content(path: str) -> str:
    if path == "-" and sys.stdin is None:  # another file may have its number by now
        raise ValueError(_("standard input is closed"))
    handle = 0 if path == "-" else os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    data = b""
    while len(data) <= MOST_BYTES and (part := os.read(handle, MOST_BYTES)):
        data += part
    if len(data) > MOST_BYTES:
        raise ValueError(fill("it is over {most} KiB, too long for a key", most=MOST_BYTES // 1024))
    try:
        return data.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise ValueError(_("it is not UTF-8 text")) from None
