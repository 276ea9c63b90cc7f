"""Inputs from the action, the flags and the environment, and variables that look like an input."""

import pytest

from genesis_ci.config.inputs import INPUTS
from genesis_ci.config.sources import (
    Given,
    Unknown,
    from_action,
    from_environment,
    from_flags,
    unknown_in_action,
    unknown_variables,
    warnings_of_unknown,
)
from tests.unit.config import configs
from tests.unit.config.configs import KEY

MISSPELT = {
    "WORKFLOW": "WORKFLOW_ID",
    "WORKFLOW_UUID": "WORKFLOW_ID",
    "MAX_WAIT": "MAX_WAIT_TIME",
    "MAXWAITTIME": "MAX_WAIT_TIME",
    "max-wait-time": "MAX_WAIT_TIME",
    "WIAT": "WAIT",
    "ONYL": "ONLY",
    "EXPCT": "EXPECT",
    "API_KEYS": "API_KEY",
    "_API_KEY": "API_KEY",
    "INPUTS_FLE": "INPUTS_FILE",
    "TIMEOUT": "MAX_WAIT_TIME",
    "RETRIES": "ATTEMPTS",
    "VARIABLES": "INPUTS",
    "STRICT": "ACCEPT",
}
OWN = (
    "API_KEY_STAGING", "API_KEY2", "PROD_API_KEY", "HOME", "KEY", "TOKEN", "SECRET", "RUN", "URL",
    "ENV", "USER", "BASE_URL", "TARGET_URL", "WORKFLOW_LOGIN", "WORKFLOW_LOGIN_ID", "WORKFLOW_1",
    "ZZZ".ljust(92, "Z"),
)  # fmt: skip


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


def said(name: str, *exposed: str) -> list[Unknown]:
    return [*unknown_variables({name: "x"}, exposed)]


@pytest.mark.parametrize(("written", "meant"), MISSPELT.items())
def test_misspelt_input_is_an_error_with_a_suggestion(written, meant):
    [unknown] = said(f"GENESIS_{written}")
    assert unknown.is_error
    assert unknown.words.startswith(
        f"GENESIS_{written} is not an input; did you mean GENESIS_{meant}?"
    )
    assert said(f"GENESIS_{written}", f"GENESIS_{written}") == []
    assert said(f"GENESIS_{written}", "GENESIS_*") == [unknown]


@pytest.mark.parametrize("written", OWN)
def test_another_name_is_a_warning(written):
    [unknown] = said(f"GENESIS_{written}")
    assert not unknown.is_error
    assert unknown.words.startswith(f"GENESIS_{written} is set, and no input has that name.")
    assert said(f"GENESIS_{written}", f"GENESIS_{written}") == []


@pytest.mark.parametrize("length", [101, 200_000])
def test_a_long_name_is_not_shown(length):
    [unknown] = said("GENESIS_".ljust(length, "X"))
    assert unknown == Unknown(
        "A variable with GENESIS_ in front is not an input: its name is too long.", is_error=False
    )


def test_nothing_is_said_of_inputs_of_what_the_tool_sets_and_of_empty_variables():
    inputs = [row.environment_name for row in INPUTS]
    ours = ["GENESIS_RESULT_STATUS", "GENESIS_CI_IMAGE", "GENESIS_REPORT_URL", "HOME", "INPUT_X"]
    environ = dict.fromkeys([*inputs, *ours], "x") | {"GENESIS_WORKFLOW": ""}
    assert [*unknown_variables(environ, ())] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("GENESIS_FROM", "wait --from FILE"),
        ("GENESIS_DRY_RUN", "the command check"),
        ("GENESIS_GITHUB_TOKEN", "set GITHUB_TOKEN"),
    ],
)
def test_what_is_set_elsewhere_is_an_error_that_says_where(name, words):
    [unknown] = said(name)
    assert unknown.is_error
    assert words in unknown.words
    assert [*unknown_in_action({name: "x"}, ())] == [unknown]


def test_a_name_that_is_gone_is_an_error_with_its_successor():
    [unknown] = said("GENESIS_ON_UNCHECKED")
    assert unknown == Unknown(
        "GENESIS_ON_UNCHECKED is not an input any more; GENESIS_ACCEPT replaced it "
        "(docs/reference.md)."
    )
    [american] = said("GENESIS_ON_CANCELED")
    assert "GENESIS_ACCEPT replaced it" in american.words
    [dropped] = said("GENESIS_ALLOW_HTTP")
    assert dropped == Unknown("GENESIS_ALLOW_HTTP is not an input any more; drop it.")


def in_action(**environ: str) -> list[str]:
    unknown = [*unknown_in_action(environ, ())]
    assert all(one.is_error for one in unknown)
    return [one.words for one in unknown]


def test_the_container_action_refuses_what_is_no_input_of_it():
    given = {row.action_variable: "x" for row in INPUTS}
    others = dict.fromkeys(("INPUT_ENTRYPOINT", "INPUT_ARGS", "GENESIS_CI_IMAGE"), "x")
    assert in_action(**given, **others, INPUT_EXPCT="") == []
    assert in_action(INPUT_API_KEY="x", INPUT_EXPCT="x", **{"INPUT_MY-OWN": "x"}) == [
        "“api_key” under “with” is not an input; did you mean api-key?",
        "“expct” under “with” is not an input; did you mean expect?",
        "“my-own” under “with” is not an input; drop it.",
    ]
    assert in_action(**{"INPUT_ON-UNCHECKED": "fail", "INPUT_".ljust(200, "X"): "x"}) == [
        "on-unchecked is not an input any more; accept replaced it (docs/reference.md).",
        "A key under “with” is not an input: its name is too long.",
    ]


def test_the_container_action_names_with_for_an_input_in_env():
    environ = {"GENESIS_MAX_WAIT_TIME": "1h"}
    words = "GENESIS_MAX_WAIT_TIME has no effect in the container action: write max-wait-time"
    assert in_action(**environ) == [f"{words} under “with”."]
    assert in_action(**environ, **{"INPUT_MAX-WAIT-TIME": ""}) == [f"{words} under “with”."]
    assert in_action(**environ, **{"INPUT_MAX-WAIT-TIME": "2h"}) == []
    [misspelt] = in_action(GENESIS_TIMEOUT="1h")
    assert misspelt.startswith("GENESIS_TIMEOUT is not an input; did you mean max-wait-time?")
    [own] = unknown_in_action({"GENESIS_HOME": "x"}, ())
    assert not own.is_error


def test_a_command_without_inputs_warns_of_all_but_exposed_ones():
    environ = {"GENESIS_TIMEOUT": "x", "GENESIS_HOME": "x", "GENESIS_EXPOSE": "A,GENESIS_HOME B"}
    [words] = warnings_of_unknown(environ)
    assert "did you mean GENESIS_MAX_WAIT_TIME?" in words
