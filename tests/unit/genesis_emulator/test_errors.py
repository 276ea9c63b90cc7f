"""What goes wrong with the emulator itself: one kind to catch, and a line for each problem."""

import inspect

from genesis_emulator import errors


def test_whoever_starts_the_emulator_catches_all_of_its_errors_as_one():
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    assert [kind for kind in kinds if not issubclass(kind, errors.EmulatorError)] == []
    assert len(kinds) > 1


def test_the_problems_of_a_scenario_are_told_one_a_line_and_kept_apart():
    error = errors.ScenarioError(("s.yml:1: the one", "s.yml:2: the other"))
    assert str(error) == "s.yml:1: the one\ns.yml:2: the other"
    assert error.problems == ("s.yml:1: the one", "s.yml:2: the other")
