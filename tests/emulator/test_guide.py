"""What the guide shows: answers of the API to plain clients, with the built-in workflows."""

import json

import pytest

USUAL = {"target_url": "https://shop.example", "browser": "firefox"}


@pytest.mark.parametrize(
    ("workflow", "moment", "status", "blocks"),
    [
        ("completed", 3, "running", "completed completed running"),
        ("completed", 6, "completed", "completed completed completed completed"),
        ("failed", 3, "running", "completed completed running"),
        ("failed", 6, "failed", "completed completed failed"),
        ("cancelled", 3, "running", "completed completed running"),
        ("cancelled", 6, "cancelled", "completed completed cancelled"),
        ("skipped", 3, "running", "completed running"),
        ("skipped", 6, "skipped", "completed completed skipped skipped"),
        ("review", 3, "running", "completed completed running"),
        ("review", 6, "review_pending", "completed completed review_pending"),
        ("slow", 600, "running", "completed completed completed completed completed running"),
        ("slow", 601, "completed", "completed completed completed completed completed completed"),
        ("failed-block", 6, "completed", "completed failed completed"),
        ("no-output", 6, "completed", "completed"),
        ("flaky", 6, "failed", "completed failed"),
        ("fails-in-firefox", 6, "failed", "completed completed"),
        ("unmet-then-passed", 6, "completed", "completed"),
    ],
)
def test_builtin_run_ends_as_documented(client, emulator, clock, workflow, moment, status, blocks):
    execution = client.start(emulator.workflows[workflow].id, USUAL)
    assert client.poll(execution).json()["status"] in {"pending", "running"}
    clock.now = moment
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


def test_outputs_are_text_japanese_and_json(client, emulator, clock):
    execution = client.start(emulator.workflows["completed"].id, USUAL)
    fenced = client.start(emulator.workflows["tests-fence"].id)
    clock.now = 60
    assert "\n```json\n" in emulator.execution(fenced)["state"]["blocks"]["test-report"]["output"]
    reply = client.poll(execution)
    opened, _, cart, order = reply.json()["state"]["blocks"].values()
    assert opened["inputs"] == {"url": "https://shop.example", "browser": "firefox"}
    assert opened["output"].startswith("Opened https://shop.example\nTitle: ")
    assert "オーガニック" in cart["output"]
    assert "オーガニック".encode() in reply.body
    assert order["output"]["total"] == 1980
