"""From the text of one input to its value. Each function raises `ValueError` with the problem.

The words of the error complete "INPUT: …"; the accepted forms are added from the table.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from itertools import pairwise
from pathlib import PurePosixPath
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from genesis_ci.redaction import HIDDEN
from genesis_ci.text import clean_line, is_ip_address, is_loopback, is_safe_id, is_uuid

LONGEST_DURATION = 7 * 24 * 3600.0
LONGEST_NAME = 100
LONGEST_SCALAR = 2_000
LONGEST_HOST = 253
MOST_ATTEMPTS = 5
MOST_IDS = 500
MOST_NAMES = 1_000
OLD_HOST = "genesis-v2.autify.com"
"""Genesis's host before it moved; old endpoint URLs are about."""
LONGEST_QUOTATION = 60
LONGEST_PROBLEM = 1000

_NEARLY_UUID = re.compile(r"[0-9A-Fa-f]+(-[0-9A-Fa-f]+){2,}")
_QUOTATION = re.compile("“([^”]*)”")
_ENDPOINT_PATH = re.compile(r"(?P<prefix>.*)/api/workflows/(?P<id>[^/]*)/trigger/?")
_DURATION = re.compile(r"(?:([0-9]{1,6})h)?(?:([0-9]{1,7})m)?(?:([0-9]{1,8})s)?")
_SECONDS = re.compile(r"[0-9]{1,8}(\.[0-9]{1,3})?")
_KEY = re.compile(r"[\x21-\x7e]+")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_LINK = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/%+=&?#,-]*)?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Choice = TypeVar("Choice", bound=StrEnum)


def quoted(text: str) -> str:
    """Return a value as a problem quotes it.

    It stays as it is until secrets are scrubbed, for an altered secret would not be found.
    """
    return f"“{text}”"


def shortened(problem: str) -> str:
    """Return a problem, scrubbed already: harmless, on one line, and no quotation in it long."""
    short = _QUOTATION.sub(
        lambda found: f"“{clean_line(found[1], limit=LONGEST_QUOTATION)}”", problem
    )
    return clean_line(short, limit=LONGEST_PROBLEM)


def sentence(words: str) -> str:
    """Return words with the mark that ends a sentence."""
    return words if words.endswith("?") else f"{words.rstrip('.')}."


def boolean(text: str) -> bool:
    """Return the boolean that a text means: true or false, in any case."""
    match text.lower():
        case "true":
            return True
        case "false":
            return False
        case _:
            raise ValueError(f"{quoted(text)} is neither true nor false")


def attempts(text: str) -> int:
    """Return how many runs a workflow may take to pass."""
    if text not in map(str, range(1, MOST_ATTEMPTS + 1)):
        raise ValueError(f"{quoted(text)} is not such a number")
    return int(text)


def choice(kind: type[Choice], text: str) -> Choice:
    """Return the member of a closed set of words."""
    for member in kind:
        if member.value == text.lower():
            return member
    raise ValueError(f"{quoted(text)} is not one of the choices")


def duration(text: str) -> float:
    """Return seconds from `90`, `90s`, `10m` or `1h30m`: 1 second to 7 days."""
    seconds = _seconds(text)
    if not 1 <= seconds <= LONGEST_DURATION:
        raise ValueError(f"{quoted(text)} is not between 1 second and 7 days")
    return seconds


def _seconds(text: str) -> float:
    compact = text.replace(" ", "").lower()
    if _SECONDS.fullmatch(compact):
        return float(compact)
    parts = _DURATION.fullmatch(compact)
    if not compact or not parts:
        raise ValueError(f"{quoted(text)} is not a duration")
    hours, minutes, rest = (int(part or 0) for part in parts.groups())
    return hours * 3600.0 + minutes * 60.0 + rest


def poll_interval(text: str) -> float | None:
    """Return seconds between looks, or None for `auto`."""
    if text.lower() == "auto":
        return None
    try:
        _seconds(text)
    except ValueError:
        raise ValueError(f"{quoted(text)} is neither auto nor a number of seconds") from None
    return duration(text)


def api_key(text: str) -> str:
    """Return the key; the error never shows it."""
    if _KEY.fullmatch(text):
        return text
    place = next(i for i, character in enumerate(text) if not "\x21" <= character <= "\x7e")
    kind = {"\n": "a line break", "\r": "a line break", " ": "a space"}.get(
        text[place], "a character that no key has"
    )
    raise ValueError(f"it has {kind} at position {place + 1} of {len(text)}; set the secret again")


def is_key(text: str) -> bool:
    """Return whether a text can stand in a header, as keys and tokens do."""
    return _KEY.fullmatch(text) is not None


def host(text: str) -> str:
    """Return a host name or IP address, as a URL's host is told."""
    name = text.removeprefix("[").removesuffix("]").lower()
    if len(name) <= LONGEST_HOST and (_HOST.fullmatch(name) or is_ip_address(name)):
        return name
    raise ValueError(f"{quoted(text)} is not a host name")


def api_url(text: str, *, allow_http: str | None = None) -> str:
    """Return the base address without a trailing slash.

    That is https, or http on loopback and on the host that `allow_http` names.
    """
    parts = split_address(text)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError(f"{quoted_address(text)} is not an http address")
    if parts.username is not None or "?" in text or "#" in text:
        raise ValueError("it has a user name, a query or a fragment, which a base address has not")
    if is_in_the_clear(text) and parts.hostname != allow_http:
        raise ValueError(
            f"{quoted_address(text)} is not https, and the key would travel in the clear"
        )
    return text.rstrip("/")


