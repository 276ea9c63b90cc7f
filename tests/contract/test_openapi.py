"""The guide's examples and the emulator match the OpenAPI description."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings

from genesis_emulator import scenario_file
from genesis_emulator.control import openapi_text
from genesis_emulator.routes import Refusal

if TYPE_CHECKING:
    import schemathesis

    from genesis_emulator import Emulator

DESCRIPTION: dict[str, Any] = yaml.safe_load(openapi_text())
TRIGGER = DESCRIPTION["paths"]["/api/workflows/{templateId}/trigger"]["post"]
POLL = DESCRIPTION["paths"]["/api/executions/{executionId}"]["get"]
NOBODY = "00000000-0000-0000-0000-000000000000"

BOUNDED = settings(
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

GUIDE_TRIGGER_ANSWER = """
{
  "success": true,
  "executionId": "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
}
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


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        (GUIDE_TRIGGER_ANSWER, "Triggered"),
        (GUIDE_EXECUTION, "Execution"),
        ('{"変数名1": "値1", "変数名2": "値2"}', "ContextVariables"),
        ('{"target_url": "https://example.com"}', "ContextVariables"),
    ],
    ids=["trigger answer", "execution", "variables", "curl"],
)
def test_guides_examples_match_the_description(text, schema):
    validate(json.loads(text), schema)


def _keys(value: object) -> object:
    """The shape of a JSON value: its keys in order, on every level."""
    if isinstance(value, dict):
        return [(key, _keys(each)) for key, each in value.items()]
    return None


def test_answer_has_the_shape_of_the_guides_example(client, emulator, clock):
    execution = client.start(emulator.workflows["completed"].id)
    clock.advance(1)
    seen = client.poll(execution).json()
    example = json.loads(GUIDE_EXECUTION)
    for variable in ("triggerPayload",):
        example[variable] = seen[variable]
    example["state"]["blocks"]["block-1"]["inputs"] = seen["state"]["blocks"]["block-1"]["inputs"]
    assert _keys(seen) == _keys(example)


@pytest.mark.parametrize("name", [each.name for each in scenario_file.builtin().workflows])
def test_every_builtin_run_matches_the_description(client, emulator, clock, name):
    emulator.clear_faults()
    reply = client.trigger(emulator.workflows[name].id)
    if reply.status != 200:
        validate(reply.json(), "Error")
        return
    for _ in range(5):
        validate(client.poll(reply.json()["executionId"]).json(), "Execution")
        clock.advance(1)


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


def _of_the_built_in_scenario() -> dict[str, Any]:
    """The description with the built-in workflows' ids and variables, to get past the refusals."""
    description = copy.deepcopy(DESCRIPTION)
    usable = ("completed", "failed", "review", "cancelled", "cancel-previous")
    ids = [each.id for each in scenario_file.builtin().workflows if each.name in usable]
    trigger = description["paths"]["/api/workflows/{templateId}/trigger"]["post"]
    trigger["parameters"][0]["schema"] = {"type": "string", "enum": ids}
    names = ("target_url", "browser")
    description["components"]["schemas"]["ContextVariables"]["properties"] = {
        name: {"type": "string"} for name in names
    }
    return description


OPERATIONS = [
    f"{method.upper()} {path}" for path, item in DESCRIPTION["paths"].items() for method in item
]


def _check_any_call(operation: str, emulator: Emulator) -> None:
    """Every check but one: two of the guide's errors are 500s, which the description has."""
    import schemathesis
    from schemathesis.checks import not_a_server_error

    described = schemathesis.openapi.from_dict(DESCRIPTION).get_all_operations()
    [found] = [one.ok() for one in described if one.ok().label == operation]

    @BOUNDED
    @given(case=found.as_strategy())
    def check(case: schemathesis.Case) -> None:
        emulator.clear_faults()
        case.call_and_validate(
            base_url=emulator.url,
            headers={"x-api-key": emulator.api_key},
            excluded_checks=[not_a_server_error],
        )

    check()


def _check_calls_after_each_other(emulator: Emulator) -> None:
    """From triggers to polls, of workflows and executions that exist."""
    import schemathesis
    from hypothesis.stateful import run_state_machine_as_test
    from schemathesis.checks import not_a_server_error

    emulator.clear_faults()
    narrowed = schemathesis.openapi.from_dict(_of_the_built_in_scenario())

    class Calls(narrowed.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
            return {"base_url": emulator.url, "headers": {"x-api-key": emulator.api_key}}

        def validate_response(
            self,
            response: schemathesis.Response,
            case: schemathesis.Case,
            **options: Any,
        ) -> None:
            case.validate_response(response, excluded_checks=[not_a_server_error])

    run_state_machine_as_test(
        Calls, settings=settings(BOUNDED, max_examples=10, stateful_step_count=6)
    )
    answered = [(each["method"], each["status"]) for each in emulator.requests()]
    assert {("POST", 200), ("GET", 200)} <= {*answered}


def test_schemathesis_finds_nothing(emulator, subtests):
    """One test, for it takes a second to import it."""
    for operation in OPERATIONS:
        with subtests.test(operation):
            _check_any_call(operation, emulator)
    with subtests.test("from triggers to polls"):
        _check_calls_after_each_other(emulator)
