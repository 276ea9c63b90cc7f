"""Requests that schemathesis makes from the OpenAPI description."""

import copy
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from genesis_emulator import scenario_file
from tests.emulator.test_openapi import DESCRIPTION

BOUNDED = settings(
    max_examples=25, deadline=None, database=None, derandomize=True,
    phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
)  # fmt: skip


def narrowed() -> dict[str, Any]:
    """The description with the built-in workflows' ids and variables, to get past the refusals."""
    description = copy.deepcopy(DESCRIPTION)
    usable = ("completed", "failed", "review", "cancelled", "cancel-previous")
    ids = [each.id for each in scenario_file.builtin().workflows if each.name in usable]
    trigger = description["paths"]["/api/workflows/{templateId}/trigger"]["post"]
    trigger["parameters"][0]["schema"] = {"type": "string", "enum": ids}
    variables = description["components"]["schemas"]["ContextVariables"]
    variables["properties"] = {"target_url": {"type": "string"}, "browser": {"type": "string"}}
    return description


def test_schemathesis_finds_nothing(emulator, subtests):
    """Any call, then polls after triggers.

    One test, because the import takes a second. Two of the guide's errors are 500s, so one check
    is left out.
    """
    import schemathesis
    from hypothesis.stateful import run_state_machine_as_test
    from schemathesis.checks import not_a_server_error

    emulator.clear_faults()
    sent = {"base_url": emulator.url, "headers": {"x-api-key": emulator.api_key}}
    for found in schemathesis.openapi.from_dict(DESCRIPTION).get_all_operations():
        operation = found.ok()

        @BOUNDED
        @given(case=operation.as_strategy())
        def check(case: schemathesis.Case) -> None:
            case.call_and_validate(**sent, excluded_checks=[not_a_server_error])

        with subtests.test(operation.label):
            check()

    class Calls(schemathesis.openapi.from_dict(narrowed()).as_state_machine()):
        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
            return sent

        def validate_response(self, response: Any, case: schemathesis.Case, **_: Any) -> None:
            case.validate_response(response, excluded_checks=[not_a_server_error])

    with subtests.test("from triggers to polls"):
        run_state_machine_as_test(
            Calls, settings=settings(BOUNDED, max_examples=10, stateful_step_count=6)
        )
        answered = {(each["method"], each["status"]) for each in emulator.requests()}
        assert {("POST", 200), ("GET", 200)} <= answered
