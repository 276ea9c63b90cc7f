"""Every row of the guide's three error tables, over HTTP, and the order of the checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from genesis_emulator.routes import LIMIT, Refusal

if TYPE_CHECKING:
    from tests.emulated import Client, Reply

NO_ORGANIZATION = "ak_emulator_without_organization"
FORMER_MEMBER = "ak_emulator_former_member"
ELSEWHERE = "ak_emulator_elsewhere"
OUT_OF_CREDITS = "ak_emulator_out_of_credits"
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize("endpoint", ["trigger", "poll"])
@pytest.mark.parametrize(
    ("key", "status", "message"),
    [
        (None, 401, "Missing API key"),
        ("", 401, "Missing API key"),
        ("wrong", 401, "Invalid API key"),
        (NO_ORGANIZATION, 403, "API key is not associated with an organization"),
        (FORMER_MEMBER, 403, "Unauthorized"),
        (ELSEWHERE, 403, "API key does not have access to this organization"),
    ],
)
def test_authentication_errors(client, emulator, endpoint, key, status, message):
    template = emulator.workflows["completed"].id
    execution = client.start(template)
    headers = {} if key is None else {"x-api-key": key}
    if endpoint == "trigger":
        reply = client.trigger(template, headers=headers)
    else:
        reply = client.poll(execution, headers=headers)
    assert reply.refusal == (status, message)
    assert len(emulator.executions()) == 1


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"{not json", 400, "Invalid JSON payload"),
        (b"", 400, "Invalid JSON payload"),
        (b" " * (LIMIT + 1), 413, "Payload too large"),
        (b'{"target_url": 1}', 500, "Invalid payload: expected object with string values"),
        (b'["target_url"]', 500, "Invalid payload: expected object with string values"),
        (b'{"unknown": "x"}', 500, "Unexpected fields in payload"),
    ],
    ids=["not JSON", "empty", "over 10 MB", "number", "list", "unknown key"],
)
def test_payload_errors(client, emulator, body, status, message):
    path = f"/api/workflows/{emulator.workflows['completed'].id}/trigger"
    assert client.call("POST", path, body=body).refusal == (status, message)
    assert emulator.executions() == []


@pytest.mark.parametrize(
    ("template", "status", "message"),
    [
        (NOBODY, 404, "Workflow template not found or API access not enabled"),
        ("api-off", 404, "Workflow template not found or API access not enabled"),
        ("not-a-uuid", 400, "Invalid template ID"),
        ("no-project", 400, "Workflow template must belong to a project"),
        ("project-gone", 404, "Project not found"),
    ],
)
def test_resource_errors_of_a_trigger(client, emulator, template, status, message):
    known = emulator.workflows.get(template)
    reply = client.trigger(template if known is None else known.id)
    assert reply.refusal == (status, message)
    assert emulator.executions() == []


def test_usage_limit_reached(client_of, emulator):
    poor = client_of(emulator.url, OUT_OF_CREDITS)
    reply = poor.trigger(emulator.workflows["out-of-credits"].id)
    assert reply.refusal == (403, "Usage limit reached")


@pytest.mark.parametrize("execution", [NOBODY, "not-a-uuid", "%20"])
def test_execution_not_found(client, execution):
    assert client.poll(execution).refusal == (404, "Execution not found")


def test_guide_has_fifteen_rows_and_two_are_500s():
    assert len(Refusal) == 15
    assert [row for row in Refusal if row.value[0] == 500] == [
        Refusal.NOT_ALL_STRINGS,
        Refusal.UNEXPECTED_FIELDS,
    ]


def _trigger(client: Client, key: str, template: str, body: bytes) -> Reply:
    return client.call(
        "POST", f"/api/workflows/{template}/trigger", body=body, headers={"x-api-key": key}
    )


@pytest.mark.parametrize(
    ("key", "template", "body", "first"),
    [
        ("wrong", "not-a-uuid", b"{", Refusal.INVALID_KEY),
        (FORMER_MEMBER, "not-a-uuid", b"{", Refusal.NOT_A_MEMBER),
        (ELSEWHERE, "not-a-uuid", b"{", Refusal.INVALID_TEMPLATE_ID),
        (ELSEWHERE, "api-off", b"{", Refusal.UNKNOWN_TEMPLATE),
        (ELSEWHERE, "no-project", b"{", Refusal.OTHER_ORGANIZATION),
        ("", "no-project", b"{", Refusal.NO_PROJECT),
        ("", "project-gone", b" " * (LIMIT + 1), Refusal.UNKNOWN_PROJECT),
        (OUT_OF_CREDITS, "out-of-credits", b'{"x": 1}', Refusal.NOT_ALL_STRINGS),
        (OUT_OF_CREDITS, "out-of-credits", b'{"x": "1"}', Refusal.UNEXPECTED_FIELDS),
        (OUT_OF_CREDITS, "out-of-credits", b"{}", Refusal.USAGE_LIMIT),
    ],
)
def test_first_failed_check_is_the_answer(client, emulator, key, template, body, first):
    known = emulator.workflows.get(template)
    reply = _trigger(client, key or client.key, template if known is None else known.id, body)
    assert reply.refusal == first.value
