"""The entries of `expect`, `tests` and `known-failures`. No problem shows a value."""

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from genesis_ci.checks.expectations import expectation_name
from genesis_ci.checks.listed_tests import MAX_TESTS
from genesis_ci.checks.reading import kind
from genesis_ci.config.keys import (
    LONGEST_YAML,
    REFERENCE,
    InputType,
    Json,
    Key,
    ReadContext,
    Rules,
    read_keys,
)
from genesis_ci.config.nodes import (
    Bounds,
    Node,
    ReportedError,
    Scalar,
    Tree,
    YamlMapping,
    YamlSequence,
    odd_text,
)
from genesis_ci.config.problems import AdvisedError, quoted_in_language
from genesis_ci.config.strict_yaml import as_yaml
from genesis_ci.language import N_, _, fill
from genesis_ci.models.findings import (
    AllReports,
    EachReport,
    Expectation,
    KnownFailure,
    ListedTests,
    NoReports,
    Operator,
    RunChecks,
)
from genesis_ci.strict_json import MAX_NUMBER_LENGTH, JsonValue
from genesis_ci.text import clean_line

BOUNDS = Bounds(size=256 * 1024, nodes=10_000, advice="ask for less")
MAX_ENTRIES = 100
MAX_KNOWN = 1_000
MAX_DAYS = 90
"""How far away the last day of a known failure may be."""
MAX_NAME = 100
MAX_EXPRESSION = 1_000
"""Characters of a query, a pattern or the name of a test."""

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile("[-+]?[0-9]+")
_OCTAL_OR_HEXADECIMAL = re.compile("0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN")


def typed_scalar(text: str, *, plain: bool) -> JsonValue:
    """Return the value of a YAML scalar by the core rules of YAML 1.2; quoted, it is text.

    Raises `ValueError` for a number that JSON does not have, or of over 400 digits.
    """
    if not plain:
        return text
    if text in _WORDS:
        return _WORDS[text]
    has_prefix = _OCTAL_OR_HEXADECIMAL.fullmatch(text)
    is_number = has_prefix or _FLOAT.fullmatch(text)
    if is_number and len(text) > MAX_NUMBER_LENGTH:
        words = N_("it is a number of over {most} digits")
        raise ValueError(fill(words, most=MAX_NUMBER_LENGTH))
    if has_prefix:
        return int(text, base=0)
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NO_NUMBER.fullmatch(text) or (is_number and not math.isfinite(float(text))):
        raise ValueError(_("it is not a finite number"))
    return float(text) if is_number else text


def _typed(tree: Tree, *, as_number: bool = False) -> JsonValue:
    """Return a value with the types of its YAML.

    A value from the environment is text, so that its type does not change by accident, unless it
    is read `as_number`.
    """
    match tree:
        case Scalar():
            is_text = tree.private and not as_number
            return tree.text if is_text else typed_scalar(tree.text, plain=tree.plain)
        case YamlSequence(items):
            return [_typed(item) for item in items]
        case YamlMapping(pairs):
            return {key.text: _typed(value) for key, value in pairs}


def _value(
    is_valid: Callable[[Any], bool],
    accepts: str,
    schema: Json,
    *,
    as_number: bool = False,
    most: int | None = None,
) -> InputType[Any]:
    """Return the type of a value that keeps its type of YAML."""

    def parse(node: Node, _context: ReadContext) -> JsonValue:
        value = _typed(node.tree, as_number=as_number)
        if not is_valid(value):
            is_blank = isinstance(value, str) and not value.strip()
            raise ValueError(_("it is empty") if is_blank else _it_is(kind(value)))
        return value

    return InputType(
        parse,
        accepts,
        schema=schema,
        max_length=LONGEST_YAML,
        on_reference=None,
        values={"most": most} if most else {},
    )


def _it_is(kind_of_value: str) -> str:
    return fill("it is {kind}", kind=_(kind_of_value))


def _text(limit: int) -> InputType[Any]:
    def is_valid(value: JsonValue) -> bool:
        if isinstance(value, str) and len(value) > limit:
            raise ValueError(fill("it has {count} characters", count=len(value)))
        return isinstance(value, str) and bool(value.strip())

    schema = {"type": "string", "minLength": 1, "maxLength": limit}
    accepts = N_("text of 1 to {most} characters, in quotes")
    return _value(is_valid, accepts, schema, most=limit)


def _until(node: Node, context: ReadContext) -> date:
    value = _typed(node.tree)
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        day = None
    if not day or day.isoformat() != value:
        raise ValueError(_("it is not a day"))
    if (day - context.today).days > MAX_DAYS:
        latest = context.today + timedelta(MAX_DAYS)
        words = N_("it is over {most} days away. Write {latest} or earlier")
        raise AdvisedError(fill(words, most=MAX_DAYS, latest=latest))
    return day


