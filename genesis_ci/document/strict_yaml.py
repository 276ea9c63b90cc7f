"""Strict YAML: a tree of strings with their lines, without any conversion.

Problems show the line, and the key that is given twice, never the value, which may be a secret.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, takewhile

import yaml

from genesis_ci.document.nodes import (
    Bounds,
    Node,
    ReportedError,
    Scalar,
    Tree,
    YamlMapping,
    YamlSequence,
)
from genesis_ci.document.problems import MAX_PROBLEMS, Mistake, UnreadableError, by_line, quoted_key
from genesis_ci.document.words import ODD_CHARACTER, odd_character
from genesis_ci.language import N_, _, fill, listed

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

    Ambiguous are anchors, tags, merge keys, repeated keys and several documents. An empty text is
    an empty mapping. Raises `UnreadableError` for malformed or too long texts, and for aliases.
    """
    if len(text.encode("utf-8", "replace")) > bounds.size:
        raise UnreadableError(f"the YAML is over {bounds.size // 1024} KiB; {bounds.advice}")
    events: list[yaml.Event] = []
    try:
        events.extend(_bounded(yaml.parse(text, Loader=yaml.BaseLoader), bounds))
    except UnreadableError:
        raise
    except yaml.reader.ReaderError as error:
        text_of = N_("the character U+{code:04X} is not allowed in YAML; remove it")
        line = text[: error.position].count("\n") + 1
        words = fill(text_of, code=error.character)
        raise UnreadableError(Mistake(words, line=line)) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        odd = _odd_characters(text, events, error)
        raise UnreadableError(*(odd or [_not_yaml(error, text)])) from None
    return _Builder(events).document()


def as_yaml(node: Node, bounds: Bounds) -> Node:
    """Return a node with the text of a flag or a variable parsed as YAML.

    Raises `ReportedError` if it is not YAML, or ambiguous.
    """
    if node.in_file:
        return node
    tree: Tree = node.tree
    try:
        tree, problems = read_document(node.text(), bounds)
    except UnreadableError as error:
        problems = error.problems
    for problem in problems:
        node.problem(problem.with_line)
    if problems:
        raise ReportedError
    return replace(node, tree=tree)


def _odd_characters(text: str, events: list[yaml.Event], error: Exception) -> list[Mistake]:
    """Return the odd characters up to the place of an error, but not those in quoted texts."""
    if not (isinstance(error, yaml.MarkedYAMLError) and error.problem_mark):
        return []
    quoted = [
        (one.start_mark.index, one.end_mark.index)
        for one in events
        if isinstance(one, yaml.ScalarEvent) and one.style and one.start_mark and one.end_mark
    ]
    found = []
    before = text[: error.problem_mark.index + 1]
    for one in islice(re.finditer(ODD_CHARACTER, before), MAX_PROBLEMS):
        at = one.start(one.lastindex or 0)
        if not any(begin <= at < end for begin, end in quoted):
            line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
            found.append(Mistake(odd_character(one) or "", line=line, column=column))
    return found


def _not_yaml(error: Exception, text: str) -> Mistake:
    advice = N_("check quotes and indentation")
    if not (isinstance(error, yaml.MarkedYAMLError) and error.problem_mark):
        return Mistake(fill("this is not valid YAML; {advice}", advice=_(advice)))
    mark = error.problem_mark
    problem = error.problem or ""  # it may quote half a password, so it is not shown
    reason = next((words for begin, words in _REASONS.items() if problem.startswith(begin)), advice)
    line, column = mark.line + 1, mark.column + 1
    if text[: mark.index + 1].endswith("${"):
        reason = N_("in brackets, ${…} has to be in quotes")
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
        self._references: list[tuple[int, str]] = []
        """The lines of anchors, aliases and merge keys: one problem, as each belongs to another."""
        self._is_unclear = False
        starts = [_line(event) for event in events if isinstance(event, yaml.DocumentStartEvent)]
        if len(starts) > 1:
            words = _("there is more than one YAML document. Remove “---” and what is below it")
            self._problem(starts[1], words)
        parts = (yaml.NodeEvent, yaml.CollectionEndEvent)  # not the ends of stream and document
        self._events = (event for event in events if isinstance(event, parts))

    def document(self) -> tuple[Tree, tuple[Mistake, ...]]:
        first = next(self._events, None)
        tree = self._node(first) if first else YamlMapping((), 1)
        if self._references:
            line, what = self._references[0]
            lines = [*dict.fromkeys(str(one) for one, _ in self._references)]
            words = N_("{what} is not allowed. Write the value itself; in quotes, if it is text")
            if len(lines) > 1:
                words = N_(
                    "{what} is not allowed (lines with &, * or <<: {lines}). Write the values "
                    "themselves; in quotes, if they are text"
                )
            self._problem(line, fill(words, what=_(what), lines=listed(lines, most=10)))
        if self._is_unclear:
            raise UnreadableError(*self._problems)
        return tree, by_line(self._problems)

    def _node(self, event: yaml.Event) -> Tree:
        """Build the node that begins with an event."""
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            self._references.append((line, N_("a YAML alias (*)")))
            self._is_unclear = True
        elif isinstance(event, yaml.NodeEvent) and event.anchor:
            self._references.append((line, N_("a YAML anchor (&)")))
        if getattr(event, "tag", None) is not None:
            words = _("a YAML tag (!) is not allowed; quote the value if it is text")
            self._problem(line, words)
        if isinstance(event, yaml.MappingStartEvent):
            return YamlMapping(tuple(self._pairs()), line)
        if isinstance(event, yaml.SequenceStartEvent):
            return YamlSequence(tuple(map(self._node, self._until_end())), line)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, line, event.implicit[0])
        return Scalar("", line)

    def _pairs(self) -> Iterator[tuple[Scalar, Tree]]:
        seen = set()
        for event in self._until_end():
            key = self._node(event)
            line = _line(event)
            if isinstance(key, Scalar) and key.text == "<<" and key.plain:
                self._references.append((line, N_("a YAML merge key (<<)")))
            odd = (
                re.match(ODD_CHARACTER, key.text) if isinstance(key, Scalar) and key.plain else None
            )
            if odd and odd["blank"]:
                self._problem(line, odd_character(odd) or "")
                self._is_unclear = True
            value = self._node(next(self._events))
            if not isinstance(key, Scalar) or isinstance(event, yaml.AliasEvent):
                self._problem(line, _("a key has to be a plain name"))
            elif key.text != "<<" or not key.plain:
                if key.text in seen:
                    words = N_("the key {key} is given twice; drop one")
                    self._problem(line, fill(words, key=quoted_key(key.text)))
                seen.add(key.text)
                yield key, value

    def _problem(self, line: int, words: str) -> None:
        self._problems.append(Mistake(words, line=line))

    def _until_end(self) -> Iterator[yaml.Event]:
        return takewhile(lambda one: not isinstance(one, yaml.CollectionEndEvent), self._events)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
