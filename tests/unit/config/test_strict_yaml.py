"""YAML that could be read in two ways is a problem with its place; everything else is a string."""

import pytest

from genesis_ci.config.strict_yaml import read_document, read_table
from genesis_ci.config.tree import Bounds, Table, UnreadableError, scalars

BOUNDS = Bounds(size=1_000, nodes=50, advice="write less")


def told(text: str) -> list[str]:
    return [f"{one.line}: {one.words}" for one in read_document(text, BOUNDS).problems]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &x 1", "1: key “a”: a YAML anchor"),
        ("a: *x", "1: key “a”: a YAML alias"),
        ("b: 1\na: [*x]", "2: key “a”: a YAML alias"),
        ("a: !!int 1", "1: key “a”: a YAML tag"),
        ("<<: {a: 1}", "1: a YAML merge key"),
        ("? [a]\n: 1", "1: a key has to be a plain name"),
        ("a: 1\nb: 2\na: 3", "3: the key “a” stands twice"),
    ],
)
def test_what_hides_its_meaning_is_told_with_line_and_key(text, problem):
    assert [one for one in told(text) if one.startswith(problem)]


def test_all_that_is_wrong_is_told_at_once():
    assert len(told("a: &x 1\nb: *x\nb: !!int 2")) == 4


@pytest.mark.parametrize("text", ["1.10", "on", "null", "007", "~", "0x1F", "2024-01-01"])
def test_nothing_is_converted(text):
    [value] = scalars(read_document(f"a: {text}", BOUNDS).node)
    assert value.text == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (" " * 1_001, "the YAML is over 0 KiB; write less"),
        ("[" + "a, " * 50 + "]", "more than 50 YAML nodes; write less"),
        ("[" * 21 + "]" * 21, "it is over 20 levels deep"),
        ("'a", "this is not valid YAML"),
    ],
)
def test_too_much_and_what_is_no_yaml_is_not_read(text, problem):
    with pytest.raises(UnreadableError) as caught:
        read_document(text, BOUNDS)
    assert problem in str(caught.value.problem.words)


def test_what_is_no_mapping_is_an_empty_one_and_a_problem():
    table, problems = read_table("[a]", BOUNDS)
    assert table == Table((), 1)
    assert [one.words for one in problems] == ["this is not a mapping of names to values"]
