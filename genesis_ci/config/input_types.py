"""The types of the inputs: how each is parsed, and what it accepts."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

from genesis_ci.config import addresses
from genesis_ci.document.keys import (
    HOLDS_KEY,
    LONGEST_SCALAR,
    SCALAR,
    InputType,
    Json,
    ReadContext,
    scalar,
    written,
)
from genesis_ci.document.nodes import Bounds, Node, scalars
from genesis_ci.document.problems import (
    LONGEST_NAME,
    NOT_REPLACED,
    AdvisedError,
    check_replaced,
    is_reference,
    quoted,
)
from genesis_ci.language import N_, Language, _, fill, human_seconds
from genesis_ci.models.policy import MOST_ATTEMPTS, Accept, Concurrency
from genesis_ci.models.workflow import MAX_WORKFLOWS
from genesis_ci.text import SAFE_ID, UUID, clean_line, in_one_spelling, is_safe_id, is_uuid, nearest

LONGEST_DURATION = 7 * 24 * 3600.0
LONGEST_KEY = 10_000
MOST_IDS = 500
MOST_NAMES = 1_000

_DURATION = re.compile(
    r"(?:([0-9]{1,4}) *[dD] *)?(?:([0-9]{1,6}) *[hH] *)?(?:([0-9]{1,7}) *[mM] *)?"
    r"(?:([0-9]{1,8}) *[sS])?"
)
_SECONDS = re.compile(r"[0-9]{1,8}(\.[0-9]{1,3})?")
_KEY = re.compile(r"[\x21-\x7e]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Choice = TypeVar("Choice", bound=StrEnum)


def _in_any_case(*words: str) -> str:
    return re.sub("[a-z]", lambda one: f"[{one[0].upper()}{one[0]}]", "|".join(words))


def _whole(pattern: str, most: int) -> Json:
    return written(pattern, {"type": "integer", "minimum": 1, "maximum": most})


class OnMissingKey(StrEnum):
    """What a job without an API key does."""

    FAIL = "fail"
    SKIP = "skip"


def _review_time(text: str) -> float:
    return duration(text) if _seconds(text) else 0.0


def duration(text: str) -> float:
    """Return seconds from `90`, `90s`, `10m`, `1h30m` or `2d`: 1 second to 7 days."""
    seconds = _seconds(text)
    if not 1 <= seconds <= LONGEST_DURATION:
        raise ValueError(fill("“{text}” is not between 1 second and 7 days", text=text))
    return seconds


def api_key(text: str) -> str:
    """Return the key; the error never shows it."""
    if is_reference(text.strip()):
        raise AdvisedError(fill(NOT_REPLACED, text=_("it")))
    if text[:1] in {'"', "'"} and text[0] == text[-1]:
        raise ValueError(_("it is in quotation marks; set the secret again without them"))
    if _KEY.fullmatch(text):
        return text
    if not text:
        raise ValueError(_("it has nothing but white space; set the secret again"))
    if re.match("(?i)bearer ", text):
        raise ValueError(_("it begins with “Bearer”; set the secret again without it"))
    place = next(i for i, character in enumerate(text) if not "\x21" <= character <= "\x7e")
    words = N_("it has {kind} at position {place} of {size}; set the secret again")
    kinds = {"\n": _("a line break"), "\r": _("a line break"), " ": _("a space")}
    kind = kinds.get(text[place], _("a character that no key has"))
    raise ValueError(fill(words, kind=kind, place=place + 1, size=len(text)))


def is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None and not is_reference(text)


def is_variable(text: str) -> bool:
    return len(text) <= LONGEST_NAME and _VARIABLE.fullmatch(text) is not None


def too_long_a_name(name: str) -> str:
    return f"a name has at most {LONGEST_NAME} characters, and this one has {len(name)}"


def _boolean(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        words = N_("“{text}” is neither true nor false")
        if near := nearest(text.lower(), ("true", "false")):
            words = N_("“{text}” is neither true nor false; did you mean {near}?")
        raise ValueError(fill(words, text=text, near=near))
    return text.lower() == "true"


def _number(text: str, most: int) -> int:
    if not re.fullmatch("[1-9][0-9]{0,3}", text) or int(text) > most:
        raise ValueError(fill("“{text}” is not a number in this range", text=text))
    return int(text)


def _seconds(text: str) -> float:
    if _SECONDS.fullmatch(text):
        return float(text)
    parts = _DURATION.fullmatch(text)
    if not text or not parts:
        raise ValueError(fill("“{text}” is not a duration", text=text))
    days, hours, minutes, rest = (int(part or 0) for part in parts.groups())
    return (days * 24 + hours) * 3600.0 + minutes * 60.0 + rest


def _poll_interval(text: str) -> float | None:
    if text.lower() == "auto":
        return None
    try:
        _seconds(text)
    except ValueError:
        words = fill("“{text}” is neither auto nor a number of seconds", text=text)
        raise ValueError(words) from None
    return duration(text)


def _execution_ids(node: Node, context: ReadContext) -> tuple[str, ...]:
    ids = tuple(_split([node.text()] if node.in_file else node.texts()))
    if not ids:
        raise ValueError(_("it names no id"))
    if len(ids) > MOST_IDS:
        words = f"it names {len(ids)} ids, and one job attaches to at most {MOST_IDS}"
        raise AdvisedError(f"{words}; run several jobs")
    for one in ids:
        check_replaced(one, "UUID", "EXECUTION_ID")
        if not is_safe_id(one):
            raise ValueError(fill("“{text}” is not an execution id", text=one))
        if context.holds_key(one):
            raise AdvisedError(_(HOLDS_KEY))
    spelled = [*map(in_one_spelling, ids)]
    if twice := next((one for one in ids if spelled.count(in_one_spelling(one)) > 1), None):
        raise AdvisedError(fill("“{text}” is named twice; name each run once", text=twice))
    return ids


def _workflow_id(node: Node, context: ReadContext) -> str:
    texts = _words(one.text for one in scalars(node.tree))
    if (count := sum(UUID.search(text) is not None for text in texts)) > 1:
        words = N_(
            "it names {count} workflows, and takes one. To run several, give each an entry in a "
            "config file, .genesis-ci.yml"
        )
        raise AdvisedError(fill(words, count=count))
    is_key = is_uuid(context.api_key or "")
    return addresses.workflow_id(node.text().strip(), base=context.api_url, key_is_uuid=is_key)


def _split(texts: Iterable[str]) -> Iterator[str]:
    """Yield the words that commas or white space separate."""
    return (word for text in texts for word in text.replace(",", " ").split())


def _words(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_split(texts)))


def _names(node: Node, _: ReadContext) -> tuple[str, ...]:
    names = _words(node.texts())
    if len(names) > MOST_NAMES:
        raise AdvisedError(f"it lists {len(names)} names; name at most {MOST_NAMES}")
    for one in names:
        if len(one) > LONGEST_NAME:
            raise ValueError(f"{quoted(one)} is too long: {too_long_a_name(one)}")
    return names


def _entries(node: Node, _context: ReadContext) -> tuple[str, ...]:
    """Return the texts that commas or line breaks separate; a name may have spaces."""
    lines = ",".join(node.texts()).replace("\n", ",").split(",")
    names = tuple(dict.fromkeys(filter(None, map(clean_line, lines))))
    if not names:
        raise ValueError(_("it names nothing"))
    return names


def _exposed(node: Node, context: ReadContext) -> tuple[str, ...]:
    names = _names(node, context)
    for one in names:
        if not one.strip("*_"):
            words = N_("“{text}” would match every variable; name those that the config file reads")
            raise AdvisedError(fill(words, text=one))
        if not is_variable(one.replace("*", "_")):
            words = N_("“{text}” is neither a variable nor a pattern")
            raise ValueError(fill(words, text=one))
    return names


def _report_dir(text: str) -> str:
    from pathlib import PurePosixPath  # help imports this module, and does not need it

    path = PurePosixPath(text)
    if path.is_absolute():
        raise ValueError(fill("“{text}” is an absolute path", text=text))
    if ".." in path.parts or "\\" in text or not text.isprintable():
        raise ValueError(fill("“{text}” leads out of the workspace", text=text))
    parts = [part.lower() for part in path.parts]
    if not parts or ".git" in parts or (".github", "workflows") in pairwise(parts):
        raise ValueError(fill("“{text}” is not a place for reports", text=text))
    return str(path)


def _entry_name(text: str) -> str:
    if "," in text or len(text.splitlines()) > 1:
        words = _("it has a comma or a line break, which “only” reads as two names")
        raise ValueError(words)
    name = clean_line(text, limit=LONGEST_SCALAR)
    if len(name) > LONGEST_NAME:
        raise ValueError(fill("it has {count} characters", count=len(name)))
    return name


def _choice(kind: type[Choice], text: str) -> Choice:
    for member in kind:
        if member.value == text.lower():
            return member
    words = N_("“{text}” is not one of the choices")
    if near := nearest(text.lower(), [member.value for member in kind]):
        words = N_("“{text}” is not one of the choices; did you mean {near}?")
    raise ValueError(fill(words, text=text, near=near))


def _accept(node: Node, _context: ReadContext) -> frozenset[Accept]:
    is_yaml = not node.in_file and node.text().lstrip()[:1] in {"[", "{", "-"}
    if is_yaml:
        from genesis_ci.document.strict_yaml import as_yaml  # yaml takes long to import

        node = as_yaml(node, _ACCEPT_BOUNDS)
    texts = node.texts()
    words = [*_split(texts)]
    if not words:
        raise ValueError(_("it names nothing"))
    if _NONE in map(str.lower, words):
        if len(words) > 1:
            raise ValueError(fill("“{text}” stands beside another name", text=_NONE))
        return frozenset()
    spelled = {one.replace("_", "-"): one for one in Accept}
    names = [spelled.get(one.lower().replace("_", "-")) or _choice(Accept, one) for one in words]
    if twice := next((one for one in names if names.count(one) > 1), None):
        raise ValueError(fill("“{text}” is named twice", text=twice))
    return frozenset(names)


def _choice_type(kind: type[Choice], metavar: str = "CHOICE") -> InputType[Choice]:
    members = [member.value for member in kind]
    return InputType(
        parse=scalar(lambda text: _choice(kind, text)),
        accepts=N_("{choices} or {last}"),
        values={"choices": ", ".join(members[:-1]), "last": members[-1]},
        metavar=metavar,
        choices=tuple(members),
        schema=written(_in_any_case(*members), {"enum": members}),
    )


ON_MISSING_KEY = _choice_type(OnMissingKey)
CONCURRENCY = _choice_type(Concurrency, "POLICY")
LANGUAGE = _choice_type(Language)
_NONE = "none"
_ACCEPT_BOUNDS = Bounds(size=4 * LONGEST_SCALAR, nodes=100, advice="name each once")
_ACCEPTED = re.sub("[-_]", "[-_]", _in_any_case(*Accept))
_NONE_ACCEPTED = _in_any_case(_NONE)
ACCEPT = InputType(
    parse=_accept,
    accepts=N_("{none}, or any of {choices} and {last}, as a list or with commas or spaces"),
    values={
        "none": _NONE,
        "choices": ", ".join([*Accept][:-1]),
        "last": [*Accept][-1],
    },
    metavar="NAMES",
    show=lambda names: ",".join(one for one in Accept if one in names) or _NONE,
    schema=written(
        rf"[\s,]*({_NONE_ACCEPTED}|({_ACCEPTED})([\s,]+({_ACCEPTED}))*)[\s,]*",
        {
            "type": "array",
            "items": written(_ACCEPTED, {"enum": [*Accept]}),
            "minItems": 1,
            "uniqueItems": True,
        },
        {"type": "array", "items": written(_NONE_ACCEPTED), "minItems": 1, "maxItems": 1},
    ),
)
BOOLEAN = InputType(
    parse=scalar(_boolean),
    accepts=N_("{choices} or {last}"),
    values={"choices": "true", "last": "false"},
    metavar="BOOL",
    show=lambda value: str(value).lower(),
    choices=("true", "false"),
    schema=written(_in_any_case("true", "false"), {"type": "boolean"}),
)
PARALLEL_RUNS = InputType(
    parse=scalar(lambda text: _number(text, MAX_WORKFLOWS)),
    accepts=N_("a number from 1 to {most}"),
    values={"most": MAX_WORKFLOWS},
    metavar="NUMBER",
    schema=_whole(f"[1-9][0-9]{{0,2}}|{MAX_WORKFLOWS}", MAX_WORKFLOWS),
)
ATTEMPTS = PARALLEL_RUNS._replace(
    parse=scalar(lambda text: _number(text, MOST_ATTEMPTS)),
    values={"most": MOST_ATTEMPTS},
    schema=_whole(f"[1-{MOST_ATTEMPTS}]", MOST_ATTEMPTS),
)
_TIME = f"(?=.*[1-9])({_SECONDS.pattern}|{_DURATION.pattern})"
_SECONDS_AS_NUMBER: Json = {"type": "number", "minimum": 1, "maximum": LONGEST_DURATION}
DURATION = InputType(
    parse=scalar(duration),
    accepts=N_("seconds, or a duration such as 90s, 10m, 1h30m or 2d, at most 7 days"),
    metavar="DURATION",
    show=human_seconds,
    schema=written(_TIME, _SECONDS_AS_NUMBER),
)
REVIEW_TIME = DURATION._replace(
    parse=scalar(_review_time),
    accepts=N_("0, seconds, or a duration such as 90s, 10m, 1h30m or 2d, at most 7 days"),
    show=lambda seconds: human_seconds(seconds) if seconds else "0",
    schema=written(f"{_SECONDS.pattern}|{_DURATION.pattern}", _SECONDS_AS_NUMBER | {"minimum": 0}),
)
POLL_INTERVAL = InputType(
    parse=scalar(_poll_interval),
    accepts=N_("auto, or a number of seconds, at least 1"),
    metavar="SECONDS",
    show=lambda seconds: "auto" if seconds is None else human_seconds(seconds),
    schema=written(f"{_in_any_case('auto')}|{_TIME}", _SECONDS_AS_NUMBER),
)
API_KEY = InputType(
    parse=lambda node, _: api_key(node.text()),
    accepts=N_("the key as Genesis shows it, without spaces or line breaks"),
    max_length=LONGEST_KEY,
    on_reference=None,
)
TOKEN = API_KEY._replace(
    parse=scalar(api_key),
    accepts=N_("the token as GitHub gives it, without spaces or line breaks"),
)
API_URL = InputType(
    parse=scalar(addresses.genesis),
    accepts=N_("an address such as https://genesis.autify.com"),
    metavar="URL",
)
RUN_URL = InputType(
    parse=lambda node, context: addresses.run_url(node.text().strip(), base=context.api_url),
    accepts=N_("an https address of api-url's host with {execution_id} in it"),
    metavar="URL",
    is_public=True,
    schema=written(r"https?://\S*\{execution_id\}\S*"),
)
WORKFLOW_ID = InputType(
    parse=_workflow_id,
    accepts=N_("a UUID, or https://genesis.autify.com/api/workflows/UUID/trigger"),
    metavar="ID",
    schema=written(rf"{UUID.pattern}|https?://\S+/api/workflows/{UUID.pattern}/trigger/?"),
)
EXECUTION_IDS = InputType(
    parse=_execution_ids,
    accepts=N_("execution ids, separated by commas, spaces or line breaks"),
    metavar="IDS",
    max_length=100_000,
    schema=written(
        rf"[\s,]*{SAFE_ID.pattern}[\s,]*", {"type": ["integer", "boolean"], "minimum": 0}
    ),
)
NAMES_OF_INPUTS = InputType(
    parse=_names,
    accepts=N_("names from inputs, separated by commas, spaces or line breaks"),
    metavar="NAMES",
    max_length=100_000,
    schema={"type": [*SCALAR["type"], "array"], "items": SCALAR},
)
EXPOSED = NAMES_OF_INPUTS._replace(
    parse=_exposed,
    accepts=N_("names of environment variables, or patterns such as PREVIEW_*"),
)
ENTRIES = NAMES_OF_INPUTS._replace(
    parse=_entries,
    accepts=N_("names or tags, separated by commas or line breaks"),
    schema=NAMES_OF_INPUTS.schema | {"minItems": 1},
    on_reference=None,  # a name may contain such a text
)
TAGS = ENTRIES._replace(accepts=N_("a list of words, such as [smoke, nightly]"))
ENTRY_NAME = InputType(
    parse=scalar(_entry_name),
    accepts=N_("a name of at most {most} characters"),
    values={"most": LONGEST_NAME},
    schema=SCALAR | {"maxLength": LONGEST_NAME, "pattern": r"^[^,\r\n]*$"},
)
FILE = InputType(
    parse=scalar(str), accepts=N_("the path of a readable file in the workspace"), metavar="PATH"
)
FILE_OR_NONE: InputType[str | None] = InputType(
    parse=scalar(lambda text: None if text == "none" else text),
    accepts=N_("none, or the path of a readable file in the workspace"),
    metavar=FILE.metavar,
)
DIRECTORY = InputType(
    parse=scalar(_report_dir),
    accepts=N_("a relative path inside the workspace"),
    metavar="PATH",
    is_public=True,
)
BLOCK = InputType(
    parse=scalar(lambda text: text or None),
    accepts=N_("the key of a block, such as block-1"),
    metavar="BLOCK",
    max_length=100,
    is_public=True,
)
