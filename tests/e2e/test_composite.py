"""The composite action, for runners without Docker, on act's host mode."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from genesis_ci.emulator.server import Emulator
from tests.e2e.act_runner import ActRun, ActStep
from tests.e2e.action_step import OUTPUTS
from tests.e2e.docker import ROOT, copy_of_the_action
from tests.e2e.file_commands import outputs_of
from tests.e2e.test_act import act, make_repository

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(speed=30) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def ran(engine: None, emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> ActRun:
    """act/workflow.yml with the composite action, its steps run on this machine."""
    folder = copy_of_the_action(tmp_path_factory.mktemp("repository"))
    shutil.copytree(ROOT / "composite", folder / "composite")
    workflow = (Path(__file__).parent / "act" / "workflow.yml").read_text(encoding="utf-8")
    workflow = workflow.replace("uses: ./", "uses: ./composite")
    on_host = ("--platform", "ubuntu-latest=-self-hosted")
    for name in ("json", "requests", "usercustomize"):
        (folder / f"{name}.py").write_text("raise SystemExit(99)\n")
    return act(make_repository(folder, workflow), emulator, *on_host)


def step(ran: ActRun, name: str) -> ActStep:
    assert name in ran.steps, ran.log
    return ran.steps[name]


def test_it_has_the_inputs_and_outputs_of_the_action() -> None:
    action, composite = (
        yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
        for path in ("action.yml", "composite/action.yml")
    )

    assert composite["inputs"] == action["inputs"]
    assert composite["outputs"].keys() == action["outputs"].keys()
    (only_step,) = composite["runs"]["steps"]
    assert set(only_step["env"].values()) == {
        f"${{{{ inputs.{name} }}}}" for name in action["inputs"]
    }


def test_later_steps_read_its_outputs_and_reports(ran: ActRun, emulator: Emulator) -> None:
    assert step(ran, "later").outcome == "success", ran.log
    ids = {execution["id"] for execution in emulator.executions()}
    assert step(ran, "later").outputs["execution"] in ids


def test_a_failed_run_fails_the_step_but_not_a_job_that_continues_on_error(ran: ActRun) -> None:
    assert step(ran, "verdict").outputs == {"seen": "failure,success", "exit-code": "1"}


def test_a_failed_run_stops_the_job_and_still_leaves_its_outputs(ran: ActRun) -> None:
    assert ran.exit_code == 1
    assert step(ran, "report").outputs == {"verdict": "failed"}


def run_script(folder: Path, **env: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
    """Run the step's script without an engine; return how it ended and the outputs it wrote."""
    outputs = folder / "outputs"
    outputs.touch()
    runner = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "GITHUB_ACTION_PATH": str(ROOT / "composite"),
        "GITHUB_OUTPUT": str(outputs),
        "GITHUB_WORKSPACE": str(folder),
        "RUNNER_TEMP": str(folder),
    }
    bash = shutil.which("bash")
    assert bash
    done = subprocess.run(
        [bash, ROOT / "composite/run.sh"], check=False, capture_output=True, encoding="utf-8",
        env={**runner, **env},
    )  # fmt: skip
    return done, outputs_of(outputs.read_text(encoding="utf-8"))


NO_INDEX = {
    "PIP_INDEX_URL": "http://127.0.0.1:1/",
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_RETRIES": "0",
}


@pytest.mark.parametrize(
    ("env", "told"),
    [
        (NO_INDEX, "pip cannot install what genesis-ci needs"),
        ({"RUNNER_TEMP": "/nowhere"}, "No directory can be made in RUNNER_TEMP"),
        ({"PATH": "/nowhere"}, "This runner has no Python 3.11 or newer"),
    ],
    ids=["no package index", "no directory", "no Python"],
)
def test_a_set_up_that_fails_is_an_error_with_outputs_and_never_a_failed_workflow(
    tmp_path: Path, env: dict[str, str], told: str
) -> None:
    done, outputs = run_script(tmp_path, **env)

    assert done.returncode == 2, done.stdout + done.stderr
    (annotation,) = (line for line in done.stdout.splitlines() if line.startswith("::error"))
    assert annotation.startswith(f"::error title=genesis-ci::{told}")
    assert outputs.keys() == OUTPUTS
    told_by_outputs = {name: value for name, value in outputs.items() if value}
    assert told_by_outputs == {"verdict": "error", "exit-code": "2", "results": "[]"}


def test_a_python_that_makes_no_virtual_environment_is_an_error_too(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    broken = programs / "python3"
    broken.write_text('#!/bin/sh\n[ "$2" = -c ] || { echo "No module named venv"; exit 1; } >&2\n')
    broken.chmod(0o755)
    done, outputs = run_script(tmp_path, PATH=f"{programs}:{os.environ['PATH']}")

    assert done.returncode == 2, done.stdout + done.stderr
    assert "::error title=genesis-ci::python3 cannot make a virtual environment" in done.stdout
    assert outputs["verdict"] == "error"
