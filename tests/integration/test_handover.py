"""What a job writes for the next one is not lost, and does not turn green by waiting."""

import re

import pytest

from genesis_emulator import Emulator
from tests.integration.gates import CONFIG, gate, job_environment, written
from tests.jobs import start_command

RESULT = "genesis-results/result.json"


def test_a_wait_attaches_to_the_run_of_a_killed_job(tmp_path):
    with Emulator(speed=2) as emulator:
        text = "version: 1\nworkflows:\n  - name: smoke\n    workflow-id: {completed}\n"
        workspace = written(tmp_path, emulator, text)
        process = start_command(workspace, "run", until="running", **job_environment(emulator))
        process.kill()
        process.communicate(timeout=10)
        waited = gate(emulator, tmp_path, "wait", "--from", RESULT)
        assert waited.exit_code == 0, waited.log
        assert list(waited.results) == ["smoke"]
        again = gate(emulator, tmp_path, "wait", emulator.executions()[0]["id"])
        assert again.exit_code == 0
        assert sum(request["method"] == "POST" for request in emulator.requests()) == 1


def test_wait_from_a_result_keeps_names_and_policies(emulator, tmp_path):
    text = CONFIG[: CONFIG.index("  - name: first turn")]
    workspace = written(tmp_path, emulator, text)
    triggered = gate(emulator, workspace, "trigger")
    assert triggered.verdicts == ["triggered"] * 3
    waited = gate(emulator, workspace, "wait", "--from", RESULT)
    assert waited.exit_code == 0, waited.log
    assert waited.verdicts == ["passed", "failed", "passed"]
    assert list(waited.results) == ["passes", "fails", "in review"]
    assert len(emulator.executions()) == 3


def suites(ended):
    return re.findall(r'<testsuite name="([^"]*)"', ended.report("junit.xml"))


@pytest.mark.parametrize("by_file", [True, False], ids=["in the config file", "as an input"])
def test_wait_names_an_unnamed_workflow_as_run_does(emulator, tmp_path, by_file):
    """With another name, GitLab would show another test suite."""
    asked = {} if by_file else {"GENESIS_WORKFLOW_ID": emulator.workflows["completed"].id}
    if by_file:
        text = "version: 1\nworkflows:\n  - workflow-id: {completed}\n"
        written(tmp_path, emulator, text)
    ran = gate(emulator, tmp_path, "run", **asked)
    assert ran.exit_code == 0, ran.log
    gate(emulator, tmp_path, "trigger", **asked)
    waited = gate(emulator, tmp_path, "wait", "--from", RESULT)
    assert waited.exit_code == 0, waited.log
    assert list(waited.results) == list(ran.results) != [emulator.workflows["completed"].id]
    assert suites(waited) == suites(ran)


def test_only_the_unknown_id_of_several_is_rejected(emulator, tmp_path):
    for workflow in ("completed", "failed"):
        triggered = gate(
            emulator, tmp_path, "trigger", GENESIS_WORKFLOW_ID=emulator.workflows[workflow].id
        )
        assert triggered.exit_code == 0
    good, bad = (run["id"] for run in emulator.executions())
    unknown = "00000000-0000-4000-8000-000000000001"
    ended = gate(emulator, tmp_path, "wait", good, unknown, bad)
    assert ended.verdicts == ["passed", "rejected", "failed"]
    assert ended.exit_code == 1
    assert gate(emulator, tmp_path, "wait", f"{good},{unknown}").exit_code == 7


def test_a_workflow_not_started_by_fail_fast_stays_red_in_wait(emulator, tmp_path):
    text = """\
version: 1
fail-fast: true
max-parallel: 1
workflows:
  - name: first
    workflow-id: {review}
  - name: second
    workflow-id: {completed}
"""
    assert gate(emulator, written(tmp_path, emulator, text)).verdicts == [
        "review_pending",
        "not_run",
    ]
    [run] = emulator.executions()
    emulator.approve(run["id"])
    waited = gate(emulator, tmp_path, "wait", "--from", RESULT)
    assert waited.verdicts == ["passed", "lost_contact"]
    assert waited.exit_code == 8, waited.log
    assert "Run the job that triggers again" in waited.log


@pytest.mark.parametrize(
    ("mishap", "exit_code"),
    [
        ({"GENESIS_MAX_WAIT_TIME": "nonsense"}, 2),
        ({"GENESIS_API_KEY": "", "GENESIS_MISSING_KEY": "skip"}, 0),
    ],
    ids=["a wrong input", "no key"],
)
def test_a_failed_wait_keeps_workflows_that_were_never_started(
    emulator, tmp_path, mishap, exit_code
):
    unknown = "00000000-0000-4000-8000-000000000001"
    text = f"""\
version: 1
workflows:
  - name: good
    workflow-id: {{completed}}
  - name: unknown
    workflow-id: {unknown}
"""
    triggered = gate(emulator, written(tmp_path, emulator, text), "trigger")
    assert triggered.verdicts == ["triggered", "rejected"]
    missed = gate(emulator, tmp_path, "wait", "--from", RESULT, **mishap)
    assert missed.exit_code == exit_code, missed.log
    waited = gate(emulator, tmp_path, "wait", "--from", RESULT)
    assert list(waited.results) == ["good", "unknown"]
    assert waited.exit_code != 0, waited.log


def test_attached_runs_must_belong_to_the_given_workflow(emulator, tmp_path):
    other = emulator.workflows["echo"].id
    for _ in range(2):
        gate(emulator, tmp_path, "trigger", GENESIS_WORKFLOW_ID=emulator.workflows["completed"].id)
    ids = ",".join(run["id"] for run in emulator.executions())
    ended = gate(emulator, tmp_path, GENESIS_EXECUTION_ID=ids, GENESIS_WORKFLOW_ID=other)
    assert ended.exit_code == 2, ended.log
    assert f"not to {other}" in ended.log
    assert len(emulator.executions()) == 2
