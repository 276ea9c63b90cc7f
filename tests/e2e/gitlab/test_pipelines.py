"""Pipelines of several jobs with the component, run by gitlab-ci-local with the emulator."""

import pytest

from tests.e2e.gitlab.project import component
from tests.integration.previews import serving

pytestmark = pytest.mark.e2e


EARLIER = "$GENESIS_RESULT_EXECUTION_ID"


def test_a_later_job_attaches_and_gets_the_verdict(project, emulator):
    start = component(emulator, "start", "completed", wait="false", stage="build")
    gate = component(emulator, "gate", execution_id=EARLIER)
    after = {"stage": "deploy", "script": ['echo "verdict: $GENESIS_RESULT_VERDICT"']}
    pipeline = project.run(emulator, start, gate, jobs={"after": after})
    assert pipeline.status("gate") == "PASS", pipeline.log
    assert "verdict: passed" in pipeline.log
    assert len(emulator.executions()) == 1


def test_a_gate_without_an_execution_id_triggers_nothing(project, emulator):
    pipeline = project.run(emulator, component(emulator, "gate", execution_id=EARLIER))
    assert pipeline.status("gate") == "FAIL", pipeline.log
    assert "workflow-id: it is empty" in pipeline.log
    assert emulator.executions() == []


def test_a_second_job_triggers_its_own_run(project, emulator):
    first = component(emulator, "first", "completed", stage="build")
    second = component(emulator, "second", "completed", stage="test")
    project.run(emulator, first, second)
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


def test_a_gate_on_a_merged_result_waits_for_its_commit(project, emulator):
    """gitlab-ci-local has no merge requests, so the test sets their variables."""

    def answer(_, seconds):
        if seconds < 2:
            return 503, {}, b""
        return 200, {}, b"f9e8d7c6" if seconds < 5 else HEAD.encode()

    project.add(".genesis-ci.yml", CONFIG)
    with serving(answer) as preview:
        pipeline = project.run(
            emulator,
            component(emulator, "gate"),
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
