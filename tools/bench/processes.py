"""Shared by the benchmarks: the emulator in its own process, and the cost of a child process."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SERVE = [sys.executable, "-m", "genesis_ci", "emulator", "--port", "0", "--quiet", "--scenario"]
CONTEXT = "GENESIS_", "GITHUB_", "GITLAB_", "CI_", "INPUT_"
CERTIFICATES = {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
KEY = "benchmark-key"
SAMPLE_EVERY = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """The cost of a child process: seconds, peak MiB, most threads seen, and exit code."""

    wall: float
    cpu: float
    memory: float
    threads: int
    exit_code: int


class Emulator:
    """A running emulator with the scenario it was given."""

    def __init__(self, url: str) -> None:
        self.url = url

    def executions(self) -> list[dict[str, Any]]:
        """Return all executions, as the API shows them."""
        import urllib.request  # here, so that the measuring process stays small

        with urllib.request.urlopen(f"{self.url}/_emulator/executions", timeout=30) as answer:  # noqa: S310
            rows: list[dict[str, Any]] = json.load(answer)["executions"]
        return rows

    def environment(self, **extra: str) -> dict[str, str]:
        """Return the environment of a job with this emulator, without the caller's CI."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(CONTEXT) and name not in {*CERTIFICATES, "CI"}
        }
        return {**kept, "GENESIS_API_URL": self.url, "GENESIS_API_KEY": KEY, **extra}


def workflow_id(number: int) -> str:
    """Return the id of the scenario's nth workflow, from 0."""
    return f"00000000-0000-4000-8000-{number:012d}"


@contextlib.contextmanager
def emulator(durations: Sequence[Sequence[float]]) -> Iterator[Emulator]:
    """Serve one workflow for each list of block durations in another process."""
    scenario = {
        "organizations": [{"id": "benchmark"}],
        "keys": [{"key": KEY, "organization": "benchmark"}],
        "projects": [{"name": "benchmark"}],
        "workflows": [
            {
                "id": workflow_id(number),
                "name": f"workflow-{number}",
                "organization": "benchmark",
                "project": "benchmark",
                "blocks": [{"duration": seconds, "output": "PASS"} for seconds in blocks],
            }
            for number, blocks in enumerate(durations)
        ],
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "scenario.json")
        path.write_text(json.dumps(scenario), encoding="utf-8")
        log = Path(folder, "log")
        with log.open("w", encoding="utf-8") as out:
            process = subprocess.Popen([*SERVE, str(path)], stdout=out)
        try:
            yield Emulator(_address(process, log))
        finally:
            process.terminate()
            process.wait(timeout=10)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        if found := re.search(r"^URL +(\S+)$", log.read_text(encoding="utf-8"), re.MULTILINE):
            return found[1]
        time.sleep(0.05)
    raise SystemExit("the emulator did not start")


def cost_of(
    command: Sequence[str],
    *,
    folder: str,
    environment: Mapping[str, str] | None = None,
    longest: float = 120.0,
) -> Cost:
    """Run a command to its end.

    After `longest` seconds it is killed, and its exit code is negative. The peak of a child's
    memory counts from its fork, so it is at least the size of this process: keep that small.
    """
    began = time.perf_counter()
    out = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out)
    ended, threads = threading.Event(), [0]
    watcher = threading.Thread(target=_count_threads, args=(process.pid, threads, ended))
    watcher.start()
    limit = threading.Timer(longest, process.kill)
    limit.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    limit.cancel()
    ended.set()
    watcher.join()
    return Cost(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        memory=usage.ru_maxrss / 1024,
        threads=threads[0],
        exit_code=process.returncode,
    )


def _count_threads(process_id: int, most: list[int], ended: threading.Event) -> None:
    while not ended.wait(SAMPLE_EVERY):
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
            found = re.search(r"^Threads:\s+(\d+)$", status, re.MULTILINE)
            most[0] = max(most[0], int(found[1]) if found else 0)


def installed(name: str) -> str:
    """Return the path of a command in the environment of this Python."""
    return str(Path(sys.executable).with_name(name))
