"""gitlab-ci-local, the projects whose pipelines it runs, and an emulator on the loopback."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from genesis_emulator import Emulator
from tests.e2e.conftest import unavailable
from tests.e2e.docker import build, script
from tests.e2e.gitlab.project import SHELL, Executor, Project, in_image


@pytest.fixture(scope="session")
def client() -> str:
    if not (shutil.which("npm") and shutil.which("git")):
        unavailable("NOT TESTED: the GitLab component needs npm and git")
    done = script("gitlab_ci_local.sh", f"{sys.prefix}/gitlab-ci-local")
    if done.returncode != 0:
        unavailable(f"NOT TESTED: gitlab-ci-local cannot be installed: {done.stderr[-300:]}")
    return done.stdout.strip()


@pytest.fixture(scope="session")
def in_docker(image) -> Executor:
    helper = build("genesis-ci:e2e-gitlab-helper", Path(__file__).parent / "helper")
    return in_image(image, helper)


@pytest.fixture(scope="session", params=["shell", "docker"])
def executor(request) -> Executor:
    return SHELL if request.param == "shell" else request.getfixturevalue("in_docker")


@pytest.fixture
def project(executor, client, tmp_path) -> Project:
    return Project(tmp_path / "project", client, executor)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(speed=20) as running:
        yield running