def _names(node: Node, context: ReadContext) -> frozenset[str]:
    if not isinstance(node.tree, YamlSequence) or not node.tree.items:
        raise ValueError(_("it is not a list of names"))
    return frozenset(NAME.read(replace(node, tree=item), context) for item in node.tree.items)


NAME = _text(MAX_NAME)
EXPRESSION = _text(MAX_EXPRESSION)
NUMBER = _value(
    lambda value: kind(value) == "a number",
    N_("a number without quotes"),
    {"anyOf": [{"type": "number"}, REFERENCE]},
    as_number=True,
)
ANY = _value(lambda value: value is not None, N_("a value, text in quotes"), {})
TRUE = _value(lambda value: value is True, N_("true"), {"const": True})
COUNT = _value(
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
DAY = InputType(
    parse=_until,
    accepts=N_("YYYY-MM-DD, the last day on which the test may fail, at most {most} days away"),
    values={"most": MAX_DAYS},
    schema={"anyOf": [{"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}, REFERENCE]},
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
KNOWN_FAILURE_KEYS = (
    Key("test", EXPRESSION, is_required=True),
    Key("until", DAY, is_required=True),
    Key("issue", EXPRESSION),
)


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
    for entry, values in _entries(
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


def read_known_failures(node: Node, context: ReadContext) -> Iterator[KnownFailure]:
    """Yield the known failures of a list that count today.

    Report what is wrong with others, and warn of days that are over and of a name for all tests.
    """
    advice = _("write entries such as { test: NAME, until: YYYY-MM-DD, issue: TEXT }")
    node = as_yaml(node, BOUNDS)
    first: dict[str, Node] = {}
    for entry, values in _entries(
        node, MAX_KNOWN, KNOWN_FAILURE_KEYS, lambda *_: (), advice, context
    ):
        test, issue = (
            clean_line(values.get(key, ""), limit=MAX_EXPRESSION) for key in ("test", "issue")
        )
        until = values["until"]
        same = first.setdefault(test, entry)
        if same is not entry:
            entry.problem(fill("it has the test of {other}; drop one", other=same.key))
            continue
        place = f"{entry.where}: {entry.name}" if entry.in_file else entry.name
        name = entry.key if entry.private else quoted_in_language(test)
        is_over = until < context.today
        if is_over:
            words = fill(
                "{place}: {name}: its last day was {until}, so it can fail the run again. Remove "
                "the entry, or give it a new day.",
                place=place,
                name=name,
                until=until,
            )
            context.warnings.append(words)
        elif not test.strip("*"):
            words = fill(
                "{place}: {name}: it covers every test, so a failed test never counts. Name the "
                "tests.",
                place=place,
                name=name,
            )
            context.warnings.append(words)
        if not is_over:
            yield KnownFailure(test, until, issue)


def read_tests(node: Node, context: ReadContext) -> RunChecks:
    """Return the check of the block that lists tests, or which reports are judged."""
    node = as_yaml(node, BOUNDS)
    if isinstance(node.tree, YamlSequence):
        raise ValueError(_("this is a list"))
    if isinstance(node.tree, Scalar):
        if not isinstance(value := _typed(node.tree), str):
            raise ValueError(_it_is(kind(value)))
        node = replace(node, tree=YamlMapping(((Scalar("block"), node.tree),), node.tree.line))
    values = read_keys(node, TESTS_KEYS, _tests_rules, context)
    if "block" in values:
        check = ListedTests(block=values["block"], at_least=values.get("at-least", 1))
        return RunChecks(configured=(check,), reports=NoReports())
    if "except" in values:
        return RunChecks(reports=EachReport(values["except"]))
    return RunChecks(reports=AllReports(values["at-least"]))


def _entries(
    node: Node, most: int, keys: Sequence[Key], rules: Rules, advice: str, context: ReadContext
) -> Iterator[tuple[Node, dict[str, Any]]]:
    """Yield the mappings of a list with their values, and report what is wrong with others."""
    if not isinstance(node.tree, YamlSequence):
        words = N_("it is {kind}, not a list; {advice}")
        node.problem(fill(words, kind=_kind(node.tree), advice=advice))
        return
    items = node.tree.items
    if len(items) > most:
        words = N_("it has {count} entries, and {most} are the most; merge some")
        node.problem(fill(words, count=len(items), most=most))
        return
    for number, item in enumerate(items, start=1):
        entry = replace(node, tree=item, key=fill("entry {number}", number=number))
        if isinstance(item, YamlMapping):
            with suppress(ReportedError):
                yield entry, read_keys(entry, keys, rules, context)
        else:
            words = N_("it is {kind}, not a mapping; {advice}")
            entry.problem(odd_text(item) or fill(words, kind=_kind(item), advice=advice))


def _kind(tree: Tree) -> str:
    try:
        return _(kind(_typed(tree)))
    except ValueError:
        return _(kind(0))


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
