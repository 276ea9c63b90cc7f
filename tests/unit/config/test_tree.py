"""A tree of strings that know their lines, and how a key of it is told."""

from genesis_ci.config.parsers import LONGEST_NAME
from genesis_ci.config.tree import Listing, Table, Text, UnreadableError, name, scalars
from genesis_ci.models import Problem


def test_the_scalars_of_a_tree_are_its_values_in_order_and_no_keys():
    one, two, three = (Text(text, 1) for text in "abc")
    inner = Table(((Text("key", 2), two),), 2)
    assert list(scalars(Listing((one, inner, Listing((), 3), three), 1))) == [one, two, three]
    assert list(scalars(one)) == [one]
    assert list(scalars(Table((), 1))) == []


def test_a_key_is_quoted_whole_or_told_by_its_length():
    assert name("k" * LONGEST_NAME) == f"“{'k' * LONGEST_NAME}”"
    assert name("k" * (LONGEST_NAME + 1)) == "of 101 characters"


def test_an_error_says_its_problem():
    problem = Problem(words="this is not valid YAML", line=3)
    error = UnreadableError(problem)
    assert (str(error), error.problem) == ("this is not valid YAML", problem)
