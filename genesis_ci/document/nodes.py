"""Values of the configuration, with their positions, at which problems are reported."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from genesis_ci.document.problems import (
    LONGEST_NAME,
    MAX_PROBLEMS,
    Mistake,
    quoted_key,
    sentence,
    with_advice,
)
from genesis_ci.document.words import meant, odd_character
from genesis_ci.language import N_, _, fill, listed

_NESTED = frozenset({"defaults", "inputs", "wait-for"})
"""Keys below which more keys are written."""


class Bounds(NamedTuple):
    """How much YAML is read; `advice` ends the message about too much of it."""

    size: int
    nodes: int
    advice: str


class ReportedError(Exception):
    """A value is malformed, and its problems are already reported."""


class Scalar(NamedTuple):
    """A scalar, as it was written; `line` is 0 outside of YAML.

    `plain` is true if it has no quotes, `private` names the variables of the environment in it, of
    which messages show no value, `refused` is true if a problem with such a variable is reported.
    """

    text: str
    line: int = 0
    plain: bool = True
    private: str = ""
    refused: bool = False


class YamlSequence(NamedTuple):
    """A sequence."""

    items: "tuple[Tree, ...]"
    line: int


class YamlMapping(NamedTuple):
    """A mapping: its pairs in order, no key twice."""

    pairs: "tuple[tuple[Scalar, Tree], ...]"
    line: int


Tree = Scalar | YamlSequence | YamlMapping


def odd_text(tree: Tree) -> str | None:
    """Return the problem of a text that was meant as a mapping, if it has another colon."""
    return odd_character(tree.text) if isinstance(tree, Scalar) else None


def scalars(tree: Tree) -> Iterator[Scalar]:
    """Yield the scalars of a tree, without its keys."""
    match tree:
        case Scalar():
            yield tree
        case YamlSequence():
            for item in tree.items:
                yield from scalars(item)
        case YamlMapping():
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
    problems: list[Mistake]
    in_file: bool = False
    key: str = ""

    @property
    def private(self) -> str:
        """The variables of the environment in it, so that problems must not show it."""
        return listed([*dict.fromkeys(one.private for one in scalars(self.tree) if one.private)])

    @property
    def refusal(self) -> str:
        return fill("the value of the variable {names} is not accepted", names=self.private)

    @property
    def where(self) -> str:
        return f"{self.place}:{self.tree.line}"

    @property
    def is_empty(self) -> bool:
        """Whether it is an empty text, which means not set."""
        return isinstance(self.tree, Scalar) and not self.tree.text

    @property
    def stripped(self) -> "Node":
        if not isinstance(self.tree, Scalar):
            return self
        return replace(self, tree=self.tree._replace(text=self.tree.text.strip()))

    def text(self) -> str:
        """Return the text; raise `ValueError` for a list or a mapping."""
        if isinstance(self.tree, Scalar):
            return self.tree.text
        if isinstance(self.tree, YamlSequence) and not self.tree.line:
            raise ValueError(_("it is given more than once"))
        raise ValueError(_("this is not a single value"))

    def texts(self) -> tuple[str, ...]:
        """Return the texts of a list, or the single text; raise `ValueError` for anything else."""
        if isinstance(self.tree, YamlSequence) and all(
            isinstance(one, Scalar) for one in self.tree.items
        ):
            return tuple(scalar.text for scalar in scalars(self.tree))
        if isinstance(self.tree, Scalar):
            return (self.tree.text,)
        raise ValueError(_("this is neither a text nor a list of texts"))

    def parts(
        self, known: Collection[str], *, explain: Callable[[str], str | None] | None = None
    ) -> "tuple[dict[str, Node], set[str]]":
        """Return the values of a mapping by key, and the known keys close to unknown ones.

        Each unknown key is reported. An empty text is an empty mapping. In messages, a value has
        the name of this input and its key. A mapping of inputs has `explain`, which returns the
        problem of an unknown key: its values have only their keys.
        """
        suggested: set[str] = set()
        if self.is_empty:
            return {}, suggested
        if not isinstance(self.tree, YamlMapping):
            self.problem(odd_text(self.tree) or _("this is not a mapping of names to values"))
            return {}, {*known}
        found: dict[str, Node] = {}
        above: Node | None = None
        given = {key.text for key, _ in self.tree.pairs}
        all_names = ", ".join(sorted(known))
        for key, value in self.tree.pairs:
            if key.text in known:
                inner = _(": ").join(filter(None, (self.key, key.text)))
                own = replace(self, tree=value)
                found[key.text] = (
                    replace(own, name=key.text) if explain else replace(own, key=inner)
                )
                is_nested = key.text in _NESTED and value == Scalar("", value.line)
                above = found[key.text] if is_nested else None
                continue
            words, near, names = N_("unknown key {key}"), None, None
            if len(self.problems) < MAX_PROBLEMS:  # a comparison with all keys takes time
                near = meant(key.text, known) if len(key.text) <= LONGEST_NAME else None
                near = near if near not in given else None
                if above and not near:
                    above.problem(_("it is empty. Indent below it what belongs to it"))
                    continue
                if explained := explain(key.text) if explain else None:
                    words = explained
                elif near:
                    suggested.add(near)
                    words = N_("unknown key {key}. Did you mean “{near}”?")
                elif all(one.listed != all_names for one in self.problems):
                    words, names = N_("unknown key {key}. Known here: {names}"), all_names
            unknown = replace(self, tree=key, name="" if explain else self.name)
            words = fill(words, key=quoted_key(key.text), near=near, names=names)
            unknown.problem(words, listed=names)
        return found, suggested

    def check_length(self, longest: int) -> None:
        """Raise `ValueError` if the texts are too long to be parsed."""
        items = self.tree.items if isinstance(self.tree, YamlSequence) else (self.tree,)
        size = sum(len(item.text.strip()) for item in items if isinstance(item, Scalar))
        if size > longest:
            words = N_("it has {size} characters, and at most {longest} are read")
            raise ValueError(fill(words, size=size, longest=longest))

    def malformed(self, words: str, accepts: str) -> None:
        """Report a malformed value and what is accepted instead; a private value is not shown."""
        self.problem(with_advice(self.refusal if self.private else words, accepts))

    def problem(
        self,
        words: str,
        *,
        line: int | None = None,
        column: int | None = None,
        listed: str | None = None,
    ) -> None:
        """Report what is wrong here, or at another place of the same file.

        A value with a variable that is refused has one problem already.
        """
        if line is None and any(scalar.refused for scalar in scalars(self.tree)):
            return
        is_elsewhere = not self.in_file and self.place not in {self.name, f"--{self.name}"}
        name = self.name
        if is_elsewhere:
            name = fill("{name} (from {place})", name=name, place=self.place)
        subject = _(": ").join(filter(None, (name, self.key)))
        file, line = (self.place, line or self.tree.line) if self.in_file else (None, None)
        mistake = Mistake(sentence(words), subject, file, line, column, self.name or None, listed)
        self.problems.append(mistake)
