"""The input `wait-for`: an address or a deployment that has to be ready before the trigger."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from genesis_ci.config.addresses import quoted_address, split_address
from genesis_ci.config.input_types import DURATION
from genesis_ci.config.variables import YAML_BOUNDS
from genesis_ci.document.keys import (
    LONGEST_SCALAR,
    SCALAR,
    InputType,
    Key,
    ReadContext,
    read_keys,
    scalar,
    schema_of_mapping,
    written,
)
from genesis_ci.document.nodes import Node, Scalar, YamlSequence
from genesis_ci.document.problems import LONGEST_NAME, AdvisedError
from genesis_ci.language import N_, _, fill, human_seconds
from genesis_ci.models.readiness import WaitFor
from genesis_ci.network import is_unencrypted

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
    words = N_("{address} is not an http or https address")
    if parts.scheme in {"http", "https"} and not parts.hostname:
        words = N_("{address} has no host; see whether a variable in it is empty")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(fill(words, address=quoted_address(text)))
    if "@" in parts.netloc:
        words = N_("{address} has a user name; write the preview's password into header")
        raise AdvisedError(fill(words, address=quoted_address(text)))
    return text.partition("#")[0]


def _status(text: str) -> int:
    if not re.fullmatch("[2-5][0-9]{2}", text):
        raise ValueError(fill("“{text}” is not an HTTP status from 200 to 599", text=text))
    return int(text)


def _contains(text: str) -> str:
    if not 1 <= len(text) <= LONGEST_CONTAINS:
        words = N_("the text has {count} characters, not 1 to {most}")
        raise ValueError(fill(words, count=len(text), most=LONGEST_CONTAINS))
    return text


def _header(text: str) -> tuple[str, str]:
    found = re.fullmatch(_HEADER, text)
    if not found:  # the error never shows the header, which is a secret
        raise ValueError(_("it is not a header on one line"))
    if found[1].lower() in _OURS:
        raise ValueError(fill("“{text}” is a header that cannot be set", text=found[1]))
    return found[1], found[2]


def _name(text: str) -> str:
    if not text or not text.isprintable():
        raise ValueError(_("it is not a name on one line"))
    return text


def _path(text: str) -> str:
    if not text.startswith("/") or "#" in text or not text.isprintable() or " " in text:
        raise ValueError(fill("“{text}” is not a path of an address", text=text))
    return text


def _text(
    parse: Callable[[str], Any], accepts: str, longest: int = LONGEST_SCALAR
) -> InputType[Any]:
    schema = {"type": "string"}
    return InputType(parse=scalar(parse), accepts=accepts, schema=schema, max_length=longest)


_URL = InputType(parse=scalar(_url), accepts=N_("an http or https address"), schema=_ADDRESS)
KEYS = (
    Key("url", _URL, "http or https; redirects are followed."),
    Key(
        "deployment",
        _text(
            _name,
            N_("the environment that GitHub or GitLab shows for the deployment"),
            LONGEST_ENVIRONMENT,
        ),
        "The environment of a deployment of the tested commit; with “as”.",
    ),
    Key(
        "as",
        _text(_name, N_("the name of a variable that inputs does not set"), LONGEST_NAME),
        "The variable that gets the address of the deployment.",
    ),
    Key(
        "path",
        _text(_path, N_("a path such as /health")),
        "A path at the deployment's address that has to answer.",
    ),
    Key(
        "status",
        InputType(
            parse=scalar(_status),
            accepts=N_("a status such as 200"),
            schema=written("[2-5][0-9]{2}", {"type": "integer", "minimum": 200, "maximum": 599}),
        ),
        "The status of the answer; by default any 2xx.",
    ),
    Key(
        "contains",
        InputType(parse=scalar(_contains), accepts=N_("words of the page"), schema=SCALAR),
        "A text in the first MiB of the answer.",
    ),
    Key("timeout", DURATION, "How long to wait for the answer.", default="10m"),
    Key(
        "header",
        _text(
            _header,
            N_("“Name: value”, with a header other than those of the connection"),
            LONGEST_HEADER,
        ),
        "“Name: value”, a secret that goes only to the address's own origin.",
    ),
)


def _rules(given: Collection[str], values: Mapping[str, Any]) -> Iterator[str]:
    if "header" in given and is_unencrypted(values.get("url", "")):
        yield _(
            "“header” is a secret, and “url” is not https. Write an https address, or drop “header”"
        )
    of_deployment = {"deployment", "as", "path"} & {*given}
    if "url" in given and of_deployment:
        words = N_("“url” and “{key}” cannot be used together; drop one")
        yield fill(words, key=min(of_deployment))
    elif "url" not in given and not of_deployment:
        yield _("“url” is missing. Write the address that has to answer, or “deployment”")
    elif of_deployment:
        needed = {
            "deployment": _("“deployment” is missing. Write the environment"),
            "as": _("“as” is missing. Write the variable for its address"),
        }
        yield from (words for key, words in needed.items() if key not in given)


def _wait_for(node: Node, context: ReadContext) -> WaitFor:
    from genesis_ci.document.strict_yaml import as_yaml  # yaml takes long to import

    node = as_yaml(node, YAML_BOUNDS)
    if isinstance(node.tree, YamlSequence):
        raise ValueError(_("this is a list"))
    if isinstance(node.tree, Scalar):
        values: dict[str, Any] = {"url": _URL.read(node, context)}
    else:
        values = read_keys(node, KEYS, _rules, context)
    variable = values.pop("as", None)
    shown_text = values.get("contains") or ""
    return WaitFor(**values, variable=variable, shown=_shown(values), shown_text=shown_text)


def _shown(values: Mapping[str, Any]) -> str:
    """Return what is waited for, without a query, which often contains a password."""
    before, question, _ = (values.get("url") or values.get("path") or "").partition("?")
    address = f"{before}?…" if question else before
    environment = values.get("deployment")
    if not environment:
        return address
    if not address:
        return fill("the deployment to “{environment}”", environment=environment)
    return fill(
        "the deployment to “{environment}” at {path}", environment=environment, path=address
    )


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
    accepts=N_(
        "an http or https address, or a mapping such as {url: https://…, contains: TEXT, timeout: "
        "10m} or {deployment: ENVIRONMENT, as: VARIABLE}"
    ),
    metavar="URL",
    max_length=20_000,
    show=_show,
    schema={
        "anyOf": [
            _ADDRESS,
            schema_of_mapping(
                KEYS, anyOf=[{"required": ["url"]}, {"required": ["deployment", "as"]}]
            ),
        ]
    },
)
