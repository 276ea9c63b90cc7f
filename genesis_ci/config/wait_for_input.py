"""The input `wait-for`: an address or a deployment that has to be ready before the trigger."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from genesis_ci.config.addresses import quoted_address, split_address
from genesis_ci.config.input_types import DURATION, SCALAR, InputType, Job, scalar, written
from genesis_ci.config.nodes import Listing, Node, ReportedError, Text
from genesis_ci.config.problems import LONGEST_NAME, AdvisedError, quoted
from genesis_ci.config.variables import YAML_BOUNDS
from genesis_ci.language import N_, fill, human_seconds
from genesis_ci.models.readiness import WaitFor

LONGEST_CONTAINS = 1_000
LONGEST_HEADER = 8_000
LONGEST_ENVIRONMENT = 255

_HEADER = r"([A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}):[ \t]*([\x20-\x7e]*[\x21-\x7e])"
_ADDRESS = written(r"[Hh][Tt][Tt][Pp][Ss]?://\S+")
_OURS = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "x-api-key"}
)
"""Headers that the connection or Genesis sets."""


def _url(text: str) -> str:
    parts = split_address(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{quoted_address(text)} is not an http or https address")
    if "@" in parts.netloc:
        raise AdvisedError(
            f"{quoted_address(text)} has a user name; write the preview's password into header"
        )
    return text.partition("#")[0]


def _status(text: str) -> int:
    if not re.fullmatch("[2-5][0-9]{2}", text):
        raise ValueError(f"{quoted(text)} is not an HTTP status from 200 to 599")
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
        raise ValueError(f"{quoted(found[1])} is a header that cannot be set")
    return found[1], found[2]


def _name(text: str) -> str:
    if not text or not text.isprintable():
        raise ValueError("it is not a name on one line")
    return text


def _path(text: str) -> str:
    if not text.startswith("/") or "#" in text or not text.isprintable() or " " in text:
        raise ValueError(f"{quoted(text)} is not a path of an address")
    return text


def _text(parse: Callable[[str], Any], accepts: str, meaning: str) -> InputType[Any]:
    schema = {"description": meaning, "type": "string"}
    return InputType(parse=scalar(parse), accepts=accepts, schema=schema)


KEYS: dict[str, InputType[Any]] = {
    "url": InputType(
        parse=scalar(_url),
        accepts="an http or https address",
        schema={"description": "http or https; redirects are followed.", **_ADDRESS},
    ),
    "deployment": _text(
        _name,
        "the environment that GitHub or GitLab shows for the deployment",
        "The environment of a deployment of the tested commit; with “as”.",
    )._replace(max_length=LONGEST_ENVIRONMENT),
    "as": _text(
        _name,
        "the name of a variable that inputs does not set",
        "The variable that gets the address of the deployment.",
    )._replace(max_length=LONGEST_NAME),
    "path": _text(
        _path, "a path such as /health", "A path at the deployment's address that has to answer."
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
    "header": _text(
        _header,
        "“Name: value”, with a header other than those of the connection",
        "“Name: value”, a secret that goes only to the address's own origin.",
    )._replace(max_length=LONGEST_HEADER),
}


def _wait_for(node: Node, job: Job) -> WaitFor:
    from genesis_ci.config.strict_yaml import as_yaml

    node = as_yaml(node, YAML_BOUNDS)
    known = len(node.problems)
    if isinstance(node.tree, Listing):
        raise ValueError("this is a list")
    parts, suggested = ({"url": node}, set()) if isinstance(node.tree, Text) else node.parts(KEYS)
    given = {*parts, *suggested}
    of_deployment = given & {"deployment", "as", "path"}
    if "url" in given and of_deployment:
        node.problem(f"url and {min(of_deployment)} cannot be used together; drop one")
    elif "url" not in given and not of_deployment:
        node.problem("url is missing. Write the address that has to answer, or deployment")
    elif of_deployment:
        needed = {"deployment": "the environment", "as": "the variable for its address"}
        for key in needed.keys() - given:
            node.problem(f"{key} is missing. Write {needed[key]}")
    values: dict[str, Any] = {}
    for key, part in parts.items():
        with suppress(ReportedError):
            values[key] = KEYS[key].read(part.stripped, job)
    if len(node.problems) > known or not values.keys() & {"url", "deployment"}:
        raise ReportedError
    shown = values.get("url") or values.get("path") or ""
    before, question, _ = shown.partition("?")
    shown = f"{before}?…" if question else shown  # a query often contains a password
    if environment := values.get("deployment"):
        text = N_("the deployment to “{environment}”")
        if shown:
            text = N_("the deployment to “{environment}” at {path}")
        shown = fill(text, environment=environment, path=shown)
    variable = values.pop("as", None)
    shown_text = values.get("contains") or ""
    return WaitFor(**values, variable=variable, shown=shown, shown_text=shown_text)


def _show(waits: WaitFor) -> str:
    shown = waits.shown
    if waits.status:
        shown = fill("{address} with status {status}", address=shown, status=waits.status)
    if waits.contains:
        shown = fill("{address} with “{text}”", address=shown, text=waits.shown_text)
    shown = fill("{address} within {time}", address=shown, time=human_seconds(waits.timeout))
    if not waits.variable:
        return shown
    return fill("{address}, its address becomes {name}", address=shown, name=waits.variable)


WAIT_FOR = InputType(
    parse=_wait_for,
    accepts="an http or https address, or a mapping such as {url: https://…, contains: TEXT, "
    "timeout: 10m} or {deployment: ENVIRONMENT, as: VARIABLE}",
    metavar="URL",
    max_length=20_000,
    show=_show,
    schema={
        "anyOf": [
            _ADDRESS,
            {
                "type": "object",
                "additionalProperties": False,
                "anyOf": [{"required": ["url"]}, {"required": ["deployment", "as"]}],
                "properties": {key: kind.schema for key, kind in KEYS.items()},
            },
        ]
    },
)
