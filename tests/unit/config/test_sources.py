"""Inputs from the action, the flags and the environment, and how they are merged."""

import pytest

from genesis_ci.config.inputs import INPUTS
from genesis_ci.config.nodes import UnreadableError
from genesis_ci.config.settings import Settings
from genesis_ci.config.sources import (
    Given,
    JobInputs,
    from_action,
    from_environment,
    from_flags,
    unknown_variables,
)
from genesis_ci.config.variables import MAX_TEXT
from genesis_ci.models import Verb
from tests.builders import WORKFLOW_ID, problems_in, settings_of
from tests.fakes import files

KEY = "gk_0123456789abcdef"
FILES = {"low.env": "a=low-file\nb=low-file\nc=low-file", "high.env": "c=high-file\nd=high-file"}
SUITE = (
    f"version: 1\nworkflows:\n  - workflow-id: {WORKFLOW_ID}\n    inputs: {{a: entry, e: entry}}\n"
)


def parse(
    environ: dict[str, str], *, suite: str | None = None, verb: Verb = Verb.RUN, **flags: str
) -> Settings:
    contents = {**FILES, **({".genesis-ci.yml": suite} if suite else {})}

    def read(path: str) -> str:
        if path not in contents:
            raise FileNotFoundError(2, "No such file or directory")
        return contents[path]

    named = {name.replace("_", "-"): [text] for name, text in flags.items()}
    environment = from_environment({"GENESIS_API_KEY": KEY, **environ})
    return settings_of(environment, from_flags(named), verb=verb, read_file=read)


def parse_flags(*, verb: Verb, environ: dict[str, str] | None = None, **flags: list[str]):
    named = {name.replace("_", "-"): texts for name, texts in flags.items()}
    environment = from_environment({"GENESIS_API_KEY": KEY, **(environ or {})})
    return settings_of(environment, from_flags(named), verb=verb, read_file=files({}))


def variables(parsed: Settings) -> dict[str, str]:
    assert problems_in(parsed) == ()
    [run] = parsed.workflows
    return dict(run.variables)


@pytest.mark.parametrize(("suite", "workflow"), [(None, WORKFLOW_ID), (SUITE, "")])
def test_secret_names_of_all_sources_add_up(suite, workflow):
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


def test_flags_override_the_environment_per_key():
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


def test_job_inputs_override_an_entry_per_key():
    merged = parse({"GENESIS_INPUTS": "a: variable"}, suite=SUITE, inputs="b: flag")
    assert variables(merged) == {"a": "variable", "b": "flag", "e": "entry"}


def test_malformed_value_of_a_weaker_source_is_reported():
    parsed = parse(
        {"GENESIS_WORKFLOW_ID": "wrong", "GENESIS_MAX_WAIT_TIME": "wrong"},
        workflow_id=WORKFLOW_ID,
        max_wait_time="5s",
    )
    assert [problem.split(" ")[0] for problem in problems_in(parsed)] == [
        "workflow-id", "max-wait-time"
    ]  # fmt: skip


def test_ids_and_names_of_repeated_flags_add_up():
    parsed = parse_flags(
        verb=Verb.CHECK,
        environ={"GENESIS_EXECUTION_ID": "run-0"},
        execution_id=["run-1", "run-2,run-3"],
        expose=["", "ONE"],
    )
    assert problems_in(parsed) == ()
    assert [run.execution_id for run in parsed.workflows] == ["run-1", "run-2", "run-3"]


def test_variables_of_repeated_flags_add_up():
    parsed = parse_flags(
        verb=Verb.RUN,
        environ={"GENESIS_WORKFLOW_ID": WORKFLOW_ID},
        inputs=["a=hunter1", "b: hunter2"],
        secret_inputs=["a", "b"],
    )
    assert variables(parsed) == {"a": "hunter1", "b": "hunter2"}
    assert parsed.workflows[0].shown == {"a": "***", "b": "***"}


def test_variable_set_by_two_flags_is_a_problem():
    parsed = parse_flags(verb=Verb.RUN, inputs=["a=1\nb=1", "b: two"], workflow_id=[WORKFLOW_ID])
    [problem] = problems_in(parsed)
    assert problem.startswith("inputs: the key “b” is in two of them; drop one.")


