"""Pipelines of several jobs with the component, run by gitlab-ci-local against the emulator."""

import pytest

from tests.e2e.gitlab.project import component
from tests.integration.previews import serving

pytestmark = pytest.mark.e2e


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
                    execution_id="$GENESIS_RESULT_EXECUTION_ID",
                    poll_interval="1",
                ),
            ],
            "after": {"stage": "deploy", "script": ['echo "told: $GENESIS_RESULT_VERDICT"']},
        },
        GENESIS_API_KEY=emulator.api_key,
    )
    assert pipeline.status("gate") == "PASS", pipeline.log
    assert "told: passed" in pipeline.log
    assert len(emulator.executions()) == 1


def test_a_gate_that_does_not_get_its_runs_id_is_red_and_triggers_nothing(project, emulator):
    pipeline = project.run(
        {
            "include": [
                component("gate", api_url=emulator.url, execution_id="$GENESIS_RESULT_EXECUTION_ID")
            ]
        },
        GENESIS_API_KEY=emulator.api_key,
    )
    assert pipeline.status("gate") == "FAIL", pipeline.log
    assert "workflow-id: it is empty" in pipeline.log
    assert emulator.executions() == []


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


CONFIG = """\
version: 1
workflows:
  - name: smoke
    workflow-id: ${WORKFLOW}
    inputs: {target_url: "${ci.branch} ${ci.change} ${ci.sha}"}
    wait-for: {url: "${PREVIEW_URL}/version", contains: "${ci.sha}", timeout: 60s}
"""
HEAD = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"


def test_a_gate_on_a_merged_result_waits_for_the_commit_under_test(project, emulator):
    """gitlab-ci-local knows no merge requests: their variables are set here as GitLab does."""

    def answer(_, seconds):
        if seconds < 2:
            return 503, {}, b""
        return 200, {}, b"f9e8d7c6" if seconds < 5 else HEAD.encode()

    project.add(".genesis-ci.yml", CONFIG)
    with serving(answer) as preview:
        pipeline = project.run(
            {"include": [component("gate", api_url=emulator.url, poll_interval="1")]},
            GENESIS_API_KEY=emulator.api_key,
            GITLAB_CI="true",
            PREVIEW_URL=preview.url,
            WORKFLOW=emulator.workflows["completed"].id,
            CI_PIPELINE_SOURCE="merge_request_event",
            CI_MERGE_REQUEST_IID="482",
            CI_MERGE_REQUEST_SOURCE_BRANCH_NAME="feature/checkout-2",
            CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main",
            CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=HEAD,
        )
    assert pipeline.status("gate") == "PASS", pipeline.log
    assert f"503, then 200 without “{HEAD}”, then 200: ready" in pipeline.log
    [run] = emulator.executions()
    assert run["triggerPayload"] == {"target_url": f"feature/checkout-2 482 {HEAD}"}
    assert emulator.api_key not in preview.sent()
