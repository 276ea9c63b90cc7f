"""`genesis-ci show` as a command: which files it reads."""

import pytest

from genesis_ci import result
from tests.jobs import run_command
from tests.unit.reporters.reports import failed


def test_show_needs_no_key_and_no_connection(tmp_path):
    (tmp_path / "genesis-results").mkdir()
    text = result.render(failed())
    (tmp_path / "genesis-results/result.json").write_text(text, encoding="utf-8")
    ended = run_command(tmp_path, "show", GITHUB_ACTIONS="true", GENESIS_WORKFLOW="x")
    assert ended.exit_code == 1
    assert "### ❌ Failed: checkout smoke\n" in ended.log
    assert "did you mean GENESIS_WORKFLOW_ID?" in ended.log


@pytest.mark.parametrize("path", ["none", "link", "../x"])
def test_show_refuses_what_is_no_file_of_the_workspace(tmp_path, path):
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (tmp_path / "x").write_text(result.render(failed()), encoding="utf-8")
    (workspace / "link").symlink_to(tmp_path / "x")
    ended = run_command(workspace, "show", path)
    assert ended.exit_code == 2
    assert ended.log.startswith(f"ERROR: genesis-ci show: {path}: ")
    assert ended.log.count("\n") == 1
