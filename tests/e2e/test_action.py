"""The image, run as GitHub's runner runs it, with an emulated Genesis over https.

tests/integration/test_action.py tests the other inputs and verdicts without an image.
"""

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
    ],
)
def test_a_run_has_its_exit_code_outputs_and_reports(
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
    for name in ("report-dir", "junit-path"):
        assert not Path(step.outputs[name]).is_absolute()
        assert (workspace / step.outputs[name]).exists()
    counts = junit_counts(workspace, step)
    assert {kind for kind in ("failure", "error") if counts[kind]} == red
    assert workflow in step.summary
    assert bool(step.errors) == (exit_code != 0)
    last = step.log.rstrip().splitlines()[-1]
    assert verdict in last
    assert step.outputs["execution-id"] in last


def test_an_output_of_several_lines_reaches_later_steps(
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
