"""Cancelled jobs end in time, with all reports."""

import os
import shutil
import threading
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.e2e import gitlab_runner
from tests.e2e.action_step import OUTPUTS, inputs_of, junit_counts
from tests.e2e.docker import docker
from tests.e2e.genesis import URL, Genesis
from tests.e2e.github_runner import GithubRunner, Step
from tests.gitlab_script import Evaluation, Flags

TRIGGERED = "riggered"

pytestmark = pytest.mark.e2e


def test_a_cancelled_job_ends_in_time_with_reports(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    step = github.step(inputs_of(genesis, "slow"), cancel_at=TRIGGERED)

    assert step.exit_code == 130, step.log
    assert step.seconds_after_cancel is not None
    assert step.seconds_after_cancel < 4
    assert_interrupted(step, genesis, workspace)


def test_sigterm_to_process_1_ends_the_job_with_reports(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    name = f"genesis-ci-e2e-{os.getpid()}-sigterm"
    killed_at: list[float] = []

    def kill_when_triggered() -> None:
        wait_for_a_trigger(genesis)
        killed_at.append(time.monotonic())
        docker("kill", "--signal", "TERM", name)

    killer = threading.Thread(target=kill_when_triggered)
    killer.start()
    step = github.step(inputs_of(genesis, "slow"), options=["--name", name])
    ended_at = time.monotonic()
    killer.join()

    assert step.exit_code == 143, step.log
    assert ended_at - killed_at[0] < 4
    assert_interrupted(step, genesis, workspace)


@pytest.mark.parametrize("evaluation", [Evaluation.PIPELINE, Evaluation.TRAPPED_SUBSHELL])
def test_a_cancelled_gitlab_job_ends_with_reports(
    image: str, genesis: Genesis, network: str, workspace: Path, evaluation: Evaluation
) -> None:
    shutil.copy(genesis.certificates, workspace)
    job = gitlab_runner.start(
        image,
        ["genesis-ci run || exit $?"],
        f"--network={network}",
        f"--volume={workspace}:/builds/project",
        directory="/builds/project",
        flags=Flags(evaluation=evaluation),
        env={
            "CI_PROJECT_DIR": "/builds/project",
            "GENESIS_API_KEY": genesis.api_key,
            "GENESIS_API_URL": URL,
            "GENESIS_WORKFLOW_ID": genesis.workflow("slow"),
            "REQUESTS_CA_BUNDLE": f"/builds/project/{genesis.certificates.name}",
        },
    )
    wait_for_a_trigger(genesis)
    job.cancel()
    exit_code, log = job.finish(4)

    assert exit_code == 143, log
    reports = workspace / "genesis-results"
    assert "GENESIS_RESULT_VERDICT=interrupted" in (reports / "genesis.env").read_text()
    assert ET.parse(reports / "junit.xml").findall(".//error")  # noqa: S314


def wait_for_a_trigger(genesis: Genesis) -> None:
    while not genesis.executions():
        time.sleep(0.1)


def assert_interrupted(step: Step, genesis: Genesis, workspace: Path) -> None:
    assert step.outputs.keys() == OUTPUTS
    assert step.outputs["verdict"] == "interrupted"
    assert step.outputs["execution-id"] == genesis.executions()[0]["id"]
    assert step.outputs["exit-code"] == str(step.exit_code)
    assert junit_counts(workspace, step)["error"]
    assert step.summary
