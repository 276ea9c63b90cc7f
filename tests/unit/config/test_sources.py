"""A flag beats the environment; what is merged is merged over both."""

import pytest

from genesis_ci.config.inputs import INPUTS
from genesis_ci.config.settings import Parsed, parse_settings
from genesis_ci.config.sources import (
    Given,
    LayerReader,
    Reader,
    from_action,
    from_command_line,
    unknown_variables,
)
from genesis_ci.config.strict_yaml import Listing, Text
from genesis_ci.config.variables import MAX_TEXT
from genesis_ci.models import Problem, Verb
from tests.builders import WORKFLOW_ID, told_by
from tests.fakes import files

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

    named = {name.replace("_", "-"): [text] for name, text in flags.items()}
    given = from_command_line(named, {"GENESIS_API_KEY": KEY, **environ})
    return parse_settings(given, verb=verb, read_file=read)


def variables(parsed: Parsed) -> dict[str, str]:
    assert told_by(parsed) == ()
    [run] = parsed.workflows
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
    assert "hunter22" not in str(parsed.workflows[0].shown)


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
    told = told_by(parse({"GENESIS_INPUTS": "[]"}, workflow_id=WORKFLOW_ID, inputs="a: b"))
    assert [problem.split(":")[0] for problem in told] == ["inputs (from GENESIS_INPUTS)"]


def test_everywhere_else_a_flag_beats_the_environment():
    parsed = parse({"GENESIS_MAX_WAIT_TIME": "7s"}, workflow_id=WORKFLOW_ID, max_wait_time="5s")
    assert told_by(parsed) == ()
    assert parsed.workflows[0].max_wait == 5


def test_what_is_malformed_is_told_also_where_another_source_is_stronger():
    parsed = parse(
        {"GENESIS_WORKFLOW_ID": "wrong", "GENESIS_MAX_WAIT_TIME": "wrong"},
        workflow_id=WORKFLOW_ID,
        max_wait_time="5s",
    )
    assert [problem.split(" ")[0] for problem in told_by(parsed)] == [
        "workflow-id", "max-wait-time"
    ]  # fmt: skip


def test_a_flag_that_stood_several_times_adds_up():
    given = from_command_line(
        {
            "inputs": ["a=1", "b: two"],
            "secret-inputs": ["a", "b"],
            "execution-id": ["run-1", "run-2,run-3"],
            "expose": ["", "ONE"],
        },
        {"GENESIS_API_KEY": KEY, "GENESIS_EXECUTION_ID": "run-0"},
    )
    parsed = parse_settings(given, verb=Verb.CHECK, read_file=files({}))
    assert told_by(parsed) == ()
    assert [run.execution_id for run in parsed.workflows] == ["run-1", "run-2", "run-3"]
    given.maps[0].pop("execution-id")
    given.maps[1]["workflow-id"] = Given(WORKFLOW_ID, "GENESIS_WORKFLOW_ID")
    given.maps[1].pop("execution-id")
    assert variables(parse_settings(given, verb=Verb.RUN, read_file=files({}))) == {
        "a": "1", "b": "two"
    }  # fmt: skip


def test_a_variable_that_two_flags_set_is_a_problem():
    flags = {"inputs": ["a=1\nb=1", "b: two"], "workflow-id": [WORKFLOW_ID]}
    given = from_command_line(flags, {"GENESIS_API_KEY": KEY})
    [told] = told_by(parse_settings(given, verb=Verb.RUN, read_file=files({})))
    assert told.startswith("inputs: the key “b” stands in two of them. ")


def test_a_single_value_given_twice_is_a_problem():
    given = from_command_line({"max-wait-time": ["1m", "2m"]}, {"GENESIS_API_KEY": KEY})
    problems = told_by(parse_settings(given, verb=Verb.CHECK, read_file=files({})))
    assert problems[0].startswith("max-wait-time: it is given more than once. Write seconds")


def test_an_action_reads_only_its_own_variables():
    environ = {
        "INPUT_API-KEY": KEY, "INPUT_WAIT": "", "GENESIS_WAIT": "false", "INPUT_OTHER": "x"
    }  # fmt: skip
    assert from_action(environ) == {"api-key": Given(KEY, "api-key")}


def test_a_flag_beats_the_environment_and_empty_means_not_set():
    environ = {"GENESIS_WAIT": "false", "GENESIS_SUMMARY": "", "GENESIS_REPORT_DIR": "env"}
    given = from_command_line({"report-dir": ["flag"], "wait": []}, environ)
    assert given == {
        "wait": Given("false", "GENESIS_WAIT"), "report-dir": Given("flag", "--report-dir")
    }  # fmt: skip


