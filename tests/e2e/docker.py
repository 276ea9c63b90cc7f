"""The docker client, as little of it as the tests need."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock

ENGINE = Path(__file__).parent / "engine"
ROOT = Path(__file__).parents[2]
ACTION = ("action.yml", "Dockerfile", ".dockerignore", "entrypoint.py", "requirements.txt")
ONE_AT_A_TIME = FileLock(Path(tempfile.gettempdir(), "genesis-ci-e2e.lock"))
"""Held while something is made that all test processes of the machine share."""


def docker(*arguments: str, env: Mapping[str, str] | None = None, text: str | None = None) -> str:
    """Run docker, which must succeed, and return its standard output."""
    done = subprocess.run(
        ["docker", *arguments],
        check=False,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **(env or {})},
        input=text,
    )
    assert done.returncode == 0, f"docker {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()


def build(tag: str, context: Path = ROOT, *, classic: bool = True) -> str:
    """Build the Dockerfile of `context` the way a GitHub runner does and return the tag."""
    with ONE_AT_A_TIME:
        if classic:
            docker(
                "build", "--tag", tag, "--file", f"{context}/Dockerfile", str(context),
                env={"DOCKER_BUILDKIT": "0"},
            )  # fmt: skip
        else:
            docker("buildx", "build", "--quiet", "--load", "--tag", tag, str(context))
    return tag


def build_release(tag: str, context: Path) -> str:
    """Build a release's image as the release workflow does, for this machine alone."""
    dockerfile = f"{context}/release/Dockerfile"
    with ONE_AT_A_TIME:
        docker(
            "buildx", "build", "--quiet", "--load", "--tag", tag, "--file", dockerfile, str(context)
        )
    return tag


def script(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the engine's scripts to its end."""
    with ONE_AT_A_TIME:
        return subprocess.run(
            [ENGINE / name, *arguments], check=False, capture_output=True, encoding="utf-8"
        )


def copy_of_the_action(folder: Path) -> Path:
    """Copy what the action is made of, as a release would hold it, and return the folder."""
    for name in ACTION:
        shutil.copy(ROOT / name, folder)
    no_leftovers = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "genesis_ci", folder / "genesis_ci", ignore=no_leftovers)
    return folder


def copy_of_the_release(folder: Path) -> Path:
    """Copy what a release's image is built of beside `dist`, and return the folder."""
    shutil.copytree(ROOT / "release", folder / "release")
    shutil.copy(ROOT / "entrypoint.py", folder)
    return folder
