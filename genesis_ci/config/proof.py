"""What a completed run must show: the inputs `expect` and `tests`, from YAML to checks.

A value has the type that it is written with. What the environment is put into is text, whatever
comes, so that nothing changes its type by accident; only `at-least` and `at-most`, which take
nothing else, read it as a number.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from genesis_ci.config import parsers
from genesis_ci.config.sources import Given, Reader, bounded_texts, problem_with
from genesis_ci.config.tree import (
    Bounds,
    Listing,
    Node,
    Table,
    Text,
    UnreadableError,
    scalars,
)
from genesis_ci.config.variables import in_words
from genesis_ci.models import Problem
from genesis_ci.models.proof import Check, Expectation, Operator, Proof
from genesis_ci.strict_json import JsonValue

if TYPE_CHECKING:
    from genesis_ci.checks.parsing import EntryProblem

EXPECT, TESTS = "expect", "tests"
BOUNDS = Bounds(size=256 * 1024, nodes=10_000, advice="ask for less")
_NUMBERS = (Operator.AT_LEAST, Operator.AT_MOST)
_PRIVATE = "what the environment gives here is not accepted"

T = TypeVar("T")
TryOut = Callable[[Sequence[Expectation]], Sequence[str | None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Written:
    """An input with what it says, as nodes that know their lines and as plain data."""

    name: str
    given: Given
    node: Node
    data: JsonValue

    def place_of(self, entry: int | None) -> Node:
        """The node of an entry; the whole where there is none."""
        if isinstance(self.node, Listing) and entry is not None:
            return self.node.items[entry]
        return self.node


@dataclass(frozen=True, kw_only=True, slots=True)
class _Expression:
    """A query or a pattern, where it is written."""

    expectation: Expectation
    written: _Written
    entry: int


class _Once(Generic[T]):
    """Reads what each source says once: hundreds of workflows share the defaults and the job's."""

    def __init__(self, read: Callable[[Given], T]) -> None:
        self._read = read
        self._found: dict[int, tuple[Given, T]] = {}

    def __call__(self, given: Given) -> T:
        if id(given) not in self._found:
            self._found[id(given)] = (given, self._read(given))
        return self._found[id(given)][1]


