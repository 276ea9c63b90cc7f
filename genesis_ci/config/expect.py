"""The inputs `expect` and `tests`: checks of a completed run.

A value has the type of its YAML. A value from the environment is text, so that its type does not
change by accident; only for `at-least` and `at-most` it is a number.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from genesis_ci.config.input_types import InputType, Job
from genesis_ci.config.nodes import PRIVATE, Bounds, Listing, Node, ReportedError, Table, Text
from genesis_ci.models.findings import Check, Expectation, Operator, Proof
from genesis_ci.models.report import Level
from genesis_ci.strict_json import JsonValue

BOUNDS = Bounds(size=256 * 1024, nodes=10_000, advice="ask for less")
AUTO = "auto"
NONE = "none"
_NUMBERS = (Operator.AT_LEAST, Operator.AT_MOST)

TryOut = Callable[[Sequence[Expectation]], Sequence[str | None]]
"""Returns the problem with the query or pattern of each expectation, or None."""


class Written(NamedTuple):
    """A check and its node."""

    check: Check
    node: Node


def proof_of(expect: Sequence[Written], tests: Written | Proof) -> Proof:
    """Return the checks of a workflow with their descriptions."""
    proof = tests if isinstance(tests, Proof) else Proof(reports=False)
    written = [*expect, *([tests] if isinstance(tests, Written) else [])]
    if not written:
        return proof
    from genesis_ci.checks.judging import described

    checks = tuple(one.check for one in written)
    return proof._replace(checks=checks, shown=tuple(map(described, checks)))


def try_expressions(written: Iterable[Written], try_out: TryOut) -> None:
    """Report queries and patterns that do not parse."""
    tried = [
        (one.check, one.node)
        for one in written
        if isinstance(one.check, Expectation)
        and (one.check.query is not None or one.check.operator is Operator.MATCHES)
    ]
    found = try_out([expectation for expectation, _ in tried]) if tried else ()
    for (_, node), words in zip(tried, found, strict=True):
        if words:
            node.problem(PRIVATE if node.private else words)


def in_a_child(expectations: Sequence[Expectation]) -> Sequence[str | None]:
    """Try queries and patterns in another process, because one may never end."""
    from genesis_ci.checks.bounded import expression_problems

    return expression_problems(expectations)


def _expectations(node: Node, _: Job) -> tuple[Written, ...]:
    from genesis_ci.checks.parsing import parse_expectations
    from genesis_ci.config.strict_yaml import as_yaml

    node = as_yaml(node, BOUNDS)
    items = node.tree.items if isinstance(node.tree, Listing) else ()
    entries = [replace(node, tree=item, key=f"entry {n}") for n, item in enumerate(items, start=1)]
    expectations, problems = parse_expectations(_typed(node))
    for problem in problems:
        place = node if problem.entry is None else entries[problem.entry]
        place.problem(problem.words)
    wrong = {problem.entry for problem in problems}
    good = (entry for place, entry in enumerate(entries) if place not in wrong)
    return tuple(Written(check, entry) for check, entry in zip(expectations, good, strict=False))


def _tests(node: Node, _: Job) -> Written | Proof:
    """Return the check of a block; otherwise which test reports are judged."""
    if isinstance(node.tree, Text) and node.tree.text.strip() in {AUTO, NONE}:
        return Proof(reports=node.tree.text.strip() == AUTO)
    from genesis_ci.checks.parsing import parse_tests
    from genesis_ci.config.strict_yaml import as_yaml

    node = as_yaml(node, BOUNDS)
    if isinstance(node.tree, Listing):
        raise ValueError("this is a list")
    tests, problems = parse_tests(_typed(node))
    for words in problems:
        node.problem(words)
    if tests is None:
        raise ReportedError
    return tests if isinstance(tests, Proof) else Written(tests, node)


def _typed(node: Node) -> JsonValue:
    match node.tree:
        case Text() as scalar:
            from genesis_ci.checks.parsing import typed_scalar

            if scalar.private and node.key not in _NUMBERS:
                return scalar.text
            try:
                return typed_scalar(scalar.text, plain=scalar.plain)
            except ValueError as error:
                node.problem(PRIVATE if scalar.private else f"it is {error}")
                return 0
        case Listing(items):
            return [_typed(replace(node, tree=item)) for item in items]
        case Table(pairs):
            within = f"{node.key}." if node.key else ""
            return {
                key.text: _typed(replace(node, tree=value, key=f"{within}{key.text}"))
                for key, value in pairs
            }


EXPECT: InputType[tuple[Written, ...]] = InputType(
    parse=_expectations,
    accepts="a YAML list of entries such as { block: NAME, query: failed, equals: 0 }",
    metavar="YAML",
    max_length=200_000,
    on_reference=Level.WARNING,
    schema={"anyOf": [{"$ref": "#/definitions/expect"}, {"type": "null"}]},
)
TESTS: InputType[Written | Proof] = InputType(
    parse=_tests,
    accepts=f"{AUTO}, {{ except: [NAME] }}, {NONE}, the name of a block, or "
    "{ block: NAME, format: auto, at-least: 1 }",
    metavar="YAML",
    on_reference=Level.WARNING,
    schema={"anyOf": [{"type": "string", "minLength": 1}, {"$ref": "#/definitions/tests"}]},
)
