"""One job with the component, run by gitlab-ci-local against the emulator."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from genesis_emulator import Emulator
from tests.e2e.gitlab.project import SHELL, Pipeline, Project, component

pytestmark = pytest.mark.e2e


def run_component(project: Project, emulator: Emulator, workflow: str, **inputs) -> Pipeline:
    given = {"api_url": emulator.url, "workflow_id": emulator.workflows[workflow].id, **inputs}
    pipeline = {"include": [component("smoke", poll_interval="1", **given)]}
    return project.run(pipeline, GENESIS_API_KEY=emulator.api_key, GITLAB_CI="true")


def test_an_empty_key_says_why(project, emulator):
    given = {"api_url": emulator.url, "workflow_id": emulator.workflows["completed"].id}
    pipeline = project.run({"include": [component("smoke", **given)]}, GITLAB_CI="true")
    assert pipeline.status("smoke") == "FAIL"
    assert "protected variable" in pipeline.log


def test_the_expanded_configuration_is_valid_for_gitlab(client, tmp_path):
    project = Project(tmp_path / "project", client, SHELL)
    expanded: Path = tmp_path / "expanded.yml"
    expanded.write_text(project.expanded({"include": [component("smoke", workflow_id="x")]}))
    checked = subprocess.run(
        [
            sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci",
            "--data-transform", "gitlab-ci", "--output-format", "json", str(expanded),
        ],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert json.loads(checked.stdout)["status"] == "ok", checked.stdout


def test_variables_reach_genesis_as_they_were_written(project, emulator):
    inputs = '{"target_url": "\\"a\\\\d+\\" # it\'s", "zip": "007", "n": 1.10}'
    pipeline = run_component(project, emulator, "echo", inputs=inputs)
    assert pipeline.status("smoke") == "PASS", pipeline.log
    [run] = emulator.executions()
    assert run["triggerPayload"] == {"target_url": '"a\\d+" # it\'s', "zip": "007", "n": "1.10"}


def test_variables_of_several_lines_go_into_the_jobs_own_variables(project, emulator):
    """As docs/gitlab.md shows it: the pipeline's job of the same name is merged with ours."""
    given = {"api_url": emulator.url, "workflow_id": emulator.workflows["echo"].id}
    pipeline = project.run(
        {
            "include": [component("smoke", poll_interval="1", **given)],
            "smoke": {"variables": {"GENESIS_INPUTS": "target_url: firefox\nn: 1.10\n"}},
        },
        GENESIS_API_KEY=emulator.api_key,
    )
    assert pipeline.status("smoke") == "PASS", pipeline.log
    [run] = emulator.executions()
    assert run["triggerPayload"] == {"target_url": "firefox", "n": "1.10"}
