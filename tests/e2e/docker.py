"""Calls the docker client and the scripts of the engine; builds images, copies their files."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LABEL = f"genesis-ci-e2e={os.getpid()}"
"""Of every container of this process."""
ACTION = (
    "action.yml", "Dockerfile", ".dockerignore", "entrypoint.py", "requirements.txt",
    "requirements-build.txt",
)  # fmt: skip
ONE_AT_A_TIME = FileLock("/tmp/genesis-ci-e2e.lock")
"""Held while a process makes something that all test processes of the machine share."""


def unavailable(what: str) -> None:
    """Skip the test with the reason; fail it if REQUIRE_E2E=1 requires everything."""
    if os.environ.get("REQUIRE_E2E") == "1":
        pytest.fail(what)
    pytest.skip(what)


def docker(*arguments: str, buildkit: bool = True) -> str:
    done = subprocess.run(
        ["docker", *arguments], check=False, capture_output=True, encoding="utf-8",
        env={**os.environ, "DOCKER_BUILDKIT": str(int(buildkit))},
    )  # fmt: skip
    assert done.returncode == 0, f"docker {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()


BASE = "python:3.13-slim-trixie"
"""The base of both images, as their Dockerfiles name it."""


def build(
    tag: str, folder: Path, dockerfile: str = "Dockerfile", *,
    classic: bool = False, base: str = BASE,
) -> str:  # fmt: skip
    """Build an image with buildx, or with the classic builder of GitHub's runner.

    Return its id: another run of the tests may move the tag. Buildx can use another base.
    """
    options = ["--quiet", "--tag", tag, "--file", f"{folder}/{dockerfile}", str(folder)]
    with ONE_AT_A_TIME:
        if classic:
            return docker("build", *options, buildkit=False)
        context = f"--build-context={BASE}=docker-image://{base}"
        return docker("buildx", "build", "--load", context, *options)


def script(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    with ONE_AT_A_TIME:
        return subprocess.run(
            [HERE / "engine" / name, *arguments], check=False, capture_output=True, encoding="utf-8"
        )


def copy_of_the_action(folder: Path) -> Path:
    """Copy the files of all actions, as a release has them, and return the folder."""
    for name in ACTION:
        shutil.copy(ROOT / name, folder)
    for name in ("genesis_ci", "composite", "comment"):
        ignored = shutil.ignore_patterns("__pycache__", "*.mo")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    return folder


def commit(folder: Path, remote: str = "git@gitlab.example.com:group/project.git") -> None:
    """Commit all files of the folder in a new repository with a remote."""
    git = ["git", "-C", str(folder), "-c", "user.name=t", "-c", "user.email=t@example.com"]
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        ["commit", "--quiet", "--message=files"],
        ["remote", "add", "origin", remote],
    ):
        subprocess.run([*git, *command], check=True)
