"""Finds the process in which a job checks its outputs, on Linux."""

import time
from contextlib import suppress
from pathlib import Path
from subprocess import Popen

LONGEST = 10.0
"""Seconds that a busy machine may need to start or end a process."""


def child_of(job: "Popen[str]") -> int:
    """Wait for the process that checks the outputs of a job, and return its id."""
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        with suppress(OSError):  # a listed process may have ended
            for listed in Path(f"/proc/{job.pid}/task").glob("*/children"):
                for pid in listed.read_text(encoding="ascii").split():
                    if b"-S" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                        return int(pid)
        time.sleep(0.02)
    raise AssertionError("the job has no child process")


def ends(pid: int) -> bool:
    """Return whether a process ends by itself."""
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        if not _runs(pid):
            return True
        time.sleep(0.02)
    return False


def _runs(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
