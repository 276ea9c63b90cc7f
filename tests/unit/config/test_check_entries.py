"""Checks as the configuration writes them, and the problems in them."""

import json

import pytest

from genesis_ci.config.check_entries import read_expectations, read_tests, typed_scalar
from genesis_ci.config.nodes import Listing, Node, ReportedError, Table, Text, Tree
from genesis_ci.models.findings import Expectation, ListedTests, Operator


def tree_of(data) -> Tree:
    if isinstance(data, dict):
        return Table(tuple((Text(key), tree_of(value)) for key, value in data.items()), line=1)
    if isinstance(data, list):
        return Listing(tuple(map(tree_of, data)), line=1)
    return Text(data, plain=False) if isinstance(data, str) else Text(json.dumps(data))


def a_node(data) -> Node:
    return Node(name="i", tree=tree_of(data), place="i", problems=[])


def expectations_in(data):
    """Return the expectations of a list, and its problems."""
    node = a_node(data)
    found = tuple(expectation for expectation, _ in read_expectations(node))
    return found, [problem.shown(str).words.removeprefix("i: ") for problem in node.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("+7", 7),
        ("007", 7),
        ("0o17", 15),
        ("0xFf", 255),
        ("1.10", 1.1),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_a_plain_scalar_has_its_type_of_yaml_1_2(text, value):
    typed = typed_scalar(text, plain=True)
    assert (typed, type(typed)) == (value, type(value))


def test_other_scalars_and_quoted_ones_are_text():
    for text in ("tRUE", "yes", "1_000", "1:30", "0b1", "-0x1", "2026-01-01", "1.2.3", "PASS"):
        assert typed_scalar(text, plain=True) == text
    for text in ("0", "true", "null", "", ".nan"):
        assert typed_scalar(text, plain=False) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (".nan", "not a finite number"),
        ("-.inf", "not a finite number"),
        ("1e999", "not a finite number"),
        ("9" * 401, "a number of over 400 digits"),
        ("0x" + "f" * 401, "a number of over 400 digits"),
    ],
    ids=["nan", "inf", "large", "401 digits", "hexadecimal"],
)
def test_a_number_that_json_does_not_have_is_rejected(text, words):
    with pytest.raises(ValueError, match=words):
        typed_scalar(text, plain=True)


def test_values_at_the_limits_are_accepted():
    assert typed_scalar("9" * 400, plain=True) == 10**400 - 1
    entries = [{"block": "b", "contains": str(number)} for number in range(100)]
    assert len(expectations_in(entries)[0]) == 100
    assert read_tests(a_node({"block": "b", "at-least": 10_000})).at_least == 10_000


