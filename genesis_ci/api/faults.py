"""What went wrong, with the next step: refusals of the API guide, and faults of the network.

Source of the refusals: Autify's API guide, "Troubleshooting" (its three tables).
"""

import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from enum import Enum
from urllib.parse import urlsplit

from urllib3.exceptions import IncompleteRead, NameResolutionError, ProxyError

from genesis_ci.errors import ContactError, RefusedError

MAX_ERROR_BODY = 65_536
"""Bytes of an error answer; the message of a longer one is not read."""


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
_NO_HOST = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}  # not on BSD
"""What a resolver says of a name that does not exist; one that does not work says `EAI_AGAIN`."""
_REFUSED_TUNNEL = r"Tunnel connection failed: ([1-9]\d\d)\b"
_Reasons = Sequence[tuple[type[BaseException], str, str]]
"""The type of an exception in the chain, words in one of its messages, and the reason."""
_OUT_OF_MEMORY = (MemoryError, "", "this machine is out of memory")
_WHY_UNREACHABLE: _Reasons = (
    _OUT_OF_MEMORY,
    (NameResolutionError, "", "the name cannot be resolved"),
    (TimeoutError, "timed out", "no connection in time"),
    (ConnectionRefusedError, "", "connection refused"),
    (ssl.SSLError, "", "the TLS handshake failed"),
)
_WHY_LOST: _Reasons = (
    _OUT_OF_MEMORY,
    (TimeoutError, "timed out", "no complete answer in time"),
    (IncompleteRead, "IncompleteRead", "the answer was cut off"),
    (ConnectionError, "closed", "the connection broke"),
)


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


def overdue(url: str, *, reached: bool) -> ContactError:
    """Return the fault of no answer in time; `reached` is whether the request was sent by then."""
    if reached:
        return _lost(url, "no complete answer in time")
    return _unreachable(url, "no connection in time")


def explained(url: str, error: Exception, *, reached: bool) -> ContactError:
    """Return a foreign exception as a fault; `reached` is whether the request may be sent.

    A `ValueError` before that is about the request itself (its address, a proxy's): final.
    """
    chain = list(_chain(error))
    if reached:
        return _lost(url, _reason(chain, _WHY_LOST, "the answer is not HTTP"))
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            return ContactError(
                f"The certificate of {_host(url)} is not trusted: {one.verify_message}.",
                reached=False,
                permanent=True,
                hint="Check api-url; for a private certificate authority set REQUESTS_CA_BUNDLE to "
                "its certificate file.",
            )
    if isinstance(error, ValueError):
        return ContactError(
            f"Cannot start a connection to {_host(url)}: {type(error).__name__}.",
            reached=False,
            permanent=True,
            hint="Check api-url and the proxy settings (HTTPS_PROXY, ALL_PROXY, NO_PROXY).",
        )
    reason = _reason(chain, _WHY_UNREACHABLE, "it failed")
    said = {one.errno for one in chain if isinstance(one, socket.gaierror)}
    resolved = None if said else True
    if said & _NO_HOST:
        reason, resolved = "the host name does not exist", False
    if any(isinstance(one, ProxyError) for one in chain):
        return _proxy_fails(url, chain, reason, resolved)
    return _unreachable(url, reason, resolved)


def _unreachable(url: str, reason: str, resolved: bool | None = None) -> ContactError:
    return ContactError(
        f"Cannot connect to {_host(url)}: {reason}.",
        reached=False,
        hint="Check api-url, and that this runner may reach it (proxy, firewall, DNS).",
        resolved=resolved,
    )


def _proxy_fails(
    url: str, chain: Sequence[BaseException], reason: str, resolved: bool | None
) -> ContactError:
    refusal = re.search(_REFUSED_TUNNEL, " ".join(map(str, chain)))
    problem = f"to the proxy for {_host(url)}: {reason}"
    if refusal:
        problem = f"to {_host(url)}: the proxy refused the connection with status {refusal[1]}"
    return ContactError(
        f"Cannot connect {problem}.",
        reached=False,
        hint="Check this runner's proxy settings (HTTPS_PROXY, ALL_PROXY, NO_PROXY); a proxy that "
        "answers 407 wants a user and a password in them.",
        resolved=resolved,
    )


def _lost(url: str, reason: str) -> ContactError:
    return ContactError(
        f"Lost the connection to {_host(url)}: {reason}.",
        reached=True,
        hint="The network or the server is at fault; nothing has to be changed here.",
    )


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _reason(chain: Sequence[BaseException], reasons: _Reasons, otherwise: str) -> str:
    messages = " ".join(map(str, chain))
    for kind, words, reason in reasons:
        if any(isinstance(one, kind) for one in chain) or (words and words in messages):
            return reason
    return f"{otherwise} ({type(chain[-1]).__name__})"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it came from: by `raise from`, by context, or as its argument."""
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        one = todo.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            todo += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
