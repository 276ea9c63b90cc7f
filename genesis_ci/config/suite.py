"""`.genesis-ci.yml`: several workflows for one job, strictly read, with every problem and its line.

The file gives inputs as everybody else does, as texts in layers: `defaults` below each entry.
What the texts mean is read where all inputs are.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from genesis_ci.config import values
from genesis_ci.config.document import (
    Bounds,
    Listing,
    Node,
    Problem,
    Table,
    Text,
    UnreadableError,
    read_document,
)
from genesis_ci.config.interpolation import Interpolation
from genesis_ci.config.sources import Given, Layer
from genesis_ci.config.suite_keys import DEFAULT_KEYS, ENTRY_KEYS, TOP_KEYS, unknown_key
from genesis_ci.config.variables import flat
from genesis_ci.schedule import Plan
from genesis_ci.text import clean_line

T = TypeVar("T")
VERSION = "1"
MAX_WORKFLOWS = 500
MAX_PROBLEMS = 50
MAX_NAME = 100
BOUNDS = Bounds(
    size=1024 * 1024,
    nodes=50_000,
    advice=f"one file holds at most {MAX_WORKFLOWS} workflows",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One workflow of the file: what it gives over the defaults, and the line it begins in."""

    line: int
    layer: Layer
    name: str | None = None
    required: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Suite:
    """What the file says. Complete only without `problems`, each a sentence with its place."""

    file: str
    defaults: Layer = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    plan: Plan = field(default_factory=Plan)
    problems: tuple[str, ...] = ()


def parse_suite(
    text: str, *, file: str, environ: Mapping[str, str], undefined_is_empty: bool = False
) -> Suite:
    """Return what a config file says.

    `environ` is where `${NAME}` looks; `undefined_is_empty` is for a job that will not run.
    """
    interpolation = Interpolation(environ, undefined_is_empty=undefined_is_empty)
    return _SuiteReader(file, interpolation).suite(text)


