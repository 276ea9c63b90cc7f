"""The composite action, for runners without Docker, on act's host mode."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from genesis_ci.emulator.server import Emulator
from tests.e2e.act_runner import ActRun, ActStep
from tests.e2e.docker import ROOT, copy_of_the_action
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
