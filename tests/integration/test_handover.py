"""What a job writes for the next one: attached, repeated and reviewed runs."""

import json

from tests.forges import SHA, GitHubStandIn
from tests.jobs import inputs_for, run_command, run_step, variables_for, write_config
from tests.reliability.answers import served
from tests.unit.forges.jobs import PULL_REQUEST, TOKEN

RESULT = "genesis-results/result.json"
THREE = """\
workflows:
  - {name: passes, workflow-id: {completed}}
  - {name: fails, workflow-id: {failed}, required: false}
  - {name: in review, workflow-id: {review}, accept: review_pending}
"""
FAILED_WAITS = (
    ({"GENESIS_MAX_WAIT_TIME": "nonsense"}, 2),
    ({"GENESIS_API_KEY": "", "GENESIS_MISSING_KEY": "skip"}, 0),
)
"""Jobs that end before they attach; they must not lose what the first job wrote."""


def command(emulator, workspace, *argv, workflow="", **env):
    return run_command(workspace, *argv, **variables_for(emulator, workflow) | env)


def test_wait_from_a_result_keeps_names_and_policies(emulator, tmp_path):
    write_config(tmp_path, emulator, THREE)
    triggered = command(emulator, tmp_path, "trigger")
    assert triggered.verdicts == ["triggered"] * 3
    for mishap, exit_code in FAILED_WAITS:
        missed = command(emulator, tmp_path, "wait", "--from", RESULT, **mishap)
        assert missed.exit_code == exit_code, missed.log
    waited = command(emulator, tmp_path, "wait", "--from", RESULT)
    assert waited.exit_code == 0, waited.log
    assert waited.verdicts == ["passed", "failed", "passed"]
    assert list(waited.results) == ["passes", "fails", "in review"]
    assert len(emulator.executions()) == 3


def test_init_writes_a_file_that_the_same_run_passes(emulator, tmp_path):
    given = {"target_url": "https://preview.example.com/"}
    inputs = {"GENESIS_INPUTS": json.dumps(given)}
    ran = command(emulator, tmp_path, "run", workflow="tests-junit", **inputs)
    assert (ran.exit_code, ran.result["config"]) == (0, None), ran.log
    assert command(emulator, tmp_path, "init").exit_code == 0
    config = (tmp_path / ".genesis-ci.yml").read_text(encoding="utf-8")
    assert "tests: { at-least: " in config
    kept = command(emulator, tmp_path, "init", GITHUB_ACTIONS="true")
    assert (kept.exit_code, "Add --force to replace it" in kept.log) == (2, True)
    env = {"TARGET_URL": given["target_url"], "GENESIS_EXPOSE": "TARGET_URL"}
    checked = command(emulator, tmp_path, "check", "--offline", **env)
    assert checked.exit_code == 0, checked.log
    flags = ("--from", RESULT, "--config", ".genesis-ci.yml")
    waited = command(emulator, tmp_path, "wait", *flags, **env)
    assert waited.exit_code == 0, waited.log
    assert waited.result["workflows"][0]["proof"] == "met"
    assert len(emulator.executions()) == 1


def test_input_from_attaches_as_wait_from_does(emulator, tmp_path):
    workspace = tmp_path / "workspace"
    write_config(workspace, emulator, "workflows: [{name: fails, workflow-id: {failed}}]")
    refused = command(emulator, workspace, "run", GENESIS_FROM=RESULT)
    assert (refused.exit_code, emulator.executions()) == (2, []), refused.log
    assert "GENESIS_FROM has no effect: write wait --from FILE" in refused.log
    ran = command(emulator, workspace, "run")
    assert (ran.exit_code, len(emulator.executions())) == (1, 1), ran.log
    given = {**inputs_for(emulator, ""), "from": RESULT}
    waits = {"GENESIS_CI_FROM": RESULT}
    for waited in (run_step(tmp_path, given), command(emulator, workspace, "run", **waits)):
        assert waited.exit_code == 1, waited.log
        assert list(waited.results) == ["fails"]
    checked = command(emulator, workspace, "check", **waits)
    assert f"fails: attach to execution {emulator.executions()[0]['id']}" in checked.log
    for more in ({"GENESIS_EXECUTION_ID": "run-1"}, {"GENESIS_WAIT": "false"}):
        assert command(emulator, workspace, "check", **waits, **more).exit_code == 2
    assert len(emulator.executions()) == 1


def test_a_status_is_pending_until_the_person_decides(emulator, tmp_path):
    """The first job is that of a pull request, later ones those of a schedule."""
    forge = GitHubStandIn()
    event = tmp_path / "event.json"
    event.write_text(json.dumps(PULL_REQUEST), encoding="utf-8")
    inputs = inputs_for(emulator, "review", review_status="genesis", github_token=TOKEN)
    with served(forge.send) as address:
        github = {"GITHUB_API_URL": address, "GITHUB_REPOSITORY": "acme/shop"}
        first = run_step(tmp_path, inputs, GITHUB_EVENT_PATH=str(event), **github)
        later = {
            "GENESIS_REVIEW_STATUS": "genesis",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "schedule",
            "GITHUB_SHA": "f" * 40,
            "GITHUB_TOKEN": TOKEN,
            **github,
        }
        wait = ("wait", "--from", RESULT)
        second = command(emulator, first.workspace, *wait, **later)
        emulator.approve(emulator.executions()[0]["id"])
        last = command(emulator, first.workspace, *wait, **later)
    assert [first.exit_code, second.exit_code, last.exit_code] == [0, 0, 0], last.log
    assert first.outputs["verdict"] == "review_pending"
    assert f"Testing commit {SHA[:7]}" in second.log
    assert [one["state"] for one in forge.statuses] == ["pending"] * 5 + ["success"]
    assert f"Posted the commit status “genesis” on {SHA[:7]}: pending" in first.log
    assert f"Posted the commit status “genesis” on {SHA[:7]}: success" in last.log
    assert {(one["sha"], one["context"]) for one in forge.statuses} == {(SHA, "genesis")}
    assert len(emulator.executions()) == 1
    assert TOKEN not in first.log.replace(f"::add-mask::{TOKEN}\n", "")


BY_PATHS = """\
workflows:
  - {name: shop, workflow-id: {completed}, paths: ['shop/**']}
  - {name: account, workflow-id: {completed}, paths: ['account/**']}
"""


def test_a_required_status_succeeds_if_no_file_selects_a_workflow(emulator, tmp_path):
    """The check that a branch requires must not stay pending."""
    forge = GitHubStandIn()
    forge.touch("README.md")
    event = tmp_path / "event.json"
    event.write_text(json.dumps(PULL_REQUEST), encoding="utf-8")
    write_config(tmp_path / "workspace", emulator, BY_PATHS)
    inputs = inputs_for(emulator, "", review_status="genesis", github_token=TOKEN)
    with served(forge.send) as address:
        github = {"GITHUB_API_URL": address, "GITHUB_REPOSITORY": "acme/shop"}
        ended = run_step(tmp_path, inputs, GITHUB_EVENT_PATH=str(event), **github)
    assert (ended.exit_code, ended.verdicts) == (0, ["not_run"] * 2), ended.log
    assert "(0 of 2, selected by changed files)" in ended.summary
    assert [suite.skipped for suite in ended.suites] == [1, 1]
    assert [one["state"] for one in forge.statuses] == ["pending", "success"]
    assert ended.log.count("nothing runs, because none of 1 changed file matches.") == 1
    assert emulator.executions() == []
    assert f"::add-mask::{TOKEN}" in ended.log
