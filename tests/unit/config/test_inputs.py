"""The table of inputs agrees with the code that reads them."""

from dataclasses import fields

import pytest

from genesis_ci.config.input_types import DURATION
from genesis_ci.config.inputs import BY_NAME, INPUTS, Input
from genesis_ci.config.settings import Reporting, Settings
from genesis_ci.config.sources import Given
from genesis_ci.models import Policy, Verb, Workflow
from tests.builders import WORKFLOW_ID, a_run, problems_in, reporting_from, settings_of
from tests.fakes import files


def given(**texts: str) -> dict[str, Given]:
    named = {"api-key": "gk_0123456789abcdef", "workflow-id": WORKFLOW_ID, **texts}
    return {name: Given(text, name) for name, text in named.items()}


def parse(**texts: str) -> Settings:
    return settings_of(given(**texts), verb=Verb.RUN, read_file=files({}))


def test_names_of_inputs_are_unique():
    assert [*BY_NAME.values()] == [*INPUTS]


def test_input_has_variables_of_action_and_environment():
    row = Input(name="max-wait-time", type=DURATION, meaning="")
    assert row.action_variable == "INPUT_MAX-WAIT-TIME"
    assert row.environment_name == "GENESIS_MAX_WAIT_TIME"


@pytest.mark.parametrize(
    "row", [row for row in INPUTS if row.type.choices], ids=lambda row: row.name
)
def test_choices_are_all_the_accepted_words(row):
    assert row.default in row.type.choices
    assert [word for word in row.type.choices if word not in row.type.accepts] == []
    for word in row.type.choices:
        assert problems_in(parse(**{row.name: word})) == ()
    every = {word for other in INPUTS for word in other.type.choices}
    for word in every - {*row.type.choices}:
        [problem] = problems_in(parse(**{row.name: word}))
        assert problem.endswith(f"Write {row.type.accepts}.")


def test_explicit_default_changes_nothing():
    texts = {row.name: row.default for row in INPUTS if row.default and row.name != "config"}
    assert parse(**texts) == parse()
    assert reporting_from(given(**texts)) == reporting_from(given())


def test_default_of_an_input_is_the_default_of_its_field():
    assert parse().workflows == (a_run(),)
    assert reporting_from(given()) == Reporting()


def test_target_of_an_input_is_a_field():
    targets = {row.target for row in INPUTS if row.target}
    kinds = {"workflow": Workflow, "policy": Policy, "reporting": Reporting}
    every = {f"{name}.{one.name}" for name, kind in kinds.items() for one in fields(kind)}
    assert targets <= every
    assert {one for one in every - targets if not one.startswith("workflow.")} == {
        "policy.required"
    }


def test_secret_inputs_are_not_on_the_command_line():
    hidden = {row.name for row in INPUTS if not row.on_command_line}
    assert hidden == {"api-key", "github-token"}


def test_too_long_input_is_not_parsed():
    bounded = [row for row in INPUTS if row.type.max_length <= 200_000]
    problems = problems_in(parse(**{row.name: "0" * (row.type.max_length + 1) for row in bounded}))
    problem = "{}: it has {} characters, and at most {} are read. Write {}."
    for row in bounded:
        longest = row.type.max_length
        assert problem.format(row.name, longest + 1, longest, row.type.accepts) in problems


def test_input_of_maximum_length_is_parsed():
    bounded = [row for row in INPUTS if row.type.max_length <= 2_000]
    problems = problems_in(parse(**{row.name: "0" * row.type.max_length for row in bounded}))
    assert [problem for problem in problems if "are read" in problem] == []
    assert len(problems) > len(bounded) / 2


def test_inputs_that_reports_show_are_public():
    public = {row.name for row in INPUTS if row.type.is_public}
    assert public == {"run-url", "review-status", "report-dir", "output-block"}
