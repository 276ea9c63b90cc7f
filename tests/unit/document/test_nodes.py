"""Nodes: their texts and parts, and their problems."""

from typing import Any

import pytest

from genesis_ci.document.nodes import Node, Scalar, Tree, YamlMapping, YamlSequence
from tests.unit.config.configs import shown

FILE = ".genesis-ci.yml"
ONE, TWO = Scalar("one", 1), Scalar("two", 2)
IN_FILE = {"place": FILE, "in_file": True}


def a_node(tree: Tree = ONE, **fields: Any) -> Node:
    """Return a node that the flag --expect gave."""
    return Node(**{"name": "expect", "tree": tree, "place": "--expect", "problems": []} | fields)


def problems_of(node: Node) -> list[str]:
    return shown(node.problems)


@pytest.mark.parametrize(
    ("tree", "size"),
    [
        (Scalar("four", 1), 4),
        (YamlSequence((ONE, TWO), 1), 6),
        (YamlSequence((ONE, YamlSequence((TWO,), 1)), 1), 3),
        (YamlMapping(((Scalar("a", 3), ONE),), 3), 0),
    ],
    ids=["text", "texts", "nested", "mapping"],
)
def test_too_long_texts_are_refused(tree, size):
    a_node(tree).check_length(size)
    words = f"^it has {size} characters, and at most {size - 1} are read$"
    with pytest.raises(ValueError, match=words):
        a_node(tree).check_length(size - 1)


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
