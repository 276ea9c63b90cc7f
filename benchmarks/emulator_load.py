"""The load that the emulator carries: many executions, polled by many connections.

    python benchmarks/emulator_load.py [--executions 2000] [--connections 50] [--seconds 60]

The emulator runs in a process of its own, on loopback. Prints requests per second, the p50 and
p99 of a poll, and the emulator's memory (if /proc has it). Exits 1 if any poll went wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SERVE = [sys.executable, "-m", "genesis_ci", "emulator", "--port", "0", "--quiet"]
WARM_UP = 2.0
SAMPLE_EVERY = 5.0


@dataclass(kw_only=True)
class Tally:
    """What was measured."""

    latencies: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Connection:
    """One keep-alive connection to the emulator."""

    def __init__(self, url: str, key: str) -> None:
        self._at = urlsplit(url)
        self._key = key
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def request(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Send a request and read its whole answer."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._at.hostname, self._at.port)
        reader, writer = self._streams
        head = f"{method} {path} HTTP/1.1\r\nhost: emulator\r\nx-api-key: {self._key}\r\n"
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"content-length: (\d+)", answer)
        size = int(length[1]) if length else 0
        return int(answer.split(" ", 2)[1]), await reader.readexactly(size)

    async def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            with contextlib.suppress(OSError):
                await self._streams[1].wait_closed()


@contextlib.contextmanager
def emulator() -> Iterator[tuple[int, str, str, str]]:
    """A running emulator: its process id, URL, API key and the id of the workflow `slow`."""
    process = subprocess.Popen(SERVE, stdout=subprocess.PIPE, text=True)
    try:
        text = "".join(iter_until(process.stdout or [], "curl"))
        found = re.search(r"URL +(\S+)\nAPI key +(\S+)[\s\S]* (\S{36})  slow ", text)
        if found is None:
            raise SystemExit("the emulator did not start")
        yield process.pid, found[1], found[2], found[3]
    finally:
        process.terminate()
        process.communicate(timeout=10)


def iter_until(lines: Iterable[str], word: str) -> Iterator[str]:
    """The lines up to the first one that has the word."""
    for line in lines:
        yield line
        if word in line:
            return


def memory_of(process_id: int) -> float:
    """Resident memory in MiB, or 0 if /proc does not have it."""
    with contextlib.suppress(OSError):
        status = Path(f"/proc/{process_id}/status").read_text()
        resident = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(resident[1]) / 1024 if resident else 0.0
    return 0.0


async def start_all(connections: list[Connection], template: str, wanted: int) -> list[str]:
    """Trigger that many executions, over all the connections."""
    path = f"/api/workflows/{template}/trigger"
    shares = [wanted // len(connections)] * len(connections)
    shares[0] += wanted - sum(shares)

    async def some(connection: Connection, share: int) -> list[str]:
        started = []
        for _ in range(share):
            status, body = await connection.request("POST", path, b'{"target_url": "x"}')
            if status != 200:
                raise SystemExit(f"a trigger was answered {status} {body!r}")
            started.append(json.loads(body)["executionId"])
        return started

    parts = await asyncio.gather(*map(some, connections, shares))
    return [execution for part in parts for execution in part]


async def poll_all(
    connections: list[Connection], executions: list[str], tally: Tally, until: float
) -> None:
    """Poll the executions in turn, each connection as fast as it is answered."""
    turn = count()

    async def poll(connection: Connection) -> None:
        while time.monotonic() < until:
            execution = executions[next(turn) % len(executions)]
            begun = time.perf_counter()
            status, body = await connection.request("GET", f"/api/executions/{execution}")
            tally.latencies.append(time.perf_counter() - begun)
            if status != 200 or json.loads(body)["status"] not in {"pending", "running"}:
                tally.errors.append(f"{status} {body[:200]!r}")

    await asyncio.gather(*map(poll, connections))


async def sample_memory(process_id: int, tally: Tally) -> None:
    """Look at the emulator's memory from time to time, until cancelled."""
    while True:
        tally.memory.append(memory_of(process_id))
        await asyncio.sleep(SAMPLE_EVERY)


async def measure(options: argparse.Namespace) -> Tally:
    """Run the whole load."""
    with emulator() as (process_id, url, key, template):
        connections = [Connection(url, key) for _ in range(options.connections)]
        begun = time.monotonic()
        executions = await start_all(connections, template, options.executions)
        taken = time.monotonic() - begun
        print(f"started {len(executions)} executions in {taken:.1f} s")
        await poll_all(connections, executions, Tally(), time.monotonic() + WARM_UP)
        tally = Tally()
        sampling = asyncio.create_task(sample_memory(process_id, tally))
        await poll_all(connections, executions, tally, time.monotonic() + options.seconds)
        sampling.cancel()
        tally.memory.append(memory_of(process_id))
        await asyncio.gather(*(connection.close() for connection in connections))
    return tally


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--executions", type=int, default=2000)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    tally = asyncio.run(measure(options))
    ordered = sorted(tally.latencies)
    p50, p99 = (ordered[int(len(ordered) * part)] * 1000 for part in (0.5, 0.99))
    print(f"polled for {options.seconds:.0f} s over {options.connections} connections")
    print(f"polls      {len(ordered)}, {len(ordered) / options.seconds:.0f} per second")
    print(f"latency    p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {ordered[-1] * 1000:.1f} ms")
    print(f"memory     {', '.join(f'{each:.1f}' for each in tally.memory)} MiB")
    print(f"errors     {len(tally.errors)}{''.join(f'  {each}' for each in tally.errors[:3])}")
    return 1 if tally.errors else 0


if __name__ == "__main__":
    sys.exit(main())
