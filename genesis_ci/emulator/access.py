"""Who may do what: the checks that come before a request's body is read, in their order.

The key comes first, so that nobody without one learns anything. The id's form comes before the
lookup, the lookup before the organization (which only a found workflow has), and the project
last, because it is a matter of the workflow's set-up and not of the caller.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from genesis_ci.emulator.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genesis_ci.emulator.scenario import ApiKey, Scenario, Workflow

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def normal_id(text: str) -> str | None:
    """A UUID in lower case, or None if the text is not 8-4-4-4-12 hexadecimal digits."""
    lowered = text.lower()
    return lowered if _UUID.fullmatch(lowered) else None


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


def workflow_by_id(scenario: Scenario, template_id: str) -> Workflow | None:
    """The workflow of that id, which must be in lower case."""
    return next((known for known in scenario.workflows if known.id.lower() == template_id), None)


def _project_refusal(scenario: Scenario, workflow: Workflow) -> Refusal | None:
    if workflow.project is None:
        return Refusal.NO_PROJECT
    present = any(p.name == workflow.project and not p.deleted for p in scenario.projects)
    return None if present else Refusal.UNKNOWN_PROJECT
