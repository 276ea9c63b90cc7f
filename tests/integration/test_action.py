"""The entrypoint of the action in the environment of a GitHub step."""

import json
import re

import pytest
from junitparser import JUnitXml

from genesis_ci.reporters.outputs import OUTPUT_NAMES
from tests.jobs import inputs_for, run_step

FILES = {"junit.xml", "summary.md", "result.json", "report.html", "genesis.env"}


@pytest.mark.parametrize(
    ("workflow", "inputs", "exit_code", "verdict", "status"),
    [
        ("completed", {}, 0, "passed", "completed"),
        ("failed", {}, 1, "failed", "failed"),
        ("review", {}, 3, "review_pending", "review_pending"),
        ("cancelled", {}, 4, "cancelled", "cancelled"),
        ("skipped", {}, 5, "skipped", "skipped"),
        ("slow", {"max_wait_time": "20s"}, 6, "timed_out", "running"),
        ("slow", {"wait": "false"}, 0, "triggered", ""),
        ("review", {"on_review_pending": "pass"}, 0, "passed", "review_pending"),
    ],
)
def test_each_verdict_has_its_exit_code_outputs_and_reports(
    emulator, tmp_path, workflow, inputs, exit_code, verdict, status
):
    step = run_step(tmp_path, inputs_for(emulator, workflow, **inputs))
    assert step.exit_code == exit_code, step.log
    assert set(step.outputs) == set(OUTPUT_NAMES)
    assert (step.outputs["verdict"], step.outputs["status"]) == (verdict, status)
    assert step.outputs["exit-code"] == str(exit_code)
    assert step.outputs["execution-id"] == emulator.executions()[0]["id"]
    assert {path.name for path in (step.workspace / "genesis-results").iterdir()} == FILES
    assert ("::error " in step.log) is (exit_code != 0)
    assert f"exit-code={exit_code}" in step.log.splitlines()[-1]
    suites = JUnitXml.fromstring(step.report("junit.xml").encode())
    assert bool(sum(s.failures + s.errors for s in suites)) is (exit_code != 0)
    assert step.summary == step.report("summary.md")


def test_the_key_is_in_no_log_output_summary_or_report(emulator, tmp_path):
    step = run_step(tmp_path, inputs_for(emulator, "failed"))
    [first, *rest] = step.log.splitlines()
    assert first == f"::add-mask::{emulator.api_key}"
    assert emulator.api_key not in step.everything().replace(first, "")
    assert rest


def test_context_variables_reach_the_server_unchanged(emulator, tmp_path):
    written = "{ver: 1.10, on: yes, n: null, zip: 007, j: 1}"
    step = run_step(tmp_path, inputs_for(emulator, "echo", inputs=written))
    assert step.exit_code == 0, step.log
    [execution] = emulator.executions()
    assert execution["triggerPayload"] == {
        "ver": "1.10", "on": "yes", "n": "null", "zip": "007", "j": "1"
    }  # fmt: skip


def test_the_user_agent_has_version_and_ci_system(emulator, tmp_path):
    run_step(tmp_path, inputs_for(emulator, "completed"))
    agents = {request["headers"]["user-agent"] for request in emulator.requests()}
    assert len(agents) == 1
    assert re.fullmatch(r"genesis-ci/\d+\.\d+\.\d+ \(github\)", agents.pop())


BAD = {
    "an empty key": {"api_key": ""},
    "a key with a line break": {"api_key": "gk_abc\ndef"},
    "a bad UUID": {"workflow_id": "6f9619ff-8b86-4d01-b42d"},
    "a URL of another origin": {
        "workflow_id": "https://evil.example/api/workflows/"
        "6f9619ff-8b86-4d01-b42d-00c04fc964ff/trigger"
    },
    "a list": {"inputs": "tags: [a, b]"},
    "a nested value": {"inputs": "a:\n  b: c"},
    "a duplicate key": {"inputs": "a: 1\na: 2"},
    "an unknown choice": {"on_cancelled": "maybe"},
    "a time in words": {"max_wait_time": "soon"},
    "a directory outside the workspace": {"report_dir": "../x"},
}


@pytest.mark.parametrize("inputs", BAD.values(), ids=BAD)
def test_a_bad_input_exits_2_with_message_and_reports(emulator, tmp_path, inputs):
    [name] = inputs
    step = run_step(tmp_path, inputs_for(emulator, "completed", **inputs))
    assert step.exit_code == 2
    assert emulator.requests() == []
    [error] = [line for line in step.log.splitlines() if line.startswith("::error ")]
    assert f"::{name.replace('_', '-')}: " in error
    assert re.search("(?i)write |drop |lets those pass", error)
    assert step.outputs["verdict"] == "error"
    assert json.loads(step.report("result.json"))["problems"]
    assert not (tmp_path / "x").exists()
    assert step.summary


def test_all_bad_inputs_are_reported_at_once(emulator, tmp_path):
    step = run_step(
        tmp_path, inputs_for(emulator, "completed", max_wait_time="soon", wait="maybe", api_key="")
    )
    assert step.log.count("::error ") == 3
    assert "forks" in step.log


def test_a_missing_key_that_is_skipped_is_green_and_reported(emulator, tmp_path):
    step = run_step(tmp_path, inputs_for(emulator, "completed", api_key="", missing_key="skip"))
    assert step.exit_code == 0
    assert "::notice " in step.log
    assert step.outputs["verdict"] == "not_run"
    assert "<skipped" in step.report("junit.xml")
    assert "no API key" in step.summary.replace("&#32;", " ")
    assert emulator.requests() == []


def test_the_action_ignores_the_environment_of_the_job(emulator, tmp_path, monkeypatch):
    monkeypatch.setenv("GENESIS_WORKFLOW_ID", emulator.workflows["completed"].id)
    step = run_step(tmp_path, inputs_for(emulator, "completed", workflow_id=""))
    assert step.exit_code == 2


@pytest.mark.parametrize(
    ("workflow", "message"),
    [
        ("api-off", "Workflow template not found or API access not enabled"),
        ("no-project", "Workflow template must belong to a project"),
        ("project-gone", "Project not found"),
        ("unknown variable", "Unexpected fields in payload"),
        ("wrong key", "Invalid API key"),
    ],
)
def test_a_refusal_is_reported_and_not_retried(emulator, tmp_path, workflow, message):
    wrong = {
        "unknown variable": {"inputs": "colour: red"},
        "wrong key": {"api_key": "gk_wrong_key"},
    }.get(workflow)
    step = run_step(
        tmp_path, inputs_for(emulator, "completed" if wrong else workflow, **(wrong or {}))
    )
    assert step.exit_code == 7
    assert step.outputs["verdict"] == "rejected"
    assert message in step.log
    assert sum(request["method"] == "POST" for request in emulator.requests()) == 1
