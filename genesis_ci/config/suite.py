"""`.genesis-ci.yml`: several workflows for one job, strictly read, with every problem and its line.

The file gives inputs as everybody else does, in layers: `defaults` below each entry. What they
mean is read where all inputs are."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from genesis_ci.config import parsers
from genesis_ci.config.inputs import BY_NAME, INPUTS
from genesis_ci.config.sources import Given, Layer
from genesis_ci.config.strict_yaml import (
    Bounds,
    Listing,
    Node,
    Problem,
    Table,
    Text,
    UnreadableError,
    name,
    read_document,
)
from genesis_ci.config.variables import flat
from genesis_ci.execution.schedule import Plan
from genesis_ci.text import clean_line

MAX_PUT_IN = 10_000_000
"""Characters that one file may take from the environment; Genesis takes no more for a workflow."""

_REFERENCE = re.compile(r"\$\$\{|\$\{([^{}]*)(\}?)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYS = frozenset({BY_NAME["api-key"].environment_name, BY_NAME["api-key"].action_variable})
_CREDENTIAL = re.compile(
    r"ACTIONS_\w*TOKEN|GITHUB_TOKEN|CI_JOB_TOKEN|CI_JOB_JWT\w*|CI_\w*PASSWORD|\w*(HTTPS?|ALL)_PROXY",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A value with the environment's texts in it; `problems` says what could not be put in."""

    text: str
    from_environment: bool = False
    problems: tuple[str, ...] = ()


class Interpolation:
    """Puts the environment's texts into the values of one file.

    Args:
        environ: where `${NAME}` looks.
        undefined_is_empty: for a job that will not run.
    """

    def __init__(self, environ: Mapping[str, str], *, undefined_is_empty: bool = False) -> None:
        self._environ = environ
        self._undefined_is_empty = undefined_is_empty
        self._room = MAX_PUT_IN

    def fill_in(self, text: str) -> Filled:
        """Return a value with every `${NAME}` replaced."""
        problems: list[str] = []
        used: list[str] = []

        def value_of(match: re.Match[str]) -> str:
            if match[0] == "$${":
                return "${"
            used.append(match[1])
            problem = self._problem(match[1], closed=bool(match[2]))
            if problem:
                problems.append(problem)
                return ""
            return self._taken(match[1])

        filled = _REFERENCE.sub(value_of, text)
        return Filled(filled, bool(used), tuple(dict.fromkeys(problems)))

    def _problem(self, variable: str, *, closed: bool) -> str | None:
        if not closed or not _NAME.fullmatch(variable):
            return "${ begins a name and } ends it, as in ${PREVIEW_URL}; $${ is plain ${"
        if variable in _KEYS:
            return f"{name(variable)} is the API key, which belongs in no value"
        if _CREDENTIAL.fullmatch(variable):
            return (
                f"{name(variable)} is a credential of the CI, which no file may take; if it has to "
                "be sent, give it another name in the job and name it in secret-inputs"
            )
        if variable not in self._environ and not self._undefined_is_empty:
            return f"the environment variable {name(variable)} is not set"
        if len(self._environ.get(variable, "")) > self._room:
            return f"with {name(variable)} the environment gives this file over 10 MB"
        return None

    def _taken(self, variable: str) -> str:
        value = self._environ.get(variable, "")
        self._room -= len(value)
        return value


PER_WORKFLOW = tuple(row for row in INPUTS if row.per_workflow)
"""The inputs that can differ from workflow to workflow."""
TOP_KEYS = frozenset({"version", "defaults", "max-parallel", "fail-fast", "workflows"})
ENTRY_KEYS = frozenset({"name", "required", *(row.name for row in PER_WORKFLOW)})
DEFAULT_KEYS = ENTRY_KEYS - {"name", "execution-id"}


def unknown_key(key: str, allowed: Iterable[str]) -> str:
    """Return what is wrong with a key that is not allowed here, and what was perhaps meant."""
    words = f"unknown key {name(key)}"
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
        required = self._scalar(defaults, "required", parsers.boolean)
        plan = Plan(
            max_parallel=self._scalar(top, "max-parallel", _count) or Plan().max_parallel,
            fail_fast=self._scalar(top, "fail-fast", parsers.boolean) is True,
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
        own = self._scalar(keys, "required", parsers.boolean)
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
        return f"{place}: {at}{parsers.sentence(problem.words)}"


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 4 or not 1 <= int(text) <= MAX_WORKFLOWS:
        raise ValueError(f"{parsers.quoted(text)} is not a number from 1 to {MAX_WORKFLOWS}")
    return int(text)


def _name(text: str) -> str:
    if len(text) > MAX_NAME:
        raise ValueError(f"a name has at most {MAX_NAME} characters")
    return clean_line(text)
