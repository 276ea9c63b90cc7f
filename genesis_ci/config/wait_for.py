"""`wait-for`: an address, or a mapping, that says what has to answer before the trigger."""

import re
from collections.abc import Callable, Iterator
from typing import TypeVar
from urllib.parse import urlsplit

from genesis_ci.config import parsers
from genesis_ci.config.tree import Listing, Node, Table, Text, name
from genesis_ci.models import Problem, WaitFor

KEYS = ("url", "status", "contains", "timeout", "header")
LONGEST_URL = 2_000
LONGEST_CONTAINS = 1_000
LONGEST_HEADER = 8_000

T = TypeVar("T")

_HEADER = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}):[ \t]*([\x20-\x7e]*[\x21-\x7e])")
_OURS = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "x-api-key"}
)
"""Headers that are the connection's or Genesis's."""


def parse_wait_for(node: Node) -> tuple[WaitFor | None, tuple[Problem, ...]]:
    """Return what is waited for, and everything that is wrong with it, each with its line."""
    match node:
        case Text():
            pairs: dict[str, Node] = {"url": node}
        case Table():
            pairs = {key.text: value for key, value in node.pairs}
        case Listing():
            return None, (Problem(words="this is a list", line=node.line),)
    problems = list(_unknown(node))
    read = _Reader(pairs, problems)
    url = read("url", _url)
    if "url" not in pairs:
        problems.append(Problem(words="url is missing", line=node.line))
    status = read("status", _status)
    contains = read("contains", _contains)
    timeout = read("timeout", parsers.duration)
    header = read("header", _header)
    if problems or url is None:
        return None, tuple(problems)
    return (
        WaitFor(
            url=url,
            status=status,
            contains=contains,
            timeout=timeout or WaitFor(url=url).timeout,
            header=header,
            shown=_without_query(url),
            shown_text=contains or "",
        ),
        (),
    )


class _Reader:
    def __init__(self, pairs: dict[str, Node], problems: list[Problem]) -> None:
        self._pairs = pairs
        self._problems = problems

    def __call__(self, key: str, parse: Callable[[str], T]) -> T | None:
        """Return the value of a key; None where it is not there, or wrong, which is noted."""
        if key not in self._pairs:
            return None
        node = self._pairs[key]
        try:
            if not isinstance(node, Text):
                raise ValueError("this is not a single value")
            return parse(node.text.strip())
        except ValueError as error:
            private = isinstance(node, Text) and node.private
            words = "what the environment gives here is not accepted" if private else str(error)
            self._problems.append(Problem(words=f"{key}: {words}", line=node.line))
            return None


def _unknown(node: Node) -> Iterator[Problem]:
    for key, _ in node.pairs if isinstance(node, Table) else ():
        if key.text not in KEYS:
            words = f"unknown key {name(key.text)}. Known here: {', '.join(KEYS)}"
            yield Problem(words=words, line=key.line)


def _url(text: str) -> str:
    if len(text) > LONGEST_URL:
        raise ValueError(f"it has {len(text)} characters, and at most {LONGEST_URL} are taken")
    parts = parsers.split_address(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{parsers.quoted_address(text)} is not an http or https address")
    if "@" in parts.netloc:
        raise ValueError(
            f"{parsers.quoted_address(text)} has a user name; a preview's password goes into header"
        )
    return text.partition("#")[0]


def _status(text: str) -> int:
    if not re.fullmatch("[2-5][0-9]{2}", text):
        raise ValueError(f"{parsers.quoted(text)} is not an HTTP status from 200 to 599")
    return int(text)


def _contains(text: str) -> str:
    if not 1 <= len(text) <= LONGEST_CONTAINS:
        raise ValueError(f"the text has {len(text)} characters, not 1 to {LONGEST_CONTAINS}")
    return text


def _header(text: str) -> tuple[str, str]:
    """The error never shows the header: it is a secret."""
    found = _HEADER.fullmatch(text) if len(text) <= LONGEST_HEADER else None
    if not found:
        raise ValueError("it is not of the form “Name: value” on one line, or it is too long")
    if found[1].lower() in _OURS:
        raise ValueError(f"{parsers.quoted(found[1])} is a header that cannot be set")
    return found[1], found[2]


def _without_query(url: str) -> str:
    """The address as it is shown: what follows a question mark is often a password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}" + ("?…" if parts.query else "")
