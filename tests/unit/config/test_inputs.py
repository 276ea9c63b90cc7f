"""The one table of inputs: what it says of them holds where they are read."""

import pytest

from genesis_ci.config.inputs import BY_NAME, INPUTS, Input
from genesis_ci.config.settings import Parsed, parse_settings, reporting_of
from genesis_ci.config.sources import Given
from genesis_ci.models import Verb
from tests.builders import WORKFLOW_ID, told_by
from tests.fakes import files


def given(**texts: str) -> dict[str, Given]:
    named = {"api-key": "gk_0123456789abcdef", "workflow-id": WORKFLOW_ID, **texts}
    return {name: Given(text, name) for name, text in named.items()}


def parse(**texts: str) -> Parsed:
    return parse_settings(given(**texts), verb=Verb.RUN, read_file=files({}))


def test_no_two_inputs_have_one_name():
    assert [*BY_NAME.values()] == [*INPUTS]


def test_an_input_has_its_name_in_the_spellings_of_an_action_and_of_the_environment():
    row = Input(name="max-wait-time", meaning="", accepts="")
    assert row.action_variable == "INPUT_MAX-WAIT-TIME"
    assert row.environment_name == "GENESIS_MAX_WAIT_TIME"


@pytest.mark.parametrize("row", [row for row in INPUTS if row.choices], ids=lambda row: row.name)
def test_the_choices_of_an_input_are_all_the_words_that_it_takes(row):
    assert row.default in row.choices
    assert [word for word in row.choices if word not in row.accepts] == []
    for word in row.choices:
        assert told_by(parse(**{row.name: word})) == ()
    every = {word for other in INPUTS for word in other.choices}
    for word in every - {*row.choices}:
        [told] = told_by(parse(**{row.name: word}))
        assert told.endswith(f"Write {row.accepts}.")


def test_a_default_that_is_given_changes_nothing():
    texts = {row.name: row.default for row in INPUTS if row.default and row.name != "config"}
    assert parse(**texts) == parse()
    assert reporting_of(given(**texts)) == reporting_of(given())


def test_what_is_secret_stands_on_no_command_line():
    hidden = {row.name for row in INPUTS if not row.on_command_line}
    assert hidden == {"api-key", "github-token"}


def test_no_input_is_looked_into_that_is_longer_than_it_may_be():
    bounded = [row for row in INPUTS if row.longest <= 200_000]
    problems = told_by(parse(**{row.name: "0" * (row.longest + 1) for row in bounded}))
    told = "{}: it has {} characters, and at most {} are read. Write {}."
    for row in bounded:
        assert told.format(row.name, row.longest + 1, row.longest, row.accepts) in problems


def test_an_input_that_is_as_long_as_it_may_be_is_looked_into():
    bounded = [row for row in INPUTS if row.longest <= 2_000]
    problems = told_by(parse(**{row.name: "0" * row.longest for row in bounded}))
    assert [told for told in problems if "are read" in told] == []
    assert len(problems) > len(bounded) / 2
