"""Fixtures of the tests on real engines: engine, images, emulated Genesis, runner, browser."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from genesis_emulator import Emulator
from tests.e2e.docker import BASE, LABEL, ONE_AT_A_TIME, ROOT, build, docker, script, unavailable
from tests.e2e.genesis import Genesis
from tests.e2e.github_runner import GithubRunner
from tools import dist as handed_out

os.environ.setdefault("HOME", str(Path.home()))  # or act does not start
OF_PYENV = "genesis-ci-base:3.13-of-pyenv"
"""A base with CPython in `/usr/local`, as the official image has it; the stand-in has Debian's."""
PYTHONS = ("python3.11", "python3.12", "python3.13", "python3.14")
RUNNER_UID = 1001
BROWSER_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def engine() -> Iterator[None]:
    """Start a Docker engine with the base image; at the end stop what was started here."""
    for name, argument in (("docker.sh", "start"), ("base_image.sh", BASE)):
        done = script(name, argument)
        if done.returncode != 0:
            script("docker.sh", "stop")
            unavailable(f"NO DOCKER ENGINE, nothing of the image was tested: {done.stderr[-500:]}")
    yield
    if containers := docker("ps", "--all", "--quiet", "--filter", f"label={LABEL}").split():
        docker("rm", "--force", "--volumes", *containers)
    script("docker.sh", "stop")


def is_python(name: str) -> bool:
    """Return whether the program runs; pyenv has names without a Python."""
    run = shutil.which(name) and subprocess.run([name, "-c", ""], check=False, capture_output=True)
    return bool(run and run.returncode == 0)


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the files of a release; the first process of pytest builds them for all."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    source = folder / "release"
    with ONE_AT_A_TIME:
        if not source.exists():
            shutil.copytree(ROOT / "release", source / "release")
            shutil.copy(ROOT / "entrypoint.py", source)
            handed_out.build(source / "dist", filter(is_python, PYTHONS))
    return source / "dist"


@pytest.fixture(scope="session")
def released(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give `run_without_docker` the tree of a release, compiled for this Python only."""
    tree = tmp_path_factory.mktemp("released") / "tree"
    tags = {name.replace("python3.", "cpython-3") for name in PYTHONS}
    others = tags - {sys.implementation.cache_tag}
    ignored = shutil.ignore_patterns(*(f"*.{tag}.pyc" for tag in others))
    os.environ["RELEASED_TREE"] = str(shutil.copytree(dist / "tree", tree, ignore=ignored))


@pytest.fixture(scope="session")
def base(engine: None, request: pytest.FixtureRequest) -> str:
    """Return the base of the images, or the one that a test's parameter names."""
    name = str(getattr(request, "param", BASE))
    if name != BASE and (made := script("base_image.sh", name, "pyenv")).returncode != 0:
        pytest.skip(f"NOT TESTED: a base with pyenv's Python: {made.stderr[-300:]}")
    return name


@pytest.fixture(scope="session")
def image(base: str, dist: Path) -> str:
    """Return the image of a release, built as its workflow does, for this machine only."""
    return build("genesis-ci:e2e-release", dist.parent, "release/Dockerfile", base=base)


@pytest.fixture(scope="session")
def branch_image(base: str) -> str:
    """Return the image of the action's Dockerfile, built as a GitHub runner builds it."""
    return build("genesis-ci:e2e", ROOT, classic=base == BASE, base=base)


@pytest.fixture(scope="session", params=["image", "branch_image"])
def either_image(base: str, request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """Return an emulator on the loopback, for jobs without a network of their own."""
    with Emulator(speed=30) as emulator:
        yield emulator


@pytest.fixture
def genesis(tmp_path: Path) -> Iterator[Genesis]:
    with Genesis(tmp_path) as genesis:
        yield genesis


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return a workspace that the runner's user owns, not root."""
    path = tmp_path / "workspace"
    path.mkdir()
    if os.geteuid() == 0:
        os.chown(path, RUNNER_UID, RUNNER_UID)
    return path


@pytest.fixture
def github(image: str, genesis: Genesis, workspace: Path, tmp_path: Path) -> GithubRunner:
    """Return a runner whose job trusts the certificate of the emulated Genesis."""
    temp = tmp_path / "temp"
    temp.mkdir()
    shutil.copy(genesis.authority, temp)
    job_env = {"REQUESTS_CA_BUNDLE": f"/github/runner_temp/{genesis.authority.name}"}
    return GithubRunner(image=image, workspace=workspace, temp=temp, job_env=job_env)


@pytest.fixture(scope="module")
def client() -> str:
    """Return the path of gitlab-ci-local."""
    if not (shutil.which("npm") and shutil.which("git")):
        unavailable("NOT TESTED: GitLab pipelines need npm and git")
    done = script("gitlab_ci_local.sh", f"{sys.prefix}/gitlab-ci-local")
    if done.returncode != 0:
        unavailable(f"NOT TESTED: gitlab-ci-local cannot be installed: {done.stderr[-300:]}")
    return done.stdout.strip()


@pytest.fixture(scope="module")
def helper(engine: None) -> str:
    """Return the option of gitlab-ci-local for an image that it needs, built here."""
    image = build("genesis-ci:e2e-gitlab-helper", ROOT / "tests/e2e/gitlab/helper")
    return f"--helper-image={image}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = script("browser.sh")
    if found.returncode != 0:
        unavailable(f"NOT TESTED: the pages; there is no Chromium: {found.stderr[-300:]}")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=found.stdout.strip(), args=BROWSER_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Any]]:
    """Open an address in a new profile; the page keeps its requests and console messages."""
    contexts = []

    def open_page(url: str, *, scheme: str = "light", width: int = 1280, height: int = 800) -> Any:
        size = {"width": width, "height": height}
        contexts.append(browser.new_context(color_scheme=scheme, viewport=size))
        page = contexts[-1].new_page()
        page.messages, page.requests = [], []
        page.on("console", lambda message: page.messages.append(message.text))
        page.on("pageerror", lambda error: page.messages.append(str(error)))
        page.on("request", lambda request: page.requests.append(request.url))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
