"""Which refusal of the API guide an error answer means, from its status and Genesis's words."""

import re

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.models.refusal import Refusal

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
    status. It is Genesis's own if it is such a row, or JSON with a message. Otherwise a proxy may
    have sent it, and it carries the `fault` that it means while the poll is repeated.
    """
    row = row_named(message, status)
    has_its_row = row is not None and row.status == status
    if not has_its_row and (not 400 <= status < 500 or status in {408, 425, 429}):
        return None
    is_own = has_its_row or (is_json and bool(message) and status not in _OF_GATEWAYS)
    return refused(status, message, row, fault=fault, is_own=is_own)


def refused(
    status: int,
    message: str,
    row: Refusal | None,
    *,
    fault: ContactError | None = None,
    is_own: bool = True,
) -> RefusedError:
    """Return the refusal with the guide's remedy, or with the status's when it has no row."""
    reason = message.strip().rstrip(".") or "no reason given"
    default = "Check the configuration against the API guide."
    remedy = row.remedy if row else _REMEDY_BY_STATUS.get(status, default)
    who = f"Genesis refused ({status})"
    if not is_own:
        who = f"The server refused ({status}) in a form that is not Genesis's"
        remedy = f"Check api-url first: a proxy or another server may have answered. {remedy}"
    error = RefusedError(f"{who}: {reason}", hint=remedy, status=status, row=row)
    if error.unknown_run or not is_own:
        error.fault = fault
    return error


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