class _SuiteReader:
    def __init__(self, file: str, interpolation: Interpolation) -> None:
        self._file = clean_line(file)
        self._interpolation = interpolation
        self._problems: list[Problem] = []

    def suite(self, text: str) -> Suite:
        try:
            document = read_document(text, BOUNDS)
        except UnreadableError as error:
            self._problems.append(error.problem)
            return Suite(file=self._file, problems=self._told())
        self._problems += document.problems
        top = self._known(document.table, TOP_KEYS)
        self._version(top.get("version"))
        defaults = self._table(top.get("defaults"), "defaults", DEFAULT_KEYS)
        required = self._scalar(defaults, "required", values.boolean)
        plan = Plan(
            max_parallel=self._scalar(top, "max-parallel", _count) or Plan().max_parallel,
            fail_fast=self._scalar(top, "fail-fast", values.boolean) is True,
        )
        entries = self._entries(top.get("workflows"), required=required is not False)
        return Suite(
            file=self._file,
            defaults=self._layer(defaults),
            entries=entries,
            plan=plan,
            problems=self._told(),
        )

    def _version(self, node: Node | None) -> None:
        if node is None:
            self._problem(1, "version", "it is missing. Write version: 1")
        elif not isinstance(node, Text) or node.text != VERSION:
            self._problem(node.line, "version", "this version of genesis-ci reads version: 1 only")

    def _entries(self, node: Node | None, *, required: bool) -> tuple[Entry, ...]:
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
        return tuple(self._entry(item, required=required) for item in node.items)

    def _entry(self, node: Node, *, required: bool) -> Entry:
        keys = self._table(node, "workflows", ENTRY_KEYS)
        if {"workflow-id", "execution-id"} <= keys.keys():
            words = "an entry has workflow-id or execution-id, not both"
            self._problem(keys["execution-id"].line, "execution-id", words)
        own = self._scalar(keys, "required", values.boolean)
        return Entry(
            line=node.line,
            layer=self._layer(keys),
            name=self._scalar(keys, "name", _name),
            required=required if own is None else own,
        )

    def _table(self, node: Node | None, key: str, allowed: frozenset[str]) -> dict[str, Node]:
        if node is None or (isinstance(node, Text) and not node.text):
            return {}
        if not isinstance(node, Table):
            self._problem(node.line, key, "this is not a mapping of names to values")
            return {}
        return self._known(node, allowed)

    def _known(self, table: Table, allowed: frozenset[str]) -> dict[str, Node]:
        for key, _ in table.pairs:
            if key.text not in allowed:
                self._problems.append(Problem(key.line, unknown_key(key.text, allowed)))
        return {key.text: value for key, value in table.pairs if key.text in allowed}

    def _layer(self, keys: Mapping[str, Node]) -> Layer:
        """The inputs of the table among the keys, as texts."""
        layer: dict[str, Given] = {}
        for key, node in keys.items():
            match key:
                case "name" | "required":
                    continue
                case "inputs":
                    layer[key] = self._variables(node)
                case "secret-inputs" if isinstance(node, Listing):
                    layer[key] = self._names(node)
                case _:
                    layer[key] = self._given(node, key)
        return layer

    def _variables(self, node: Node) -> Given:
        table = node
        if isinstance(node, Text) and not node.text:
            table = Table((), node.line)
        if not isinstance(table, Table):
            self._problem(node.line, "inputs", "this is not a mapping of names to values")
            table = Table((), node.line)
        _, problems = flat(table)
        self._problems += [Problem(one.line, f"inputs, {one.at}: {one.words}") for one in problems]
        filled = {
            key.text: self._given(value, key.text).text if isinstance(value, Text) else ""
            for key, value in table.pairs
        }
        return Given(json.dumps(filled), self._file, node.line)

    def _names(self, node: Listing) -> Given:
        texts = [self._given(item, "secret-inputs") for item in node.items]
        private = any(given.private for given in texts)
        return Given(",".join(one.text for one in texts), self._file, node.line, private)

    def _given(self, node: Node, key: str) -> Given:
        if not isinstance(node, Text):
            self._problem(node.line, key, "this is not a single value")
            return Given("", self._file, node.line)
        filled = self._interpolation.fill_in(node.text)
        for problem in filled.problems:
            self._problem(node.line, key, problem)
        return Given(filled.text, self._file, node.line, filled.from_environment)

    def _scalar(self, keys: Mapping[str, Node], key: str, parse: Callable[[str], T]) -> T | None:
        if key not in keys:
            return None
        given = self._given(keys[key], key)
        try:
            return parse(given.text.strip()) if given.text else None
        except ValueError as error:
            private = "what the environment gives here is not accepted"
            self._problem(keys[key].line, key, private if given.private else str(error))
            return None

    def _problem(self, line: int, key: str, words: str) -> None:
        self._problems.append(Problem(line, f"{key}: {words}"))

    def _told(self) -> tuple[str, ...]:
        """The problems as sentences, in the order of the file."""
        ordered = sorted(self._problems, key=lambda one: one.line or 0)
        told = [self._sentence(one) for one in ordered[:MAX_PROBLEMS]]
        if len(ordered) > MAX_PROBLEMS:
            told.append(f"{self._file}: {len(ordered) - MAX_PROBLEMS} more problems.")
        return tuple(told)

    def _sentence(self, problem: Problem) -> str:
        place = self._file if problem.line is None else f"{self._file}:{problem.line}"
        at = f"{problem.at}: " if problem.at else ""
        return f"{place}: {at}{values.sentence(problem.words)}"


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 4 or not 1 <= int(text) <= MAX_WORKFLOWS:
        raise ValueError(f"{values.quoted(text)} is not a number from 1 to {MAX_WORKFLOWS}")
    return int(text)


def _name(text: str) -> str:
    if len(text) > MAX_NAME:
        raise ValueError(f"a name has at most {MAX_NAME} characters")
    return clean_line(text)
