"""Calls the docker client and the scripts of the engine."""

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
"""Held while a process makes something that all test processes share."""


def docker(*arguments: str, env: Mapping[str, str] | None = None, text: str | None = None) -> str:
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
    """Build the Dockerfile of `context` as a GitHub runner does, and return the tag."""
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
    """Build the image of a release as the release workflow does, for this machine only."""
    dockerfile = f"{context}/release/Dockerfile"
    with ONE_AT_A_TIME:
        docker(
            "buildx", "build", "--quiet", "--load", "--tag", tag, "--file", dockerfile, str(context)
        )
    return tag


def script(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    with ONE_AT_A_TIME:
        return subprocess.run(
            [ENGINE / name, *arguments], check=False, capture_output=True, encoding="utf-8"
        )


def copy_of_the_action(folder: Path) -> Path:
    """Copy the files of the action, as a release has them, and return the folder."""
    for name in ACTION:
        shutil.copy(ROOT / name, folder)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "genesis_ci", folder / "genesis_ci", ignore=ignored)
    return folder


def copy_of_the_release(folder: Path) -> Path:
    """Copy the files, besides `dist`, of a release's image, and return the folder."""
    shutil.copytree(ROOT / "release", folder / "release")
    shutil.copy(ROOT / "entrypoint.py", folder)
    return folder
