"""The one table of inputs: names that people can guess, and no text longer than it says."""

import pytest

from genesis_ci.config.inputs import BY_NAME, INPUTS
from genesis_ci.config.settings import parse_settings
from genesis_ci.config.sources import Given
from genesis_ci.models import Verb
from tests.builders import told_by
from tests.fakes import files


def parsed(**texts: str):
    given = {name.replace("_", "-"): Given(text, "x") for name, text in texts.items()}
    return parse_settings(given, verb=Verb.RUN, read_file=files({}))


def test_an_input_is_found_by_its_name_which_is_its_own():
    assert [BY_NAME[row.name] for row in INPUTS] == list(INPUTS)
    assert len(BY_NAME) == len(INPUTS)


def test_an_input_has_one_name_in_the_environment_and_one_in_a_container_action():
    row = BY_NAME["max-wait-time"]
    assert row.environment_name == "GENESIS_MAX_WAIT_TIME"
    assert row.action_variable == "INPUT_MAX-WAIT-TIME"


def test_what_is_secret_stands_on_no_command_line():
    hidden = {row.name for row in INPUTS if not row.on_command_line}
    assert hidden == {"api-key", "github-token"}


@pytest.mark.parametrize("row", [row for row in INPUTS if row.choices], ids=lambda row: row.name)
def test_a_closed_set_of_words_is_told_and_the_default_is_one_of_them(row):
    assert [choice for choice in row.choices if choice not in row.accepts] == []
    assert row.default in row.choices


def test_a_default_that_is_written_down_changes_nothing():
    texts = {row.name: row.default for row in INPUTS if row.default and row.name != "config"}
    workflow = {"api_key": "gk_0123456789abcdef", "execution_id": "run-1"}
    plain, written = parsed(**workflow), parsed(**workflow, **texts)
    assert told_by(plain) == ()
    assert plain.settings == written.settings


def test_no_input_is_looked_into_that_is_longer_than_it_may_be():
    bounded = [row for row in INPUTS if row.longest <= 200_000]
    problems = told_by(parsed(**{row.name: "0" * (row.longest + 1) for row in bounded}))
    told = "it has {} characters, and at most {} are read. Write {}."
    for row in bounded:
        words = told.format(row.longest + 1, row.longest, row.accepts)
        assert f"{row.name} (from x): {words}" in problems


def test_an_input_that_is_as_long_as_it_may_be_is_looked_into():
    bounded = [row for row in INPUTS if row.longest <= 2_000]
    problems = told_by(parsed(**{row.name: "0" * row.longest for row in bounded}))
    assert [told for told in problems if "are read" in told] == []
    assert len(problems) > len(bounded) / 2
