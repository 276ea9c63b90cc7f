"""What went wrong, in words that people can act on: the guide's rows, and faults of the network.

Source of the rows: Autify's API guide, "Troubleshooting" (its three tables).
"""

import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from urllib3.exceptions import NameResolutionError, ProxyError

from genesis_ci.errors import ContactError, RefusedError


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

    def __init__(
        self,
        message: str,
        *,
        hint: str,
        status: int,
        refusal: Refusal | None,
        fault: ContactError | None = None,
    ) -> None:
        super().__init__(message, hint=hint, status=status, fault=fault)
        self.refusal = refusal


_REMEDY_BY_STATUS = {
    400: "Genesis did not accept the request: check workflow-id, execution-id and inputs.",
    401: "Check the API key.",
    403: "Check what the API key and its user may do in the organization.",
    404: "Check api-url, workflow-id and execution-id.",
    405: "Check api-url: this server is not a Genesis API.",
    413: Refusal.PAYLOAD_TOO_LARGE.value.remedy,
}


_OF_GATEWAYS = {407, 409, 421, 423, 431, 499}
"""What Genesis never says of a run: its guide has no such answers."""
_OF_BOTH = {403, 404}
"""What both say: Genesis in JSON or in the guide's words, a gateway in a page of its own."""
_REFUSED_TUNNEL = re.compile(r"Tunnel connection failed: ([1-9]\d\d)\b")


def refusal_for(
    status: int, message: str, *, is_json: bool = True, fault: ContactError | None = None
) -> GenesisRefusedError | None:
    """Return the refusal that an error answer means; None when it is a fault that may pass.

    Every 4xx except 408, 425 and 429 is a refusal, and so is a row of the guide with its own
    status: its words in the mouth of a proxy that answers 502 are not. A refusal that a gateway
    may have given in place of Genesis carries the `fault` that it is for a run that was seen.
    """
    final_status = 400 <= status < 500 and status not in {408, 425, 429}
    row = _row_named(message, status)
    named = row is not None and row.value.status == status
    if not final_status and not named:
        return None
    own_words = named or (is_json and bool(message))
    gateway = status in _OF_GATEWAYS or (status in _OF_BOTH and not own_words)
    return refused(status, message, fault=fault if gateway else None)


def refused(status: int, message: str, *, fault: ContactError | None = None) -> GenesisRefusedError:
    """Return the refusal with the guide's remedy, or with the status's when it has no row."""
    refusal = _row_named(message, status)
    said = message.strip().rstrip(".") or "no reason given"
    if refusal:
        hint = refusal.value.remedy
    else:
        hint = _REMEDY_BY_STATUS.get(status, "Check the configuration against the API guide.")
    return GenesisRefusedError(
        f"Genesis refused ({status}): {said}",
        hint=hint,
        status=status,
        refusal=refusal,
        fault=fault,
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


def overdue(url: str, *, reached: bool) -> ContactError:
    """The time for a whole answer is over; `reached` is whether the request was sent by then."""
    if not reached:
        return _unreachable(url, "no connection in time")
    return _lost(url, "no whole answer in time")


def explained(url: str, error: Exception, *, reached: bool) -> ContactError:
    """Return a foreign exception as a fault; `reached` is whether the request may be sent.

    A `ValueError` before that is about the request itself (its address, a proxy's): final.
    """
    if reached:
        return _lost(url, _why_lost(error))
    certificate = next(
        (one for one in _chain(error) if isinstance(one, ssl.SSLCertVerificationError)), None
    )
    if certificate:
        return _untrusted(url, certificate)
    if isinstance(error, ValueError):
        return _impossible(url, error)
    if any(isinstance(one, ProxyError) for one in _chain(error)):
        return _proxy_fails(url, error)
    return _unreachable(url, _why_unreachable(error))


def _untrusted(url: str, error: ssl.SSLCertVerificationError) -> ContactError:
    return ContactError(
        f"The certificate of {_host(url)} is not trusted: {error.verify_message}.",
        reached=False,
        permanent=True,
        hint="Check api-url; for a private certificate authority set REQUESTS_CA_BUNDLE to "
        "its certificate file.",
    )


def _impossible(url: str, error: Exception) -> ContactError:
    return ContactError(
        f"Cannot even try to connect to {_host(url)}: {type(error).__name__}.",
        reached=False,
        permanent=True,
        hint="Check api-url and the proxy settings (HTTPS_PROXY, ALL_PROXY, NO_PROXY).",
    )


def _unreachable(url: str, reason: str) -> ContactError:
    return ContactError(
        f"Cannot connect to {_host(url)}: {reason}.",
        reached=False,
        hint="Check api-url, and that this runner may reach it (proxy, firewall, DNS).",
    )


def _proxy_fails(url: str, error: Exception) -> ContactError:
    refusal = _REFUSED_TUNNEL.search(" ".join(map(str, _chain(error))))
    problem = f"to the proxy for {_host(url)}: {_why_unreachable(error)}"
    if refusal:
        problem = f"to {_host(url)}: the proxy refused the connection with status {refusal[1]}"
    return ContactError(
        f"Cannot connect {problem}.",
        reached=False,
        hint="Check this runner's proxy settings (HTTPS_PROXY, ALL_PROXY, NO_PROXY); a proxy that "
        "answers 407 wants a user and a password in them.",
    )


def _lost(url: str, reason: str) -> ContactError:
    return ContactError(
        f"Lost the connection to {_host(url)}: {reason}.",
        reached=True,
        hint="The network or the server is at fault; nothing has to be changed here.",
    )


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _why_unreachable(error: Exception) -> str:
    chain = list(_chain(error))
    words = " ".join(map(str, chain))
    if any(isinstance(one, MemoryError) for one in chain):
        return "this machine is out of memory"
    if any(isinstance(one, NameResolutionError) for one in chain):
        return "the name cannot be resolved"
    if any(isinstance(one, TimeoutError) for one in chain) or "timed out" in words:
        return "no connection in time"
    if any(isinstance(one, ConnectionRefusedError) for one in chain):
        return "connection refused"
    if any(isinstance(one, ssl.SSLError) for one in chain):
        return "the TLS handshake failed"
    return f"it failed ({type(chain[-1]).__name__})"


def _why_lost(error: Exception) -> str:
    chain = list(_chain(error))
    words = " ".join(map(str, chain))
    if any(isinstance(one, MemoryError) for one in chain):
        return "this machine is out of memory"
    if any(isinstance(one, TimeoutError) for one in chain) or "timed out" in words:
        return "no whole answer in time"
    if "IncompleteRead" in words:
        return "the answer was cut off"
    if any(isinstance(one, ConnectionError) for one in chain) or "closed" in words:
        return "the connection broke"
    return f"the answer is not HTTP ({type(chain[-1]).__name__})"


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
