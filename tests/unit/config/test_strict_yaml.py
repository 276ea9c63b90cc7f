"""Ambiguous YAML is reported with its place; scalars are strings."""

import pytest

from genesis_ci.config.nodes import Bounds, Listing, Table, Text, UnreadableError, scalars
from genesis_ci.config.strict_yaml import read_document
from genesis_ci.models import Problem

BOUNDS = Bounds(size=1_000, nodes=50, advice="write less")


def a_list_of(items: int) -> str:
    """Return a list; it has six more nodes, because starts and ends count too."""
    return f"[{'a,' * items}]"


def problems_of(text: str) -> list[str]:
    return [f"{one.line}: {one.words}" for one in read_document(text, BOUNDS)[1]]


QUOTE = "is not allowed; quote the value if it is text"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("a: &x 1", [f"1: key “a”: a YAML anchor (&) {QUOTE}"]),
        ("a: *x", [f"1: key “a”: a YAML alias (*) {QUOTE}"]),
        ("b: 1\na: [*x]", [f"2: key “a”: a YAML alias (*) {QUOTE}"]),
        ("a: !!int 1", [f"1: key “a”: a YAML tag (!) {QUOTE}"]),
        ("a: !!map {b: 1}", [f"1: key “a”: a YAML tag (!) {QUOTE}"]),
        ("&x [a]", [f"1: a YAML anchor (&) {QUOTE}"]),
        ("a: 1\n&x b: 1", [f"2: a YAML anchor (&) {QUOTE}"]),
        ("<<: {a: 1}", ["1: a YAML merge key (<<) is not allowed"]),
        ("'<<': {a: 1}", []),
        ("? [a]\n: 1", ["1: a key has to be a plain name"]),
        ("? [a]\n: *x", [f"2: a YAML alias (*) {QUOTE}", "1: a key has to be a plain name"]),
        ("*x : 1", [f"1: a YAML alias (*) {QUOTE}", "1: a key has to be a plain name"]),
        ("a: 1\nb: 2\na: 3", ["3: the key “a” is given twice; drop one"]),
        ("a: 1\n---\nb: 2", ["None: there is more than one YAML document"]),
    ],
)
def test_ambiguous_yaml_is_reported_with_line_and_key(text, problems):
    assert problems_of(text) == problems


def test_all_ambiguities_are_reported_at_once():
    assert len(problems_of("a: &x 1\nb: *x\nb: !!int 2")) == 4
    assert len(problems_of("? [a]\n: 1\nb: *x")) == 2


def test_alias_has_an_empty_value():
    [value] = scalars(read_document("a: *x", BOUNDS)[0])
    assert value == Text("", 1)


def test_first_of_several_documents_is_read():
    tree, _ = read_document("- a\n---\n- b", BOUNDS)
    assert tree == Listing((Text("a", 1),), 1)


@pytest.mark.parametrize("text", ["", "# only a comment", "---"])
def test_empty_text_is_an_empty_mapping_or_value(text):
    empty = Text("", 1) if text == "---" else Table((), 1)
    assert read_document(text, BOUNDS) == (empty, ())


@pytest.mark.parametrize("text", ["1.10", "on", "null", "007", "~", "0x1F", "2024-01-01"])
def test_scalars_are_not_converted(text):
    [value] = scalars(read_document(f"a: {text}", BOUNDS)[0])
    assert value.text == text


NOT_YAML = "this is not valid YAML; check quotes and indentation"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (" " * 1_001, Problem(words="the YAML is over 0 KiB; write less")),
        (a_list_of(46), Problem(words="more than 50 YAML nodes; write less")),
        ("[" * 21 + "]" * 21, Problem(words="it is over 20 levels deep", line=1)),
        (
            "a: 1\nb: 'c",
            Problem(words="column 6: this is not valid YAML; check quotes and indentation", line=2),
        ),
        ("a: \x00", Problem(words="this is not valid YAML; check quotes and indentation")),
    ],
    ids=["long", "many", "deep", "broken", "no text"],
)
def test_malformed_or_too_long_yaml_is_refused(text, problem):
    with pytest.raises(UnreadableError) as caught:
        read_document(text, BOUNDS)
    assert caught.value.problems == (problem,)


@pytest.mark.parametrize(
    "text", [" " * 1_000, a_list_of(45), "[" * 20 + "]" * 20], ids=["long", "many", "deep"]
)
def test_yaml_within_the_bounds_is_read(text):
    assert problems_of(text) == []
