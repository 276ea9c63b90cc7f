"""The action among hostile files and with secrets, run as GitHub's runner runs it."""

from pathlib import Path

import pytest

from tests.e2e.action_step import inputs_of
from tests.e2e.genesis import Genesis
from tests.e2e.github_runner import GithubRunner

pytestmark = pytest.mark.e2e


def files_below(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


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

    step = github.step(inputs_of(genesis, "completed"), env=hostile)

    assert step.exit_code == 0, step.log
    assert "TRAPPED" not in step.log


def test_nothing_but_the_workspace_is_written(github: GithubRunner, genesis: Genesis) -> None:
    step = github.step(
        inputs_of(genesis, "completed"),
        options=["--read-only", "--tmpfs", "/tmp", "--cap-drop", "NET_RAW"],
    )

    assert step.exit_code == 0, step.log


def test_the_api_key_is_in_no_output_log_or_file_even_if_the_server_echoes_it(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    key = genesis.api_key
    step = github.step(inputs_of(genesis, "echo", inputs=f"target_url: https://x.example/?k={key}"))

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
        inputs_of(genesis, "echo", inputs="target_url: hunter2-hunter2", secret_inputs="target_url")
    )

    assert step.exit_code == 0, step.log
    assert "hunter2-hunter2" in step.masked
    written = files_below(workspace, github.temp)
    assert [path for path in written if b"hunter2-hunter2" in path.read_bytes()] == []
