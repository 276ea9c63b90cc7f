"""The GitLab component, run by gitlab-ci-local against the emulator."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from genesis_ci.emulator.server import Emulator
from tests.e2e.conftest import unavailable
from tests.e2e.docker import script
from tests.e2e.gitlab import Pipeline, Project, component

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="session")
def client(tmp_path_factory) -> str:
    if not (shutil.which("npm") and shutil.which("git")):
        unavailable("NOT TESTED: the GitLab component needs npm and git")
    done = script("gitlab_ci_local.sh", str(tmp_path_factory.mktemp("gitlab-ci-local")))
    if done.returncode != 0:
        unavailable(f"NOT TESTED: gitlab-ci-local cannot be installed: {done.stderr[-300:]}")
    return done.stdout.strip()


@pytest.fixture
def project(client, tmp_path) -> Project:
    return Project(tmp_path / "project", client)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(speed=20) as running:
        yield running


def run_component(project: Project, emulator: Emulator, workflow: str, **inputs) -> Pipeline:
    given = {"api_url": emulator.url, "workflow_id": emulator.workflows[workflow].id, **inputs}
    pipeline = {"include": [component("smoke", poll_interval="1", **given)]}
    return project.run(pipeline, GENESIS_API_KEY=emulator.api_key, GITLAB_CI="true")


@pytest.mark.parametrize(
    ("workflow", "inputs", "status", "code"),
    [
        ("completed", {}, "PASS", 0),
        ("failed", {}, "FAIL", 1),
        ("review", {"allow_failure_exit_codes": [3]}, "WARN", 3),
        ("review", {}, "FAIL", 3),
        ("completed", {"max_wait_time": "soon"}, "FAIL", 2),
    ],
)
def test_each_exit_code_shows_as_it_should(project, emulator, workflow, inputs, status, code):
    pipeline = run_component(project, emulator, workflow, **inputs)
    print(pipeline.log)
    assert pipeline.status("smoke") == status, pipeline.log
    assert f"exit-code={code}" in pipeline.log
    for name in ("junit.xml", "report.html", "result.json", "genesis.env", "annotations.json"):
        assert pipeline.artifact("smoke", f"genesis-results/{name}").exists()


def test_the_component_can_stand_twice_under_different_names(project, emulator):
    inputs = {"api_url": emulator.url, "poll_interval": "1"}
    workflows = emulator.workflows
    pipeline = project.run(
        {
            "include": [
                component("one", workflow_id=workflows["completed"].id, **inputs),
                component("two", workflow_id=workflows["failed"].id, stage="deploy", **inputs),
            ]
        },
        GENESIS_API_KEY=emulator.api_key,
    )
    assert (pipeline.status("one"), pipeline.status("two")) == ("PASS", "FAIL"), pipeline.log
    assert len(emulator.executions()) == 2


def test_the_verdict_reaches_the_next_job_and_a_waiting_job_attaches(project, emulator):
    workflow = emulator.workflows["completed"].id
    pipeline = project.run(
        {
            "include": [
                component(
                    "start", workflow_id=workflow, api_url=emulator.url, wait="false", stage="build"
                ),
                component(
                    "gate",
                    api_url=emulator.url,
                    execution_id="$GENESIS_EXECUTION_ID",
                    poll_interval="1",
                ),
            ],
            "after": {"stage": "deploy", "script": ['echo "told: $GENESIS_VERDICT"']},
        },
        GENESIS_API_KEY=emulator.api_key,
    )
    assert pipeline.status("gate") == "PASS", pipeline.log
    assert "told: passed" in pipeline.log
    assert len(emulator.executions()) == 1


def test_a_job_after_another_triggers_its_own_run(project, emulator):
    inputs = {"api_url": emulator.url, "workflow_id": emulator.workflows["completed"].id}
    project.run(
        {
            "include": [
                component("first", stage="build", poll_interval="1", **inputs),
                component("second", stage="test", poll_interval="1", **inputs),
            ]
        },
        GENESIS_API_KEY=emulator.api_key,
    )
    assert len(emulator.executions()) == 2


def test_a_log_has_only_our_own_sections_and_never_the_key(project, emulator):
    pipeline = run_component(project, emulator, "failed")
    names = re.findall(r"section_start:\d+:([^\[\r]+)", pipeline.raw_log)
    assert [name for name in names if not name.startswith("genesis_")] == []
    assert emulator.api_key not in pipeline.raw_log


def test_an_empty_key_says_why(project, emulator):
    given = {"api_url": emulator.url, "workflow_id": emulator.workflows["completed"].id}
    pipeline = project.run({"include": [component("smoke", **given)]}, GITLAB_CI="true")
    assert pipeline.status("smoke") == "FAIL"
    assert "protected variable" in pipeline.log


def test_the_expanded_configuration_is_valid_for_gitlab(project, tmp_path):
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