def test_action_reads_only_its_own_variables():
    environ = {
        "INPUT_API-KEY": KEY, "INPUT_WAIT": "", "GENESIS_WAIT": "false", "INPUT_OTHER": "x"
    }  # fmt: skip
    assert from_action(environ) == {"api-key": Given(KEY, "api-key")}


def test_empty_texts_are_ignored():
    environ = {"GENESIS_WAIT": "false", "GENESIS_SUMMARY": "", "GENESIS_REPORT_DIR": "env"}
    assert from_environment(environ) == {
        "wait": Given("false", "GENESIS_WAIT"), "report-dir": Given("env", "GENESIS_REPORT_DIR")
    }  # fmt: skip
    flags = {"report-dir": ["flag"], "wait": [], "summary": [""], "expose": ["", "A", "B"]}
    assert from_flags(flags) == {
        "report-dir": Given(("flag",), "--report-dir"), "expose": Given(("A", "B"), "--expose")
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "text"),
    [("k" * 10_000, "k" * 10_000), ("k" * 10_001, ""), (("k", "l"), ""), (" k ", " k ")],
    ids=["longest", "too long", "repeated", "blanks"],
)
def test_text_is_empty_if_too_long_or_several(given, text):
    job = JobInputs({"api-key": Given(given, "api-key")}, read_file=files({}))
    assert job.text("api-key") == text


def test_later_source_is_the_strongest():
    job = JobInputs({"report-dir": Given("early", "x")}, read_file=files({}))
    assert job["report-dir"] == "early"
    job.add({"report-dir": Given("late", "x")})
    assert job["report-dir"] == "late"
    job.add({"report-dir": Given("", "x")})
    assert job["report-dir"] == "late"


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
def test_variable_like_an_input_is_reported(variable, words):
    [warning] = unknown_variables({variable: "x", "HOME": "/"})
    assert words in warning


@pytest.mark.parametrize(("length", "words"), [(100, "Rename it"), (101, "its name is too long")])
def test_long_name_of_a_variable_is_not_shown(length, words):
    [warning] = unknown_variables(["GENESIS_" + "X" * (length - 8)])
    assert words in warning


def test_files_of_variables_have_a_total_limit():
    half = MAX_TEXT // 2
    sizes = {"half": half, "rest": half - 1, "one": 1, "whole": MAX_TEXT}
    read_paths: list[str] = []

    def read(path: str) -> str:
        read_paths.append(path)
        return "#" * sizes[path]

    def problems_of(*paths: str) -> list[str]:
        job = JobInputs(read_file=read)
        problems = []
        for path in paths:
            try:
                job.variables_in(path)
            except UnreadableError as error:
                problems.append(str(error))
        return problems

    assert problems_of("half", "rest", "half") == []
    assert "over 20 MB in all" in problems_of("half", "rest", "one")[0]
    read_paths.clear()
    assert len(problems_of("whole", "one")) == 2
    assert read_paths == ["whole"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(13, "Permission denied"), "“a” cannot be read: Permission denied."),
        (OSError(), "“a” cannot be read: no reason is known."),
        (ValueError("it is not UTF-8"), "“a” cannot be read: it is not UTF-8."),
    ],
)
def test_unreadable_file_of_variables_has_a_reason(error, words):
    """The names in secret-inputs are not reported as unknown then."""

    def read(_: str) -> str:
        raise error

    texts = {"inputs-file": "a", "secret-inputs": "b", "workflow-id": WORKFLOW_ID, "api-key": KEY}
    given = {name: Given(text, name) for name, text in texts.items()}
    problems = problems_in(settings_of(given, verb=Verb.RUN, read_file=read))
    assert problems == (f"inputs-file: {words} Write the path of a file in the workspace.",)


def test_own_variables_are_not_reported():
    own = {row.environment_name for row in INPUTS}
    assert unknown_variables(own | {"GENESIS_RESULT_STATUS", "GENESIS_CI_IMAGE"}) == ()


def test_every_variable_like_an_input_is_reported():
    too_long = "GENESIS_" + "A" * 100
    names = ["HOME", "GENESIS_WORKFLOW", "GENESIS_MAX_WAIT_TIME", "GENESIS_CI_X", too_long]
    assert len(unknown_variables([*names, "GENESIS_ZZZ"])) == 3
