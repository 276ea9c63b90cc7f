"""The comment action's script, as a runner starts it; no package is downloaded."""

import os
import subprocess
import sys

import pytest
import yaml

from genesis_ci.models.change import Change
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


@pytest.mark.parametrize(
    ("name", "issue", "report_url"),
    [("", "", ""), ('check out\'s "name" $(id)', "true", "https://x.example/r")],
)
def test_the_action_installs_without_the_token(tmp_path, name, issue, report_url):
    forge = GitHubStandIn()
    workspace = workspace_with(tmp_path / "work", failed()._replace(change=Change()))
    python = tmp_path / "python3"
    python.write_text(FAKE_PYTHON.replace("REAL", sys.executable))
    python.chmod(0o755)
    step = yaml.safe_load((ROOT / "comment/action.yml").read_text("utf-8"))["runs"]["steps"][0]
    with served(forge.send) as address:
        environ = {
            **github(workspace, address),
            **({"GITHUB_EVENT_NAME": "schedule"} if issue else {}),
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "GITHUB_ACTION_PATH": str(ROOT / "comment"),
            "GITHUB_WORKSPACE": str(workspace),
            "RUNNER_TEMP": str(tmp_path),
            "RESULT_FILE": FILE,
            "COMMENT_NAME": name,
            "AS_ISSUE": issue,
            "REPORT_URL": report_url,
        }
        assert {*step["env"]} <= {*environ}
        ended = run(environ, "-c", step["run"])
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "pip sees token=none" in ended.stdout
    [body] = [one["body"] for one in forge.issues] if issue else forge.own()
    assert report_url in body


@pytest.mark.parametrize(
    ("issue", "advice"), [("false", "actions/setup-python"), ("yes", "issue: write true or false.")]
)
def test_a_missing_python_and_a_malformed_input_get_advice(tmp_path, issue, advice):
    action = str(ROOT / "comment")
    environ = {
        "PATH": str(tmp_path), "GITHUB_ACTION_PATH": action, "GITHUB_TOKEN": "x", "AS_ISSUE": issue
    }  # fmt: skip
    ended = run(environ, f"{action}/run.sh")
    assert ended.returncode == 2
    assert advice in ended.stdout
