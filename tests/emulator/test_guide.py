"""What the guide shows: answers of the API to plain clients, with the built-in workflows."""

import json

import pytest

USUAL = {"target_url": "https://shop.example", "browser": "firefox"}


@pytest.mark.parametrize(
    ("workflow", "status", "blocks"),
    [
        ("completed", "completed", "completed completed completed completed"),
        ("failed", "failed", "completed completed failed"),
        ("cancelled", "cancelled", "completed completed cancelled"),
        ("skipped", "skipped", "completed completed skipped skipped"),
        ("review", "review_pending", "completed completed review_pending"),
        ("slow", "completed", "completed completed completed completed completed completed"),
        ("failed-block", "completed", "completed failed completed"),
        ("no-output", "completed", "completed"),
        ("flaky", "failed", "completed failed"),
        ("fails-in-firefox", "failed", "completed completed"),
        ("unmet-then-passed", "completed", "completed"),
    ],
)
def test_builtin_run_ends_as_documented(client, emulator, clock, workflow, status, blocks):
    execution = client.start(emulator.workflows[workflow].id, USUAL)
    assert client.poll(execution).json()["status"] in {"pending", "running"}
    clock.now = 601
    seen = client.poll(execution).json()
    assert (seen["status"], seen["state"]["status"]) == (status, status)
    assert " ".join(each["status"] for each in seen["state"]["blocks"].values()) == blocks


def test_values_stay_strings_and_ids_ignore_case(client, emulator, clock):
    sent = {"ver": "1.10", "on": "yes", "n": "null", "zip": "007", "j": "\ud800", "target_url": ""}
    execution = client.start(emulator.workflows["echo"].id.upper(), sent)
    clock.now = 60
    seen = client.poll(execution.upper()).json()
    [block] = seen["state"]["blocks"].values()
    assert json.loads(block["output"]) == block["inputs"] == seen["triggerPayload"] == sent
