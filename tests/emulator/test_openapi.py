"""The guide's examples and the emulator match the OpenAPI description."""

import json
from typing import Any

import jsonschema
import pytest
import yaml

from genesis_emulator import Emulator, scenario_file
from genesis_emulator.control import openapi_text
from genesis_emulator.routes import Refusal
from tests.builders import EXECUTION_ID, START, WORKFLOW_ID, a_wire_execution
from tests.emulator.client import Client, Clock

DESCRIPTION: dict[str, Any] = yaml.safe_load(openapi_text())
TRIGGER = DESCRIPTION["paths"]["/api/workflows/{templateId}/trigger"]["post"]
POLL = DESCRIPTION["paths"]["/api/executions/{executionId}"]["get"]

GUIDE_SCENARIO = f"""
organizations: [{{id: o}}]
keys: [{{key: k, id: ak_1, organization: o}}]
projects: [{{name: p}}]
workflows:
  - id: {WORKFLOW_ID}
    name: ワークフロー名
    organization: o
    project: p
    variables: [exampleField]
    pending: 1
    blocks: [{{output: "..."}}, {{duration: 3}}, {{}}, {{}}, {{}}]
"""


def validate(value: object, schema_name: str) -> None:
    schema = {"$ref": f"#/components/schemas/{schema_name}"} | DESCRIPTION
    jsonschema.Draft202012Validator(schema).validate(value)


def test_answers_are_those_of_the_guide():
    """Only the ids and two more blocks differ; the examples match the description."""
    clock = Clock()
    clock.now = START.timestamp()
    with Emulator(scenario_file.parse(GUIDE_SCENARIO, "guide"), clock=clock) as emulator:
        client = Client(emulator.url, emulator.api_key)
        headers = {"x-api-key": client.key, "user-agent": "curl/8.0.0"}
        sent = {"exampleField": "exampleValue"}
        started = client.trigger(WORKFLOW_ID, sent, headers=headers)
        execution = started.json()["executionId"]
        clock.now += 5
        polled = client.poll(execution)
    validate(sent, "ContextVariables")
    for reply, example, schema in (
        (started, {"success": True, "executionId": EXECUTION_ID}, "Triggered"),
        (polled, a_wire_execution(), "Execution"),
    ):
        validate(example, schema)
        assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
        answer = json.loads(reply.body.decode().replace(execution, EXECUTION_ID))
        if "state" in answer:
            assert [*answer["state"]["blocks"]] == ["block-1", "block-2", "block-3"]
            del answer["state"]["blocks"]["block-2"], answer["state"]["blocks"]["block-3"]
        assert json.dumps(answer) == json.dumps(example)


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
