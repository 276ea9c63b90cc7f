"""The comment action's script, as a runner starts it; no package is downloaded."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from genesis_ci import result
from genesis_ci.models.change import Change
from tests.forges import GitHubStandIn
from tests.jobs import ROOT
from tests.reliability.answers import served
from tests.unit.forges.jobs import PULL_REQUEST, ci_of, on_github
from tests.unit.reporters.reports import RUN_URL, failed

WITHOUT_PIP = """\
#!/usr/bin/env bash
case "$*" in
  *"-m pip"*) echo "pip sees token=${GITHUB_TOKEN-none}"; exit 1 ;;
  *) exec REAL "$@" ;;
esac
"""
TREE = """\
import os, sys
sys.path[:0] = [ROOT, *filter(None, PATH)]
from genesis_ci.cli import main
sys.exit(main())
"""


def action_in(folder: Path, *, has_tree: bool) -> Path:
    """Copy the scripts; a release has the tree, too. Its packages are those of this Python."""
    for name in ("comment", "composite"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("tree"))
    if has_tree:
        (folder / "composite/tree").mkdir()
        text = TREE.replace("ROOT", repr(str(ROOT))).replace("PATH", repr(sys.path))
        (folder / "composite/tree/__main__.py").write_text(text)
    python = folder / "python3"
    python.write_text(WITHOUT_PIP.replace("REAL", sys.executable))
    python.chmod(0o755)
    return folder / "comment"


def run_step(
    folder: Path, address: str, *, has_tree: bool = True, **inputs: str
) -> "subprocess.CompletedProcess[str]":
    """Run the action's step with its defaults and these inputs, as the runner does."""
    workspace = folder / "work"
    (workspace / "genesis-results").mkdir(parents=True)
    report = failed()._replace(change=Change(), ci=ci_of(on_github()))
    (workspace / "genesis-results/result.json").write_text(result.render(report), encoding="utf-8")
    event = workspace / "event.json"
    event.write_text(json.dumps(PULL_REQUEST), encoding="utf-8")
    github = on_github(GITHUB_API_URL=address, GITHUB_EVENT_PATH=str(event))
    action = yaml.safe_load((ROOT / "comment/action.yml").read_text("utf-8"))
    [step] = action["runs"]["steps"]
    of_github = {"leg": "null", "github-token": github["GITHUB_TOKEN"]}
    defaults = {name: str(row.get("default", "")) for name, row in action["inputs"].items()}
    values = defaults | of_github | {name.replace("_", "-"): text for name, text in inputs.items()}
    environ = {
        **github,
        **({"GITHUB_EVENT_NAME": "schedule"} if values["issue"] == "true" else {}),
        "PATH": f"{folder}:{os.environ['PATH']}",
        "GITHUB_ACTION_PATH": str(action_in(folder, has_tree=has_tree)),
        "GITHUB_WORKSPACE": str(workspace),
        "RUNNER_TEMP": str(folder),
        **{
            name: values[text.removeprefix("${{ inputs.").removesuffix(" }}")]
            for name, text in step["env"].items()
        },
    }
    return subprocess.run(
        ["/bin/bash", "-c", step["run"]], env=environ, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {
            "name": 'check out\'s "name" $(id)',
            "issue": "true",
            "label": "of $(id)\nred\n",
            "report_url": "https://x.example/r",
        },
    ],
)
def test_a_release_comments_without_pip(tmp_path, inputs):
    forge = GitHubStandIn()
    with served(forge.send) as address:
        ended = run_step(tmp_path, address, leg='{"browser": "firefox"}', **inputs)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "pip" not in ended.stdout
    [body] = [one["body"] for one in forge.issues] if inputs else forge.own()
    assert inputs.get("report_url", "") in body
    labels = [each["name"] for one in forge.issues for each in one["labels"]]
    assert labels == inputs.get("label", "").splitlines()
    assert "firefox" in body


@pytest.mark.parametrize("given", [{}, {"api_url": "https://genesis.example.com"}])
def test_the_links_to_runs_are_those_of_the_given_genesis(tmp_path, given):
    forge = GitHubStandIn()
    with served(forge.send) as address:
        ended = run_step(tmp_path, address, **given)
    assert (RUN_URL in forge.own()[0]) is not given
    assert ("::notice title=genesis-ci::Links to runs are left out" in ended.stdout) is bool(given)


def test_a_step_before_the_run_says_that_it_is_running(tmp_path):
    forge = GitHubStandIn()
    with served(forge.send) as address:
        for number, only_red in enumerate(("true", "false")):
            folder = tmp_path / str(number)
            folder.mkdir()
            ended = run_step(folder, address, started="true", only_red=only_red)
            assert ended.returncode == 0, ended.stdout + ended.stderr
            assert len(forge.own()) == number
    assert "### ⏳ Running" in forge.own()[0]


@pytest.mark.parametrize(
    ("given", "words", "exit_code"),
    [
        ({}, "pull-requests: write", 7),
        ({"has_tree": False}, "pip sees token=none … or use a release, which needs neither.", 2),
        ({"issue": "yes"}, "write true or false", 2),
        ({"only_red": "yes"}, "write true or false", 2),
        ({"started": "true", "issue": "true"}, "::--started and --issue do not go together.", 2),
        ({"from": "/nowhere"}, "title=genesis-ci comment::--from", 2),
        ({"name": "x" * 101}, "--name: write 1 to 100 characters.", 2),
        ({"github_token": ""}, "GITHUB_TOKEN is empty", 2),
    ],
)
@pytest.mark.parametrize("is_strict", [False, True])
def test_only_a_strict_comment_is_red(tmp_path, given, words, exit_code, is_strict):
    forge = GitHubStandIn()
    forge.may_write = False
    with served(forge.send) as address:
        ended = run_step(tmp_path, address, **given, **({"strict": "true"} if is_strict else {}))
    assert ended.returncode == (exit_code if is_strict else 0)
    assert all(text in ended.stdout for text in words.split(" … "))
    levels = ["::error " in ended.stdout, "::warning " in ended.stdout]
    assert levels == [is_strict, not is_strict]


def test_a_runner_without_python_gets_advice(tmp_path):
    (action := action_in(tmp_path, has_tree=True)).joinpath("../python3").unlink()
    environ = {"PATH": str(tmp_path / "none"), "GITHUB_ACTION_PATH": str(action)}
    environ |= {"GITHUB_TOKEN": "x", "AS_ISSUE": ""}
    ended = subprocess.run(
        ["/bin/bash", action / "run.sh"], env=environ, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0
    assert "::warning" in ended.stdout
    assert "actions/setup-python" in ended.stdout