def test_a_problem_names_the_variable_that_it_came_from():
    given = from_command_line({}, {"GENESIS_MAX_WAIT_TIME": "soon", "GENESIS_API_KEY": KEY})
    parsed = parse_settings(given, verb=Verb.CHECK, read_file=files({}))
    assert told_by(parsed)[0].startswith("max-wait-time (from GENESIS_MAX_WAIT_TIME): “soon”")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("k" * 10_000, "k" * 10_000),
        ("k" * 10_001, ""),
        (("k", "l"), ""),
        (Text("k", 1), ""),
    ],
    ids=["the longest", "too long", "two of them", "out of a file"],
)
def test_the_text_of_an_input_is_empty_where_it_is_none_or_longer_than_is_read(given, text):
    assert Reader([{"api-key": Given(given, "api-key")}], []).text("api-key") == text


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("GENESIS_WORKFLOW", "did you mean GENESIS_WORKFLOW_ID?"),
        ("GENESIS_MAX_WAIT", "did you mean GENESIS_MAX_WAIT_TIME?"),
        ("GENESIS_ZZZ", "Rename it, or leave it if it is yours."),
        ("GENESIS_" + "X" * 200_000, "its name is too long"),
    ],
    ids=["part", "shorter", "nothing near", "long"],
)
def test_a_variable_that_looks_like_an_input_is_told(variable, words):
    [told] = unknown_variables({variable: "x", "HOME": "/"})
    assert words in told


def test_every_variable_that_looks_like_an_input_is_told():
    too_long = "GENESIS_" + "A" * 100
    names = ["HOME", "GENESIS_WORKFLOW", "GENESIS_MAX_WAIT_TIME", "GENESIS_CI_X", too_long]
    assert len(unknown_variables([*names, "GENESIS_ZZZ"])) == 3


@pytest.mark.parametrize(("length", "words"), [(100, "Rename it"), (101, "its name is too long")])
def test_a_variables_name_is_told_up_to_a_hundred_characters(length, words):
    [told] = unknown_variables(["GENESIS_" + "X" * (length - 8)])
    assert words in told


def test_all_files_of_variables_together_have_a_limit():
    contents = {"a": "a=1234", "b": "b=12", "c": "c=1", "most": "d=1234567", "whole": "c=12345678"}
    asked: list[str] = []

    def read(path: str) -> str:
        asked.append(path)
        return contents[path]

    def told(*paths: str) -> list[str]:
        problems: list[Problem] = []
        reader = LayerReader(read, problems, room=10)
        for path in paths:
            reader.layer({"inputs-file": Given(path, "inputs-file")})
        return [problem.words for problem in problems]

    assert LayerReader(read, [])._room == MAX_TEXT
    assert told("a", "c", "a") == []
    assert "over 20 MB in all" in told("a", "b")[0]
    assert "over 20 MB in all" in told("most", "c")[0]
    asked.clear()
    assert len(told("whole", "c")) == 2
    assert asked == ["whole"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(13, "Permission denied"), "the file cannot be read (Permission denied)"),
        (OSError(), "the file cannot be read (no such file)"),
        (ValueError("it is not UTF-8"), "it is not UTF-8"),
    ],
)
def test_a_file_of_variables_that_cannot_be_read_says_why(error, words):
    def read(_: str) -> str:
        raise error

    problems: list[Problem] = []
    layer = LayerReader(read, problems).layer({"inputs-file": Given("a", "inputs-file")})
    assert not layer.all_read
    assert words in problems[0].words


def test_no_input_of_this_tool_and_no_result_of_an_earlier_job_is_unknown():
    own = {row.environment_name for row in INPUTS}
    assert unknown_variables(own | {"GENESIS_RESULT_STATUS", "GENESIS_CI_IMAGE"}) == ()


@pytest.mark.parametrize(
    ("given", "node"),
    [
        (Given("[a, {b: c}]", "expect"), Listing),
        (Given("block-1", "tests"), Text),
        (Given(Text("block-1", 7), ".genesis-ci.yml", 7), Text),
    ],
)
def test_an_input_can_be_read_as_a_tree_wherever_it_was_given(given, node):
    assert isinstance(given.node(), node)


def test_a_text_that_is_no_tree_says_where():
    with pytest.raises(ValueError, match="line 1: key “b”: a YAML alias"):
        Given("{b: *x}", "expect").node()


def test_a_layer_without_variables_adds_nothing_to_what_is_sent():
    reader = LayerReader(files({}), [])
    assert reader.layer({}).size == 0
    assert reader.layer({"inputs": Given("a=b", "inputs")}).size == len('{"a":"b"}')
