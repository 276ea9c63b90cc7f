"""The image, run as GitHub's runner runs it, with an emulated Genesis over https.

tests/integration/test_action.py tests the other inputs and verdicts without an image.
"""

import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from junitparser import JUnitXml

from genesis_ci.reporters.outputs import OUTPUT_NAMES
from tests.e2e.docker import ROOT
from tests.e2e.genesis import REACHABLE, Genesis
from tests.e2e.github_runner import GithubRunner, Step
from tests.e2e.gitlab_runner import GitlabJob
from tests.gitlab_rules import Evaluation
from tests.jobs import inputs_for, variables_for

pytestmark = pytest.mark.e2e


def assert_reports(step: Step, workspace: Path, genesis: Genesis, verdict: str) -> None:
    assert step.outputs.keys() == OUTPUT_NAMES.keys()
    assert step.outputs["verdict"] == verdict
    assert step.outputs["exit-code"] == str(step.exit_code)
    assert step.outputs["execution-id"] == genesis.executions()[0]["id"]
    assert step.outputs["report-dir"] == "reports/genesis"
    suites = JUnitXml.fromfile(str(workspace / step.outputs["junit-path"]))
    assert sum(suite.failures + suite.errors for suite in suites) > 0
    assert step.summary
    assert "::error " in step.log
    last = step.log.rstrip().splitlines()[-1]
    assert verdict in last
    assert step.outputs["execution-id"] in last


def test_a_failed_run_has_outputs_and_reports_of_the_workspaces_owner(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    step = github.step(inputs_for(genesis, "failed", report_dir="reports/genesis"))

    assert step.exit_code == 1, step.log
    assert_reports(step, workspace, genesis, "failed")
    owner = workspace.stat()
    written = [path.lstat() for path in workspace.rglob("*")]
    assert {(one.st_uid, one.st_gid) for one in written} == {(owner.st_uid, owner.st_gid)}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_cancelled_job_ends_in_time_with_reports(
    github: GithubRunner, genesis: Genesis, workspace: Path, number: signal.Signals, code: int
) -> None:
    inputs = inputs_for(genesis, "slow", report_dir="reports/genesis")
    step = github.step(inputs, cancel_at="riggered", cancel_with=number)

    assert step.exit_code == code, step.log
    assert step.seconds_after_cancel < 4
    assert_reports(step, workspace, genesis, "interrupted")


@pytest.mark.parametrize("evaluation", [Evaluation.PIPELINE, Evaluation.TRAPPED_SUBSHELL])
def test_a_cancelled_gitlab_job_ends_in_time_with_reports(
    image: str, genesis: Genesis, workspace: Path, evaluation: Evaluation
) -> None:
    shutil.copy(genesis.authority, workspace)
    project = "/builds/project"
    trusting = {"REQUESTS_CA_BUNDLE": f"{project}/{genesis.authority.name}"}
    job = GitlabJob(
        image, ["genesis-ci run || exit $?"], REACHABLE, f"--volume={workspace}:{project}",
        directory=project, evaluation=evaluation,
        env={"CI_PROJECT_DIR": project, **trusting, **variables_for(genesis, "slow")},
    )  # fmt: skip
    while not genesis.executions():
        time.sleep(0.1)
    job.cancel()
    exit_code, log = job.finish(4)

    assert exit_code == 143, log
    reports = workspace / "genesis-results"
    assert "GENESIS_RESULT_VERDICT=interrupted" in (reports / "genesis.env").read_text()
    assert "<error" in (reports / "junit.xml").read_text()


def test_a_hostile_workspace_and_a_read_only_container_change_nothing(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    trap = "import os; os.write(2, b'TRAPPED'); os._exit(99)\n"
    home = github.temp / "_github_home"
    user_site = home / ".local/lib/python3.13/site-packages"
    user_site.mkdir(parents=True)
    (home / ".netrc").write_text("default login stolen password stolen\n")
    (user_site / "trap.pth").write_text(trap)
    (user_site / "usercustomize.py").write_text(trap)
    for name in ("json", "requests", "usercustomize", "sitecustomize", "genesis_ci", "yaml", "ssl"):
        (workspace / f"{name}.py").write_text(trap)
    hostile = {
        "PYTHONPATH": "/github/workspace",
        "PYTHONSTARTUP": "/github/workspace/json.py",
        "PYTHONHOME": "/github/workspace",
        "PYTHONINSPECT": "1",
    }
    options = ["--read-only", "--tmpfs=/tmp", "--cap-drop=NET_RAW"]
    inputs = inputs_for(genesis, "completed", output_block="block-1")
    step = github.step(inputs, *options, env=hostile)

    assert step.exit_code == 0, step.log
    assert "TRAPPED" not in step.log
    assert "Title: Web Shop - Home\nNo console errors" in step.outputs["output"]


def test_echoed_secrets_are_in_no_log_or_file(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    key, password = genesis.api_key, "hunter2-hunter2"
    variables = f"zip: {password}"
    step = github.step(inputs_for(genesis, "echo", inputs=variables, secret_inputs="zip"))

    assert step.exit_code == 0, step.log
    assert step.log.startswith(f"::add-mask::{key}\n")
    assert f"::add-mask::{password}\n" in step.log
    lines = [line for line in step.log.splitlines() if not line.startswith("::add-mask::")]
    folders = (workspace, github.temp)
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 5
    shown = "\n".join([*lines, *(path.read_text(encoding="utf-8") for path in files)])
    assert key not in shown
    assert password not in shown


def test_a_container_reaches_an_emulator_on_the_runner(
    github: GithubRunner, genesis: Genesis
) -> None:
    find_address = "docker network inspect bridge --format '{{(index .IPAM.Config 0).Gateway}}'"
    recipe = ROOT / "docs/recipes/emulator/github.yml"
    assert find_address in recipe.read_text(encoding="utf-8")
    address = subprocess.check_output(["sh", "-c", find_address], encoding="utf-8").strip()
    url = f"http://{address}:{genesis.http_port}"
    step = github.step(inputs_for(genesis, "completed", api_url=url))

    assert step.exit_code == 0, step.log
    assert "api-url: the API key and all variables are sent to" in step.log
