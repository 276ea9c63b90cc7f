"""From a job's start to its trigger, in every form that users start, old form beside new.

`python benchmarks/start.py OLD` takes a checkout or an extracted archive of an older commit, for
the forms as they were there. Every form is measured cold: nothing compiled, installed or built is
there, as on a fresh runner; image layers of the base and pip's downloads come from this machine,
so the network's part is missing (the column of bytes stands for it). The trigger is the moment
that a server of this process has the whole POST. Old and new take turns, and the ratio is the
median of each turn's.
"""

from __future__ import annotations

import argparse
import http.server
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from section import table

HERE = Path(__file__).resolve().parent.parent
WORKFLOW = "00000000-0000-4000-8000-000000000000"
BASE = "python:3.13-slim-trixie"
CONTEXT = ("GENESIS_", "GITHUB_", "GITLAB_", "CI_", "INPUT_", "PYTHON")


class Genesis(http.server.ThreadingHTTPServer):
    """Takes triggers and remembers when the last one was there."""

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
        """Say nothing."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """One way to start: what is fetched, and how it runs in a fresh folder."""

    name: str
    command: Callable[[Path, Path], list[str]]
    bytes: Callable[[Path], int]
    target: float
    docker: bool = False


def composite(source: Path, folder: Path) -> list[str]:
    """The step's script of a copy of the action that nobody has run yet."""
    action = folder / "action"
    shutil.copytree(source, action, ignore=shutil.ignore_patterns(*LEFTOVERS))
    if (source / "dist/tree").is_dir():
        shutil.copytree(source / "dist/tree", action / "composite/tree")
    return ["bash", str(action / "composite/run.sh")]


def gitlab(source: Path, folder: Path) -> list[str]:
    """The script of README's job: with the single file, or with pip where there is none."""
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
    """What a runner does for an action of a branch: build the image, and run it."""
    build = f"docker build --quiet --no-cache --tag genesis-ci:bench {source} >{folder}/log"
    return ["sh", "-c", f"DOCKER_BUILDKIT=0 {build} && {run_image('genesis-ci:bench')}"]


def image(source: Path, _: Path) -> list[str]:
    """A container of the finished image."""
    return ["sh", "-c", run_image(tag_of(source))]


def run_image(name: str) -> str:
    """The command that runs an image against the server on this machine."""
    names = "-e GENESIS_API_KEY -e GENESIS_API_URL -e GENESIS_WORKFLOW_ID -e GENESIS_ALLOW_HTTP"
    return f"docker run --rm --network host {names} {name} trigger"


def tag_of(source: Path) -> str:
    """The name of the image that is built of a checkout."""
    return f"genesis-ci:bench-{'new' if source == HERE else 'old'}"


CACHES = (".git", ".venv", "dist", "__pycache__", ".*_cache", ".hypothesis")
LEFTOVERS = (*CACHES, "tests", "docs")


def archive_size(source: Path) -> int:
    """The bytes of what a runner fetches of the action."""
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
    """The bytes of the locked wheels that pip downloads on this machine."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "--quiet",
            "download",
            "--no-deps",
            "--dest",
            folder,
        ]
        subprocess.run([*command, "-r", str(source / "requirements.txt")], check=True)
        return sum(path.stat().st_size for path in Path(folder).iterdir())


def composite_bytes(source: Path) -> int:
    """The archive, and what pip fetches where the action installs."""
    installs = not (source / "dist/tree").is_dir()
    return archive_size(source) + (wheels_size(source) if installs else 0)


def gitlab_bytes(source: Path) -> int:
    """The single file, or an archive and what pip fetches."""
    file = source / "dist/genesis-ci.pyz"
    return file.stat().st_size if file.exists() else archive_size(source) + wheels_size(source)


def image_bytes(source: Path) -> int:
    """The bytes of the image as a registry would send it, about: the saved layers, compressed."""
    save = f"docker save {tag_of(source)} | gzip -6 | wc -c"
    return int(subprocess.run(["sh", "-c", save], check=True, stdout=subprocess.PIPE).stdout)


FORMS = (
    Form(name="composite action", command=composite, bytes=composite_bytes, target=0.15),
    Form(name="GitLab without the image", command=gitlab, bytes=gitlab_bytes, target=0.2),
    Form(name="release image", command=image, bytes=image_bytes, target=0.4, docker=True),
    Form(name="action by branch", command=branch, bytes=image_bytes, target=0.7, docker=True),
)


def environment(genesis: Genesis, folder: Path) -> dict[str, str]:
    """What a runner sets, and the job's inputs."""
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


def seconds(form: Form, source: Path, genesis: Genesis) -> float:
    """Start the form in a fresh folder and return the seconds to its trigger."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = form.command(source, folder)
        genesis.triggered.clear()
        began = time.perf_counter()
        done = subprocess.run(
            command, cwd=folder, env=environment(genesis, folder), check=False, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        if done.returncode or not genesis.triggered.is_set():
            raise SystemExit(
                f"{form.name} of {source} ended with {done.returncode}:\n{done.stdout}"
            )
        return genesis.at - began


def main() -> None:
    """Measure all forms, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path, help="a directory with an older commit's files")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--docker", action="store_true", help="the forms that need an engine too")
    given = parser.parse_args()
    subprocess.run(
        [sys.executable, str(HERE / "scripts/dist.py")], check=True, stdout=subprocess.DEVNULL
    )
    if given.docker:
        for source in (given.old, HERE):
            build = ["docker", "build", "--quiet", "--tag", tag_of(source), str(source)]
            subprocess.run(build, check=True, env={**os.environ, "DOCKER_BUILDKIT": "0"})
    genesis = Genesis()
    threading.Thread(target=genesis.serve_forever, daemon=True).start()
    rows = []
    for form in FORMS:
        if form.docker and not given.docker:
            continue
        turns = [
            tuple(seconds(form, source, genesis) for source in (given.old, HERE))
            for _ in range(given.runs)
        ]
        old, new = (statistics.median(column) for column in zip(*turns, strict=True))
        ratio = statistics.median(after / before for before, after in turns)
        size = [form.bytes(source) / 1e6 for source in (given.old, HERE)]
        met = "yes" if ratio <= form.target else "**no**"
        rows.append(
            [
                form.name, f"{size[0]:.1f}", f"{size[1]:.1f}", f"{old:.2f} s", f"{new:.2f} s",
                f"{ratio:.2f} ×", f"≤ {form.target:g} ×", met,
            ]
        )  # fmt: skip
        print(rows[-1], file=sys.stderr)
    heads = ["form", "MB, old", "MB, new", "old", "new", "ratio", "target", "met"]
    print(table(heads, rows))


if __name__ == "__main__":
    main()
