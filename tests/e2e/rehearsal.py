"""Runs the scripts of release/ as the workflow does, against a repository and a registry here."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.e2e.docker import HERE, ROOT, docker, script, unavailable
from tests.jobs import outputs_of

FOLDER = ROOT / "build/rehearsal"
OLD, NEW = "0.98.0", "0.99.0"
NOBODY = {"HOME": str(FOLDER), "GIT_CONFIG_NOSYSTEM": "1"}
"""A job's git knows no name and no address."""
SOMEBODY = NOBODY | {
    f"GIT_{who}_{key}": "somebody@example.com"
    for who in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")
}  # fmt: skip
PATH = (
    f"{HERE / 'release'}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
)
REGISTRY_CONFIG = """\
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "{address}"}}
"""


def run(*command: Path | str, cwd: Path, **env: str) -> str:
    done = subprocess.run(
        command, check=False, cwd=cwd, env={"PATH": PATH, **SOMEBODY, **env}, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}:\n{done.stdout}"
    return done.stdout.strip()


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A script that ended, or was killed."""

    exit_code: int
    log: str
    outputs: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Forge:
    """A repository and its releases; the folder can be copied to try something."""

    folder: Path
    registry: str

    @property
    def origin(self) -> Path:
        return self.folder / "origin.git"

    @property
    def releases(self) -> Path:
        return self.folder / "releases"

    def copied(self, folder: Path) -> "Forge":
        for each in (self.origin, self.releases):
            shutil.copytree(each, folder / each.name)
        return Forge(folder=folder, registry=self.registry)

    def git(self, *arguments: str) -> str:
        return run("git", *arguments, cwd=self.origin)

    def state(self) -> tuple[str, dict[str, bytes]]:
        """Return what users see: files and parents of each branch and tag, and the releases."""
        files = [path for path in self.releases.rglob("*") if path.is_file()]
        return (
            self.git("for-each-ref", "--format=%(refname) %(tree) %(parent)"),
            {str(path.relative_to(self.releases)): path.read_bytes() for path in files},
        )

    def clone(self) -> Path:
        """Return a new clone of main; it replaces the last one."""
        clone = self.folder / "clone"
        shutil.rmtree(clone, ignore_errors=True)
        run("git", "clone", "--quiet", self.origin, clone, cwd=self.folder)
        return clone

    def commit_version(self, version: str) -> None:
        """Push the files of the work tree to main, with this version."""
        clone = self.folder / "main"
        if not clone.exists():
            run("git", "clone", "--quiet", self.origin, clone, cwd=self.folder)
        run("git", f"--work-tree={ROOT}", "add", "--all", cwd=clone)
        run("git", "checkout-index", "--all", "--force", cwd=clone)
        source = clone / "genesis_ci/__init__.py"
        text = re.sub("__version__ = .*", f'__version__ = "{version}"', source.read_text("utf-8"))
        source.write_text(text, "utf-8")
        changelog = clone / "CHANGELOG.md"
        changelog.write_text(f"## {version}\n\n{changelog.read_text(encoding='utf-8')}", "utf-8")
        run("git", "commit", "--quiet", "--all", f"--message=Version {version}", cwd=clone)
        run("git", "push", "--quiet", "origin", "HEAD:main", cwd=clone)

    def script(
        self, name: str, version: str, image: str = "", clone: Path | None = None, **env: str
    ) -> Ended:
        """Run a script in a new clone, as a job of the workflow."""
        clone = clone or self.clone()
        dist, output = dist_of(version), self.folder / "output"
        if name == "image":
            shutil.copytree(dist, clone / "dist")
        elif name == "publish":
            (clone / "dist").symlink_to(dist)
        output.write_text("")
        inputs = {
            "VERSION": version,
            "BRANCH": "main",
            "REGISTRY": self.registry,
            "PLATFORMS": platform(),
            "IMAGE": image,
            "PYPI": "success",
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REPOSITORY": "Acme/genesis-ci",
            "GITHUB_SERVER_URL": "https://github.example.com",
            "GITHUB_RUN_ID": "1",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_OUTPUT": str(output),
            "RELEASES": str(self.releases),
            "DOCKER": shutil.which("docker") or "",
        }
        done = subprocess.run(
            [f"release/{name}.sh"], check=False, cwd=clone, encoding="utf-8", timeout=300,
            env={"PATH": PATH, **NOBODY, **inputs, **env}, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        return Ended(
            exit_code=done.returncode, log=done.stdout, outputs=outputs_of(output.read_text())
        )


@cache
def platform() -> str:
    """Return the one that the engine runs."""
    return docker("version", "--format", "{{.Server.Os}}/{{.Server.Arch}}")


def dist_of(version: str) -> Path:
    return FOLDER / f"dist-{version}"


@contextmanager
def registry() -> Iterator[str]:
    """Start a registry; yield its address, from which the engine pulls without a certificate."""
    if not (shutil.which("docker-registry") and shutil.which("jq")):
        done = script("packages.sh", "docker-registry", "jq")
        if done.returncode != 0:
            unavailable(f"NOT TESTED: a release; there is no registry: {done.stderr[-300:]}")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    config = FOLDER / "registry.yml"
    config.write_text(REGISTRY_CONFIG.format(folder=FOLDER / "registry", address=address))
    with (FOLDER / "registry.log").open("w") as log:
        server = subprocess.Popen(["docker-registry", "serve", config], stdout=log, stderr=log)
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://{address}/v2/").close()
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        server.kill()
        server.wait()
        if images := docker("images", "--quiet", f"{address}/acme/genesis-ci").split():
            docker("image", "rm", "--force", *images)
