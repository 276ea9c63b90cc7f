"""What one job leaves for the next is never lost, and never turns green by being waited for."""

import re

import pytest

from genesis_emulator import Emulator
from tests.integration.gates import CONFIG, gate, job_environment, written
from tests.jobs import start_command

RESULT = "genesis-results/result.json"


def test_a_trigger_that_was_killed_and_a_wait_are_one_run(tmp_path):
    """The job dies after the trigger; the next one attaches to what the files say."""
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


def test_trigger_and_wait_from_its_result_keep_names_and_policies(emulator, tmp_path):
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
def test_a_workflow_without_a_name_is_called_the_same_after_run_and_after_trigger_and_wait(
    emulator, tmp_path, by_file
):
    """A name in Genesis; an id alone would be another test suite to GitLab."""
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


def test_two_ways_to_say_what_to_attach_to_are_one_too_many(emulator, tmp_path):
    ended = gate(emulator, tmp_path, "wait", "--from", RESULT, "run-1")
    assert ended.exit_code == 2
    assert "--from and EXECUTION_ID both say what to attach to" in ended.log
    assert emulator.requests() == []


def test_one_unknown_id_among_good_ones_is_rejected_and_the_others_keep_their_verdict(
    emulator, tmp_path
):
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


def test_what_fail_fast_never_started_stays_red_when_the_rest_is_waited_for(emulator, tmp_path):
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
def test_a_wait_that_could_not_begin_forgets_no_workflow_that_was_never_started(
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


def test_several_runs_have_to_be_of_the_workflow_named_beside_them(emulator, tmp_path):
    other = emulator.workflows["echo"].id
    for _ in range(2):
        gate(emulator, tmp_path, "trigger", GENESIS_WORKFLOW_ID=emulator.workflows["completed"].id)
    ids = ",".join(run["id"] for run in emulator.executions())
    ended = gate(emulator, tmp_path, GENESIS_EXECUTION_ID=ids, GENESIS_WORKFLOW_ID=other)
    assert ended.exit_code == 2, ended.log
    assert f"not to {other}" in ended.log
    assert len(emulator.executions()) == 2
