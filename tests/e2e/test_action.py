"""The image, run as GitHub's runner runs it, against an emulated Genesis over https."""

from pathlib import Path

import pytest

from tests.e2e.action_step import OUTPUTS, inputs_of, junit_counts
from tests.e2e.genesis import Genesis
from tests.e2e.github_runner import GithubRunner

pytestmark = pytest.mark.e2e


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
    step = github.step(inputs_of(genesis, workflow))

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
    step = github.step(inputs_of(genesis, "slow", max_wait_time="2"))

    assert step.exit_code == 6, step.log
    assert step.outputs["verdict"] == "timed_out"
    assert step.outputs["execution-id"] in step.log
    assert junit_counts(workspace, step)["error"]


def test_bad_input_is_reported_all_at_once_and_triggers_nothing(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    inputs = {"inputs": "a: [1]", "max-wait-time": "soon", "workflow-id": "nonsense"}
    step = github.step({**inputs_of(genesis, "completed"), **inputs})

    assert step.exit_code == 2, step.log
    for name in inputs:
        assert any(name in error for error in step.errors), name
    assert genesis.executions() == []
    assert step.outputs["verdict"] == "error"
    assert junit_counts(workspace, step)["error"]


def test_context_variables_arrive_as_the_strings_that_were_written(
    github: GithubRunner, genesis: Genesis
) -> None:
    step = github.step(
        inputs_of(genesis, "echo", inputs="{ver: 1.10, on: yes, n: null, zip: 007, j: 1}")
    )

    assert step.exit_code == 0, step.log
    (execution,) = genesis.executions()
    assert execution["triggerPayload"] == {
        "ver": "1.10", "on": "yes", "n": "null", "zip": "007", "j": "1",
    }  # fmt: skip


def test_an_output_of_several_lines_reaches_later_steps_whole(
    github: GithubRunner, genesis: Genesis
) -> None:
    step = github.step(inputs_of(genesis, "completed", output_block="block-1"))

    assert "Title: Web Shop - Home\nNo console errors" in step.outputs["output"]


def test_the_reports_belong_to_the_owner_of_the_workspace(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    step = github.step(inputs_of(genesis, "failed", report_dir="reports/genesis"))

    assert step.outputs["report-dir"] == "reports/genesis"
    written = list(workspace.rglob("*"))
    assert {path.name for path in written} >= {"junit.xml", "summary.md", "result.json"}
    owner = workspace.stat()
    assert {(p.lstat().st_uid, p.lstat().st_gid) for p in written} == {(owner.st_uid, owner.st_gid)}


def test_paths_in_outputs_are_relative_to_the_workspace(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    step = github.step(inputs_of(genesis, "completed"))

    for name in ("report-dir", "junit-path"):
        assert not Path(step.outputs[name]).is_absolute()
        assert (workspace / step.outputs[name]).exists()


def test_a_missing_key_can_be_a_skip_that_is_green_and_says_so(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    step = github.step({**inputs_of(genesis, "completed", missing_key="skip"), "api-key": ""})

    assert step.exit_code == 0, step.log
    assert step.outputs["verdict"] == "not_run"
    assert junit_counts(workspace, step) == {"failure": 0, "error": 0, "skipped": 1}
    assert "key" in step.summary
