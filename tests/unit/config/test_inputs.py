"""The table of inputs agrees with the code that reads them."""

from dataclasses import replace

import pytest

from genesis_ci.config.input_types import DURATION
from genesis_ci.config.inputs import BY_NAME, INPUTS, MEANINGS, Group, Input
from genesis_ci.config.settings import Reporting
from genesis_ci.config.sources import Given
from genesis_ci.models.policy import Policy
from genesis_ci.models.workflow import Workflow
from tests.builders import a_run, problems_in, reporting_from
from tests.unit.config.configs import parse


def test_each_input_has_a_name_of_its_own_and_a_meaning():
    assert [*BY_NAME.values()] == [*INPUTS]
    assert [*BY_NAME] == [*MEANINGS]


def test_input_has_variables_of_action_and_environment():
    row = Input(name="max-wait-time", type=DURATION, group=Group.GREEN)
    assert row.action_variable == "INPUT_MAX-WAIT-TIME"
    assert row.environment_name == "GENESIS_MAX_WAIT_TIME"


@pytest.mark.parametrize(
    "row", [row for row in INPUTS if row.type.choices], ids=lambda row: row.name
)
def test_choices_are_all_the_accepted_words(row):
    assert row.default in row.type.choices
    assert [word for word in row.type.choices if word not in row.type.form] == []
    for word in {word for other in INPUTS for word in other.type.choices}:
        problems = problems_in(parse(**{row.name: word}))
        if word in row.type.choices:
            assert problems == ()
        else:
            assert problems[0].endswith(f"Write {row.type.form}.")


def test_default_of_an_input_is_the_default_of_its_field():
    texts = {row.name: row.default for row in INPUTS if row.default and row.name != "config"}
    assert parse().workflows == (a_run(),)
    assert replace(parse(**texts), attach_with={}) == parse()
    given = {name: Given(text, name) for name, text in texts.items()}
    assert reporting_from(given) == reporting_from({}) == Reporting()


def test_target_of_an_input_is_a_field():
    targets = {row.target for row in INPUTS if row.target}
    kinds = {"workflow": Workflow, "policy": Policy, "reporting": Reporting}
    every = {f"{name}.{one}" for name, kind in kinds.items() for one in kind.__annotations__}
    assert targets <= every
    others = {one for one in every - targets if not one.startswith("workflow.")}
    assert others == {"policy.required"}


def test_secret_and_public_inputs_are_marked():
    hidden = {row.name for row in INPUTS if not row.on_command_line}
    assert hidden == {"api-key", "github-token", "from", "dry-run"}
    public = {row.name for row in INPUTS if row.type.is_public}
    assert public == {"run-url", "review-status", "report-dir", "output-block"}


def test_input_has_a_maximum_length():
    bounded = [row for row in INPUTS if row.type.max_length <= 200_000]

    def problems_of(more: int) -> tuple[str, ...]:
        texts = {row.name: "0" * (row.type.max_length + more) for row in bounded}
        return problems_in(parse(**texts))

    longest, longer = "".join(problems_of(0)), problems_of(1)
    for row in bounded:
        size = row.type.max_length
        words = f"at most {size} are read. Write {row.type.form}."
        assert words not in longest
        assert f"{row.name}: it has {size + 1} characters, and {words}" in longer
