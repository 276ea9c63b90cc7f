"""The types of the inputs `expect` and `tests`: checks of a completed run."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from genesis_ci.document.keys import LONGEST_YAML, InputType, ReadContext
from genesis_ci.document.nodes import Node, Scalar
from genesis_ci.document.problems import LONGEST_NAME
from genesis_ci.language import N_
from genesis_ci.models.findings import Expectation, NoReports, RunChecks
from genesis_ci.models.report import Level

AUTO = "auto"
NONE = "none"

TryOut: TypeAlias = Callable[[Sequence[Expectation]], Sequence[str | None]]
"""Returns the problem with the query or pattern of each expectation, or None."""
Written: TypeAlias = tuple[Expectation, Node]
"""An expectation, and where it is written."""


def try_expressions(written: Iterable[Written], try_out: TryOut) -> None:
    """Report queries and patterns that do not parse."""
    tried = [(expectation, node) for expectation, node in written if expectation.has_expression]
    found = try_out([expectation for expectation, _ in tried]) if tried else ()
    for (_, node), words in zip(tried, found, strict=True):
        if words:
            node.problem(node.refusal if node.private else words)


def _expectations(node: Node, context: ReadContext) -> tuple[Written, ...]:
    from genesis_ci.config.check_entries import read_expectations

    return tuple(read_expectations(node, context))


def _tests(node: Node, context: ReadContext) -> RunChecks:
    if isinstance(node.tree, Scalar) and node.tree.text.strip() in {AUTO, NONE}:
        return RunChecks() if node.tree.text.strip() == AUTO else RunChecks(reports=NoReports())
    from genesis_ci.config.check_entries import read_tests

    return read_tests(node, context)


EXPECT: InputType[tuple[Written, ...]] = InputType(
    parse=_expectations,
    accepts=N_("a YAML list of entries such as { block: NAME, query: failed, equals: 0 }"),
    metavar="YAML",
    max_length=LONGEST_YAML,
    on_reference=Level.WARNING,
    schema={"$ref": "#/definitions/expect"},
)
TESTS: InputType[RunChecks] = InputType(
    parse=_tests,
    accepts=N_(
        "auto, { except: [NAME] }, { at-least: 20 }, none, the name of a block, or { block: NAME, "
        "at-least: 1 }"
    ),
    metavar="YAML",
    on_reference=Level.WARNING,
    schema={
        "anyOf": [
            {"type": "string", "pattern": r"\S", "maxLength": LONGEST_NAME},
            {"$ref": "#/definitions/tests"},
        ]
    },
)
