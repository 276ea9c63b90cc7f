"""The two forms of an id: Genesis's own, and what may stand in a URL path as it is."""

import re

_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,127}")


def is_uuid(text: str) -> bool:
    """Return whether a text has the form of a UUID."""
    return _UUID.fullmatch(text) is not None


def is_safe_id(text: str) -> bool:
    """Return whether an id is harmless in a URL path, and no flag on a command line."""
    return _SAFE.fullmatch(text) is not None
