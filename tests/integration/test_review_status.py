"""The commit statuses that GitHub gets from each job, during and after a review."""

import json
from pathlib import Path

import pytest

from genesis_emulator import Emulator
from tests.forges import SHA, GitHubStandIn, served
from tests.jobs import Ended, inputs_for, run_command, run_step, variables_for
from tests.unit.forges.jobs import PULL_REQUEST, TOKEN


def on_pull_request(directory: Path, address: str) -> dict[str, str]:
    event = directory / "event.json"
    event.write_text(json.dumps(PULL_REQUEST), encoding="utf-8")
    return {
        "GITHUB_API_URL": address,
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_EVENT_PATH": str(event),
    }


def reviewed(emulator: Emulator, directory: Path, address: str, **inputs: str) -> Ended:
    named = inputs_for(emulator, "review", review_status="genesis", **inputs)
    return run_step(directory, named, **on_pull_request(directory, address))


def settle(emulator: Emulator, workspace: Path, address: str) -> Ended:
    """Run `wait --from` as a schedule on the default branch does."""
    environ = variables_for(emulator, "review", review_status="genesis")
    del environ["GENESIS_WORKFLOW_ID"]
    return run_command(
        workspace,
        "wait",
        "--from",
        "genesis-results/result.json",
        GITHUB_ACTIONS="true",
        GITHUB_EVENT_NAME="schedule",
        GITHUB_SHA="f" * 40,
        GITHUB_API_URL=address,
        GITHUB_REPOSITORY="acme/shop",
        GITHUB_TOKEN=TOKEN,
        **environ,
    )


@pytest.mark.parametrize(
    ("decision", "code", "state"), [("approve", 0, "success"), ("reject", 1, "failure")]
)
def test_a_review_is_pending_until_the_person_decides(emulator, tmp_path, decision, code, state):
    forge = GitHubStandIn()
    with served(forge) as address:
        first = reviewed(emulator, tmp_path, address, github_token=TOKEN)
        assert first.exit_code == 0, first.log
        assert first.outputs["verdict"] == "review_pending"
        assert first.outputs["exit-code"] == "0"
        assert "<skipped" in first.report("junit.xml")
        still = settle(emulator, first.workspace, address)
        assert still.exit_code == 0, still.log
        getattr(emulator, decision)(emulator.executions()[0]["id"])
        last = settle(emulator, first.workspace, address)
    assert last.exit_code == code, last.log
    assert [one["state"] for one in forge.statuses] == ["pending", "pending", state]
    assert [one["sha"] for one in forge.statuses] == [SHA] * 3
    assert {one["context"] for one in forge.statuses} == {"genesis"}
    assert len(emulator.executions()) == 1
    assert TOKEN not in first.log.replace(f"::add-mask::{TOKEN}\n", "")


def test_a_job_without_permission_is_red_with_the_reason(emulator, tmp_path):
    forge = GitHubStandIn()
    forge.may_write = False
    with served(forge) as address:
        ended = reviewed(emulator, tmp_path, address, github_token=TOKEN)
    assert ended.exit_code == 3
    assert "statuses: write" in ended.log
    assert forge.statuses == []


def test_a_job_without_a_token_is_red_with_the_reason(emulator, tmp_path):
    forge = GitHubStandIn()
    with served(forge) as address:
        ended = reviewed(emulator, tmp_path, address)
    assert ended.exit_code == 3
    assert "there is no token" in ended.log
    assert forge.requests == []


def test_review_status_on_gitlab_is_an_error_with_an_alternative(emulator, tmp_path):
    environ = variables_for(emulator, "review", review_status="genesis")
    ended = run_command(tmp_path, "run", GITLAB_CI="true", **environ)
    assert ended.exit_code == 2
    assert "on-review-pending: wait" in ended.log
    assert emulator.executions() == []
