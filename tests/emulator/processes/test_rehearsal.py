"""The recipes of a rehearsal: emulator, preview and gate, without the installation."""

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.gitlab_rules import runner_script
from tests.jobs import LIMIT, ROOT, Ended, environment, run_step

RECIPES = ROOT / "docs/recipes"
HEAD = "0a1b2c3d" * 5
ADDRESS = "${{ steps.start.outputs.address }}"
VERDICTS = ["passed", "failed", "passed", "passed"]
PROGRAMS = {
    "pip": "exit 0",
    "pipx": "exit 0",
    "python": f'exec {sys.executable} "$@"',
    "genesis-ci": f'exec {sys.executable} -I -m genesis_ci "$@"',
    "docker": "echo localhost",  # tests/e2e/test_action.py has the real one
}


def free_port() -> int:
    """Return a free port outside the range of ephemeral ports."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with the gate's config and the scenario."""
    config = (RECIPES / "genesis-ci.yml").read_text(encoding="utf-8")
    repository = tmp_path / "workspace"
    repository.mkdir()
    (repository / ".genesis-ci.yml").write_text(config)
    scenario = (RECIPES / "emulator/scenario.yml").read_text(encoding="utf-8")
    (repository / ".genesis-emulator.yml").write_text(scenario)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in PROGRAMS.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    return repository


def recipe(name: str) -> Any:
    """Return a recipe of the emulator's page with free ports."""
    text = (RECIPES / "emulator" / name).read_text(encoding="utf-8")
    for written in ("8765", "8000"):
        text = text.replace(written, str(free_port()))
    return yaml.safe_load(text)


@pytest.fixture
def shell(project: Path, tmp_path: Path) -> Iterator[Callable[..., Ended]]:
    """Run scripts as a CI does; their background processes end with the test."""
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    groups = []

    def run(*command: str, stdin: str = "", **env: str) -> Ended:
        log = tmp_path / "log"
        with log.open("w") as out:
            process = subprocess.Popen(
                command, cwd=project, env={**environment(**env), "PATH": path},
                stdin=subprocess.PIPE, stdout=out, stderr=out, start_new_session=True, text=True,
            )  # fmt: skip
            groups.append(process.pid)
            process.communicate(stdin, timeout=LIMIT)
        return Ended(
            exit_code=process.returncode, log=log.read_text(encoding="utf-8"), workspace=project,
            directory=project,
        )  # fmt: skip

    yield run
    for group in groups:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def test_github_job_has_the_verdicts_of_the_scenario(shell, tmp_path):
    _, start, gate, show, _ = recipe("github.yml")["jobs"]["rehearsal"]["steps"]
    output = tmp_path / "start-output"
    begun = shell("bash", "-e", "-c", start["run"], HEAD=HEAD, GITHUB_OUTPUT=str(output))
    assert begun.exit_code == 0, begun.log
    address = output.read_text().strip().removeprefix("address=")

    event = tmp_path / "event.json"
    event.write_text(f'{{"pull_request": {{"number": 7, "head": {{"sha": "{HEAD}"}}}}}}')
    inputs, env = (
        {name: text.replace(ADDRESS, address) for name, text in gate[part].items()}
        for part in ("with", "env")
    )
    assert "${{" not in str([inputs, env])
    ended = run_step(tmp_path, inputs, **env, GITHUB_EVENT_PATH=str(event))

    assert ended.verdicts == VERDICTS, ended.log
    assert ended.exit_code == 1
    assert "of-the-rehearsal" not in ended.everything().replace("::add-mask::of-the-rehearsal", "")
    shown = shell("bash", "-e", "-c", show["run"]).log
    assert shown.count("started") == 4
    assert "fault status" in shown


def test_gitlab_job_has_the_verdicts_of_the_scenario(project, shell):
    job = recipe("gitlab.yml")["genesis rehearsal"]
    lines = [*job["before_script"], *job["script"]]
    ci = {"GITLAB_CI": "true", "CI": "true", "CI_COMMIT_SHA": HEAD}
    script = runner_script(lines, variables={**job["variables"], **ci}, directory=str(project))
    ended = shell("bash", stdin=script)

    assert ended.verdicts == VERDICTS, ended.log
    assert ended.exit_code == 1
    shown = shell("bash", "-e", "-c", "\n".join(job["after_script"])).log
    assert shown.count("started") == 4
    assert "fault status" in shown
