"""The error rows of the API guide and the remedy that each deserves.

Source: Autify's API guide, "Troubleshooting" (its three tables).
"""

import re
from dataclasses import dataclass
from enum import Enum

from genesis_ci.errors import RefusedError


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One row of the guide: HTTP status, message, and what to tell the user."""

    status: int
    message: str
    remedy: str


class Refusal(Enum):
    """Every refusal that the guide knows. The two 500s are the caller's fault, never retried."""

    MISSING_API_KEY = ErrorRow(
        401,
        "Missing API key",
        "The key is empty: add the secret. Pull requests from forks and from Dependabot get no "
        "secrets; missing-key: skip lets those pass with a notice.",
    )
    INVALID_API_KEY = ErrorRow(
        401,
        "Invalid API key",
        "The key is wrong or was deleted: check the secret against the organization's API keys.",
    )
    KEY_WITHOUT_ORGANIZATION = ErrorRow(
        403,
        "API key is not associated with an organization",
        "Create a new API key in the organization's settings and use that one.",
    )
    NOT_A_MEMBER = ErrorRow(
        403,
        "Unauthorized",
        "The key's user is not a member of the organization: use a key that a member created.",
    )
    OTHER_ORGANIZATION = ErrorRow(
        403,
        "API key does not have access to this organization",
        "Key and workflow belong to different organizations: use a key of the workflow's one.",
    )
    INVALID_JSON = ErrorRow(
        400,
        "Invalid JSON payload",
        "This is a bug of genesis-ci: please report it with the version and the job's log.",
    )
    PAYLOAD_TOO_LARGE = ErrorRow(
        413,
        "Payload too large",
        "The inputs are over 10 MB: shrink them, for example by passing a link instead of a file.",
    )
    NOT_STRINGS = ErrorRow(
        500,
        "Invalid payload: expected object with string values",
        "Every value has to be a string: check the inputs.",
    )
    UNEXPECTED_FIELDS = ErrorRow(
        500,
        "Unexpected fields in payload",
        "A key of the inputs is not defined in the workflow: match the names, upper and lower "
        "case too, to the workflow's context variables.",
    )
    WORKFLOW_NOT_FOUND = ErrorRow(
        404,
        "Workflow template not found or API access not enabled",
        "Check workflow-id against the endpoint URL in the workflow's trigger dialog, and switch "
        "API access on there.",
    )
    INVALID_TEMPLATE_ID = ErrorRow(
        400,
        "Invalid template ID",
        "The id is not a UUID: copy it from the endpoint URL in the workflow's trigger dialog.",
    )
    USAGE_LIMIT = ErrorRow(
        403,
        "Usage limit reached",
        "The organization's credits are used up: ask an administrator to add credits.",
    )
    NO_PROJECT = ErrorRow(
        400,
        "Workflow template must belong to a project",
        "Put the workflow into a project in Genesis.",
    )
    PROJECT_NOT_FOUND = ErrorRow(
        404,
        "Project not found",
        "The workflow's project is gone: check the project settings in Genesis.",
    )
    EXECUTION_NOT_FOUND = ErrorRow(
        404,
        "Execution not found",
        "Check execution-id: Genesis knows no run with this id.",
    )


class GenesisRefusedError(RefusedError):
    """Genesis refused; `refusal` is the guide's row, or None for a refusal the guide lacks."""

    def __init__(self, message: str, *, hint: str, status: int, refusal: Refusal | None) -> None:
        super().__init__(message, hint=hint, status=status)
        self.refusal = refusal


_REMEDY_BY_STATUS = {
    400: "Genesis did not accept the request: check workflow-id, execution-id and inputs.",
    401: "Check the API key.",
    403: "Check what the API key and its user may do in the organization.",
    404: "Check api-url, workflow-id and execution-id.",
    405: "Check api-url: this server is not a Genesis API.",
    413: Refusal.PAYLOAD_TOO_LARGE.value.remedy,
}


def refusal_for(status: int, message: str) -> GenesisRefusedError | None:
    """Return the refusal that an error answer means; None when it is a fault that may pass.

    Every 4xx except 408, 425 and 429 is a refusal, and so is a row of the guide with its own
    status: its words in the mouth of a proxy that answers 502 are not.
    """
    final_status = 400 <= status < 500 and status not in {408, 425, 429}
    row = _row_named(message, status)
    named = row is not None and row.value.status == status
    return refused(status, message) if final_status or named else None


def refused(status: int, message: str) -> GenesisRefusedError:
    """Return the refusal with the guide's remedy, or with the status's when it has no row."""
    refusal = _row_named(message, status)
    said = message.strip().rstrip(".") or "no reason given"
    if refusal:
        hint = refusal.value.remedy
    else:
        hint = _REMEDY_BY_STATUS.get(status, "Check the configuration against the API guide.")
    return GenesisRefusedError(
        f"Genesis refused ({status}): {said}", hint=hint, status=status, refusal=refusal
    )


def is_of_the_guide(message: str) -> bool:
    """Return whether a message can only be the guide's, with or without words around it."""
    return _row_named(message, status=None) is not None


def _row_named(message: str, status: int | None) -> Refusal | None:
    """The row whose words are there, as in `Error: Unexpected fields in payload: foo, bar`.

    `Unauthorized` is also what frameworks call a 401: it is the row's only with the row's status.
    """
    for row in Refusal:
        if row is Refusal.NOT_A_MEMBER and row.value.status != status:
            continue
        words = rf"(?:^|:)\s*{re.escape(row.value.message)}\s*(?:$|[.:;,(\[-])"
        if re.search(words, message, re.IGNORECASE):
            return row
    return None
