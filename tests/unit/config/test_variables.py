"""Context variables are the written strings, or problems."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis_ci.api.codec import encode_variables
from genesis_ci.config.reader import default_value
from genesis_ci.config.variables import Variables, parse_variables
from genesis_ci.document.problems import UnreadableError
from tests.unit.config.configs import ODD_FILES, shown


def problems_with(text: str) -> list[str]:
    with pytest.raises(UnreadableError) as caught:
        parse_variables(text)
    return shown(caught.value.problems)


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
        ("a: ~", "~"),
        ("a:", ""),
        ("a: |\n  one\n  two\n", "one\ntwo\n"),
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


def test_yaml_is_shorter_than_other_forms():
    assert problems_with("a: 1\n" + " " * 300_000)[0].startswith(
        "the YAML is over 256 KiB; JSON and"
    )
    [problem] = problems_with("\n".join(f"k{n}: {n}" for n in range(6000)))
    assert problem.startswith("more than 10000 YAML nodes")
    assert "contains a NUL character" in problems_with("a=1\nb=\x00\n")[0]


def test_all_problems_are_reported_at_once():
    lines = [one[0] for one in problems_with("a: [1]\nb: f\nb: g\ne: {c: d}")]
    assert lines == ["1", "3", "4"]
    anchor, mapping = problems_with("- &a 1")
    assert anchor.startswith("1: a YAML anchor (&) is not allowed")
    assert mapping.startswith("this is not a mapping of names to values")
    assert problems_with("a=1\n" + "no pair\n" * 10_000)[50:] == ["and maybe more"]


TOO_MANY = "there are over 10000 variables or mappings; send fewer"
NUMBERED = {f"k{n}": "v" for n in range(10_000)}
LINES = "".join(f"k{n}=v\n" for n in range(10_000))


def test_ten_thousand_variables_are_the_limit():
    more = {**NUMBERED, "k": "v"}
    assert parse_variables(LINES) == parse_variables(json.dumps(NUMBERED)) == NUMBERED
    assert problems_with(f"{LINES}k=v") == problems_with(json.dumps(more)) == [TOO_MANY]


def test_ten_thousand_mappings_are_the_limit():
    [problem] = problems_with(json.dumps({"a": [{}] * (10_000 - 1)}))
    assert problem.startswith("key “a”: a list is not allowed.")
    assert problems_with(json.dumps({"a": [{}] * 10_000})) == [TOO_MANY]


def test_text_has_a_limit_of_lines():
    assert parse_variables("\n" * 100_000) == parse_variables("\r" * 100_000) == {}
    for text in ("\n" * (100_000 + 1), "\n" * 100_000 + "\r"):
        assert problems_with(text) == ["it has over 100000 lines; write it as JSON"]


@pytest.mark.parametrize("form", ["{}=v", '{{"{}": "v"}}', "{}: v"])
def test_name_has_at_most_a_hundred_characters(form):
    assert len(parse_variables(form.format("k" * 100))) == 1
    [problem] = problems_with(form.format("k" * 101))
    assert "a name has at most 100 characters, and this one has 101" in problem


@pytest.mark.parametrize(
    "text", ["password: [hunter2]", "pw=1\nhunter2", '{"p": {"q": "hunter2"}}', "a: 'hunter2"]
)
def test_problem_does_not_show_a_value(text):
    assert "hunter2" not in str(problems_with(text))


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=100)
NAMES = st.tuples(st.sampled_from("AZaz_"), st.text("AZaz09_.-", max_size=8)).map("".join)
VALUES = st.text(
    st.characters(exclude_characters="\n\r\x00", exclude_categories=["Cs"]), max_size=30
)


@given(st.dictionaries(TEXT, TEXT, min_size=1), st.dictionaries(NAMES, VALUES, min_size=1))
def test_any_value_is_unchanged(in_json, in_lines):
    assert parse_variables(json.dumps(in_json)) == in_json
    lines = [f"{name}={value}" for name, value in in_lines.items()]
    assert parse_variables("\n".join(lines)) == in_lines


@given(ODD_FILES | st.text(alphabet=st.characters(categories=None), max_size=300))
def test_any_text_is_variables_or_problems(text):
    try:
        variables = parse_variables(text)
    except UnreadableError as error:
        assert error.problems
    else:
        assert all(isinstance(value, str) for value in variables.values())
        encode_variables(variables)


def test_empty_mapping_has_no_size():
    assert default_value("inputs") == Variables({}, 0)
