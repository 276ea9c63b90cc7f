"""Which refusal of the API guide an error answer means, from its status and Genesis's words."""

import re

from genesis_ci.errors import ContactError, ProtocolError, RefusedError
from genesis_ci.language import N_, _, fill, in_sequence
from genesis_ci.models.refusal import Refusal

_REMEDY_BY_STATUS = {
    400: N_("Genesis did not accept the request: check workflow-id, execution-id and inputs."),
    401: N_("Check the API key."),
    403: N_("Check what the API key and its user may do in the organization."),
    404: N_("Check api-url, workflow-id and execution-id."),
    405: N_("Check api-url: this server is not a Genesis API."),
    413: Refusal.PAYLOAD_TOO_LARGE.remedy,
}
_OTHER_REMEDY = N_("Check the configuration against the API guide.")
_OF_GATEWAYS = {407, 409, 421, 423, 431, 499}
"""Statuses that Genesis never answers: they are not in its guide."""


def refusal_for(
    status: int, message: str, *, is_json: bool = True, fault: ContactError | None = None
) -> RefusedError | None:
    """Return the refusal that an error answer means; None when it is a fault that may pass.

    Every 4xx except 408, 425 and 429 is a refusal, and so is a row of the guide.
    """
    refusal = refused(status, message, is_json=is_json, fault=fault)
    is_final = 400 <= status < 500 and status not in {408, 425, 429}
    return refusal if is_final or refusal.row else None


def refused(
    status: int, message: str, *, is_json: bool = True, fault: ContactError | None = None
) -> RefusedError:
    """Return the refusal with the guide's remedy, or with the status's when it has no row.

    It is Genesis's own if it is a row, has the status 200, or is JSON with a message. Otherwise a
    proxy may have sent it, and it carries the `fault` that it means while the poll is repeated.
    """
    named = row_named(message, status)
    row = named if named and named.status == status else None
    reason = message.strip().rstrip(".。") or _("no reason given")
    remedy = _(named.remedy if named else _REMEDY_BY_STATUS.get(status, _OTHER_REMEDY))
    text = N_("Genesis refused ({status}): {reason}.")
    has_own_form = is_json and bool(message) and status not in _OF_GATEWAYS
    is_own = row is not None or status == 200 or has_own_form
    if not is_own:
        text = N_("The server refused ({status}) in a form that is not Genesis's: {reason}.")
        remedy = in_sequence((_(ProtocolError.HINT), remedy))
    may_pass = not is_own or row is Refusal.EXECUTION_NOT_FOUND
    text = fill(text, status=status, reason=reason)
    fault = fault if may_pass else None
    return RefusedError(text, hint=remedy, status=status, row=row, fault=fault)


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
