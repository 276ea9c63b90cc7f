"""The image, run as GitHub's runner runs it, against an emulated Genesis over https."""

import os
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.e2e.docker import build, copy_of_the_action, docker
from tests.e2e.genesis import URL, Genesis
from tests.e2e.github_runner import GithubRunner, Step

pytestmark = pytest.mark.e2e

OUTPUTS = {
    "execution-id", "status", "verdict", "exit-code", "output", "results", "report-dir",
    "junit-path",
}  # fmt: skip
TRIGGERED = "riggered"


def run(genesis: Genesis, workflow: str, **inputs: str) -> dict[str, str]:
    """The inputs of a step that runs the built-in scenario's workflow of that name."""
    named = {name.replace("_", "-"): value for name, value in inputs.items()}
    return {
        "api-key": genesis.api_key,
        "api-url": URL,
        "workflow-id": genesis.workflow(workflow),
        **named,
    }


def junit_counts(workspace: Path, step: Step) -> dict[str, int]:
    root = ET.parse(workspace / step.outputs["junit-path"]).getroot()  # noqa: S314
    return {kind: len(root.findall(f".//{kind}")) for kind in ("failure", "error", "skipped")}


def files_below(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("workflow", "exit_code", "verdict", "red"),
    [
        ("completed", 0, "passed", set()),
        ("failed", 1, "failed", {"failure"}),
        ("review", 3, "review_pending", {"error"}),
        ("cancelled", 4, "cancelled", {"error"}),
        ("skipped", 5, "skipped", {"error"}),
    ],
)
def test_every_end_of_a_run_gives_its_exit_code_outputs_and_reports(
    github: GithubRunner,
    genesis: Genesis,
    workspace: Path,
    workflow: str,
    exit_code: int,
    verdict: str,
    red: set[str],
) -> None:
    step = github.step(run(genesis, workflow))

    assert step.exit_code == exit_code, step.log
    assert step.outputs.keys() == OUTPUTS
    assert step.outputs["verdict"] == verdict
    assert step.outputs["exit-code"] == str(exit_code)
    assert step.outputs["execution-id"] == genesis.executions()[0]["id"]
    counts = junit_counts(workspace, step)
    assert {kind for kind in ("failure", "error") if counts[kind]} == red
    assert workflow in step.summary
    assert bool(step.errors) == (exit_code != 0)
    last = step.log.rstrip().splitlines()[-1]
    assert verdict in last
    assert step.outputs["execution-id"] in last


