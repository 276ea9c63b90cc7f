"""The inputs that are addresses. Functions raise `ValueError` for malformed ones.

`base` is the api-url, None if that is malformed.
"""

import re
from urllib.parse import SplitResult, urlsplit

from genesis_ci.document.problems import AdvisedError, check_replaced, quoted_in_language
from genesis_ci.language import N_, _, fill
from genesis_ci.network import Network, network_of
from genesis_ci.text import UUID, is_link, is_uuid, origin

OLD_HOST = "genesis-v2.autify.com"
"""Genesis's host before it moved; old endpoint URLs still have it."""

_NEARLY_UUID = r"[0-9A-Fa-f]+(-[0-9A-Fa-f]+){2,}"
_NAME = r"[^\W\d_]{1,20}([ -][^\W\d_]{1,20})*"
"""No API key is made of words alone."""
_ENDPOINT_PATH = r"(?P<prefix>.*)/api/workflows/(?P<id>[^/]*)/trigger/?"


def api_url(text: str, *, credential: str = N_("API key")) -> str:
    """Return the base address without a trailing slash, to which a `credential` is sent.

    It is https, or http for loopback and a private network.
    """
    parts = split_address(text)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise _refused(text, N_("{address} is not an http address"))
    if parts.username is not None or "?" in text or "#" in text:
        words = _("it has a user name, a query or a fragment, which a base address has not")
        raise ValueError(words)
    if parts.scheme == "http" and network_of(text) is Network.PUBLIC:
        words = N_("{address} is not https, so the {credential} would be sent unencrypted")
        raise _refused(text, words, credential=_(credential))
    return text.rstrip("/")


def genesis(text: str) -> str:
    """Return the base address of Genesis, to which requests add their paths."""
    base = api_url(text)
    if re.search("/api(/(workflows|executions)(/.*)?)?$", urlsplit(base).path):
        raise _refused(text, N_("{address} has the path /api, which each request adds itself"))
    return base


def workflow_id(text: str, *, base: str | None, key_is_uuid: bool = False) -> str:
    """Return the template UUID, also from an endpoint URL with the origin of `base`.

    If `key_is_uuid`, the two may be swapped. The error does not show a text that may be the key.
    """
    candidate = _id_of_endpoint(text, base) if "://" in text else text
    check_replaced(candidate, "UUID")
    if is_uuid(candidate):
        return candidate.lower()
    words = N_("it is not a UUID ({count} characters)")
    if key_is_uuid:
        words = N_("it is not a UUID ({count} characters); are api-key and workflow-id swapped?")
    elif re.fullmatch(rf"{_NEARLY_UUID}|{_NAME}|\W*{UUID.pattern}\W*", candidate):
        words = N_("“{text}” is not a UUID")
    raise ValueError(fill(words, count=len(candidate), text=candidate))


def run_url(text: str, *, base: str | None) -> str:
    """Return the template of a run's address, which has the host of `base`."""
    if "{execution_id}" not in text:
        raise _refused(text, N_("{address} has no {name} for the run's id"), name="{execution_id}")
    plain = text.replace("{execution_id}", "0").replace("{workflow_id}", "0")
    parts = split_address(plain)
    if "{" in plain or "}" in plain:
        words = N_("{address} has other braces than {names}")
        raise _refused(text, words, names=_("{execution_id} and {workflow_id}"))
    if not is_link(plain):
        raise _refused(text, N_("{address} is not an address that can be linked"))
    base_parts = urlsplit(base) if base else parts
    if parts.scheme not in {"https", base_parts.scheme}:
        raise _refused(text, N_("{address} is not https"))
    if parts.hostname != base_parts.hostname:
        words = N_("{address} is on another host than api-url, “{base}”")
        raise _refused(text, words, base=base or "")
    return text


def report_url(text: str) -> str:
    parts = split_address(text)
    if parts.scheme != "https":
        raise _refused(text, N_("{address} is not https"))
    if not is_link(text):
        raise _refused(text, N_("{address} is not an address that can be linked"))
    return text


def split_address(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
        if text.isprintable() and " " not in text and "\\" not in text:
            return parts
    except ValueError:
        pass
    raise _refused(text, N_("{address} is not an address"))


def _refused(address: str, words: str, **values: str) -> ValueError:
    return ValueError(fill(words, address=quoted_address(address), **values))


def quoted_address(text: str) -> str:
    """Return an address as a quotation, without user and password."""
    before, at, after = text.rpartition("@")
    if not at:
        return quoted_in_language(text)
    from genesis_ci.redaction import HIDDEN  # help imports this module, and does not need it

    scheme, slashes, _ = before.partition("://")
    shown = f"{scheme}://" if slashes and scheme.isalpha() else ""
    return quoted_in_language(f"{shown}{HIDDEN}@{after}")


def _id_of_endpoint(text: str, base: str | None) -> str:
    parts = split_address(text)
    path = re.fullmatch(_ENDPOINT_PATH, parts.path)
    if not path or parts.query or parts.fragment:
        raise _refused(text, N_("{address} is not the endpoint URL of a workflow"))
    if parts.hostname == OLD_HOST and base is not None and origin(base)[1] != OLD_HOST:
        words = N_(
            "{address} is an old address: Genesis moved from {old} to genesis.autify.com. Copy the "
            "URL from the trigger dialog again, or give the UUID alone"
        )
        raise AdvisedError(fill(words, address=quoted_address(text), old=OLD_HOST))
    if base is not None and origin(text) != origin(base):
        words = N_(
            "{address} belongs to another server than api-url, “{base}”. Write only the id, "
            "the part before /trigger, or set api-url to the server of the address"
        )
        raise AdvisedError(fill(words, address=quoted_address(text), base=base))
    return path["id"]
