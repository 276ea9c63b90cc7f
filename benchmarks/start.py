"""The start of a job in every form, and jobs with many workflows: an old commit and this one.

`python benchmarks/start.py OLD --docker >docs/start.md` takes a checkout or an extracted archive of
an older commit. Every form starts cold, as on a new runner: nothing is compiled, installed, built
or pulled. A start ends when a server of this process has the complete trigger. Old and new take
turns; the ratio is the median of the turns. `--docker` needs root, `docker-registry` and an engine
with the base image.
"""

from __future__ import annotations

import argparse
import contextlib
import http.server
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cold_engine import ColdEngine, cold_engine
from performance import machine
from processes import cost_of, emulator, workflow_id
from section import table

PAGE = """\
# What a job costs to start

Written by `python benchmarks/start.py OLD --docker` on {day}: {machine}. OLD is {old}.

{table}

Medians of {runs} turns; the ratio is the median of each turn's. From the start of a process to \
the moment at which the server has the whole trigger, cold: nothing is compiled, installed, built \
or pulled, as on a fresh runner. The registry, the base of a build and pip's downloads are on the \
same machine, so the network's part is missing; the columns of bytes stand for it. The base image \
is a stand-in from Debian's packages where the real one cannot be pulled.

CPU is that of the whole process, reports included. One file holds at most 1000 workflows; for \
more, this benchmark alone lifts the limit. Each takes 5 s in four blocks, all at once, and there \
are fewer turns. The old job could not keep up and looked at each run once or twice; the new one \
looks four or five times, as with few runs, so what a request costs stands beside the whole.
"""
HERE = Path(__file__).resolve().parent.parent
WORKFLOW = "00000000-0000-4000-8000-000000000000"
CONTEXT = ("GENESIS_", "GITHUB_", "GITLAB_", "CI_", "INPUT_", "PYTHON")


class Genesis(http.server.ThreadingHTTPServer):
    """Accepts triggers and keeps the time of the last one."""

    def __init__(self) -> None:
        super().__init__(("0.0.0.0", 0), _Handler)  # noqa: S104 - containers reach it too
        self.triggered = threading.Event()
        self.at = 0.0


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Genesis

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.at = time.perf_counter()
        body = b'{"executionId": "6f9619ff-8b86-4d01-b42d-00c04fc964ff", "status": "pending"}'
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.server.triggered.set()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measurement of the old and the new source, with a target for the ratio."""

    name: str
    measure: Callable[[Path], float]
    unit: str = "s"
    bytes: Callable[[Path], int] | None = None
    most: int = 100
    """The most turns."""
    target: float


def composite(source: Path, folder: Path) -> list[str]:
    """Return the command of the composite action, in a new copy."""
    action = folder / "action"
    shutil.copytree(source, action, ignore=shutil.ignore_patterns(*LEFTOVERS))
    if (source / "dist/tree").is_dir():
        shutil.copytree(source / "dist/tree", action / "composite/tree")
    return ["bash", str(action / "composite/run.sh")]


def gitlab(source: Path, folder: Path) -> list[str]:
    """Return the command of README's job: with the single file if there is one, else with pip."""
    if (source / "dist/genesis-ci.pyz").exists():
        shutil.copy(source / "dist/genesis-ci.pyz", folder)
        return [sys.executable, "-I", str(folder / "genesis-ci.pyz"), "trigger"]
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    copy = folder / "source"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns(*LEFTOVERS))
    install = (
        f"{venv}/bin/pip install --quiet --no-cache-dir {copy} && {venv}/bin/genesis-ci trigger"
    )
    return ["sh", "-c", install]


def branch(source: Path, folder: Path) -> list[str]:
    """Return the command that builds and runs the image of a branch."""
    build = f"docker build --quiet --no-cache --tag genesis-ci:bench {source} >{folder}/log"
    run = shlex.join(run_image("genesis-ci:bench"))
    return ["sh", "-c", f"DOCKER_BUILDKIT=0 {build} && {run}"]


def run_image(name: str, *options: str) -> list[str]:
    """Return the command that runs an image with the server on this machine."""
    inputs = ("API_KEY", "API_URL", "WORKFLOW_ID", "ALLOW_HTTP")
    names = [word for each in inputs for word in ("-e", f"GENESIS_{each}")]
    return ["docker", *options, "run", "--rm", "--network", "host", *names, name, "trigger"]


