"""Nodes: their texts and parts, and their problems."""

from typing import Any

import pytest

from genesis_ci.config.nodes import Listing, Node, Table, Text, Tree
from tests.unit.config.configs import shown

FILE = ".genesis-ci.yml"
NOT_SHOWN = "the value of the variable here is not accepted."
ONE, TWO = Text("one", 1), Text("two", 2)
IN_FILE = {"place": FILE, "in_file": True}


def a_node(tree: Tree = ONE, **fields: Any) -> Node:
    """Return a node that the flag --expect gave."""
    return Node(**{"name": "expect", "tree": tree, "place": "--expect", "problems": []} | fields)


def problems_of(node: Node) -> list[str]:
    return shown(node.problems)


@pytest.mark.parametrize(
    ("explain", "words"),
    [
        (lambda _: None, ". Did you mean “workflow”?"),
        (lambda key: f" here: {key} belongs elsewhere", " here: Work_Flow belongs elsewhere."),
    ],
    ids=["suggestion", "explanation"],
)
def test_unknown_key_has_an_explanation_or_a_suggestion(explain, words):
    table = Table(((Text("Work_Flow", 1), ONE), (Text("zz", 2), ONE)), 1)
    node = a_node(table, name="", **IN_FILE)
    suggested = {"workflow"} if "mean" in words else set()
    assert node.parts({"workflow", "b"}, explain=explain) == ({}, suggested)
    assert problems_of(node)[0] == f"{FILE}:1: unknown key “Work_Flow”{words}"
    if suggested:
        assert problems_of(node)[1] == f"{FILE}:2: unknown key “zz”. Known here: b, workflow."


@pytest.mark.parametrize(
    ("tree", "size"),
    [
        (Text("four", 1), 4),
        (Listing((ONE, TWO), 1), 6),
        (Listing((ONE, Listing((TWO,), 1)), 1), 3),
        (Table(((Text("a", 3), ONE),), 3), 0),
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
        node = a_node(tree, **IN_FILE)
        node.malformed("“hunter2” is odd", "an even number")
        assert problems_of(node) == [f"{FILE}:1: expect: {NOT_SHOWN} Write an even number."]
    assert not a_node(Table(((private, ONE),), 1)).private


@pytest.mark.parametrize(
    ("fields", "line", "problem"),
    [
        ({"place": "expect"}, None, "expect: it is odd."),
        ({"place": "--expect"}, None, "expect: it is odd."),
        ({"place": "GENESIS_EXPECT"}, None, "expect (from GENESIS_EXPECT): it is odd."),
        ({"name": "tests"}, None, "tests (from --expect): it is odd."),
        (IN_FILE, None, f"{FILE}:2: expect: it is odd."),
        ({"key": "url", **IN_FILE}, None, f"{FILE}:2: expect: url: it is odd."),
        ({"name": "", **IN_FILE}, None, f"{FILE}:2: it is odd."),
        (IN_FILE, 7, f"{FILE}:7: expect: it is odd."),
    ],
)
def test_problem_names_its_place_unless_it_is_the_input(fields, line, problem):
    node = a_node(TWO, **fields)
    node.problem("it is odd", line=line)
    assert problems_of(node) == [problem]
