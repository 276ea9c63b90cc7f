"""The input `wait-for`: an address or a mapping that has to answer before the trigger."""

import re
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from genesis_ci.config.addresses import quoted_address, split_address
from genesis_ci.config.input_types import DURATION, SCALAR, InputType, Job, scalar, written
from genesis_ci.config.nodes import Listing, Node, ReportedError, Text
from genesis_ci.config.problems import AdvisedError, MalformedError, Quoted
from genesis_ci.config.variables import YAML_BOUNDS
from genesis_ci.models.readiness import WaitFor
from genesis_ci.text import fill, human_seconds

LONGEST_CONTAINS = 1_000
LONGEST_HEADER = 8_000

_HEADER = r"([A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}):[ \t]*([\x20-\x7e]*[\x21-\x7e])"
_ADDRESS = written(r"[Hh][Tt][Tt][Pp][Ss]?://\S+")
_OURS = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "x-api-key"}
)
"""Headers that the connection or Genesis sets."""


def _url(text: str) -> str:
    parts = split_address(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise MalformedError(quoted_address(text), " is not an http or https address")
    if "@" in parts.netloc:
        raise AdvisedError(
            quoted_address(text), " has a user name; write the preview's password into header"
        )
    return text.partition("#")[0]


def _status(text: str) -> int:
    if not re.fullmatch("[2-5][0-9]{2}", text):
        raise MalformedError(Quoted(text), " is not an HTTP status from 200 to 599")
    return int(text)


def _contains(text: str) -> str:
    if not 1 <= len(text) <= LONGEST_CONTAINS:
        raise ValueError(f"the text has {len(text)} characters, not 1 to {LONGEST_CONTAINS}")
    return text


def _header(text: str) -> tuple[str, str]:
    found = re.fullmatch(_HEADER, text)
    if not found:  # the error never shows the header, which is a secret
        raise ValueError("it is not a header on one line")
    if found[1].lower() in _OURS:
        raise MalformedError(Quoted(found[1]), " is a header that cannot be set")
    return found[1], found[2]


KEYS: dict[str, InputType[Any]] = {
    "url": InputType(
        parse=scalar(_url),
        accepts="an http or https address",
        schema={"description": "http or https; redirects are followed.", **_ADDRESS},
    ),
    "status": InputType(
        parse=scalar(_status),
        accepts="a status such as 200",
        schema={
            "description": "The status of the answer; by default any 2xx.",
            **written("[2-5][0-9]{2}", {"type": "integer", "minimum": 200, "maximum": 599}),
        },
    ),
    "contains": InputType(
        parse=scalar(_contains),
        accepts="words of the page",
        schema={"description": "A text in the first MiB of the answer.", **SCALAR},
    ),
    "timeout": DURATION._replace(
        schema={
            "description": "How long to wait for the answer.",
            "default": "10m",
            **DURATION.schema,
        },
    ),
    "header": InputType(
        parse=scalar(_header),
        accepts="“Name: value”, with a header other than those of the connection",
        max_length=LONGEST_HEADER,
        schema={
            "description": "“Name: value”, a secret that goes only to the address's own origin.",
            "type": "string",
        },
    ),
}


def _wait_for(node: Node, job: Job) -> WaitFor:
    from genesis_ci.config.strict_yaml import as_yaml

    node = as_yaml(node, YAML_BOUNDS)
    known = len(node.problems)
    if isinstance(node.tree, Listing):
        raise ValueError("this is a list")
    parts, suggested = ({"url": node}, set()) if isinstance(node.tree, Text) else node.parts(KEYS)
    if "url" not in parts and "url" not in suggested:
        node.problem("url is missing. Write the address that has to answer")
    values = {}
    for key, part in parts.items():
        with suppress(ReportedError):
            values[key] = KEYS[key].read(part.stripped, job)
    if len(node.problems) > known or "url" not in values:
        raise ReportedError
    url = urlsplit(values["url"])
    query = "?…" if url.query else ""  # it often contains a password
    return WaitFor(
        **values,
        shown=f"{url.scheme}://{url.netloc}{url.path}{query}",
        shown_text=values.get("contains") or "",
    )


def _show(waits: WaitFor) -> str:
    status = " with status {status}" if waits.status else ""
    words = " with “{text}”" if waits.contains else ""
    return fill(
        f"{{address}}{status}{words} within {{time}}",
        address=waits.shown,
        status=waits.status,
        text=waits.shown_text,
        time=human_seconds(waits.timeout),
    )


WAIT_FOR = InputType(
    parse=_wait_for,
    accepts="an http or https address, or a mapping such as {url: https://…, contains: TEXT, "
    "timeout: 10m}",
    metavar="URL",
    max_length=20_000,
    show=_show,
    schema={
        "anyOf": [
            _ADDRESS,
            {
                "type": "object",
                "additionalProperties": False,
                "required": ["url"],
                "properties": {key: kind.schema for key, kind in KEYS.items()},
            },
        ]
    },
)