def build_images(source: Path) -> tuple[str, str]:
    """Build the images of a branch and of a release, and return their names."""
    name = "new" if source == HERE else "old"
    of_branch, of_release = f"genesis-ci:bench-{name}", f"genesis-ci:bench-{name}-release"
    quiet = ["docker", "build", "--quiet", "--tag"]
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
    subprocess.run([*quiet, of_branch, str(source)], check=True, env=environment)
    dockerfile = source / "release/Dockerfile"
    if not dockerfile.exists():
        return of_branch, of_branch
    command = ["docker", "buildx", "build", "--quiet", "--load", "--tag", of_release]
    subprocess.run([*command, "--file", str(dockerfile), str(source)], check=True)
    return of_branch, of_release


CACHES = (".git", ".venv", "dist", "__pycache__", ".*_cache", ".hypothesis")
LEFTOVERS = (*CACHES, "tests", "docs")


def archive_size(source: Path) -> int:
    """Return the bytes of the archive that a runner downloads of the action."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy")
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns(*CACHES))
        for line in (source / ".gitattributes").read_text(encoding="utf-8").splitlines():
            if line.endswith("export-ignore"):
                shutil.rmtree(copy / line.split()[0].strip("/"), ignore_errors=True)
        if (source / "dist/tree").is_dir():
            shutil.copytree(source / "dist/tree", copy / "composite/tree")
        return Path(shutil.make_archive(f"{folder}/archive", "gztar", copy)).stat().st_size


def wheels_size(source: Path) -> int:
    """Return the bytes of the locked wheels that pip downloads on this machine."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "--quiet", "download", "--no-deps"]
        subprocess.run(
            [*command, "--dest", folder, "-r", str(source / "requirements.txt")], check=True
        )
        return sum(path.stat().st_size for path in Path(folder).iterdir())


def composite_bytes(source: Path) -> int:
    """Return the bytes of the archive, and of the wheels if the action installs them."""
    installs = not (source / "dist/tree").is_dir()
    return archive_size(source) + (wheels_size(source) if installs else 0)


def gitlab_bytes(source: Path) -> int:
    """Return the bytes of the single file, or of archive and wheels."""
    file = source / "dist/genesis-ci.pyz"
    return file.stat().st_size if file.exists() else archive_size(source) + wheels_size(source)


def environment(genesis: Genesis, folder: Path) -> dict[str, str]:
    """Return the variables of a runner and the inputs of the job."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(CONTEXT)}
    kept.pop("CI", None)
    return {
        **kept,
        "GENESIS_API_URL": f"http://127.0.0.1:{genesis.server_port}",
        "GENESIS_API_KEY": "benchmark-key",
        "GENESIS_WORKFLOW_ID": WORKFLOW,
        "GENESIS_WAIT": "false",
        "GITHUB_ACTION_PATH": str(folder / "action/composite"),
        "GITHUB_WORKSPACE": str(folder),
        "RUNNER_TEMP": str(folder),
    }


def cold(command: Callable[[Path, Path], list[str]], genesis: Genesis) -> Callable[[Path], float]:
    """Return a measurement: seconds from the start of a command in a new folder to its trigger."""

    def seconds(source: Path) -> float:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            words = command(source, folder)
            genesis.triggered.clear()
            began = time.perf_counter()
            done = subprocess.run(
                words, cwd=folder, env=environment(genesis, folder), check=False, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
        if done.returncode or not genesis.triggered.is_set():
            raise SystemExit(f"{words} ended with {done.returncode}:\n{done.stdout}")
        return genesis.at - began

    return seconds


WHOLE_PROCESS = """
import dataclasses, sys
sys.path.insert(0, sys.argv.pop(1))
from genesis_ci.config import suite
suite.MAX_WORKFLOWS = 10**6
suite.BOUNDS = dataclasses.replace(suite.BOUNDS, size=10**9, nodes=10**9)
from genesis_ci.cli import main
sys.exit(main())
"""
BLOCKS = [1.0, 1.5, 1.5, 1.0]


def in_process(genesis: Genesis) -> Callable[[Path], float]:
    """Return a measurement: CPU of a trigger with this Python and compiled modules."""

    def cpu(source: Path) -> float:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-c", WHOLE_PROCESS, str(source), "trigger"]
            return cost_of(
                command, folder=folder, environment=environment(genesis, Path(folder))
            ).cpu

    return cpu


class ManyWorkflows:
    """A job with so many workflows of five seconds, all at the same time."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._requests: dict[Path, list[float]] = defaultdict(list)

    def cpu(self, source: Path) -> float:
        """Run the job and return its CPU."""
        entries = [{"name": f"w-{n}", "workflow-id": workflow_id(n)} for n in range(self.count)]
        config = {"version": 1, "max-parallel": self.count, "workflows": entries}
        with emulator([BLOCKS] * self.count) as server, tempfile.TemporaryDirectory() as folder:
            Path(folder, ".genesis-ci.yml").write_text(json.dumps(config), encoding="utf-8")
            command = [sys.executable, "-c", WHOLE_PROCESS, str(source), "run"]
            cost = cost_of(command, folder=folder, environment=server.environment(), longest=600)
            result = Path(folder, "genesis-results/result.json").read_text(encoding="utf-8")
        if cost.exit_code:
            raise SystemExit(f"{self.count} workflows of {source} ended with {cost.exit_code}")
        polls = sum(each["polls"] for each in json.loads(result)["workflows"])
        self._requests[source].append(1000 * cost.cpu / (self.count + polls))
        return cost.cpu

    def of_a_request(self, source: Path) -> float:
        """Return the milliseconds of each request of the next job in turn."""
        return self._requests[source].pop(0)


