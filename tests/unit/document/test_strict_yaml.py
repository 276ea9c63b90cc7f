"""Ambiguous YAML is reported with its place; scalars are strings."""

import pytest

from genesis_ci.document.nodes import (
    Bounds,
    Node,
    ReportedError,
    Scalar,
    YamlMapping,
    YamlSequence,
)
from genesis_ci.document.problems import Mistake, UnreadableError
from genesis_ci.document.strict_yaml import _REASONS, as_yaml, read_document
from tests.unit.config.configs import shown

BOUNDS = Bounds(size=1_000, nodes=50, advice="write less")


def a_list_of(items: int) -> str:
    """Return a list; it has six more nodes, because starts and ends count too."""
    return f"[{'a,' * items}]"


def problems_of(text: str) -> list[str]:
    try:
        problems = read_document(text, BOUNDS)[1]
    except UnreadableError as error:
        problems = error.problems
    return [f"{one.line}: {''.join(one.words)}" for one in problems]


ITSELF = "is not allowed. Write the value itself; in quotes, if it is text"
ALIAS, ANCHOR = f"a YAML alias (*) {ITSELF}", f"a YAML anchor (&) {ITSELF}"
TAG = "a YAML tag (!) is not allowed; quote the value if it is text"
NO_NAME = "1: a key has to be a plain name"
TWICE = "the key “b” is given twice; drop one"


def several(what: str, lines: str) -> str:
    return (
        f"{what} is not allowed (lines with &, * or <<: {lines}). Write the values themselves; in "
        "quotes, if they are text"
    )


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("a: &x 1", [f"1: {ANCHOR}"]),
        ("a: *x", [f"1: {ALIAS}"]),
        ("b: 1\na: [*x]", [f"2: {ALIAS}"]),
        ("a: !!int 1", [f"1: {TAG}"]),
        ("a: !!map {b: 1}", [f"1: {TAG}"]),
        ("&x [a]", [f"1: {ANCHOR}"]),
        ("a: 1\n&x b: 1", [f"2: {ANCHOR}"]),
        ("<<: {a: 1}", [f"1: a YAML merge key (<<) {ITSELF}"]),
        ("'<<': {a: 1}", []),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", [f"1: {several('a YAML anchor (&)', '1, 3')}"]),
        ("? [a]\n: *x\nb: *x", [NO_NAME, f"2: {several('a YAML alias (*)', '2, 3')}"]),
        ("*x : 1", [NO_NAME, f"1: {ALIAS}"]),
        ("b: *x\na: 2\nb: !!int 2", [f"1: {ALIAS}", f"3: {TAG}", f"3: {TWICE}"]),
        ("b: 1\nb:\n  - *x", [f"2: {TWICE}", f"3: {ALIAS}"]),
        (
            "a: 1\n---\nb: 2",
            ["2: there is more than one YAML document. Remove “---” and what is below it"],
        ),
    ],
)
def test_ambiguous_yaml_is_reported_with_its_line(text, problems):
    assert problems_of(text) == problems


COLON = "“：” is a full-width colon. Write “:” and a space"
WIDE, NO_BREAK = (
    f"there is a {kind}. Write a normal space"
    for kind in ("full-width space (U+3000)", "no-break space (U+00A0)")
)


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("- a：b\n  c: d", [f"1: {COLON}"]),
        ("a：1\nb：\n  c: d\ne：x", [f"1: {COLON}", f"2: {COLON}"]),
        ('x: "\na：b"\ny: |\n  c：d\ne: [f', ["5: this is not valid YAML: "]),
        ("-\u3000a: b\n  c: d", [f"1: {WIDE}"]),
        ("a:\u3000b\nc: d", [f"1: {WIDE}"]),
        ("a: b\n\xa0c: d", [f"2: {NO_BREAK}"]),
        ("a:\n  b: c\n\xa0 d: e", [f"3: {NO_BREAK}"]),
        ("a:\n-\u2003b: c", ["2: there is the blank U+2003. Write a normal space"]),
        ("a: \u3000b", []),
        ("a: b：c", []),
    ],
)
def test_character_that_only_looks_like_yaml_is_named(text, problems):
    found = problems_of(text)
    assert len(found) == len(problems)
    assert all(one.startswith(start) for one, start in zip(found, problems, strict=True))


@pytest.mark.parametrize("text", ["{a: ${B}}", "[${B}]", "a: {b: x-${C:-d}/e}"])
def test_reference_in_brackets_needs_quotes(text):
    [problem] = problems_of(text)
    assert problem.endswith("in brackets, ${…} has to be in quotes")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", YamlMapping((), 1)),
        ("# only a comment", YamlMapping((), 1)),
        ("---", Scalar("", 1)),
        ("- a\n---\n- b", YamlSequence((Scalar("a", 1),), 1)),
        ("'a'", Scalar("a", 1, plain=False)),
        *(
            (text, Scalar(text, 1))
            for text in ("1.10", "on", "null", "007", "~", "0x1F", "2024-01-01")
        ),
    ],
)
def test_document_is_a_tree_of_texts(text, tree):
    assert read_document(text, BOUNDS)[0] == tree


def not_yaml(reason: str, line: int, column: int) -> Mistake:
    words = f"this is not valid YAML: {reason}"
    return Mistake(words, line=line, column=column)


NOT_ALLOWED = "the character U+001B is not allowed in YAML; remove it"
NO_TEXT = "this is not valid YAML; check quotes and indentation"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (" " * 1_001, Mistake("the YAML is over 0 KiB; write less")),
        (a_list_of(46), Mistake("more than 50 YAML nodes; write less")),
        ("[" * 21 + "]" * 21, Mistake("it is over 20 levels deep", line=1)),
        ("a: 1\nb: 'c", not_yaml("a quotation mark is not closed", 2, 6)),
        ("a: b: c", not_yaml(_REASONS["mapping values are"], 1, 5)),
        ("a: 1\nb\n", not_yaml("a line above has a name without “:”", 3, 1)),
        ("a: 'b' c", not_yaml(_REASONS["expected <block end>"], 1, 8)),
        ("a: [b", not_yaml(_REASONS["expected ',' or"], 1, 6)),
        ("a:\n\tb: c", not_yaml("a tab; indent with spaces", 2, 1)),
        ("a: @b", not_yaml(_REASONS["found character"], 1, 4)),
        (r'a: "\d"', not_yaml(_REASONS["found unknown escape"], 1, 6)),
        ("pw: !hunter2!x", not_yaml("check quotes and indentation", 1, 5)),
        ("\na: 1\nb: \x1b\nc: 2", Mistake(NOT_ALLOWED, line=3)),
        (r'"\U7FFFFFFF"', Mistake(NO_TEXT)),
        (r'"\UFFFFFFFF"', Mistake(NO_TEXT)),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_malformed_or_too_long_yaml_is_refused(text, problem):
    with pytest.raises(UnreadableError) as caught:
        read_document(text, BOUNDS)
    assert caught.value.problems == (problem,)


@pytest.mark.parametrize("text", [" " * 1_000, a_list_of(45), "[" * 20 + "]" * 20])
def test_yaml_within_the_bounds_is_read(text):
    assert problems_of(text) == []


def test_ambiguous_yaml_is_reported_with_lines():
    node = Node(name="expect", tree=Scalar("a: 1\nb: *x\na: &y 2"), place="--expect", problems=[])
    with pytest.raises(ReportedError):
        as_yaml(node, BOUNDS)
    starts = ["line 2: a YAML alias", "line 3: the key “a”"]
    for problem, start in zip(shown(node.problems), starts, strict=True):
        assert problem.startswith(f"expect: {start}")
