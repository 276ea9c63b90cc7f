"""Queries are JMESPath; what is wrong with one is known before anything is triggered."""

import pytest

from genesis_ci.checks.queries import query_problem, search
from genesis_ci.checks.reading import NothingToJudgeError

REPORT = {"failed": 0, "tests": [{"name": "a", "status": "passed"}, {"name": "b"}]}


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("failed", 0),
        ("length(tests[?status=='failed'])", 0),
        ("tests[].name", ["a", "b"]),
        ("missing", None),
        ("@", REPORT),
    ],
)
def test_a_query_finds(query, value):
    assert query_problem(query) is None
    assert search(query, REPORT) == value


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("tests[", "query is no JMESPath"),
        ("a=='x", "query is no JMESPath"),
        ("len(tests)", "uses len(), which JMESPath does not have; did you mean length()?"),
        ("tests[?zz(name)]", "uses zz(), which JMESPath does not have; see https://jmespath.org"),
        ("sort_by(tests, &nope(name))", "uses nope()"),
        ("length(@, @, @)", "gives length() 3 arguments, and it takes 1"),
        ("{a: length(tests, failed)}", "gives length() 2 arguments, and it takes 1"),
        ("not_null()", "gives not_null() 0 arguments"),
        ("(" * 1000, "nested too deep"),
    ],
)
def test_what_is_no_query_is_told_with_a_remedy(query, problem):
    assert problem in query_problem(query)


def test_a_function_may_take_as_many_arguments_as_it_likes():
    assert query_problem("not_null(a, b, c)") is None
    assert query_problem("merge(a, b, c)") is None


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("length(nothing)", "In function length(), invalid type for value: None"),
        ("sum(tests)", "In function sum(), invalid type"),
        ("tests[0].name < failed", "'<' not supported"),
    ],
)
def test_a_query_that_fails_on_a_value_says_why(query, reason):
    with pytest.raises(NothingToJudgeError) as error:
        search(query, REPORT)
    assert str(error.value).startswith(f"a query that fails on the output: {reason}")


def test_a_query_that_fails_without_words_says_how():
    class Incomparable:
        def __eq__(self, other: object) -> bool:
            raise ArithmeticError

        __hash__ = None

    with pytest.raises(NothingToJudgeError) as error:
        search("@ == 'a'", Incomparable())
    assert str(error.value) == "a query that fails on the output: ArithmeticError"
