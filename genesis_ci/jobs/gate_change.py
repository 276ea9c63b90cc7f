"""What a request changes in its own gate: the config file against that of the base branch."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from genesis_ci.config.check_entries import typed_value
from genesis_ci.config.config_file import BOUNDS, DEFAULTS, ENTRY
from genesis_ci.config.nodes import Listing, Table, Text, Tree
from genesis_ci.config.problems import UnreadableError, in_one_line, quoted_in_language
from genesis_ci.config.settings import Settings
from genesis_ci.config.strict_yaml import read_document
from genesis_ci.errors import GenesisCiError, RefusedError
from genesis_ci.language import N_, _, counted, fill
from genesis_ci.text import clean_line

if TYPE_CHECKING:
    from genesis_ci.jobs.contact import Contact

SECONDS = 20.0
"""For the request, with the pauses after faults."""
MOST_ROWS = 30
_POLICIES = (*(key for key in ENTRY if key.startswith("on-")), "attempts")
_IDS = ("workflow-id", "execution-id")
_SHOWN = ("required", "wait", *_IDS, "tests", "paths", "tags", *_POLICIES)
_NOT_A_FILE = "it is not a config file"


_Entries = dict[str, dict[str, Any]]


class _Gate(NamedTuple):
    """The values of a config file: those of the job, and all of each entry by its name."""

    job: dict[str, Any]
    entries: _Entries


def compare(settings: Settings, text: str, path: str, branch: str, contact: "Contact") -> Settings:
    """Return the settings with what the request changes in the config file, whose text this is.

    `path` is that in the repository. Without a token nothing is requested.
    """
    forge = contact.forge
    token = settings.tokens.get(forge.auth_variable) if forge else None
    if forge is None or token is None:
        return settings
    named = {"branch": branch, "path": path}
    try:
        sender = contact.make_sender(SECONDS)
        connected = contact.connect(forge, token, sender, settings.scrub)
        base = connected.base_file(path, branch).decode("utf-8-sig", "replace")
        said = [] if base == text else [*_said(_read(base), _read(text), named)]
    except (GenesisCiError, ValueError) as error:
        why = fill("{path} in {branch}: {problem}", **named, problem=error)
        if isinstance(error, RefusedError) and error.status == 404:
            why = fill("{branch} has no {path} that the token may read.", **named)
        elif isinstance(error, GenesisCiError):
            why = error.despite_it
        said = [fill("It is not known whether this request changes its own gate: {why}", why=why)]
    return replace(settings, gate=tuple(in_one_line(one, settings.scrub) for one in said))


def _said(base: _Gate, now: _Gate, named: dict[str, str]) -> Iterator[str]:
    if base == now:
        return
    yield fill("This request changes its own gate: {path} differs from that in {branch}.", **named)
    rows = [*_changes(base.entries, now.entries)]
    yield from rows[:MOST_ROWS]
    if (left := len(rows) - MOST_ROWS) > 0:
        yield counted(left, "and {count} more change", "and {count} more changes")


def _changes(base: _Entries, now: _Entries) -> Iterator[str]:
    """Yield what may have become weaker: one key of all entries after the other."""
    for entry in base:
        if entry not in now:
            yield fill("{entry}: no longer in the file", entry=entry)
    both = [(entry, base[entry], now[entry]) for entry in base if entry in now]
    for key in _SHOWN:
        for entry, before, after in both:
            if before[key] != after[key]:
                yield from _changed(entry, key, before[key], after[key])
    for entry, before, after in both:
        for item in _without(before["expect"], after["expect"]):
            yield fill("{entry}: removed from expect: {item}", entry=entry, item=_shown(item))
        for item in _without(after["known-failures"], before["known-failures"]):
            text = N_("{entry}: added to known-failures: {item}")
            yield fill(text, entry=entry, item=_shown(item))


def _changed(entry: str, key: str, before: Any, after: Any) -> Iterator[str]:
    text = N_("{entry}: {key} was {before}, is now {after}")
    if key == "required":
        if after == "true":
            return
        text = N_("{entry}: no longer required") if after == "false" else text
    yield fill(text, entry=entry, key=key, before=_shown(before), after=_shown(after))


def _without(items: Any, others: Any) -> list[Any]:
    known = {json.dumps(one, sort_keys=True) for one in _items(others)}
    return [one for one in _items(items) if json.dumps(one, sort_keys=True) not in known]


def _read(text: str) -> _Gate:
    """Return the values as they are written: references keep the environment out of reports."""
    tree, problems = read_document(text, BOUNDS)
    job = _pairs(tree)
    items, defaults = job.pop("workflows", None), _pairs(job.pop("defaults", Text("")))
    if problems or not isinstance(items, Listing):
        raise UnreadableError(*problems or [_NOT_A_FILE])
    shared = {key: value for key, value in defaults.items() if key in DEFAULTS}
    entries = [_all_values(shared, _pairs(one)) for one in items.items]
    names = ("name", *_IDS)
    named = {clean_line(str(next(filter(None, map(one.get, names)), ""))): one for one in entries}
    return _Gate({key: _texts(value) for key, value in job.items()}, named)


def _pairs(tree: Tree) -> dict[str, Tree]:
    if isinstance(tree, Table):
        return {key.text: value for key, value in tree.pairs}
    if isinstance(tree, Text) and not tree.text:
        return {}
    raise UnreadableError(_NOT_A_FILE)


def _all_values(*sources: dict[str, Tree]) -> dict[str, Any]:
    """Return the values of an entry as their inputs read them: types count in `expect` only."""
    values: dict[str, Any] = {key: str(row.default or "").lower() for key, row in ENTRY.items()}
    for source in sources:
        for key, tree in source.items():
            value: Any = typed_value(tree) if key == "expect" else _texts(tree)
            if isinstance(value, str) and key in ENTRY and ENTRY[key].type.choices:
                value = value.lower()
            if value or isinstance(value, list):  # an empty text is not set; an empty list is
                values[key] = value
    return values


def _texts(tree: Tree) -> Any:
    match tree:
        case Table(pairs):
            return {key.text: _texts(value) for key, value in pairs}
        case Listing(items):
            return [*map(_texts, items)]
        case Text(text):
            return text.strip()


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _shown(value: Any) -> str:
    return quoted_in_language(_flat(value)) if value else _("none")


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_flat(one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(_flat, value))
    return value if isinstance(value, str) else json.dumps(value)
