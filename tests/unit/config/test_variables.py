"""Context variables are the written strings, or problems."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis_ci.api.codec import encode_variables
from genesis_ci.config.nodes import Listing, Node, ReportedError, Table, Text, UnreadableError
from genesis_ci.config.sources import JobInputs
from genesis_ci.config.variables import (
    INPUTS_FILE,
    MAX_LINES,
    MAX_VARIABLES,
    VARIABLES,
    Variables,
    parse_variables,
)
from genesis_ci.models import Problem
from tests.fakes import files

from .suites import ODD_FILES

AS_WRITTEN = {"ver": "1.10", "on": "yes", "n": "null", "zip": "007", "j": "1"}


@pytest.mark.parametrize(
    "text",
    [
        "{ver: 1.10, on: yes, n: null, zip: 007, j: 1}",
        "ver: 1.10\non: yes\nn: null\nzip: 007\nj: 1\n",
        "ver=1.10\non=yes\nn=null\nzip=007\nj=1\n",
        "# comment\n\nver=1.10\r\non=yes\r\nn=null\r\nzip=007\r\nj=1\r\n",
        "ver=1.10\ron=yes\rn=null\rzip=007\rj=1\r",
        "\ufeffver=1.10\non=yes\nn=null\nzip=007\nj=1\n",
        "  # comment: 1\n  ver=1.10\non=yes\n  # zip=008\nn=null\nzip=007\n  j=1\n",
        '\ufeff{"ver": 1.10, "on": "yes", "n": null, "zip": "007", "j": 1}',
        "\ufeffver: 1.10\non: yes\nn: null\nzip: 007\nj: 1\n",
    ],
    ids=[
        "flow",
        "block",
        "lines",
        "windows",
        "cr",
        "mark-lines",
        "indented",
        "mark-json",
        "mark-yaml",
    ],
)
def test_scalars_are_the_written_strings(text):
    assert parse_variables(text) == AS_WRITTEN


def test_json_scalars_are_the_written_strings():
    text = (
        '{"a": 1.10, "b": true, "c": null, "d": 1e5, "e": -0, "f": "x", "h": false, '
        '"g": 12345678901234567890, "i": NaN, "k": -Infinity}'
    )
    assert parse_variables(text) == {
        "a": "1.10", "b": "true", "c": "null", "d": "1e5", "e": "-0", "f": "x",
        "g": "12345678901234567890", "h": "false", "i": "NaN", "k": "-Infinity",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 2024-01-01", "2024-01-01"),
        ("a: 0x1F", "0x1F"),
        ("a: 1_000", "1_000"),
        ("a: ~", "~"),
        ("a:", ""),
        ("a: ''", ""),
        ("a: 12:30", "12:30"),
        ("a: |\n  one\n  two\n", "one\ntwo\n"),
        ("a: 'it''s'", "it's"),
        ("a: https://example.com/?x=1&y=2", "https://example.com/?x=1&y=2"),
        ("a: 日本語 👩‍💻", "日本語 👩‍💻"),
        ("a=b=c: d", "b=c: d"),
        ("a=  spaces stay  ", "  spaces stay  "),
        ('a="quotes stay"', '"quotes stay"'),
        ("a=", ""),
    ],
)
def test_value_keeps_its_characters(text, value):
    assert parse_variables(text) == {"a": value}


@pytest.mark.parametrize("text", ["", "  \n", "{}", "# only a comment", "---\n{}"])
def test_empty_text_has_no_variables(text):
    assert parse_variables(text) == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tags:\n  - a", "line 1: key “tags”: a list is not allowed"),
        ("x: 1\nmore:\n  a: b", "line 2: key “more”: a nested mapping is not allowed"),
        ("{a: [1]}", "line 1: key “a”: a list is not allowed"),
        ('{"a": [1]}', "key “a”: a list is not allowed"),
        ('{"a": {"b": 1}}', "key “a”: a nested mapping is not allowed"),
        ("a: 1\nb: 2\na: 3", "line 3: the key “a” is given twice"),
        ('{"a": 1, "a": 2}', "key “a” is given twice"),
        ("a=1\na=2", "line 2: the key “a” is given twice"),
        (f"{'k' * 101}=v", "line 1: a name has at most 100 characters"),
        ("a=1\nnonsense", "line 2: not of the form KEY=VALUE"),
        ("a: 1\n---\nb: 2", "more than one YAML document"),
        ("[1, 2]", "not a mapping"),
        ("just words", "not a mapping"),
        ("a: b: c", "line 1: column"),
        ("'a", "not valid YAML"),
        ("a: \x00", "not valid YAML"),
        ('"": 1', "a key is empty"),
        ('{"a": "\\ud800"}', "a NUL character or a lone surrogate"),
        ("a: 1\n" + " " * 300_000, "over 256 KiB"),
        ("\n".join(f"k{n}: {n}" for n in range(6000)), "more than 10000 YAML nodes"),
        ("{a: " * 50, "line 1: it is over 20 levels deep"),
    ],
)  # fmt: skip
def test_malformed_text_is_reported_with_its_place(text, problem):
    with pytest.raises(UnreadableError) as caught:
        parse_variables(text)
    assert problem in str(caught.value)


def test_all_problems_are_reported_at_once():
    with pytest.raises(UnreadableError) as caught:
        parse_variables("a: [1]\nb: {c: d}\ne: f\ne: g")
    assert len(caught.value.problems) == 3


def test_list_is_reported_with_other_yaml_problems():
    with pytest.raises(UnreadableError) as caught:
        parse_variables("- &a 1")
    anchor, mapping = caught.value.problems
    assert anchor.words.startswith("a YAML anchor (&) is not allowed")
    assert mapping.words.startswith("this is not a mapping of names to values")


def test_first_fifty_malformed_lines_are_reported():
    with pytest.raises(UnreadableError) as caught:
        parse_variables("a=1\n" + "no pair\n" * 10_000)
    assert len(caught.value.problems) == 51
    assert caught.value.problems[-1].words == "and maybe more"


@pytest.mark.parametrize("form", ["lines", "pairs", "objects"])
def test_ten_thousand_variables_are_the_limit(form):
    def text(count: int) -> str:
        if form == "lines":
            return "".join(f"k{n}=v\n" for n in range(count))
        if form == "pairs":
            return json.dumps({f"k{n}": "v" for n in range(count)})
        return json.dumps({"a": [{}] * (count - 1)})

    def problem_with(count: int) -> str:
        with pytest.raises(UnreadableError) as caught:
            parse_variables(text(count))
        return str(caught.value)

    if form == "objects":
        assert "a list is not allowed" in problem_with(MAX_VARIABLES)
    else:
        assert len(parse_variables(text(MAX_VARIABLES))) == MAX_VARIABLES
    assert (
        problem_with(MAX_VARIABLES + 1) == "there are over 10000 variables or mappings; send fewer"
    )


def test_text_has_a_limit_of_lines():
    assert parse_variables("\n" * MAX_LINES) == parse_variables("\r" * MAX_LINES) == {}
    for text in ("\n" * (MAX_LINES + 1), "\n" * MAX_LINES + "\r"):
        with pytest.raises(UnreadableError, match="it has over 100000 lines"):
            parse_variables(text)


@pytest.mark.parametrize("form", ["{}=v", '{{"{}": "v"}}', "{}: v"])
def test_name_has_at_most_a_hundred_characters(form):
    assert len(parse_variables(form.format("k" * 100))) == 1
    with pytest.raises(UnreadableError, match="a name has at most 100 characters, and this one"):
        parse_variables(form.format("k" * 101))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("=1\na=1\n", "this is not a mapping"),
        ("a=1\n=1\n", "line 2: not of the form KEY=VALUE"),
        ("a=1\n1a=1\n", "line 2: not of the form KEY=VALUE"),
        ("a=1\n\n# b=2\nno\n", "line 4: not of the form KEY=VALUE"),
        ("a=1\nb=\x00\n", "a key or value contains a NUL character or a lone surrogate"),
    ],
)
def test_malformed_line_is_reported(text, problem):
    with pytest.raises(UnreadableError) as caught:
        parse_variables(text)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    "text", ["password: [hunter2]", "pw=1\nhunter2", '{"p": {"q": "hunter2"}}', "a: 'hunter2"]
)
def test_problem_does_not_show_a_value(text):
    with pytest.raises(UnreadableError) as caught:
        parse_variables(text)
    assert "hunter2" not in str(caught.value)


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=100)


@given(st.dictionaries(TEXT, TEXT, min_size=1))
def test_json_variables_are_unchanged(variables):
    assert parse_variables(json.dumps(variables)) == variables


NAMES = st.tuples(st.sampled_from("AZaz_"), st.text("AZaz09_.-", max_size=8)).map("".join)
VALUES = st.text(
    st.characters(exclude_characters="\n\r\x00", exclude_categories=["Cs"]), max_size=30
)


@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=5))
def test_key_value_lines_are_unchanged(variables):
    text = "\n".join(f"{name}={value}" for name, value in variables.items())
    assert parse_variables(text) == variables


@given(ODD_FILES | st.text(alphabet=st.characters(categories=None), max_size=300))
def test_any_text_is_variables_or_problems(text):
    try:
        variables = parse_variables(text)
    except UnreadableError as error:
        assert error.problems
    else:
        assert all(isinstance(value, str) for value in variables.values())
        encode_variables(variables)


def read(kind, tree, *, in_file=False, **contents: str):
    """Return the value of a flag or of a key in the config file, or its problems."""
    place = ".genesis-ci.yml" if in_file else "--inputs"
    node = Node(name="inputs", tree=tree, place=place, problems=[], in_file=in_file)
    try:
        return kind.read(node, JobInputs(read_file=files(contents)))
    except ReportedError:
        return node.problems


def test_empty_mapping_has_no_size():
    assert read(VARIABLES, Table((), line=5), in_file=True) == Variables({}, 0)


def test_problem_in_the_config_file_has_the_line_of_its_key():
    pairs = ((Text("a", line=5), Text("1", line=5)), (Text("b", line=6), Listing((), line=7)))
    [problem] = read(VARIABLES, Table(pairs, line=5), in_file=True)
    assert (problem.file, problem.line) == (".genesis-ci.yml", 6)
    assert problem.words.startswith("inputs: key “b”: a list is not allowed. Genesis takes strings")


@pytest.mark.parametrize("in_file", [True, False])
def test_problem_in_a_file_of_variables_has_the_line_there(in_file):
    [problem] = read(INPUTS_FILE, Text(" more ", line=3), in_file=in_file, more="a=1\nno")
    assert (problem.file, problem.line) == ("more", 2)
    assert problem.words == "inputs: not of the form KEY=VALUE."


def test_problem_without_a_line_has_the_line_of_the_path():
    [problem] = read(INPUTS_FILE, Text("more", line=3), in_file=True, more="[1]")
    assert (problem.file, problem.line) == (".genesis-ci.yml", 3)


def test_path_from_the_environment_is_not_shown():
    path = Text("hunter2", line=3, private=True)
    [problem] = read(INPUTS_FILE, path, in_file=True, hunter2="a=1\nno")
    assert problem == Problem(
        words="inputs: line 2: not of the form KEY=VALUE.", file=".genesis-ci.yml", line=3
    )
    [problem] = read(INPUTS_FILE, path, in_file=True)
    assert problem.words == (
        "inputs: what the environment gives here is not accepted. "
        "Write the path of a file in the workspace."
    )
