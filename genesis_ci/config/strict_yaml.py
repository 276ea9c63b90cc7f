"""Strict YAML: a tree of strings with their lines, without any conversion.

Problems show the line and the key, never the value, which may be a secret.
"""

from collections.abc import Iterator
from itertools import takewhile

import yaml

from genesis_ci.config.nodes import Bounds, Listing, Table, Text, Tree
from genesis_ci.config.problems import Mistake, UnreadableError, by_line, quoted_key
from genesis_ci.language import N_, _, fill

MAX_DEPTH = 20
_REASONS = {
    "mapping values are": N_(
        "a second “:” with a space after it; put the value in quotes, or correct the indentation"
    ),
    "could not find expected ':'": N_("a line above has a name without “:”"),
    "expected <block end>": N_(
        "the line does not fit those above; indent it as they are, or put the whole value in quotes"
    ),
    "expected ',' or": N_("a bracket is not closed, or a comma is missing"),
    "found character '\\t'": N_("a tab; indent with spaces"),
    "found character": N_("no value begins with this character; put the value in quotes"),
    "found unexpected end": N_("a quotation mark is not closed"),
    "found unknown escape": N_("“\\” has a meaning in double quotes; use single quotes"),
}
"""The beginnings of the parser's messages, in plain words."""


def read_document(text: str, bounds: Bounds) -> tuple[Tree, tuple[Mistake, ...]]:
    """Return the document of a YAML text, and the problems with its ambiguous parts.

    Ambiguous are aliases, anchors, tags, merge keys, repeated keys and several documents. An empty
    text is an empty mapping. Raises `UnreadableError` for malformed or too long texts.
    """
    if len(text.encode("utf-8", "replace")) > bounds.size:
        raise UnreadableError(f"the YAML is over {bounds.size // 1024} KiB; {bounds.advice}")
    try:
        events = list(_bounded(yaml.parse(text, Loader=yaml.BaseLoader), bounds))
    except UnreadableError:
        raise
    except yaml.reader.ReaderError as error:
        words = f"the character U+{error.character:04X} is not allowed in YAML; remove it"
        line = text[: error.position].count("\n") + 1
        raise UnreadableError(Mistake(words, line=line)) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise UnreadableError(_not_yaml(error)) from None
    return _Builder(events).document()


def _not_yaml(error: Exception) -> Mistake:
    advice = N_("check quotes and indentation")
    if not (isinstance(error, yaml.MarkedYAMLError) and error.problem_mark):
        return Mistake(fill("this is not valid YAML; {advice}", advice=_(advice)))
    problem = error.problem or ""  # it may quote half a password, so it is not shown
    reason = next((words for begin, words in _REASONS.items() if problem.startswith(begin)), advice)
    line, column = error.problem_mark.line + 1, error.problem_mark.column + 1
    words = fill("this is not valid YAML: {reason}", reason=_(reason))
    return Mistake(words, line=line, column=column)


def _bounded(events: Iterator[yaml.Event], bounds: Bounds) -> Iterator[yaml.Event]:
    depth = 0
    for number, event in enumerate(events):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if number > bounds.nodes:
            raise UnreadableError(f"more than {bounds.nodes} YAML nodes; {bounds.advice}")
        if depth > MAX_DEPTH:
            words = f"it is over {MAX_DEPTH} levels deep"
            raise UnreadableError(Mistake(words, line=_line(event)))
        yield event


class _Builder:
    """Builds the tree from events that are balanced and not deep."""

    def __init__(self, events: list[yaml.Event]) -> None:
        self._problems: list[Mistake] = []
        if sum(isinstance(event, yaml.DocumentStartEvent) for event in events) > 1:
            self._problems.append(Mistake("there is more than one YAML document"))
        parts = (yaml.NodeEvent, yaml.CollectionEndEvent)  # not the ends of stream and document
        self._events = (event for event in events if isinstance(event, parts))

    def document(self) -> tuple[Tree, tuple[Mistake, ...]]:
        first = next(self._events, None)
        tree = self._node(first) if first else Table((), 1)
        return tree, by_line(self._problems)

    def _node(self, event: yaml.Event, key: str | None = None) -> Tree:
        """Build the node that begins with an event; `key` is its key in messages."""
        line = _line(event)
        for what in _forbidden(event):
            at = f"key {key}: " if key is not None else ""
            self._problem(line, f"{at}{what} is not allowed; quote the value if it is text")
        if isinstance(event, yaml.MappingStartEvent):
            return Table(tuple(self._pairs()), line)
        if isinstance(event, yaml.SequenceStartEvent):
            return Listing(tuple(self._node(item, key) for item in self._until_end()), line)
        if isinstance(event, yaml.ScalarEvent):
            return Text(event.value, line, event.implicit[0])
        return Text("", line)

    def _pairs(self) -> Iterator[tuple[Text, Tree]]:
        seen = set()
        for event in self._until_end():
            key = self._node(event)
            name = quoted_key(key.text) if isinstance(key, Text) else None
            value = self._node(next(self._events), name)
            line = _line(event)
            if not isinstance(key, Text) or name is None or isinstance(event, yaml.AliasEvent):
                self._problem(line, "a key has to be a plain name")
                continue
            if key.text == "<<" and key.plain:
                self._problem(line, "a YAML merge key (<<) is not allowed")
            elif key.text in seen:
                self._problem(line, fill("the key {key} is given twice; drop one", key=name))
            seen.add(key.text)
            yield key, value

    def _problem(self, line: int, words: str) -> None:
        self._problems.append(Mistake(words, line=line))

    def _until_end(self) -> Iterator[yaml.Event]:
        return takewhile(lambda one: not isinstance(one, yaml.CollectionEndEvent), self._events)


def _forbidden(event: yaml.Event) -> Iterator[str]:
    if isinstance(event, yaml.AliasEvent):
        yield "a YAML alias (*)"
    elif isinstance(event, yaml.NodeEvent) and event.anchor:
        yield "a YAML anchor (&)"
    if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag is not None:
        yield "a YAML tag (!)"


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
