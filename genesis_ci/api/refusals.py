"""The refusals of the API guide, each with the next step.

Source: Autify's API guide, "Troubleshooting" (its three tables).
"""

import re
from enum import Enum

from genesis_ci.errors import ContactError, RefusedError


class Refusal(Enum):
    """The rows of the guide: HTTP status, message, and what the user has to do.

    Its two 500s are the caller's fault and are never retried.
    """

    def __init__(self, status: int, message: str, remedy: str) -> None:
        self.status = status
        self.message = message
        self.remedy = remedy

    MISSING_API_KEY = (
        401,
        "Missing API key",
        "The key is empty: add the secret. Pull requests from forks and from Dependabot get no "
        "secrets; missing-key: skip lets those pass with a notice.",
    )
    INVALID_API_KEY = (
        401,
        "Invalid API key",
        "The key is wrong or was deleted: check the secret against the organization's API keys.",
    )
    KEY_WITHOUT_ORGANIZATION = (
        403,
        "API key is not associated with an organization",
        "Create a new API key in the organization's settings and use that one.",
    )
    NOT_A_MEMBER = (
        403,
        "Unauthorized",
        "The key's user is not a member of the organization: use a key that a member created.",
    )
    OTHER_ORGANIZATION = (
        403,
        "API key does not have access to this organization",
        "Key and workflow belong to different organizations: use a key of the workflow's one.",
    )
    INVALID_JSON = (
        400,
        "Invalid JSON payload",
        "This is a bug of genesis-ci: please report it with the version and the job's log.",
    )
    PAYLOAD_TOO_LARGE = (
        413,
        "Payload too large",
        "The inputs are over 10 MB: shrink them, for example by passing a link instead of a file.",
    )
    NOT_STRINGS = (
        500,
        "Invalid payload: expected object with string values",
        "Every value has to be a string: check the inputs.",
    )
    UNEXPECTED_FIELDS = (
        500,
        "Unexpected fields in payload",
        "A key of the inputs is not defined in the workflow: match the names, upper and lower "
        "case too, to the workflow's context variables.",
    )
    WORKFLOW_NOT_FOUND = (
        404,
        "Workflow template not found or API access not enabled",
        "Check workflow-id against the endpoint URL in the workflow's trigger dialog, and switch "
        "API access on there.",
    )
    INVALID_TEMPLATE_ID = (
        400,
        "Invalid template ID",
        "The id is not a UUID: copy it from the endpoint URL in the workflow's trigger dialog.",
    )
    USAGE_LIMIT = (
        403,
        "Usage limit reached",
        "The organization's credits are used up: ask an administrator to add credits.",
    )
    NO_PROJECT = (
        400,
        "Workflow template must belong to a project",
        "Put the workflow into a project in Genesis.",
    )
    PROJECT_NOT_FOUND = (
        404,
        "Project not found",
        "The workflow's project is gone: check the project settings in Genesis.",
    )
    EXECUTION_NOT_FOUND = (
        404,
        "Execution not found",
        "Check execution-id: Genesis knows no run with this id.",
    )


_REMEDY_BY_STATUS = {
    400: "Genesis did not accept the request: check workflow-id, execution-id and inputs.",
    401: "Check the API key.",
    403: "Check what the API key and its user may do in the organization.",
    404: "Check workflow-id, execution-id and api-url.",
    405: "Check api-url: this server is not a Genesis API.",
    413: Refusal.PAYLOAD_TOO_LARGE.remedy,
}
_OF_GATEWAYS = {407, 409, 421, 423, 431, 499}
"""Statuses that Genesis never answers: they are not in its guide."""


def refusal_for(
    status: int, message: str, *, is_json: bool = True, fault: ContactError | None = None
) -> RefusedError | None:
    """Return the refusal that an error answer means; None when it is a fault that may pass.

    Every 4xx except 408, 425 and 429 is a refusal, and so is a row of the guide with its own
    status; its words with another status may be a proxy's. The refusal is Genesis's own if it is
    such a row, or JSON with a message. `fault` is what it means while the poll is repeated.
    """
    final_status = 400 <= status < 500 and status not in {408, 425, 429}
    row = row_named(message, status)
    named = row is not None and row.status == status
    if not final_status and not named:
        return None
    is_own = named or (is_json and bool(message) and status not in _OF_GATEWAYS)
    return refused(status, message, fault=fault, is_own=is_own)


def refused(
    status: int, message: str, *, fault: ContactError | None = None, is_own: bool = True
) -> RefusedError:
    """Return the refusal with the guide's remedy, or with the status's when it has no row."""
    row = row_named(message, status)
    reason = message.strip().rstrip(".") or "no reason given"
    default = "Check the configuration against the API guide."
    remedy = row.remedy if row else _REMEDY_BY_STATUS.get(status, default)
    unknown_run = row is Refusal.EXECUTION_NOT_FOUND and status == row.status
    who = f"Genesis refused ({status})"
    if not is_own:
        who = f"The server refused ({status}) in a form that is not Genesis's"
        remedy = f"Check api-url first: a proxy or another server may have answered. {remedy}"
    return RefusedError(
        f"{who}: {reason}",
        hint=remedy,
        status=status,
        fault=fault if unknown_run or not is_own else None,
        unknown_run=unknown_run,
    )


def row_named(message: str, status: int | None = None) -> Refusal | None:
    """Return the row whose words are in a message: `Error: Unexpected fields in payload: a, b`.

    Frameworks call a 401 `Unauthorized` too, so these words count only with the row's status.
    """
    for row in Refusal:
        if row is Refusal.NOT_A_MEMBER and row.status != status:
            continue
        words = rf"(?:^|:)\s*{re.escape(row.message)}\s*(?:$|[.:;,(\[-])"
        if re.search(words, message, re.IGNORECASE):
            return row
    return None
