"""Fixtures of the tests on real engines: engine, images, emulated Genesis, runner."""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import genesis as emulated
from tests.e2e.docker import (
    ONE_AT_A_TIME,
    build,
    build_release,
    copy_of_the_release,
    docker,
    script,
)
from tests.e2e.genesis import Genesis
from tests.e2e.github_runner import LABEL, GithubRunner
from tools import dist as handed_out

BASE = "python:3.13-slim-trixie"
BRANCH_IMAGE = "genesis-ci:e2e"
RELEASE_IMAGE = "genesis-ci:e2e-release"
RUNNER_UID = 1001


def unavailable(what: str) -> None:
    """Skip the test with the reason; fail it if REQUIRE_E2E=1 requires everything."""
    if os.environ.get("REQUIRE_E2E") == "1":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def engine() -> Iterator[None]:
    """Start a Docker engine with the base image; at the end stop what was started here."""
    for name, *arguments in (("docker.sh", "start"), ("base_image.sh", BASE)):
        done = script(name, *arguments)
        if done.returncode != 0:
            script("docker.sh", "stop")
            unavailable(f"NO DOCKER ENGINE, nothing of the image was tested: {done.stderr[-500:]}")
    yield
    if containers := docker("ps", "--all", "--quiet", "--filter", f"label={LABEL}").split():
        docker("rm", "--force", *containers)
    script("docker.sh", "stop")


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the files of a release; the first process of pytest builds them for all."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    source = folder / "release"
    with ONE_AT_A_TIME:
        if not source.exists():
            copy_of_the_release(source)
            handed_out.build(source / "dist")
    return source / "dist"


@pytest.fixture(scope="session")
def image(engine: None, dist: Path) -> str:
    return build_release(RELEASE_IMAGE, dist.parent)


@pytest.fixture(scope="session")
def branch_image(engine: None) -> str:
    """Return the image of the action's Dockerfile, built as a GitHub runner builds it."""
    return build(BRANCH_IMAGE)


@pytest.fixture(scope="session", params=["image", "branch_image"])
def either_image(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture(scope="session")
def network(engine: None) -> Iterator[str]:
    """Return a network in which containers find each other by name."""
    name = f"genesis-ci-{uuid.uuid4().hex[:8]}"
    docker("network", "create", name)
    yield name
    docker("network", "rm", name)


@pytest.fixture(scope="session")
def _genesis(
    branch_image: str, network: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Genesis]:
    with emulated.serving(network, tmp_path_factory.mktemp("genesis")) as genesis:
        yield genesis


@pytest.fixture
def genesis(_genesis: Genesis) -> Genesis:
    _genesis.reset()
    return _genesis


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return a workspace that the runner's user owns, not root."""
    path = tmp_path / "workspace"
    path.mkdir()
    if os.geteuid() == 0:
        os.chown(path, RUNNER_UID, RUNNER_UID)
    return path


@pytest.fixture
def github(
    image: str, network: str, genesis: Genesis, workspace: Path, tmp_path: Path
) -> GithubRunner:
    """Return a runner whose job trusts the certificate of the emulated Genesis."""
    temp = tmp_path / "temp"
    temp.mkdir()
    shutil.copy(genesis.certificates, temp)
    return GithubRunner(
        image=image,
        workspace=workspace,
        temp=temp,
        network=network,
        job_env={"REQUESTS_CA_BUNDLE": f"/github/runner_temp/{genesis.certificates.name}"},
    )
