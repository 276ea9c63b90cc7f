"""Inputs from the action, the flags and the environment, and how they are merged."""

import pytest

from genesis_ci.config.inputs import INPUTS
from genesis_ci.config.sources import (
    Given,
    from_action,
    from_environment,
    from_flags,
    unknown_variables,
)
from tests.unit.config import configs
from tests.unit.config.configs import KEY


def test_empty_texts_and_other_variables_are_ignored():
    environ = {
        "INPUT_API-KEY": KEY, "INPUT_WAIT": "", "INPUT_OTHER": "x",
        "GENESIS_WAIT": "false", "GENESIS_SUMMARY": "", "GENESIS_REPORT_DIR": "env",
    }  # fmt: skip
    assert from_action(environ) == {"api-key": Given(KEY, "api-key")}
    assert from_environment(environ) == {
        "wait": Given("false", "GENESIS_WAIT"), "report-dir": Given("env", "GENESIS_REPORT_DIR")
    }  # fmt: skip
    flags = {"report-dir": ["flag"], "wait": [], "summary": [""], "expose": ["", "A", "B"]}
    assert from_flags(flags) == {
        "report-dir": Given(("flag",), "--report-dir"), "expose": Given(("A", "B"), "--expose")
    }  # fmt: skip


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("GENESIS_WORKFLOW", "did you mean GENESIS_WORKFLOW_ID?"),
        ("GENESIS_MAX_WAIT", "did you mean GENESIS_MAX_WAIT_TIME?"),
        ("GENESIS_ZZZ", "Rename it, or leave it if it is yours."),
        ("GENESIS_".ljust(100, "X"), "Rename it, or leave it if it is yours."),
        ("GENESIS_".ljust(101, "X"), "its name is too long"),
        ("GENESIS_".ljust(200_000, "X"), "its name is too long"),
    ],
    ids=["part", "shorter", "nothing near", "longest", "too long", "very long"],
)
def test_every_variable_like_an_input_is_reported(variable, words):
    inputs = {row.environment_name for row in INPUTS}
    others = {"HOME", "GENESIS_RESULT_STATUS", "GENESIS_CI_IMAGE"}
    warning, _ = unknown_variables([*inputs, *others, variable, "GENESIS_ZZZZ"])
    assert words in warning


@pytest.mark.parametrize("text", ["$TOKEN", "${{ secrets.X }}"])
def test_token_of_the_environment_that_was_not_replaced_is_not_used(text):
    assert configs.parse(environ={"GITLAB_TOKEN": text}).tokens == {}