def rows_without_engine(genesis: Genesis) -> list[Row]:
    """Return the measurements that need no engine."""
    return [
        Row(
            name="composite action", measure=cold(composite, genesis), bytes=composite_bytes,
            target=0.15,
        ),
        Row(
            name="GitLab without the image", measure=cold(gitlab, genesis), bytes=gitlab_bytes,
            target=0.2,
        ),
        Row(name="trigger in process", measure=in_process(genesis), unit="s CPU", target=0.85),
        *rows_of_many(ManyWorkflows(1000), most=3),
        *rows_of_many(ManyWorkflows(5000), most=1),
    ]  # fmt: skip


def rows_of_many(job: ManyWorkflows, most: int) -> list[Row]:
    """Return the cost of a job and of its requests, because a faster job makes more of them."""
    name = f"{job.count} workflows"
    return [
        Row(name=f"{name}, whole job", measure=job.cpu, unit="s CPU", most=most, target=0.5),
        Row(
            name=f"{name}, a request",
            measure=job.of_a_request,
            unit="ms CPU",
            most=most,
            target=0.5,
        ),
    ]


def rows_of_images(genesis: Genesis, engine: ColdEngine, old: Path) -> list[Row]:
    """Return the measurements of containers."""
    branches, releases = {}, {}
    for source in (old, HERE):
        of_branch, of_release = build_images(source)
        branches[source] = engine.offer(of_branch, f"{of_branch.partition(':')[2]}-branch")
        releases[source] = engine.offer(of_release, of_release.partition(":")[2])

    def pull(source: Path, _: Path) -> list[str]:
        engine.forget()
        return run_image(releases[source], "--host", engine.host)

    return [
        Row(
            name="release image", measure=cold(pull, genesis),
            bytes=lambda source: engine.pulled_bytes(releases[source]), target=0.4,
        ),
        Row(
            name="action by branch", measure=cold(branch, genesis),
            bytes=lambda source: engine.pulled_bytes(branches[source]), target=0.7,
        ),
    ]  # fmt: skip


def measured(row: Row, old: Path, runs: int) -> list[str]:
    """Measure both sources in turns and return the cells of the table."""
    turns = [
        tuple(row.measure(source) for source in (old, HERE)) for _ in range(min(runs, row.most))
    ]
    before, after = (statistics.median(column) for column in zip(*turns, strict=True))
    ratio = statistics.median(new / former for former, new in turns)
    sizes = [f"{row.bytes(source) / 1e6:.1f}" if row.bytes else "–" for source in (old, HERE)]
    met = "yes" if ratio <= row.target else "**no**"
    cells = [
        row.name, *sizes, f"{before:.2f} {row.unit}", f"{after:.2f} {row.unit}", f"{ratio:.2f} ×",
        f"≤ {row.target:g} ×", met,
    ]  # fmt: skip
    print(cells, file=sys.stderr)
    return cells


def main() -> None:
    """Measure all forms and print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path, help="a directory with an older commit's files")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--docker", action="store_true", help="also the forms that need an engine")
    parser.add_argument("--only", default="", help="only the rows whose names contain this text")
    given = parser.parse_args()
    subprocess.run(
        [sys.executable, str(HERE / "scripts/dist.py")], check=True, stdout=subprocess.DEVNULL
    )
    genesis = Genesis()
    threading.Thread(target=genesis.serve_forever, daemon=True).start()
    with contextlib.ExitStack() as stack:
        rows = rows_without_engine(genesis)
        if given.docker:
            engine = stack.enter_context(cold_engine())
            rows = [*rows_of_images(genesis, engine, given.old), *rows]
        cells = [measured(row, given.old, given.runs) for row in rows if given.only in row.name]
    heads = ["form", "MB, old", "MB, new", "old", "new", "ratio", "target", "met"]
    day, name = f"{datetime.now(UTC):%Y-%m-%d}", given.old.resolve().name
    print(
        PAGE.format(
            day=day, machine=machine(), old=name, runs=given.runs, table=table(heads, cells)
        ),
        end="",
    )


if __name__ == "__main__":
    main()