def test_a_run_that_does_not_end_in_time_is_timed_out_and_says_how_to_attach(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    step = github.step(run(genesis, "slow", max_wait_time="2"))

    assert step.exit_code == 6, step.log
    assert step.outputs["verdict"] == "timed_out"
    assert step.outputs["execution-id"] in step.log
    assert junit_counts(workspace, step)["error"]


def test_bad_input_is_reported_all_at_once_and_triggers_nothing(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    inputs = {"inputs": "a: [1]", "max-wait-time": "soon", "workflow-id": "nonsense"}
    step = github.step({**run(genesis, "completed"), **inputs})

    assert step.exit_code == 2, step.log
    for name in inputs:
        assert any(name in error for error in step.errors), name
    assert genesis.executions() == []
    assert step.outputs["verdict"] == "error"
    assert junit_counts(workspace, step)["error"]


def test_context_variables_arrive_as_the_strings_that_were_written(
    github: GithubRunner, genesis: Genesis
) -> None:
    step = github.step(run(genesis, "echo", inputs="{ver: 1.10, on: yes, n: null, zip: 007, j: 1}"))

    assert step.exit_code == 0, step.log
    (execution,) = genesis.executions()
    assert execution["triggerPayload"] == {
        "ver": "1.10", "on": "yes", "n": "null", "zip": "007", "j": "1",
    }  # fmt: skip


def test_an_output_of_several_lines_reaches_later_steps_whole(
    github: GithubRunner, genesis: Genesis
) -> None:
    step = github.step(run(genesis, "completed", output_block="block-1"))

    assert "Title: Web Shop - Home\nNo console errors" in step.outputs["output"]


def test_what_a_hostile_workspace_holds_is_never_imported(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    trap = "import os; os.write(2, b'TRAPPED'); os._exit(99)\n"
    for name in ("json", "requests", "usercustomize", "sitecustomize", "genesis_ci", "yaml", "ssl"):
        (workspace / f"{name}.py").write_text(trap)
    home = github.temp / "_github_home"
    user_site = home / ".local/lib/python3.13/site-packages"
    user_site.mkdir(parents=True)
    (user_site / "usercustomize.py").write_text(trap)
    (user_site / "trap.pth").write_text(trap)
    (home / ".netrc").write_text("default login stolen password stolen\n")
    hostile = {
        "PYTHONPATH": "/github/workspace",
        "PYTHONSTARTUP": "/github/workspace/json.py",
        "PYTHONHOME": "/github/workspace",
        "PYTHONINSPECT": "1",
    }

    step = github.step(run(genesis, "completed"), env=hostile)

    assert step.exit_code == 0, step.log
    assert "TRAPPED" not in step.log


def test_the_reports_belong_to_the_owner_of_the_workspace(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    step = github.step(run(genesis, "failed", report_dir="reports/genesis"))

    assert step.outputs["report-dir"] == "reports/genesis"
    written = list(workspace.rglob("*"))
    assert {path.name for path in written} >= {"junit.xml", "summary.md", "result.json"}
    owner = workspace.stat()
    assert {(p.lstat().st_uid, p.lstat().st_gid) for p in written} == {(owner.st_uid, owner.st_gid)}


def test_paths_in_outputs_are_relative_to_the_workspace(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    step = github.step(run(genesis, "completed"))

    for name in ("report-dir", "junit-path"):
        assert not Path(step.outputs[name]).is_absolute()
        assert (workspace / step.outputs[name]).exists()


def test_a_cancelled_job_ends_in_time_with_its_evidence(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    step = github.step(run(genesis, "slow"), cancel_at=TRIGGERED)

    assert step.exit_code == 130, step.log
    assert step.seconds_after_cancel is not None
    assert step.seconds_after_cancel < 4
    assert_interrupted(step, genesis, workspace)


def test_sigterm_to_process_1_ends_it_in_time_with_its_evidence(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    name = f"genesis-ci-e2e-{os.getpid()}-sigterm"
    killed_at: list[float] = []

    def kill_when_triggered() -> None:
        while not genesis.executions():
            time.sleep(0.1)
        killed_at.append(time.monotonic())
        docker("kill", "--signal", "TERM", name)

    killer = threading.Thread(target=kill_when_triggered)
    killer.start()
    step = github.step(run(genesis, "slow"), options=["--name", name])
    ended_at = time.monotonic()
    killer.join()

    assert step.exit_code == 143, step.log
    assert ended_at - killed_at[0] < 4
    assert_interrupted(step, genesis, workspace)


def assert_interrupted(step: Step, genesis: Genesis, workspace: Path) -> None:
    assert step.outputs.keys() == OUTPUTS
    assert step.outputs["verdict"] == "interrupted"
    assert step.outputs["execution-id"] == genesis.executions()[0]["id"]
    assert step.outputs["exit-code"] == str(step.exit_code)
    assert junit_counts(workspace, step)["error"]
    assert step.summary


def test_nothing_but_the_workspace_is_written(github: GithubRunner, genesis: Genesis) -> None:
    step = github.step(
        run(genesis, "completed"),
        options=["--read-only", "--tmpfs", "/tmp", "--cap-drop", "NET_RAW"],
    )

    assert step.exit_code == 0, step.log


def test_the_api_key_is_in_no_output_log_or_file_even_if_the_server_echoes_it(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    key = genesis.api_key
    step = github.step(run(genesis, "echo", inputs=f"target_url: https://x.example/?k={key}"))

    assert step.exit_code == 0, step.log
    assert genesis.executions()[0]["triggerPayload"]["target_url"].endswith(key)
    assert step.log.startswith(f"::add-mask::{key}\n")
    unmasked = [line for line in step.log.splitlines() if not line.startswith("::add-mask::")]
    assert key not in "\n".join(unmasked)
    written = files_below(workspace, github.temp)
    assert len(written) > 5
    assert [path for path in written if key.encode() in path.read_bytes()] == []


def test_secret_variables_are_masked_and_redacted_everywhere(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    step = github.step(
        run(genesis, "echo", inputs="target_url: hunter2-hunter2", secret_inputs="target_url")
    )

    assert step.exit_code == 0, step.log
    assert "hunter2-hunter2" in step.masked
    written = files_below(workspace, github.temp)
    assert [path for path in written if b"hunter2-hunter2" in path.read_bytes()] == []


def test_a_missing_key_can_be_a_skip_that_is_green_and_says_so(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    step = github.step({**run(genesis, "completed", missing_key="skip"), "api-key": ""})

    assert step.exit_code == 0, step.log
    assert step.outputs["verdict"] == "not_run"
    assert junit_counts(workspace, step) == {"failure": 0, "error": 0, "skipped": 1}
    assert "key" in step.summary


def command_line(
    image: str, *arguments: str, options: list[str], env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    names = [word for name in env or {} for word in ("-e", name)]
    return subprocess.run(
        ["docker", "run", "--rm", *names, *options, image, *arguments],
        check=False,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **(env or {})},
    )


def test_the_image_is_the_command_line_too_for_any_user_in_any_directory(
    image: str, genesis: Genesis, network: str, tmp_path: Path
) -> None:
    tmp_path.chmod(0o777)
    certificates = tmp_path / "authority.pem"
    certificates.write_bytes(genesis.certificates.read_bytes())
    certificates.chmod(0o644)
    done = command_line(
        image,
        "run",
        "--workflow-id",
        genesis.workflow("failed"),
        options=[
            "--user=4711:4711",
            "--network",
            network,
            "--read-only",
            f"--volume={tmp_path}:/srv/job",
            "--workdir=/srv/job",
        ],
        env={
            "GENESIS_API_KEY": genesis.api_key,
            "GENESIS_API_URL": URL,
            "REQUESTS_CA_BUNDLE": "/srv/job/authority.pem",
        },
    )

    assert done.returncode == 1, done.stdout + done.stderr
    assert (tmp_path / "genesis-results" / "junit.xml").exists()


def test_a_gitlab_runner_gets_its_shell_and_finds_the_command_there(image: str) -> None:
    """The runner starts `sh -c …` under the image's entrypoint and sends the script to it."""
    done = subprocess.run(
        ["docker", "run", "--rm", "-i", image, "sh", "-c", "exec bash"],
        check=False,
        capture_output=True,
        encoding="utf-8",
        input="set -eu; cd /tmp; export PYTHONPATH=/tmp\n"
        "echo 'import os; os._exit(99)' >json.py\ngenesis-ci --version\n",
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("genesis-ci ")


@pytest.mark.parametrize("module", ["pip", "setuptools", "ensurepip._bundled"])
def test_the_image_holds_no_installer(image: str, module: str) -> None:
    found = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is not None)"
    for python in ("python", "/opt/genesis-ci/bin/python"):
        done = command_line(image, "-c", found, options=["--entrypoint", python])
        assert done.returncode == (1 if "No module" in done.stderr else 0), done.stderr


def test_the_image_names_no_user_and_starts_python_isolated_without_a_shell(image: str) -> None:
    shape = docker("inspect", "-f", "{{json .Config.Entrypoint}} {{.Config.User}}|", image)

    assert shape == ('["/opt/genesis-ci/bin/python","-I","-u","/opt/genesis-ci/entrypoint.py"] |')


def test_both_builders_put_the_same_bytes_into_the_image(engine: None, tmp_path: Path) -> None:
    source = copy_of_the_action(tmp_path)
    listing = "cd /opt/genesis-ci && find . -type f -exec sha256sum {} + | sort -k 2"
    classic, buildx = (
        command_line(
            build(f"genesis-ci:e2e-{name}", source, classic=name == "classic"),
            "-c",
            listing,
            options=["--entrypoint", "sh"],
        ).stdout
        for name in ("classic", "buildx")
    )

    assert len(classic.splitlines()) > 100
    assert classic == buildx