@pytest.mark.parametrize(
    ("entry", "fields"),
    [
        ({"query": "failed", "equals": 0}, {"query": "failed", "expected": 0}),
        ({"query": "error", "equals": ""}, {"query": "error", "expected": ""}),
        (
            {"query": "length(tests)", "at-least": 20},
            {"query": "length(tests)", "operator": Operator.AT_LEAST, "expected": 20},
        ),
        (
            {"contains": "PASS", "name": "it passes"},
            {"operator": Operator.CONTAINS, "expected": "PASS", "name": "it passes"},
        ),
        ({"not-empty": True}, {"operator": Operator.NOT_EMPTY, "expected": True}),
    ],
)
def test_an_entry_becomes_an_expectation(entry, fields):
    expected = Expectation(**{"block": "b", "operator": Operator.EQUALS, **fields})
    assert expectations_in([{"block": "b", **entry}]) == ((expected,), [])


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (None, "it is null, not a list; write entries such as { block: NAME,"),
        ({}, "it is an object, not a list"),
        ([], "it is an empty list, which proves nothing; drop it, or write"),
        ([{"block": "b", "contains": "x"}] * 101, "it has 101 entries, and 100 are the most"),
    ],
    ids=["null", "mapping", "empty", "many"],
)
def test_an_invalid_list_is_one_problem(data, problem):
    expectations, problems = expectations_in(data)
    assert (expectations, len(problems)) == ((), 1)
    assert problems[0].startswith(problem)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("b contains x", "it is text, not a mapping; write entries such as"),
        ({"contains": "x"}, "it names no block; add block: NAME"),
        ({"block": 1, "contains": "x"}, "block is a number, not text; write text in quotes"),
        ({"block": " ", "contains": "x"}, "block is empty; give it a value or drop it"),
        ({"block": "b" * 101, "contains": "x"}, "block has 101 characters, and 100 are the most"),
        ({"block": "b", "name": "n" * 101, "contains": "x"}, "name has 101 characters"),
        ({"block": "b", "query": "q" * 1001, "equals": 0}, "query has 1001 characters, and 1000"),
        ({"block": "b", "query": "", "equals": 0}, "query is empty"),
        ({"block": "b"}, "it has no operator; add one of equals, not-equals, at-least"),
        ({"block": "b", "equal": "x"}, "unknown key “equal”. Did you mean “equals”?"),
        ({"block": "b", "contains": "x", "zz": 1}, "unknown key “zz”. Known here: at-least, "),
        (
            {"block": "b", "query": "a", "at-least": 1, "at-most": 2},
            "it has at-least and at-most; one operator per entry, so write two entries",
        ),
        ({"block": "b", "query": "a", "at-least": "20"}, "at-least is text, not a number"),
        ({"block": "b", "query": "a", "at-most": True}, "at-most is true or false, not a number"),
        ({"block": "b", "at-least": 1}, 'at-least needs a query; query: "@" takes the whole'),
        ({"block": "b", "matches": 1}, "matches is a number, not text"),
        ({"block": "b", "matches": ""}, "matches is empty"),
        ({"block": "b", "matches": "a" * 1001}, "matches has 1001 characters"),
        ({"block": "b", "not-empty": False}, "not-empty takes true and nothing else"),
        ({"block": "b", "not-empty": "true"}, "not-empty takes true and nothing else"),
        ({"block": "b", "query": "a", "equals": None}, "equals is null, and an absent value"),
        ({"block": "b", "equals": 0}, "equals is a number, and without a query the output is text"),
        ({"block": "b", "contains": ""}, "contains is an empty text, which says nothing"),
        ({"block": "b", "query": "a", "not-contains": ""}, "not-contains is an empty text"),
        ({"block": "b", "equals": ""}, "equals is an empty text"),
        (
            {"block": "b", "contains": "good"},
            "it asks for the same as entry 1, or has its name; drop one, or give each a name",
        ),
        ({"block": "c", "contains": "x", "name": 'b: contains "good"'}, "it asks for the same as"),
    ],
    ids=lambda value: value[:50] if isinstance(value, str) else "",
)
def test_a_problem_of_an_entry_has_place_and_remedy(entry, problem):
    good = {"block": "b", "contains": "good"}
    expectations, problems = expectations_in([good, entry])
    assert [one.expected for one in expectations] == ["good"]
    assert all(one.startswith("entry 2: ") for one in problems)
    assert any(one.startswith(f"entry 2: {problem}") for one in problems)


def test_all_problems_are_reported():
    _, problems = expectations_in([{"equal": 0}, {"block": "b", "at-least": "1"}])
    assert [one[:7] for one in problems] == [*["entry 1"] * 3, *["entry 2"] * 2]


def test_the_block_of_tests_is_a_name_or_a_mapping():
    assert read_tests(a_node("r")) == ListedTests(block="r")
    node = a_node({"block": "r", "at-least": 20})
    assert read_tests(node) == ListedTests(block="r", at_least=20)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (None, "block is missing; add block: TEXT"),
        ({"block": []}, "block is a list, not text"),
        ("b" * 101, "block has 101 characters"),
        ({"block": "b", "at-lest": 1}, "unknown key “at-lest”. Did you mean “at-least”?"),
        ({"block": "b", "at-least": 0}, "at-least is not a whole number from 1 to 10000"),
        ({"block": "b", "at-least": True}, "at-least is not a whole number"),
        ({"block": "b", "at-least": 1.0}, "at-least is not a whole number"),
        ({"block": "b", "at-least": "5"}, "at-least is not a whole number"),
        ({"block": "b", "at-least": 10_001}, "at-least is not a whole number"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_a_problem_of_the_block_of_tests_is_reported(data, problem):
    node = a_node(data)
    with pytest.raises(ReportedError):
        read_tests(node)
    assert [one.shown(str).words.startswith(f"i: {problem}") for one in node.problems] == [True]
