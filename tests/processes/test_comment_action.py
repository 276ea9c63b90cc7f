"""The comment action's script, as a runner starts it; no package is downloaded."""

import os
import subprocess
import sys

import pytest
import yaml

from tests.forges import GitHubStandIn, served
from tests.integration.jobs.test_comment import FILE, failed, github, workspace_with
from tests.jobs import ROOT

FAKE_PYTHON = """\
#!/usr/bin/env bash
# Replaces python: copies itself into the venv, installs nothing, runs the real one.
case "$*" in
  *"-m venv"*) mkdir -p "${!#}/bin"; cp "$0" "${!#}/bin/python" ;;
  *"-m pip"*) echo "pip sees token=${GITHUB_TOKEN-none}" ;;
  *sysconfig*) printf %s "$RUNNER_TEMP" ;;
  *) exec REAL "$@" ;;
esac
"""


def run(environ: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["/bin/bash", *arguments], env=environ, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["", 'check out\'s "name" $(id)'])
def test_the_action_installs_without_the_token(tmp_path, name):
    forge = GitHubStandIn()
    workspace = workspace_with(tmp_path / "work", failed())
    python = tmp_path / "python3"
    python.write_text(FAKE_PYTHON.replace("REAL", sys.executable))
    python.chmod(0o755)
    step = yaml.safe_load((ROOT / "comment/action.yml").read_text("utf-8"))["runs"]["steps"][0]
    with served(forge.send) as address:
        environ = {
            **github(workspace, address),
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "GITHUB_ACTION_PATH": str(ROOT / "comment"),
            "GITHUB_WORKSPACE": str(workspace),
            "RUNNER_TEMP": str(tmp_path),
            "RESULT_FILE": FILE,
            "COMMENT_NAME": name,
        }
        assert {*step["env"]} <= {*environ}
        ended = run(environ, "-c", step["run"])
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "pip sees token=none" in ended.stdout
    assert len(forge.own()) == 1


def test_a_runner_without_python_gets_advice(tmp_path):
    action = str(ROOT / "comment")
    environ = {"PATH": str(tmp_path), "GITHUB_ACTION_PATH": action, "GITHUB_TOKEN": "x"}
    ended = run(environ, f"{action}/run.sh")
    assert ended.returncode == 2
    assert "actions/setup-python" in ended.stdout
