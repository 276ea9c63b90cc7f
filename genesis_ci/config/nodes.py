"""Values of the configuration, with their positions, and the problems reported there.

This module does not import the YAML parser, which most jobs do not need.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from genesis_ci.models.report import Problem
from genesis_ci.text import clean_line, nearest

LONGEST_NAME = 100
LONGEST_QUOTATION = 60
LONGEST_PROBLEM = 1000
MAX_PROBLEMS = 50
"""The most problems that one job reports."""
PRIVATE = "the value of the variable here is not accepted"

_QUOTATION = "“([^”]*)”"


class Bounds(NamedTuple):
    """How much YAML is read; `advice` ends the message about too much of it."""

    size: int
    nodes: int
    advice: str


class AdvisedError(ValueError):
    """A value is malformed; the message also says what to do."""


class UnreadableError(AdvisedError):
    """A text is malformed; `problems` say why, each with its line if that is known."""

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = by_line(
            Problem(words=one) if isinstance(one, str) else one for one in problems
        )
        super().__init__("; ".join(map(in_words, self.problems)))


class ReportedError(Exception):
    """A value is malformed, and its problems are already reported."""


class Text(NamedTuple):
    """A scalar, as it was written; `line` is 0 outside of YAML.

    `plain` is true if it has no quotes, `private` if it contains a variable of the environment, so
    that messages must not show it, `refused` if a problem with such a variable is reported.
    """

    text: str
    line: int = 0
    plain: bool = True
    private: bool = False
    refused: bool = False


class Listing(NamedTuple):
    """A sequence."""

    items: "tuple[Tree, ...]"
    line: int


class Table(NamedTuple):
    """A mapping: its pairs in order, no key twice."""

    pairs: "tuple[tuple[Text, Tree], ...]"
    line: int


Tree = Text | Listing | Table


def scalars(tree: Tree) -> Iterator[Text]:
    """Yield the scalars of a tree, without its keys."""
    match tree:
        case Text():
            yield tree
        case Listing():
            for item in tree.items:
                yield from scalars(item)
        case Table():
            for _, value in tree.pairs:
                yield from scalars(value)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Node:
    """One value, and where its problems are reported.

    `name` is the input or the key of the config file; `key` is a part of it, such as `url`.
    `place` is the flag, variable or input that gave the value, or the path of its file.
    """

    name: str
    tree: Tree
    place: str
    problems: list[Problem]
    in_file: bool = False
    key: str = ""

    @property
    def private(self) -> bool:
        """Whether it contains a variable of the environment, so that problems must not show it."""
        return any(scalar.private for scalar in scalars(self.tree))

    @property
    def where(self) -> str:
        """The file and the line."""
        return f"{self.place}:{self.tree.line}"

    @property
    def is_empty(self) -> bool:
        """Whether it is an empty text, which means not set."""
        return isinstance(self.tree, Text) and not self.tree.text

    @property
    def stripped(self) -> "Node":
        """The node without white space around its text."""
        if not isinstance(self.tree, Text):
            return self
        return replace(self, tree=self.tree._replace(text=self.tree.text.strip()))

    def text(self) -> str:
        """Return the text; raise `ValueError` for a list or a mapping."""
        if isinstance(self.tree, Text):
            return self.tree.text
        if isinstance(self.tree, Listing) and not self.tree.line:
            raise ValueError("it is given more than once")
        raise ValueError("this is not a single value")

    def texts(self) -> tuple[str, ...]:
        """Return the texts of a list, or the single text; raise `ValueError` for anything else."""
        if isinstance(self.tree, Listing) and all(isinstance(one, Text) for one in self.tree.items):
            return tuple(scalar.text for scalar in scalars(self.tree))
        if isinstance(self.tree, Text):
            return (self.tree.text,)
        raise ValueError("this is neither a text nor a list of texts")

    def parts(
        self, known: Collection[str], *, explain: Callable[[str], str | None] | None = None
    ) -> "tuple[dict[str, Node], set[str]]":
        """Return the values of a mapping by key, and the known keys close to unknown ones.

        Each unknown key is reported. An empty text is an empty mapping. In messages, a value has
        the name of this input and its key. A mapping of inputs has `explain`, which returns the
        advice about an unknown key: its values have only their keys.
        """
        suggested: set[str] = set()
        if self.is_empty:
            return {}, suggested
        if not isinstance(self.tree, Table):
            self.problem("this is not a mapping of names to values")
            return {}, suggested
        found = {}
        for key, value in self.tree.pairs:
            if key.text in known and explain:
                found[key.text] = replace(self, tree=value, name=key.text)
            elif key.text in known:
                found[key.text] = replace(self, tree=value, key=key.text)
            else:
                advice: str | None = ""
                if len(self.problems) < MAX_PROBLEMS:  # a comparison with all keys takes time
                    advice = explain(key.text) if explain else None
                    is_short = len(key.text) <= LONGEST_NAME
                    near = nearest(key.text.strip().lower(), sorted(known)) if is_short else None
                    if advice is None and near:
                        suggested.add(near)
                        advice = f". Did you mean {quoted(near)}?"
                    advice = advice or f". Known here: {', '.join(sorted(known))}"
                unknown = replace(self, tree=key, name="" if explain else self.name)
                unknown.problem(f"unknown key {quoted_key(key.text)}{advice}")
        return found, suggested

    def as_yaml(self, bounds: Bounds) -> "Node":
        """Return this node with the text of a flag or a variable parsed as YAML.

        Raises `ValueError` if it is not YAML, `ReportedError` if it is ambiguous.
        """
        if self.in_file:
            return self
        from genesis_ci.config.strict_yaml import read_document

        tree, problems = read_document(self.text(), bounds)
        for problem in problems:
            self.problem(in_words(problem))
        if problems:
            raise ReportedError
        return replace(self, tree=tree)

    def check_length(self, longest: int) -> None:
        """Raise `ValueError` if the texts are too long to be parsed."""
        items = self.tree.items if isinstance(self.tree, Listing) else (self.tree,)
        size = sum(len(item.text) for item in items if isinstance(item, Text))
        if size > longest:
            raise ValueError(f"it has {size} characters, and at most {longest} are read")

    def malformed(self, words: str, accepts: str) -> None:
        """Report a malformed value and what is accepted instead; a private value is not shown."""
        self.problem(f"{sentence(PRIVATE if self.private else words)} Write {accepts}")

    def problem(self, words: str, *, line: int | None = None, column: int | None = None) -> None:
        """Report what is wrong here, or at another place of the same file.

        A value with a variable that is refused has one problem already.
        """
        if line is None and any(scalar.refused for scalar in scalars(self.tree)):
            return
        is_elsewhere = not self.in_file and self.place not in {self.name, f"--{self.name}"}
        name = f"{self.name} (from {self.place})" if is_elsewhere else self.name
        words = ": ".join(filter(None, (name, self.key, sentence(words))))
        file, line = (self.place, line or self.tree.line) if self.in_file else (None, None)
        self.problems.append(Problem(words=words, file=file, line=line, column=column))


def by_line(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems of one text in the order of their lines, those without one last."""
    return tuple(sorted(problems, key=lambda one: (one.line is None, one.line)))


def in_words(problem: Problem) -> str:
    """Return a problem with its place as text, for a text that is not in a file."""
    if problem.line is None:
        return problem.words
    column = f", column {problem.column}" if problem.column else ""
    return f"line {problem.line}{column}: {problem.words}"


def sentence(words: str) -> str:
    """Return the words with a mark at the end."""
    return words if words.endswith("?") else f"{words.removesuffix('.')}."


def quoted(text: str) -> str:
    """Return a value in quotation marks.

    It is not changed otherwise, so that secrets in it are found; `shortened` makes it harmless.
    """
    return f"“{text}”"


def quoted_key(key: str) -> str:
    """Return a key in quotation marks, or its length if it is too long."""
    return quoted(key) if len(key) <= LONGEST_NAME else f"of {len(key)} characters"


def shortened(problem: str) -> str:
    """Return a problem without secrets as one harmless line with short quotations."""
    short = re.sub(
        _QUOTATION, lambda found: f"“{clean_line(found[1], limit=LONGEST_QUOTATION)}”", problem
    )
    return clean_line(short, limit=LONGEST_PROBLEM)
