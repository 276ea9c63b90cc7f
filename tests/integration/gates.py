"""Runs the real program with a config file and an emulator."""

from pathlib import Path

from genesis_emulator import Emulator
from tests.jobs import Ended, run_command

CONFIG = """\
version: 1
defaults:
  inputs:
    target_url: ${PREVIEW_URL}
workflows:
  - name: passes
    workflow-id: {completed}
  - name: fails
    workflow-id: {failed}
    required: false
  - name: in review
    workflow-id: {review}
    on-review-pending: pass
  - name: first turn
    workflow-id: {cancel-previous}
    concurrency-policy: cancel-previous
  - name: second turn
    workflow-id: {cancel-previous}
    concurrency-policy: cancel-previous
"""


def written(workspace: Path, emulator: Emulator, text: str) -> Path:
    """Write a config whose `{name}`s are workflows of the emulator."""
    for name, workflow in emulator.workflows.items():
        text = text.replace(f"{{{name}}}", workflow.id)
    workspace.mkdir(exist_ok=True)
    (workspace / ".genesis-ci.yml").write_text(text, encoding="utf-8")
    return workspace


def job_environment(emulator: Emulator, **env: str) -> dict[str, str]:
    return {
        "GENESIS_API_KEY": emulator.api_key,
        "GENESIS_API_URL": emulator.url,
        "GENESIS_POLL_INTERVAL": "1",
        "PREVIEW_URL": "https://preview.example.com",
        **env,
    }


def gate(emulator: Emulator, workspace: Path, verb: str = "run", *argv: str, **env: str) -> Ended:
    return run_command(workspace, verb, *argv, **job_environment(emulator, **env))
