"""What a YAML text says, as a tree of strings that know their lines; reading it is `strict_yaml`'s.

It stands apart, for a job without YAML imports no parser of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from genesis_ci.config.parsers import LONGEST_NAME
from genesis_ci.models import Problem


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """How much YAML is read; `advice` completes the sentence that says that it is too much."""

    size: int
    nodes: int
    advice: str


class UnreadableError(ValueError):
    """The text is no YAML, or too much of it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.words)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar, as it was written. `plain` is true when it stood without quotes.

    `private` is true when the environment was put into it, so that no message may show it.
    """

    text: str
    line: int
    plain: bool = True
    private: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A sequence."""

    items: "tuple[Node, ...]"
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping: its pairs in order, no key twice."""

    pairs: "tuple[tuple[Text, Node], ...]"
    line: int


Node = Text | Listing | Table


def scalars(node: Node) -> Iterator[Text]:
    """Yield the values of a tree that are scalars."""
    match node:
        case Text():
            yield node
        case Listing():
            for item in node.items:
                yield from scalars(item)
        case Table():
            for _, value in node.pairs:
                yield from scalars(value)


def name(key: str) -> str:
    """Return a key as a problem quotes it: whole, for of a part no secret would be scrubbed."""
    return f"“{key}”" if len(key) <= LONGEST_NAME else f"of {len(key)} characters"
