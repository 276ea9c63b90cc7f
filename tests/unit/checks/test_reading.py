"""An output is read as JSON in one way, or rejected; queries are JMESPath."""

import pytest

from genesis_ci.checks.reading import NothingToJudgeError, query_problem, read_json, search

FENCED = 'Two of them failed.\n\n```json\n{"failed": 2}\n```\n\nSee the log.'
REPORT = {"failed": 0, "tests": [{"name": "a", "status": "passed"}, {"name": "b"}]}


@pytest.mark.parametrize(
    "output",
    [
        {"failed": 2},
        '{"failed": 2}',
        '\ufeff\n {"failed": 2} \n',
        FENCED,
        FENCED.replace("\n", "\r\n"),
        FENCED.replace("```json", "~~~ `json`").replace("```", "~~~"),
        '1. The result:\n\n   ```\n   {"failed": 2}\n   ```',
        '````\n{"failed":\n2}\n````',
    ],
)
def test_json_is_read_from_a_value_a_text_and_a_fence(output):
    assert read_json(output) == {"failed": 2}


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ("All good.", "no JSON (not valid JSON), and no code fence in it"),
        ('{"a": 1, "a": 2}', "no JSON (a key is given twice in one object)"),
        ('{"failed": NaN}', "no JSON (a number is not finite)"),
        ("```json\nnot yet\n```", "no JSON in the code fence (not valid JSON)"),
        ("```\n0\n```\n```\n3\n```", "2 code fences, so it is not clear which one counts"),
        ("> ```\n> 0\n> ```", "no code fence in it"),
        ('```json\n{"failed": 0', "a code fence that is not closed"),
        ("```json {}```", "no code fence in it"),
        ("``` `\n{}\n```", "a code fence that is not closed"),
        ('It said {"failed": 0} at the end.', "no code fence in it"),
    ],
)
def test_ambiguous_output_is_rejected(output, found):
    with pytest.raises(NothingToJudgeError) as error:
        read_json(output)
    assert found in str(error.value)


def test_a_line_separator_in_a_string_does_not_end_the_line():
    assert read_json('```\n["a\u2028b"]\n```') == ["a\u2028b"]


@pytest.mark.parametrize(
    ("query", "value"),
    [("failed", 0), ("length(tests[?failed])", 0), ("tests[].name", ["a", "b"]), ("missing", None)],
)
def test_a_query_returns_what_it_finds(query, value):
    assert query_problem(query) is None
    assert search(query, REPORT) == value


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("tests[", "query “tests[” is incomplete JMESPath"),
        ("tests[*].", "query “tests[*].” is incomplete JMESPath"),
        ("a=='x", "not valid JMESPath: a quotation mark is not closed from character 4 on"),
        ("a ? b", "not valid JMESPath: “?” is not expected at character 3"),
        ("[?name==checkout total]", "at character 18; write a text in single quotes: 'a text'"),
        ("[?name != in-use]", "write a text in single quotes"),
        ("a b", "query “a b” is not valid JMESPath: “b” is not expected at character 3"),
        ("len(tests)", "which JMESPath does not have; did you mean length()?"),
        ("tests[?zz(name)]", "uses zz(), which JMESPath does not have; see https://jmespath.org"),
        ("length(@, @, @)", "gives length() 3 arguments, and it takes 1"),
        ("not_null()", "gives not_null() 0 arguments"),
        ("(" * 1000, "nested too deep"),
        ("tests[?status==failed]", "compares with a field “failed”; write 'failed', or put @."),
        ('length(x[?!(a || b!="c")])', "compares with a field “c”; write 'c', or put @. before"),
        ("[?ok==true]", "compares with a field “true”; write `true`, or put @. before it if it"),
        ("[?ok==false]", "write `false`, "),
        ("[?error!=null]", "write `null`, "),
    ],
)
def test_an_invalid_query_is_reported_with_a_remedy(query, problem):
    assert problem in query_problem(query)


@pytest.mark.parametrize("query", ["a == b", "x[?a == @.b]", "x[?a == 'b'].{same: a == b}"])
def test_two_fields_can_be_compared(query):
    assert query_problem(query) is None


@pytest.mark.parametrize("query", ["not_null(a, b, c)", "merge(a, b, c)"])
def test_a_variadic_function_takes_any_number_of_arguments(query):
    assert query_problem(query) is None


class Incomparable:
    def __eq__(self, other: object) -> bool:
        raise ArithmeticError

    __hash__ = None


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("length(nothing)", "In function length(), invalid type for value: None"),
        ("sum(tests)", "In function sum(), invalid type"),
        ("tests[0].name < failed", "'<' not supported"),
        ("other == 'a'", "ArithmeticError"),
    ],
)
def test_a_query_that_fails_on_a_value_reports_the_reason(query, reason):
    with pytest.raises(NothingToJudgeError) as error:
        search(query, {**REPORT, "other": Incomparable()})
    assert str(error.value).startswith(f"a query that fails on the output: {reason}")
