"""Inputs from the action, the flags and the environment, and how they are merged."""

import pytest

from genesis_ci.config.sources import Given, from_action, from_environment, from_flags
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


@pytest.mark.parametrize("text", ["$TOKEN", "${{ secrets.X }}"])
def test_token_of_the_environment_that_was_not_replaced_is_not_used(text):
    assert configs.parse(environ={"GITLAB_TOKEN": text}).tokens == {}
