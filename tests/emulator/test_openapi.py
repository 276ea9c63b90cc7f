"""The guide's examples and the emulator match the OpenAPI description."""

import json
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
import yaml

from genesis_emulator import Emulator, scenario_file
from genesis_emulator.control import openapi_text
from genesis_emulator.routes import Refusal
from tests.emulator.client import Client, Clock

DESCRIPTION: dict[str, Any] = yaml.safe_load(openapi_text())
TRIGGER = DESCRIPTION["paths"]["/api/workflows/{templateId}/trigger"]["post"]
POLL = DESCRIPTION["paths"]["/api/executions/{executionId}"]["get"]

GUIDE_TRIGGER_ANSWER = '{"success": true, "executionId": "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"}'
HIDDEN_ID = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
GUIDE_SCENARIO = """
organizations: [{id: o}]
keys: [{key: k, id: ak_xxxxxxxxxxxx, organization: o}]
projects: [{name: p}]
workflows:
  - id: 6f9619ff-8b86-4d01-b42d-00c04fc964ff
    name: ワークフロー名
    organization: o
    project: p
    variables: [exampleField]
    pending: 1
    blocks: [{output: "..."}, {duration: 3}, {}, {}, {}]
"""
GUIDE_EXECUTION = """
{
  "id": "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
  "status": "running",
  "workflowName": "ワークフロー名",
  "blockCount": 5,
  "completedBlocks": 2,
  "createdAt": "2026-03-16T00:00:00.000Z",
  "updatedAt": "2026-03-16T00:00:05.000Z",
  "startedAt": "2026-03-16T00:00:01.000Z",
  "finishedAt": null,
  "cancelRequestedAt": null,
  "cancelReason": null,
  "error": null,
  "triggerType": "api",
  "triggerPayload": {
    "exampleField": "exampleValue"
  },
  "triggerMetadata": {
    "ip": "xxx.xxx.xxx.xxx",
    "userAgent": "curl/8.0.0",
    "apiKeyId": "ak_xxxxxxxxxxxx"
  },
  "state": {
    "workflowId": "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
    "executionId": "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
    "status": "running",
    "blocks": {
      "block-1": {
        "status": "completed",
        "startTime": "2026-03-16T00:00:01.000Z",
        "endTime": "2026-03-16T00:00:02.000Z",
        "inputs": {},
        "output": "..."
      }
    },
    "createdAt": "2026-03-16T00:00:00.000Z",
    "updatedAt": "2026-03-16T00:00:05.000Z"
  }
}
"""


def validate(value: object, schema_name: str) -> None:
    schema = {
        "$ref": f"#/components/schemas/{schema_name}",
        "components": DESCRIPTION["components"],
    }
    jsonschema.Draft202012Validator(schema).validate(value)


def test_answers_are_those_of_the_guide():
    """Only the ids, the address and two more blocks differ; the examples match the description."""
    clock = Clock()
    clock.now = datetime(2026, 3, 16, tzinfo=UTC).timestamp()
    with Emulator(scenario_file.parse(GUIDE_SCENARIO, "guide"), clock=clock) as emulator:
        client = Client(emulator.url, emulator.api_key)
        headers = {"x-api-key": client.key, "user-agent": "curl/8.0.0"}
        template = emulator.workflows["ワークフロー名"].id
        sent = {"exampleField": "exampleValue"}
        started = client.trigger(template, sent, headers=headers)
        execution = started.json()["executionId"]
        clock.now += 5
        polled = client.poll(execution)
    validate(sent, "ContextVariables")
    for reply, example, schema in (
        (started, GUIDE_TRIGGER_ANSWER, "Triggered"),
        (polled, GUIDE_EXECUTION, "Execution"),
    ):
        validate(json.loads(example), schema)
        assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
        text = reply.body.decode().replace(execution, HIDDEN_ID).replace(template, HIDDEN_ID)
        answer = json.loads(text.replace("127.0.0.1", "xxx.xxx.xxx.xxx"))
        if "state" in answer:
            assert [*answer["state"]["blocks"]] == ["block-1", "block-2", "block-3"]
            del answer["state"]["blocks"]["block-2"], answer["state"]["blocks"]["block-3"]
        assert json.dumps(answer) == json.dumps(json.loads(example))


@pytest.mark.parametrize("name", [each.name for each in scenario_file.builtin().workflows])
def test_every_builtin_run_matches_the_description(client, emulator, clock, name):
    emulator.clear_faults()
    reply = client.trigger(emulator.workflows[name].id)
    if reply.status != 200:
        validate(reply.json(), "Error")
        return
    for moment in range(5):
        clock.now = moment
        validate(client.poll(reply.json()["executionId"]).json(), "Execution")


def test_description_has_exactly_the_guides_errors():
    described = {
        (int(status), example["value"]["error"])
        for operation in (TRIGGER, POLL)
        for status, response in operation["responses"].items()
        if status != "200"
        for example in _resolved(response)["content"]["application/json"]["examples"].values()
    }
    assert described == {row.value for row in Refusal}


def _resolved(response: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in response:
        return DESCRIPTION["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return response


def test_description_is_served_as_yaml_and_json(client):
    assert client.call("GET", "/_emulator/openapi.yaml", headers={}).body == openapi_text().encode()
    assert client.call("GET", "/_emulator/openapi.json", headers={}).json() == DESCRIPTION
