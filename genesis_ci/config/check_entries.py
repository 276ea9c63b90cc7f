"""The entries of `expect`, and the mapping of `tests`. No problem shows a value."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from genesis_ci.checks.expectations import expectation_name
from genesis_ci.checks.listed_tests import MAX_TESTS
from genesis_ci.document.entries import (
    BOUNDS,
    EXPRESSION,
    NAME,
    it_is,
    read_entries,
    typed,
    value_type,
)
from genesis_ci.document.keys import LONGEST_YAML, REFERENCE, InputType, Key, ReadContext, read_keys
from genesis_ci.document.nodes import Node, Scalar, YamlMapping, YamlSequence
from genesis_ci.document.strict_yaml import as_yaml
from genesis_ci.language import N_, _, fill
from genesis_ci.models.findings import (
    AllReports,
    EachReport,
    Expectation,
    ListedTests,
    NoReports,
    Operator,
    RunChecks,
)
from genesis_ci.strict_json import JsonValue, kind

MAX_ENTRIES = 100


def _names(node: Node, context: ReadContext) -> frozenset[str]:
    if not isinstance(node.tree, YamlSequence) or not node.tree.items:
        raise ValueError(_("it is not a list of names"))
    return frozenset(NAME.read(replace(node, tree=item), context) for item in node.tree.items)


NUMBER = value_type(
    lambda value: kind(value) == "a number",
    N_("a number without quotes"),
    {"anyOf": [{"type": "number"}, REFERENCE]},
    as_number=True,
)
ANY = value_type(lambda value: value is not None, N_("a value, text in quotes"), {})
TRUE = value_type(lambda value: value is True, N_("true"), {"const": True})
COUNT = value_type(
    lambda value: type(value) is int and 1 <= value <= MAX_TESTS,
    N_("a whole number from 1 to {most}, without quotes"),
    {"anyOf": [{"type": "integer", "minimum": 1, "maximum": MAX_TESTS}, REFERENCE]},
    as_number=True,
    most=MAX_TESTS,
)
NAMES = InputType(
    parse=_names,
    accepts=N_("a list of names"),
    schema={"type": "array", "minItems": 1, "items": NAME.schema},
    max_length=LONGEST_YAML,
    on_reference=None,
)
_OPERATORS: dict[Operator, InputType[Any]] = {
    **dict.fromkeys(Operator, ANY),
    Operator.AT_LEAST: NUMBER,
    Operator.AT_MOST: NUMBER,
    Operator.MATCHES: EXPRESSION,
    Operator.NOT_EMPTY: TRUE,
}
EXPECT_KEYS = (
    Key("block", NAME, is_required=True),
    Key("query", EXPRESSION),
    Key("name", NAME),
    *(Key(operator.value, kind) for operator, kind in _OPERATORS.items()),
)
TESTS_KEYS = (Key("block", NAME), Key("at-least", COUNT, default=1), Key("except", NAMES))


def read_expectations(node: Node, context: ReadContext) -> Iterator[tuple[Expectation, Node]]:
    """Yield the expectations of a list, each with its node, and report what is wrong with others.

    Their queries and patterns are not parsed.
    """
    advice = _("write entries such as { block: NAME, query: failed, equals: 0 }")
    node = as_yaml(node, BOUNDS)
    if isinstance(node.tree, YamlSequence) and not node.tree.items:
        words = N_("it is an empty list, which proves nothing; drop it, or {advice}")
        node.problem(fill(words, advice=advice))
    first: dict[str, Node] = {}
    for entry, values in read_entries(
        node, MAX_ENTRIES, EXPECT_KEYS, _expectation_rules, advice, context
    ):
        [operator] = (one for one in Operator if one in values)
        texts = {key: values[key] for key in ("block", "query", "name") if key in values}
        expectation = Expectation(operator=operator, expected=values[operator], **texts)
        same = first.setdefault(expectation_name(expectation), entry)
        if same is entry:
            yield expectation, entry
        else:
            words = N_(
                "it asks for the same as {other}, or has its name; drop one, or give each a name "
                "of its own"
            )
            entry.problem(fill(words, other=same.key))


def read_tests(node: Node, context: ReadContext) -> RunChecks:
    """Return the check of the block that lists tests, or which reports are judged."""
    node = as_yaml(node, BOUNDS)
    if isinstance(node.tree, YamlSequence):
        raise ValueError(_("this is a list"))
    if isinstance(node.tree, Scalar):
        if not isinstance(value := typed(node.tree), str):
            raise ValueError(it_is(kind(value)))
        node = replace(node, tree=YamlMapping(((Scalar("block"), node.tree),), node.tree.line))
    values = read_keys(node, TESTS_KEYS, _tests_rules, context)
    if "block" in values:
        check = ListedTests(block=values["block"], at_least=values.get("at-least", 1))
        return RunChecks(configured=(check,), reports=NoReports())
    if "except" in values:
        return RunChecks(reports=EachReport(values["except"]))
    return RunChecks(reports=AllReports(values["at-least"]))


def _expectation_rules(given: Collection[str], values: Mapping[str, Any]) -> Iterator[str]:
    operators = [one.value for one in Operator if one in given]
    if not operators:
        yield fill("it has no operator; add one of {names}", names=", ".join(Operator))
    elif len(operators) > 1:
        words = N_("it has {names}; one operator per entry, so write two entries")
        yield fill(words, names=_(" and ").join(operators))
    for name in operators:
        yield from _operator_rules(Operator(name), values.get(name), queried="query" in given)


def _operator_rules(operator: Operator, value: JsonValue, *, queried: bool) -> Iterator[str]:
    """Yield why an expectation is always met, or never; a malformed value is None."""
    if operator in {Operator.AT_LEAST, Operator.AT_MOST}:
        if not queried:
            words = N_('{operator} needs a query; query: "@" takes the whole output')
            yield fill(words, operator=operator)
    elif operator not in {Operator.NOT_EMPTY, Operator.MATCHES} and value is not None:
        if not queried and not isinstance(value, str):
            words = N_(
                "{operator} is {kind}, and without a query the output is text; write it in quotes, "
                'or add a query ("@" takes the whole output)'
            )
            yield fill(words, operator=operator, kind=_(kind(value)))
        elif value == "" and not (queried and operator in {Operator.EQUALS, Operator.NOT_EQUALS}):
            words = N_(
                "{operator} is an empty text, which says nothing; for some text use not-empty: true"
            )
            yield fill(words, operator=operator)


def _tests_rules(given: Collection[str], values: Mapping[str, Any]) -> Iterator[str]:
    if "except" in values and len(given) > 1:
        yield _("no other key is allowed beside except; drop it")
    elif not given:
        yield _("it is empty; name a block, or write except or at-least")
