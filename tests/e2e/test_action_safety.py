"""The action with hostile files and with secrets, run as GitHub's runner runs it."""

from pathlib import Path

import pytest

from tests.e2e.action_step import inputs_of
from tests.e2e.genesis import Genesis
from tests.e2e.github_runner import GithubRunner

pytestmark = pytest.mark.e2e


def files_below(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def test_no_file_of_a_hostile_workspace_is_imported(
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


def test_the_action_writes_only_into_the_workspace(github: GithubRunner, genesis: Genesis) -> None:
    step = github.step(
        inputs_of(genesis, "completed"),
        options=["--read-only", "--tmpfs", "/tmp", "--cap-drop", "NET_RAW"],
    )

    assert step.exit_code == 0, step.log


def test_echoed_secrets_are_in_no_log_or_file(
    github: GithubRunner, genesis: Genesis, workspace: Path
) -> None:
    key = genesis.api_key
    password = "hunter2-hunter2"
    variables = f"target_url: https://x.example/?k={key}\nzip: {password}"
    step = github.step(inputs_of(genesis, "echo", inputs=variables, secret_inputs="zip"))

    assert step.exit_code == 0, step.log
    assert genesis.executions()[0]["triggerPayload"]["target_url"].endswith(key)
    assert password in step.masked
    assert step.log.startswith(f"::add-mask::{key}\n")
    unmasked = [line for line in step.log.splitlines() if not line.startswith("::add-mask::")]
    assert [line for line in unmasked if key in line or password in line] == []
    written = files_below(workspace, github.temp)
    assert len(written) > 5
    texts = [path.read_bytes() for path in written]
    assert [text for text in texts if key.encode() in text or password.encode() in text] == []
