"""A value of the configuration, with its position and the way to report a problem there.

It does not parse YAML, so that a job without YAML does not import a parser for it.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from genesis_ci.models import Problem
from genesis_ci.text import clean_line, nearest

LONGEST_NAME = 100
LONGEST_QUOTATION = 60
LONGEST_PROBLEM = 1000
MAX_PROBLEMS = 50
"""The most problems that one job reports."""
PRIVATE = "what the environment gives here is not accepted"

_QUOTATION = re.compile("“([^”]*)”")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """How much YAML is read; `advice` ends the message about too much of it."""

    size: int
    nodes: int
    advice: str


class UnreadableError(ValueError):
    """A text is not what it has to be; `problems` say why, each with its line if that is known."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(map(in_words, problems)))
        self.problems = problems


class ReportedError(Exception):
    """A value is malformed, and its problems are reported already."""


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar, as it was written; `line` is 0 outside of YAML.

    `plain` is true when it stood without quotes, `private` when the environment was put into it, so
    that no message may show it.
    """

    text: str
    line: int = 0
    plain: bool = True
    private: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A sequence."""

    items: "tuple[Tree, ...]"
    line: int


@dataclass(frozen=True, slots=True)
class Table:
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
    """One value that somebody gave, and where its problems are reported.

    `name` is the input, or the key of the config file; `key` is a part of it, such as `url`.
    `place` is the flag, the variable or the input that gave the value, or the path of the file
    that it is in.
    """

    name: str
    tree: Tree
    place: str
    problems: list[Problem]
    in_file: bool = False
    key: str = ""

    @property
    def private(self) -> bool:
        """Whether the environment was put in, so that a problem must not show the value."""
        return any(scalar.private for scalar in scalars(self.tree))

    @property
    def where(self) -> str:
        """The file and the line."""
        return f"{self.place}:{self.tree.line}"

    @property
    def is_empty(self) -> bool:
        """Whether it is an empty text, which means that it is not set."""
        return isinstance(self.tree, Text) and not self.tree.text

    @property
    def stripped(self) -> "Node":
        """The node without white space around its text, which does not count in lengths."""
        if not isinstance(self.tree, Text):
            return self
        return self.part(replace(self.tree, text=self.tree.text.strip()))

    def text(self) -> str:
        """Return the one text; raise `ValueError` where it is something else."""
        if isinstance(self.tree, Text):
            return self.tree.text
        is_repeated = isinstance(self.tree, Listing) and not self.tree.line
        raise ValueError(
            "it is given more than once" if is_repeated else "this is not a single value"
        )

    def texts(self) -> tuple[str, ...]:
        """Return the texts of a list, which may be a single one; raise `ValueError` as `text`."""
        if isinstance(self.tree, Listing) and all(isinstance(one, Text) for one in self.tree.items):
            return tuple(scalar.text for scalar in scalars(self.tree))
        return (self.text(),)

    def part(self, tree: Tree, *, name: str | None = None, key: str | None = None) -> "Node":
        """Return a node at the same place; `name` and `key` are this node's unless given."""
        return Node(
            name=self.name if name is None else name,
            tree=tree,
            place=self.place,
            problems=self.problems,
            in_file=self.in_file,
            key=self.key if key is None else key,
        )

    def parts(
        self,
        known: Collection[str],
        *,
        as_inputs: bool = False,
        explain: Callable[[str], str | None] = lambda _: None,
    ) -> "tuple[dict[str, Node], set[str]]":
        """Return the values of a mapping by key, and the keys that unknown ones may have meant.

        Each unknown key is reported, with what `explain` returns for it. An empty text is an empty
        mapping. Messages call the values parts of this input, or `as_inputs` by their keys alone.
        """
        meant: set[str] = set()
        if self.is_empty:
            return {}, meant
        if not isinstance(self.tree, Table):
            self.problem("this is not a mapping of names to values")
            return {}, meant
        found = {}
        for key, value in self.tree.pairs:
            if key.text not in known:
                advice: str | None = ""
                if len(self.problems) < MAX_PROBLEMS:  # a comparison with all keys takes time
                    advice = explain(key.text)
                    is_short = len(key.text) <= LONGEST_NAME
                    near = nearest(key.text.strip().lower(), sorted(known)) if is_short else None
                    if advice is None and near:
                        meant.add(near)
                        advice = f". Did you mean {quoted(near)}?"
                    advice = advice or f". Known here: {', '.join(sorted(known))}"
                unknown = self.part(key, name="" if as_inputs else None)
                unknown.problem(f"unknown key {quoted_key(key.text)}{advice}")
            elif as_inputs:
                found[key.text] = self.part(value, name=key.text)
            else:
                found[key.text] = self.part(value, key=key.text)
        return found, meant

    def as_yaml(self, bounds: Bounds) -> "Node":
        """Return this node, with the text of a flag or a variable read as YAML.

        Raises:
            ValueError: the text is not YAML.
            ReportedError: it is YAML that hides what is meant.
        """
        if self.in_file:
            return self
        from genesis_ci.config.strict_yaml import read_document

        tree, problems = read_document(self.text(), bounds)
        for problem in problems:
            self.problem(in_words(problem))
        if problems:
            raise ReportedError
        return self.part(tree)

    def check_length(self, longest: int) -> None:
        """Raise `ValueError` if the texts are too long, before anything looks into them."""
        items = self.tree.items if isinstance(self.tree, Listing) else (self.tree,)
        size = sum(len(item.text) for item in items if isinstance(item, Text))
        if size > longest:
            raise ValueError(f"it has {size} characters, and at most {longest} are read")

    def malformed(self, words: str, accepts: str) -> None:
        """Report a value that is not accepted, with what is; a private value is not shown."""
        self.problem(f"{sentence(PRIVATE if self.private else words)} Write {accepts}")

    def problem(self, words: str, *, line: int | None = None) -> None:
        """Report what is wrong here, or at another line of the same file."""
        part = f"{self.key}: " if self.key else ""
        told = f"{part}{sentence(words)}"
        if self.in_file:
            name = f"{self.name}: " if self.name else ""
            line = line or self.tree.line
            self.problems.append(Problem(words=f"{name}{told}", file=self.place, line=line))
        elif self.place in {self.name, f"--{self.name}"}:
            self.problems.append(Problem(words=f"{self.name}: {told}"))
        else:
            self.problems.append(Problem(words=f"{self.name} (from {self.place}): {told}"))


def in_words(problem: Problem) -> str:
    """Return a problem with its line in words, for a text that is not in a file."""
    return problem.words if problem.line is None else f"line {problem.line}: {problem.words}"


def sentence(words: str) -> str:
    """Return words with the mark that ends a sentence."""
    return words if words.endswith("?") else f"{words.removesuffix('.')}."


def quoted(text: str) -> str:
    """Return a value as a problem quotes it.

    It stays as it is until secrets are scrubbed, because an altered secret would not be found.
    """
    return f"“{text}”"


def quoted_key(key: str) -> str:
    """Return a key as a problem quotes it: in full, so that a secret in it is found."""
    return quoted(key) if len(key) <= LONGEST_NAME else f"of {len(key)} characters"


def shortened(problem: str) -> str:
    """Return a problem, scrubbed already: harmless, on one line, and no quotation in it long."""
    short = _QUOTATION.sub(
        lambda found: f"“{clean_line(found[1], limit=LONGEST_QUOTATION)}”", problem
    )
    return clean_line(short, limit=LONGEST_PROBLEM)