class ProofReader:
    """Reads what completed runs must show.

    Args:
        problems: where problems are collected.
        try_out: says of each expectation why its query or pattern does not parse.
    """

    def __init__(self, problems: list[Problem], try_out: TryOut) -> None:
        self._problems = problems
        self._try_out = try_out
        self._expressions: list[_Expression] = []
        self._expect = _Once(self._expectations)
        self._tests = _Once(self._inner_tests)

    def read(self, reader: Reader, *, waits: bool) -> Proof:
        """Return what one workflow must show; to `waits` for it is the least that it takes."""
        checks = [
            check
            for name, read in ((EXPECT, self._expect), (TESTS, self._tests))
            for check in self._strongest(reader, name, read)
        ]
        if not checks:
            return Proof()
        if not waits:
            self._tell_it_does_not_wait(reader)
        from genesis_ci.checks.judging import described

        return Proof(checks=tuple(checks), shown=tuple(map(described, checks)))

    def try_expressions(self) -> None:
        """Note which queries and patterns do not parse."""
        if not self._expressions:
            return
        found = self._try_out([one.expectation for one in self._expressions])
        for one, words in zip(self._expressions, found, strict=True):
            if words:
                node = one.written.place_of(one.entry)
                told = f"entry {one.entry + 1}: {_PRIVATE if _is_private(node) else words}"
                self._note(one.written.name, one.written.given, told, node.line)

    def _strongest(
        self, reader: Reader, name: str, read: Callable[[Given], tuple[Check, ...]]
    ) -> tuple[Check, ...]:
        """What the strongest source says; what is wrong with a weaker one is told all the same."""
        found: tuple[Check, ...] = ()
        for given in reader.every(name):
            found = read(given)
        return found

    def _expectations(self, given: Given) -> tuple[Check, ...]:
        from genesis_ci.checks.parsing import parse_expectations

        written = self._written(EXPECT, given)
        if written is None:
            return ()
        expectations, problems = parse_expectations(written.data)
        self._tell(written, problems)
        wrong = {problem.entry for problem in problems}
        if isinstance(written.data, list) and None not in wrong:
            good = [n for n in range(len(written.data)) if n not in wrong]
            self._expressions += [
                _Expression(expectation=one, written=written, entry=entry)
                for entry, one in zip(good, expectations, strict=True)
                if one.query is not None or one.operator is Operator.MATCHES
            ]
        return expectations

    def _inner_tests(self, given: Given) -> tuple[Check, ...]:
        from genesis_ci.checks.parsing import EntryProblem, parse_tests

        written = self._written(TESTS, given)
        if written is None:
            return ()
        asked, problems = parse_tests(written.data)
        self._tell(written, [EntryProblem(entry=None, words=words) for words in problems])
        return (asked,) if asked else ()

    def _written(self, name: str, given: Given) -> _Written | None:
        try:
            node = self._node(name, given)
        except UnreadableError as error:
            self._note(name, given, in_words(error.problem), None)
        except ValueError as error:
            self._note(name, given, str(error), None)
        else:
            data = self._data(name, given, node)
            return _Written(name=name, given=given, node=node, data=data)
        return None

    def _node(self, name: str, given: Given) -> Node:
        """What stood in the file, or the text read as YAML."""
        if not isinstance(given.value, str | tuple):
            return given.value
        text = given.text()
        bounded_texts(name, given)
        from genesis_ci.config.strict_yaml import read_document

        document = read_document(text, BOUNDS)
        for problem in document.problems:
            self._note(name, given, in_words(problem), None)
        return document.node

    def _data(self, name: str, given: Given, node: Node, key: str = "") -> JsonValue:
        match node:
            case Text():
                try:
                    return _typed(node, key)
                except ValueError as error:
                    words = _PRIVATE if node.private else f"{key or 'the value'} is {error}"
                    self._note(name, given, words, node.line)
                    return 0
            case Listing():
                return [self._data(name, given, item, key) for item in node.items]
            case Table():
                within = f"{key}." if key else ""
                return {
                    own.text: self._data(name, given, value, within + own.text)
                    for own, value in node.pairs
                }

    def _tell(self, written: _Written, problems: Iterable["EntryProblem"]) -> None:
        for problem in problems:
            line = written.place_of(problem.entry).line
            self._note(written.name, written.given, str(problem), line)

    def _tell_it_does_not_wait(self, reader: Reader) -> None:
        for name in (EXPECT, TESTS):
            if given := reader.given(name):
                words = (
                    f"{name}: it is looked at when the run is completed, and this job does not "
                    "wait for that. Drop it here, or let the job wait."
                )
                in_file = given.line is not None
                place = f"{words} It is from {given.place}." if not in_file else words
                file = given.place if in_file else None
                self._problems.append(Problem(words=place, file=file, line=given.line))

    def _note(self, name: str, given: Given, words: str, line: int | None) -> None:
        if given.line is None:
            self._problems.append(problem_with(name, words, given))
            return
        told = f"{name}: {parsers.sentence(words)}"
        self._problems.append(Problem(words=told, file=given.place, line=line or given.line))


def in_a_child(expectations: Sequence[Expectation]) -> Sequence[str | None]:
    """Try queries and patterns in a process of their own, for one may take for ever."""
    from genesis_ci.checks.bounded import expression_problems

    return expression_problems(expectations)


def _typed(scalar: Text, key: str) -> JsonValue:
    from genesis_ci.checks.parsing import typed_scalar

    if scalar.private and key not in _NUMBERS:
        return scalar.text
    return typed_scalar(scalar.text, plain=scalar.plain)


def _is_private(node: Node) -> bool:
    return any(scalar.private for scalar in scalars(node))