def is_in_the_clear(address: str) -> bool:
    """Return whether what is sent to an address can be read on the way."""
    parts = urlsplit(address)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")


def workflow_id(text: str, *, base: str | None, key_is_uuid: bool = False) -> str:
    """Return the template UUID, also out of an endpoint URL whose origin is that of `base`.

    `base` is the api-url, None where that is itself in error. `key_is_uuid` says that the API key
    looks like a workflow's id; then this may be the key. What may be one is never shown.
    """
    candidate = _id_of_endpoint(text, base) if "://" in text else text
    if is_uuid(candidate):
        return candidate.lower()
    length = f"it is no UUID ({len(candidate)} characters)"
    if key_is_uuid:
        raise ValueError(f"{length}; are api-key and workflow-id swapped?")
    if _NEARLY_UUID.fullmatch(candidate):
        raise ValueError(f"{quoted(candidate)} is not a UUID")
    raise ValueError(length)


def execution_ids(text: str) -> tuple[str, ...]:
    """Return the ids of a list, each once, in order."""
    ids = tuple(dict.fromkeys(words(text)))
    if not ids:
        raise ValueError("it names no id")
    if len(ids) > MOST_IDS:
        raise ValueError(f"it names {len(ids)} ids, and one job attaches to at most {MOST_IDS}")
    for one in ids:
        if not is_safe_id(one):
            raise ValueError(f"{quoted(one)} is not an execution id")
    return ids


def words(text: str) -> list[str]:
    """Return the words of a list separated by commas or white space."""
    return text.replace(",", " ").split()


def names(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the names that texts list, each once, in order."""
    found = tuple(dict.fromkeys(word for text in texts for word in words(text)))
    if len(found) > MOST_NAMES:
        raise ValueError(f"it lists {len(found)} names, and at most {MOST_NAMES} are read")
    for one in found:
        if len(one) > LONGEST_NAME:
            raise ValueError(f"{quoted(one)} is too long: {too_long_a_name(one)}")
    return found


def too_long_a_name(name: str) -> str:
    """Return how long a name is, and how long it may be."""
    return f"a name has at most {LONGEST_NAME} characters, and this one has {len(name)}"


def variables(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the names of environment variables that texts list."""
    found = names(texts)
    for one in found:
        if not is_variable(one):
            raise ValueError(f"{quoted(one)} is not the name of an environment variable")
    return found


def is_variable(text: str) -> bool:
    """Return whether a text can be the name of an environment variable."""
    return len(text) <= LONGEST_NAME and _VARIABLE.fullmatch(text) is not None


def run_url(text: str, *, base: str | None) -> str:
    """Return the template of a run's address, which is one of Genesis's own host.

    `base` is the api-url, None where that is itself in error.
    """
    if "{execution_id}" not in text:
        raise ValueError(
            f"{quoted_address(text)} has no {{execution_id}} where the run's id stands"
        )
    plain = text.replace("{execution_id}", "0").replace("{workflow_id}", "0")
    parts = split_address(plain)
    if "{" in plain or "}" in plain:
        raise ValueError(
            f"{quoted_address(text)} has other braces than {{execution_id}} and {{workflow_id}}"
        )
    if not _LINK.fullmatch(plain):
        raise ValueError(f"{quoted_address(text)} is not an address that can be linked")
    base_parts = urlsplit(base) if base else parts
    if parts.scheme not in {"https", base_parts.scheme}:
        raise ValueError(f"{quoted_address(text)} is not https")
    if parts.hostname != base_parts.hostname:
        raise ValueError(
            f"{quoted_address(text)} is on another host than api-url, {quoted(base or '')}"
        )
    return text


def report_dir(text: str) -> str:
    """Return a relative path inside the workspace, in its plain form."""
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or "\\" in text or not text.isprintable():
        raise ValueError(f"{quoted(text)} leads out of the workspace")
    parts = [part.lower() for part in path.parts]
    if not parts or ".git" in parts or (".github", "workflows") in pairwise(parts):
        raise ValueError(f"{quoted(text)} is not a place for reports")
    return str(path)


def split_address(text: str) -> SplitResult:
    """Return the parts of an address; raise `ValueError` where it is none."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError(f"{quoted_address(text)} is not an address") from None
    if not text.isprintable() or " " in text or "\\" in text:
        raise ValueError(f"{quoted_address(text)} is not an address")
    return parts


def quoted_address(text: str) -> str:
    """Return an address as a problem tells it: without user and password."""
    before, at, after = text.rpartition("@")
    if not at:
        return quoted(text)
    scheme, slashes, _ = before.partition("://")
    shown = f"{scheme}://" if slashes and scheme.isalpha() else ""
    return quoted(f"{shown}{HIDDEN}@{after}")


def _id_of_endpoint(text: str, base: str | None) -> str:
    parts = split_address(text)
    path = _ENDPOINT_PATH.fullmatch(parts.path)
    if not path or parts.query or parts.fragment:
        raise ValueError(f"{quoted_address(text)} is not the endpoint URL of a workflow")
    if parts.hostname == OLD_HOST and base is not None and _origin(base)[1] != OLD_HOST:
        raise ValueError(
            f"{quoted_address(text)} is an old address: Genesis moved from {OLD_HOST} to "
            "genesis.autify.com. Copy the URL from the trigger dialog again, or give the UUID alone"
        )
    if base is not None and _origin(text) != _origin(base):
        raise ValueError(
            f"{quoted_address(text)} belongs to another server than api-url, {quoted(base)}; "
            "if that is your Genesis, set api-url to it"
        )
    return path["id"]


def _origin(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), port
