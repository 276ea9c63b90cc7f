"""Nodes: their texts and parts, and their problems."""

from typing import Any

import pytest

from genesis_ci.config.nodes import (
    LONGEST_NAME,
    LONGEST_PROBLEM,
    LONGEST_QUOTATION,
    PRIVATE,
    Bounds,
    Listing,
    Node,
    ReportedError,
    Table,
    Text,
    Tree,
    UnreadableError,
    quoted_key,
    shortened,
)
from genesis_ci.models import Problem

BOUNDS = Bounds(size=1_000, nodes=50, advice="write less")
FILE = ".genesis-ci.yml"
ONE, TWO = Text("one", 1), Text("two", 2)
LIST = Listing((ONE, TWO), 1)
MAPPING = Table(((Text("a", 3), ONE), (Text("b", 4), TWO)), 3)


def a_node(tree: Tree = ONE, **fields: Any) -> Node:
    """Return a node that the flag --expect gave."""
    return Node(**{"name": "expect", "tree": tree, "place": "--expect", "problems": []} | fields)


def in_a_file(tree: Tree, **fields: Any) -> Node:
    return a_node(tree, place=FILE, in_file=True, **fields)


def problems_of(node: Node) -> list[str]:
    return list(map(str, node.problems))


def test_long_keys_are_quoted_by_their_length():
    assert quoted_key("k" * LONGEST_NAME) == f"“{'k' * LONGEST_NAME}”"
    assert quoted_key("k" * (LONGEST_NAME + 1)) == "of 101 characters"


def test_unreadable_text_has_problem_and_line():
    problem = Problem(words="this is not valid YAML", line=3)
    error = UnreadableError(problem)
    assert (str(error), error.problems) == ("line 3: this is not valid YAML", (problem,))


def test_shortened_problem_is_one_line_with_short_quotations():
    long = "x" * (LONGEST_QUOTATION + 1)
    assert shortened("“a\n\tb” is\nno “word”.") == "“a b” is no “word”."
    assert shortened(f"“{long[1:]}” is odd.") == f"“{long[1:]}” is odd."
    assert shortened(f"“{long}” is odd.") == f"“{long[1:]}… [1 more characters cut]” is odd."
    assert len(shortened("y" * LONGEST_PROBLEM)) == LONGEST_PROBLEM
    assert shortened("y" * (LONGEST_PROBLEM + 1)).endswith("y… [1 more characters cut]")


def test_unknown_key_suggests_the_nearest():
    table = Table(((Text("Work_Flow", 1), ONE), (Text("zz", 2), ONE)), 1)
    node = in_a_file(table, name="")
    assert node.parts({"workflow", "b"}) == ({}, {"workflow"})
    assert problems_of(node) == [
        f"{FILE}:1: unknown key “Work_Flow”. Did you mean “workflow”?",
        f"{FILE}:2: unknown key “zz”. Known here: b, workflow.",
    ]


def test_explained_key_has_no_suggestion():
    node = in_a_file(Table(((Text("workflows", 1), ONE),), 1), name="")
    parts = node.parts({"workflow"}, explain=lambda key: f" here: {key} belongs elsewhere")
    assert parts == ({}, set())
    assert problems_of(node) == [
        f"{FILE}:1: unknown key “workflows” here: workflows belongs elsewhere."
    ]


def test_ambiguous_yaml_is_reported_with_lines():
    node = a_node(Text("a: 1\nb: *x\na: &y 2", 0))
    with pytest.raises(ReportedError):
        node.as_yaml(BOUNDS)
    assert [one.split(" ", 4)[:4] for one in problems_of(node)] == [
        ["expect:", "line", "2:", "key"],
        ["expect:", "line", "3:", "key"],
        ["expect:", "line", "3:", "the"],
    ]


@pytest.mark.parametrize(
    ("tree", "size"),
    [
        (Text("four", 1), 4),
        (Listing((ONE, TWO), 1), 6),
        (Listing((ONE, MAPPING), 1), 3),
        (MAPPING, 0),
    ],
    ids=["text", "texts", "nested", "mapping"],
)
def test_too_long_texts_are_refused(tree, size):
    a_node(tree).check_length(size)
    words = f"^it has {size} characters, and at most {size - 1} are read$"
    with pytest.raises(ValueError, match=words):
        a_node(tree).check_length(size - 1)


def test_value_from_the_environment_is_not_shown():
    private = Text("hunter2", 1, private=True)
    for tree in (private, Listing((ONE, Table(((ONE, private),), 1)), 1)):
        node = in_a_file(tree)
        assert node.private
        node.malformed("“hunter2” is odd", "an even number")
        assert problems_of(node) == [f"{FILE}:1: expect: {PRIVATE}. Write an even number."]
    assert not a_node(Table(((private, ONE),), 1)).private


@pytest.mark.parametrize(
    ("name", "place", "words"),
    [
        ("expect", "expect", "expect: it is odd."),
        ("expect", "--expect", "expect: it is odd."),
        ("expect", "GENESIS_EXPECT", "expect (from GENESIS_EXPECT): it is odd."),
        ("tests", "--expect", "tests (from --expect): it is odd."),
    ],
)
def test_problem_names_the_source_unless_it_is_the_input(name, place, words):
    node = a_node(name=name, place=place)
    node.problem("it is odd")
    assert node.problems == [Problem(words=words)]


@pytest.mark.parametrize(
    ("fields", "line", "problem"),
    [
        ({}, None, Problem(words="expect: it is odd.", file=FILE, line=2)),
        ({"key": "url"}, None, Problem(words="expect: url: it is odd.", file=FILE, line=2)),
        ({"name": ""}, None, Problem(words="it is odd.", file=FILE, line=2)),
        ({}, 7, Problem(words="expect: it is odd.", file=FILE, line=7)),
    ],
    ids=["input", "part", "no name", "another line"],
)
def test_problem_in_a_file_has_file_and_line(fields, line, problem):
    node = in_a_file(TWO, **fields)
    node.problem("it is odd", line=line)
    assert node.problems == [problem]
