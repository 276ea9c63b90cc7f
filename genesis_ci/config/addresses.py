"""The inputs that are addresses. Functions raise `ValueError` for malformed ones.

`base` is the api-url, None if that is malformed.
"""

import re
from urllib.parse import SplitResult, urlsplit

from genesis_ci.config.problems import AdvisedError, check_replaced, quoted
from genesis_ci.text import is_ip_address, is_link, is_loopback, is_uuid, origin

LONGEST_HOST = 253
OLD_HOST = "genesis-v2.autify.com"
"""Genesis's host before it moved; old endpoint URLs still have it."""

_NEARLY_UUID = r"[0-9A-Fa-f]+(-[0-9A-Fa-f]+){2,}"
_ENDPOINT_PATH = r"(?P<prefix>.*)/api/workflows/(?P<id>[^/]*)/trigger/?"
_HOST = r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"


def host(text: str) -> str:
    name = text.removeprefix("[").removesuffix("]").lower()
    if len(name) <= LONGEST_HOST and (re.fullmatch(_HOST, name) or is_ip_address(name)):
        return name
    raise ValueError(f"{quoted(text)} is not a host name")


def api_url(text: str, *, allow_http: str | None = None, credential: str = "API key") -> str:
    """Return the base address without a trailing slash, to which a `credential` is sent.

    It is https, or http for loopback and for the host `allow_http`.
    """
    parts = split_address(text)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise _refused(text, "is not an http address")
    if parts.username is not None or "?" in text or "#" in text:
        raise ValueError("it has a user name, a query or a fragment, which a base address has not")
    if is_unencrypted(text) and parts.hostname != allow_http:
        raise _refused(text, f"is not https, so the {credential} would be sent unencrypted")
    return text.rstrip("/")


def is_unencrypted(address: str) -> bool:
    """Return whether an address is http and not on this machine."""
    parts = urlsplit(address)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")


def workflow_id(text: str, *, base: str | None, key_is_uuid: bool = False) -> str:
    """Return the template UUID, also from an endpoint URL with the origin of `base`.

    If `key_is_uuid`, the two may be swapped. The error does not show a text that may be the key.
    """
    candidate = _id_of_endpoint(text, base) if "://" in text else text
    check_replaced(candidate, "UUID")
    if is_uuid(candidate):
        return candidate.lower()
    length = f"it is not a UUID ({len(candidate)} characters)"
    if key_is_uuid:
        raise ValueError(f"{length}; are api-key and workflow-id swapped?")
    if re.fullmatch(_NEARLY_UUID, candidate):
        raise ValueError(f"{quoted(candidate)} is not a UUID")
    raise ValueError(length)


def run_url(text: str, *, base: str | None) -> str:
    """Return the template of a run's address, which has the host of `base`."""
    if "{execution_id}" not in text:
        raise _refused(text, "has no {execution_id} for the run's id")
    plain = text.replace("{execution_id}", "0").replace("{workflow_id}", "0")
    parts = split_address(plain)
    if "{" in plain or "}" in plain:
        raise _refused(text, "has other braces than {execution_id} and {workflow_id}")
    if not is_link(plain):
        raise _refused(text, "is not an address that can be linked")
    base_parts = urlsplit(base) if base else parts
    if parts.scheme not in {"https", base_parts.scheme}:
        raise _refused(text, "is not https")
    if parts.hostname != base_parts.hostname:
        raise _refused(text, f"is on another host than api-url, {quoted(base or '')}")
    return text


def report_url(text: str) -> str:
    parts = split_address(text)
    if parts.scheme != "https":
        raise _refused(text, "is not https")
    if not is_link(text):
        raise _refused(text, "is not an address that can be linked")
    return text


def split_address(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
        if text.isprintable() and " " not in text and "\\" not in text:
            return parts
    except ValueError:
        pass
    raise _refused(text, "is not an address")


def _refused(address: str, words: str) -> ValueError:
    return ValueError(f"{quoted_address(address)} {words}")


def quoted_address(text: str) -> str:
    """Return an address as a quotation, without user and password."""
    before, at, after = text.rpartition("@")
    if not at:
        return quoted(text)
    from genesis_ci.redaction import HIDDEN  # help imports this module, and does not need it

    scheme, slashes, _ = before.partition("://")
    shown = f"{scheme}://" if slashes and scheme.isalpha() else ""
    return quoted(f"{shown}{HIDDEN}@{after}")


def _id_of_endpoint(text: str, base: str | None) -> str:
    parts = split_address(text)
    path = re.fullmatch(_ENDPOINT_PATH, parts.path)
    if not path or parts.query or parts.fragment:
        raise _refused(text, "is not the endpoint URL of a workflow")
    if parts.hostname == OLD_HOST and base is not None and origin(base)[1] != OLD_HOST:
        raise AdvisedError(
            f"{quoted_address(text)} is an old address: Genesis moved from {OLD_HOST} to "
            "genesis.autify.com. Copy the URL from the trigger dialog again, or give the UUID "
            "alone"
        )
    if base is not None and origin(text) != origin(base):
        raise AdvisedError(
            f"{quoted_address(text)} belongs to another server than api-url, {quoted(base)}; if "
            "that is your Genesis, set api-url to it"
        )
    return path["id"]
