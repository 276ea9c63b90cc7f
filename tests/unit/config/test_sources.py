"""A flag beats the environment; what is merged is merged over both."""

import pytest

from genesis_ci.config.inputs import INPUTS
from genesis_ci.config.settings import Parsed, parse_settings
from genesis_ci.config.sources import from_command_line, unknown_variables
from genesis_ci.models import Verb
from tests.builders import WORKFLOW_ID

KEY = "gk_0123456789abcdef"
FILES = {"low.env": "a=low-file\nb=low-file\nc=low-file", "high.env": "c=high-file\nd=high-file"}
SUITE = (
    f"version: 1\nworkflows:\n  - workflow-id: {WORKFLOW_ID}\n    inputs: {{a: entry, e: entry}}\n"
)


def parse(
    environ: dict[str, str], *, suite: str | None = None, verb: Verb = Verb.RUN, **flags: str
) -> Parsed:
    contents = {**FILES, **({".genesis-ci.yml": suite} if suite else {})}

    def read(path: str) -> str:
        if path not in contents:
            raise FileNotFoundError(2, "No such file or directory")
        return contents[path]

    named = {name.replace("_", "-"): text for name, text in flags.items()}
    given = from_command_line(named, {"GENESIS_API_KEY": KEY, **environ})
    return parse_settings(given, verb=verb, read_file=read)


def variables(parsed: Parsed) -> dict[str, str]:
    assert parsed.problems == ()
    [run] = parsed.runs
    return dict(run.variables)


@pytest.mark.parametrize(("suite", "workflow"), [(None, WORKFLOW_ID), (SUITE, "")])
def test_secret_names_of_the_environment_count_beside_those_of_the_flag(suite, workflow):
    parsed = parse(
        {
            "GENESIS_WORKFLOW_ID": workflow,
            "GENESIS_INPUTS": "user: annabelle\npassword: hunter22",
            "GENESIS_SECRET_INPUTS": "password",
        },
        suite=suite,
        secret_inputs="user",
    )
    assert variables(parsed)["password"] == "hunter22"
    assert {secret.reveal() for secret in parsed.secrets} == {KEY, "annabelle", "hunter22"}
    assert "hunter22" not in str(parsed.runs[0].shown)


def test_inputs_are_merged_key_by_key_and_the_flags_win():
    merged = parse(
        {
            "GENESIS_WORKFLOW_ID": WORKFLOW_ID,
            "GENESIS_INPUTS_FILE": "low.env",
            "GENESIS_INPUTS": "b: low\nc: low",
        },
        inputs_file="high.env",
        inputs="d: high",
    )
    assert variables(merged) == {"a": "low-file", "b": "low", "c": "high-file", "d": "high"}


def test_inputs_of_both_places_win_over_an_entry_of_the_config_file():
    merged = parse({"GENESIS_INPUTS": "a: variable"}, suite=SUITE, inputs="b: flag")
    assert variables(merged) == {"a": "variable", "b": "flag", "e": "entry"}


def test_a_problem_in_the_environment_is_told_beside_a_flag():
    told = parse({"GENESIS_INPUTS": "[]"}, workflow_id=WORKFLOW_ID, inputs="a: b").problems
    assert [problem.split(":")[0] for problem in told] == ["inputs (from GENESIS_INPUTS)"]


def test_everywhere_else_a_flag_beats_the_environment():
    parsed = parse(
        {"GENESIS_WORKFLOW_ID": "wrong", "GENESIS_MAX_WAIT_TIME": "wrong"},
        workflow_id=WORKFLOW_ID,
        max_wait_time="5s",
    )
    assert parsed.problems == ()
    assert parsed.runs[0].max_wait == 5


def test_a_variable_that_is_nearly_an_inputs_is_told_with_what_was_perhaps_meant():
    told = unknown_variables({"GENESIS_WORKFLOW": "x", "GENESIS_INPUT": "hunter2", "PATH": "/bin"})
    assert told == [
        "GENESIS_INPUT is set, and no input has that name; did you mean GENESIS_INPUTS?",
        "GENESIS_WORKFLOW is set, and no input has that name; did you mean GENESIS_WORKFLOW_ID?",
    ]


def test_a_variable_that_is_like_none_is_told_without_a_suggestion():
    assert unknown_variables({"GENESIS_" + "Z" * 500: "x"})[0].endswith("no input has that name.")


def test_variables_of_inputs_of_outputs_and_of_the_component_are_known():
    known = dict.fromkeys((row.environment_name for row in INPUTS), "x")
    others = {"GENESIS_RESULT_VERDICT": "passed", "GENESIS_CI_REPORT_DIR": "out", "GENESIS": "x"}
    assert unknown_variables(known | others) == []
