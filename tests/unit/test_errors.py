"""Errors have the exit codes of their verdicts and show no values."""

import pytest

from genesis_ci import errors
from genesis_ci.models.report import Problem


def test_one_problem_is_the_message_and_several_are_counted():
    one, other = Problem(words="wrong 1"), Problem(words="wrong 2")
    assert errors.ConfigError([one]).message == "wrong 1"
    both = errors.ConfigError([one, other])
    assert (both.message, both.problems) == ("2 problems in the configuration.", (one, other))


def test_place_of_returns_no_message():
    def fails():
        raise KeyError("hunter2")

    with pytest.raises(KeyError) as caught:
        fails()
    place = errors.place_of(caught.value)
    assert place.startswith("KeyError at test_errors.py:")
    assert "hunter2" not in place
