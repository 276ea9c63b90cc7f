"""Who may do what with which variables: the guide's checks, in their order.

The key comes first, so that nobody without one learns anything. The id's form comes before the
lookup, the lookup before the organization (which only a found workflow has), and the project
last, because it is a matter of the workflow's set-up and not of the caller. The body comes after
them.
"""

from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING, Any, NoReturn

from genesis_emulator.fields import normal_id
from genesis_emulator.scenario import workflow_by_id

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from genesis_emulator.scenario import ApiKey, Scenario, Workflow

LIMIT = 10 * 1024 * 1024
"""The guide's 10 MB, read as 10 MiB."""


class Refusal(Enum):
    """A row of the guide: the HTTP status and the message, word for word.

    Two rows are 500s although the caller is at fault; the guide says so.
    """

    MISSING_KEY = (401, "Missing API key")
    INVALID_KEY = (401, "Invalid API key")
    KEY_WITHOUT_ORGANIZATION = (403, "API key is not associated with an organization")
    NOT_A_MEMBER = (403, "Unauthorized")
    OTHER_ORGANIZATION = (403, "API key does not have access to this organization")

    INVALID_JSON = (400, "Invalid JSON payload")
    TOO_LARGE = (413, "Payload too large")
    NOT_ALL_STRINGS = (500, "Invalid payload: expected object with string values")
    UNEXPECTED_FIELDS = (500, "Unexpected fields in payload")

    UNKNOWN_TEMPLATE = (404, "Workflow template not found or API access not enabled")
    INVALID_TEMPLATE_ID = (400, "Invalid template ID")
    USAGE_LIMIT = (403, "Usage limit reached")
    NO_PROJECT = (400, "Workflow template must belong to a project")
    UNKNOWN_PROJECT = (404, "Project not found")
    UNKNOWN_EXECUTION = (404, "Execution not found")

    @property
    def status(self) -> int:
        """The HTTP status of the row."""
        return self.value[0]

    @property
    def message(self) -> str:
        """The message of the row."""
        return self.value[1]


def authenticate(scenario: Scenario, headers: Sequence[str]) -> ApiKey | Refusal:
    """The key that the `x-api-key` headers name; several headers are one, joined by commas."""
    given = ", ".join(headers).strip()
    if not given:
        return Refusal.MISSING_KEY
    key = next((known for known in scenario.keys if known.key == given), None)
    if key is None:
        return Refusal.INVALID_KEY
    if key.organization is None:
        return Refusal.KEY_WITHOUT_ORGANIZATION
    return key if key.member else Refusal.NOT_A_MEMBER


def open_workflow(scenario: Scenario, key: ApiKey, template_id: str) -> Workflow | Refusal:
    """The workflow that the key may trigger under this id."""
    normal = normal_id(template_id)
    if normal is None:
        return Refusal.INVALID_TEMPLATE_ID
    found = workflow_by_id(scenario, normal)
    if found is None or not found.api_access:
        return Refusal.UNKNOWN_TEMPLATE
    if found.organization != key.organization:
        return Refusal.OTHER_ORGANIZATION
    return _project_refusal(scenario, found) or found


def _project_refusal(scenario: Scenario, workflow: Workflow) -> Refusal | None:
    if workflow.project is None:
        return Refusal.NO_PROJECT
    present = any(p.name == workflow.project and not p.deleted for p in scenario.projects)
    return None if present else Refusal.UNKNOWN_PROJECT


def read_payload(body: bytes, variables: Collection[str]) -> dict[str, str] | Refusal:
    """Check syntax, then string values, then names; an empty body is not JSON.

    A key that is given twice counts as its last value, as JSON parsers do.
    """
    if len(body) > LIMIT:
        return Refusal.TOO_LARGE
    try:
        value = _strict_json(body)
    except (ValueError, RecursionError):
        return Refusal.INVALID_JSON
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        return Refusal.NOT_ALL_STRINGS
    if not value.keys() <= set(variables):
        return Refusal.UNEXPECTED_FIELDS
    return value


def _strict_json(body: bytes) -> Any:
    """Parse RFC 8259 JSON: UTF-8, no NaN; integers of any length (they are refused later)."""
    return json.loads(body.decode("utf-8"), parse_constant=_refuse, parse_int=float)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
