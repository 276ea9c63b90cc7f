"""Every status of the guide, over HTTP, and every field of its example."""

import json
from typing import Any

import pytest

WHO = {"x-api-key": "ak_emulator_demo_key", "user-agent": "guide/1.0"}


@pytest.mark.parametrize(
    ("workflow", "after", "status", "completed", "blocks"),
    [
        ("completed", 0.0, "pending", 0, []),
        ("completed", 0.5, "running", 0, ["running"]),
        ("completed", 1.5, "running", 1, ["completed", "running"]),
        ("completed", 60, "completed", 4, ["completed"] * 4),
        ("failed", 60, "failed", 2, ["completed", "completed", "failed"]),
        ("cancelled", 60, "cancelled", 2, ["completed", "completed", "cancelled"]),
        ("skipped", 60, "skipped", 2, ["completed", "completed", "skipped", "skipped"]),
        ("review", 60, "review_pending", 2, ["completed", "completed", "review_pending"]),
        ("slow", 60, "running", 0, ["running"]),
        ("slow", 601, "completed", 6, ["completed"] * 6),
    ],
)
def test_each_status_is_reached_with_its_blocks(
    client, emulator, clock, workflow, after, status, completed, blocks
):
    execution = client.start(emulator.workflows[workflow].id)
    clock.advance(after)
    seen = client.poll(execution).json()
    assert (seen["status"], seen["state"]["status"]) == (status, status)
    assert seen["completedBlocks"] == completed
    assert [each["status"] for each in seen["state"]["blocks"].values()] == blocks
    assert list(seen["state"]["blocks"]) == [f"block-{n + 1}" for n in range(len(blocks))]
    assert (seen["finishedAt"] is None) == (status in {"pending", "running", "review_pending"})


@pytest.mark.parametrize(
    "workflow", ["tests-json", "tests-text", "tests-fence", "tests-junit", "tests-failing", "unmet"]
)
def test_run_completes_whatever_its_test_report_contains(client, emulator, clock, workflow):
    execution = client.start(emulator.workflows[workflow].id)
    clock.advance(60)
    seen = client.poll(execution).json()
    assert seen["status"] == "completed"
    assert seen["state"]["blocks"]["test-report"]["output"]


def test_completed_run_may_have_no_output_or_a_failed_block(client, emulator, clock):
    silent, failing = (
        client.start(emulator.workflows[name].id) for name in ("no-output", "failed-block")
    )
    clock.advance(60)
    blocks = client.poll(silent).json()["state"]["blocks"]
    assert [block["output"] for block in blocks.values()] == [None]
    seen = client.poll(failing).json()
    blocks = seen["state"]["blocks"].values()
    assert [block["status"] for block in blocks] == ["completed", "failed", "completed"]
    assert (seen["status"], seen["error"]) == ("completed", None)


def test_runs_of_one_workflow_differ_by_attempt_and_variable(client, emulator, clock):
    flaky, picky = (emulator.workflows[name].id for name in ("flaky", "fails-in-firefox"))
    started = [client.start(flaky) for _ in range(3)]
    started += [client.start(picky, {"browser": name}) for name in ("chrome", "firefox", "firefox")]
    clock.advance(60)
    assert [client.poll(each).json()["status"] for each in started] == [
        "failed", "completed", "completed", "completed", "failed", "failed",
    ]  # fmt: skip


def test_final_answer_has_the_guides_fields_in_order(client, emulator, clock):
    template = emulator.workflows["completed"].id
    execution = client.trigger(template, {"browser": "x"}, headers=WHO).json()["executionId"]
    clock.advance(60)
    seen = client.poll(execution).json()
    state = seen.pop("state")
    block = state.pop("blocks")["block-1"]
    created, started = seen["createdAt"], seen["startedAt"]
    finished, updated = seen["finishedAt"], seen["updatedAt"]
    assert list(seen.items()) == [
        ("id", execution),
        ("status", "completed"),
        ("workflowName", "completed"),
        ("blockCount", 4),
        ("completedBlocks", 4),
        ("createdAt", created),
        ("updatedAt", finished),
        ("startedAt", started),
        ("finishedAt", finished),
        ("cancelRequestedAt", None),
        ("cancelReason", None),
        ("error", None),
        ("triggerType", "api"),
        ("triggerPayload", {"browser": "x"}),
        (
            "triggerMetadata",
            {"ip": "127.0.0.1", "userAgent": "guide/1.0", "apiKeyId": "ak_demo00000001"},
        ),
    ]
    assert state == {
        "workflowId": template,
        "executionId": execution,
        "status": "completed",
        "createdAt": created,
        "updatedAt": updated,
    }
    assert list(block) == ["status", "startTime", "endTime", "inputs", "output"]
    assert (block["startTime"], block["inputs"]) == (started, {"url": "", "browser": "x"})
    assert created < started < block["endTime"] < finished
    assert all(len(each) == 24 and each.endswith("Z") for each in (created, started, finished))


def test_trigger_answers_with_success_and_the_execution_id(client, emulator):
    reply = client.trigger(emulator.workflows["completed"].id)
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert reply.json() == {"success": True, "executionId": emulator.executions()[0]["id"]}


def test_failed_run_and_its_block_have_the_reason(client, emulator, clock):
    execution = client.start(emulator.workflows["failed"].id)
    clock.advance(60)
    seen = client.poll(execution).json()
    assert "order total did not match" in seen["error"]
    assert "Expected the order total" in seen["state"]["blocks"]["block-3"]["output"]


def test_cancelled_run_has_time_and_reason(client, emulator, clock):
    execution = client.start(emulator.workflows["cancelled"].id)
    clock.advance(60)
    seen = client.poll(execution).json()
    assert seen["cancelReason"] == "Cancelled by a user"
    assert seen["cancelRequestedAt"] == seen["finishedAt"]


def test_outputs_are_text_japanese_and_json(client, emulator, clock):
    execution = client.start(emulator.workflows["completed"].id, {"target_url": "https://a.b"})
    clock.advance(60)
    reply = client.poll(execution)
    outputs: list[Any] = [each["output"] for each in reply.json()["state"]["blocks"].values()]
    assert outputs[0].startswith("Opened https://a.b\nTitle: ")
    assert "オーガニック" in outputs[2]
    assert "オーガニック".encode() in reply.body
    assert outputs[3]["total"] == 1980


def test_echo_returns_every_value_as_the_string_sent(client, emulator, clock):
    sent = {"ver": "1.10", "on": "yes", "n": "null", "zip": "007", "j": "1"}
    execution = client.start(emulator.workflows["echo"].id, sent)
    clock.advance(60)
    seen = client.poll(execution).json()
    assert json.loads(seen["state"]["blocks"]["block-1"]["output"]) == sent
    assert seen["triggerPayload"] == sent


def test_ids_are_case_insensitive(client, emulator):
    execution = client.start(emulator.workflows["completed"].id.upper())
    assert client.poll(execution.upper()).json()["id"] == execution
