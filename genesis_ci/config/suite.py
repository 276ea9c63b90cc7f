"""`.genesis-ci.yml`: several workflows for one job, strictly read, with every problem and its line.

The file gives inputs in layers, as the job does: `defaults` below each entry. What they mean is
read where all inputs are.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from genesis_ci.config import parsers
from genesis_ci.config.inputs import BY_NAME, INPUTS
from genesis_ci.config.interpolation import Interpolation
from genesis_ci.config.sources import Given, Layer, LayerReader
from genesis_ci.config.tree import (
    Bounds,
    Listing,
    Node,
    Table,
    Text,
    UnreadableError,
    name,
)
from genesis_ci.models import MAX_WORKFLOWS, Plan, Problem
from genesis_ci.text import clean_line

PER_WORKFLOW = tuple(row for row in INPUTS if row.per_workflow)
"""The inputs that can differ from workflow to workflow."""
_SECTIONS = frozenset({"version", "defaults", "workflows"})
"""Keys whose text the environment is not put into, or not yet."""
_NO_INPUTS = frozenset({"name", "required"})
TOP_KEYS = frozenset({"version", "defaults", "max-parallel", "fail-fast", "workflows"})
ENTRY_KEYS = frozenset({"name", "required", *(row.name for row in PER_WORKFLOW)})
DEFAULT_KEYS = ENTRY_KEYS - {"name", "execution-id"}
T = TypeVar("T")
VERSION = "1"
MAX_SUGGESTIONS = 50
MAX_NAME = parsers.LONGEST_NAME
BOUNDS = Bounds(
    size=512 * 1024,
    nodes=25_000,
    advice=f"one file holds at most {MAX_WORKFLOWS} workflows",
)


def unknown_key(key: str, allowed: Iterable[str]) -> str:
    """Return what is wrong with a key that is not allowed here, and what was perhaps meant."""
    words = f"unknown key {name(key)}"
    if len(key) > parsers.LONGEST_NAME:
        return f"{words}. Known here: {', '.join(sorted(allowed))}"
    plain = key.strip().lower().replace("_", "-")
    if plain == "api-key":
        return f"{words}: a key belongs in no file. Set it as a secret of the CI"
    for kind, keys in {"at the top": TOP_KEYS, "in an entry": ENTRY_KEYS}.items():
        if key in keys:
            return f"{words} here: it stands {kind}{_or_in_defaults(key)}"
    if key in BY_NAME:
        return f"{words}: it is for the whole job. Set it where the job sets its inputs"
    import difflib

    near = difflib.get_close_matches(plain, sorted(allowed), n=1, cutoff=0.6)
    if near:
        return f"{words}. Did you mean {name(near[0])}?"
    return f"{words}. Known here: {', '.join(sorted(allowed))}"


def _or_in_defaults(key: str) -> str:
    return " or in defaults" if key in DEFAULT_KEYS else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Suite:
    """What the file says, as far as it is without problems: a layer for each of its workflows."""

    defaults: Layer
    workflows: tuple[Layer, ...] = ()
    plan: Plan = field(default_factory=Plan)


def parse_suite(
    text: str,
    *,
    file: str,
    interpolation: Interpolation,
    layers: LayerReader,
    problems: list[Problem],
) -> Suite:
    """Return what a config file says, and note what is wrong with it, in the order of the file.

    `layers` notes in `problems` too.
    """
    known = len(problems)
    suite = _SuiteReader(file, interpolation, layers, problems).suite(text)
    problems[known:] = sorted(problems[known:], key=lambda one: one.line or 0)
    return suite


class _SuiteReader:
    def __init__(
        self,
        file: str,
        interpolation: Interpolation,
        layers: LayerReader,
        problems: list[Problem],
    ) -> None:
        self._file = clean_line(file)
        self._interpolation = interpolation
        self._layers = layers
        self._problems = problems
        self._unknown = 0

    def suite(self, text: str) -> Suite:
        from genesis_ci.config.strict_yaml import read_table

        try:
            table, problems = read_table(text, BOUNDS)
        except UnreadableError as error:
            table, problems = None, (error.problem,)
        for problem in problems:
            self._note(problem.line, problem.words)
        if table is None:
            return Suite(defaults=self._layers.layer({}))
        top = self._known(table, TOP_KEYS)
        self._version(top.get("version"))
        defaults = self._table(top.get("defaults"), "defaults", DEFAULT_KEYS)
        required = self._scalar(defaults, "required", parsers.boolean)
        plan = Plan(
            max_parallel=self._scalar(top, "max-parallel", _count) or Plan().max_parallel,
            fail_fast=self._scalar(top, "fail-fast", parsers.boolean) is True,
        )
        return Suite(
            defaults=self._layers.layer(self._given(defaults)),
            workflows=self._workflows(top.get("workflows"), required=required is not False),
            plan=plan,
        )

    def _version(self, node: Node | None) -> None:
        if node is None:
            self._problem(1, "version", "it is missing. Write version: 1")
        elif not isinstance(node, Text) or node.text != VERSION:
            self._problem(node.line, "version", "this version of genesis-ci reads version: 1 only")

    def _workflows(self, node: Node | None, *, required: bool) -> tuple[Layer, ...]:
        form = "Write a list, each entry beginning with “- name: …”"
        if not isinstance(node, Listing):
            words = "it is missing" if node is None else "this is not a list"
            self._problem(node.line if node else 1, "workflows", f"{words}. {form}")
            return ()
        if not node.items:
            self._problem(node.line, "workflows", f"the list is empty. {form}")
        if len(node.items) > MAX_WORKFLOWS:
            words = f"{len(node.items)} workflows, and one file holds at most {MAX_WORKFLOWS}"
            self._problem(node.line, "workflows", f"{words}. Split it and run several jobs")
            return ()
        return tuple(self._workflow(item, required=required) for item in node.items)

    def _workflow(self, node: Node, *, required: bool) -> Layer:
        keys = self._table(node, "workflows", ENTRY_KEYS)
        if {"workflow-id", "execution-id"} <= keys.keys():
            words = "an entry has workflow-id or execution-id, not both"
            self._problem(keys["execution-id"].line, "execution-id", words)
        own = self._scalar(keys, "required", parsers.boolean)
        return self._layers.layer(
            self._given(keys),
            name=self._scalar(keys, "name", _name),
            required=required if own is None else own,
            file=self._file,
            line=node.line,
        )

    def _table(self, node: Node | None, key: str, allowed: frozenset[str]) -> dict[str, Node]:
        if node is None or (isinstance(node, Text) and not node.text):
            return {}
        if not isinstance(node, Table):
            self._problem(node.line, key, "this is not a mapping of names to values")
            return {}
        return self._known(node, allowed)

    def _known(self, table: Table, allowed: frozenset[str]) -> dict[str, Node]:
        """Return the values of the keys that are known, with the environment put in."""
        for key, _ in table.pairs:
            if key.text not in allowed:
                self._unknown += 1
                few = self._unknown <= MAX_SUGGESTIONS
                words = unknown_key(key.text, allowed) if few else f"unknown key {name(key.text)}"
                self._note(key.line, words)
        return {
            key.text: value if key.text in _SECTIONS else self._filled(value, key.text)
            for key, value in table.pairs
            if key.text in allowed
        }

    def _filled(self, node: Node, key: str) -> Node:
        match node:
            case Text():
                filled, problems = self._interpolation.fill_in(node)
                for problem in problems:
                    self._problem(node.line, key if len(key) <= MAX_NAME else "a value", problem)
                return filled
            case Listing():
                return Listing(tuple(self._filled(item, key) for item in node.items), node.line)
            case Table():
                pairs = ((own, self._filled(value, own.text)) for own, value in node.pairs)
                return Table(tuple(pairs), node.line)

    def _given(self, keys: Mapping[str, Node]) -> dict[str, Given]:
        return {
            key: Given(node, self._file, node.line)
            for key, node in keys.items()
            if key not in _NO_INPUTS
        }

    def _scalar(self, keys: Mapping[str, Node], key: str, parse: Callable[[str], T]) -> T | None:
        if key not in keys:
            return None
        given = Given(keys[key], self._file)
        try:
            text = given.text().strip()
            if len(text) > parsers.LONGEST_SCALAR:
                raise ValueError(f"it has {len(text)} characters, too many")
            return parse(text) if text else None
        except ValueError as error:
            private = "what the environment gives here is not accepted"
            self._problem(keys[key].line, key, private if given.private else str(error))
            return None

    def _problem(self, line: int, key: str, words: str) -> None:
        self._note(line, f"{key}: {words}")

    def _note(self, line: int | None, words: str) -> None:
        self._problems.append(Problem(words=parsers.sentence(words), file=self._file, line=line))


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 4 or not 1 <= int(text) <= MAX_WORKFLOWS:
        raise ValueError(f"{parsers.quoted(text)} is not a number from 1 to {MAX_WORKFLOWS}")
    return int(text)


def _name(text: str) -> str:
    if len(text) > MAX_NAME:
        raise ValueError(f"a name has at most {MAX_NAME} characters")
    return clean_line(text)
