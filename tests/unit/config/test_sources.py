"""Inputs from the action, the flags and the environment, and how they are merged."""

from typing import Any

import pytest

from genesis_ci.config.inputs import INPUTS
from genesis_ci.config.merge import Inputs
from genesis_ci.config.problems import UnreadableError
from genesis_ci.config.reader import Reader
from genesis_ci.config.settings import Settings
from genesis_ci.config.sources import (
    Given,
    from_action,
    from_environment,
    from_flags,
    unknown_variables,
)
from genesis_ci.config.variables import MAX_TEXT
from genesis_ci.models.workflow import Verb
from tests.builders import WORKFLOW_ID, problems_in, settings_of
from tests.fakes import files
from tests.unit.config import configs
from tests.unit.config.configs import FILE, KEY, entry, workflows

ENTRY = entry("inputs: {a: entry, e: entry}")
FILES = {
    "low.env": "a=low-file\nb=low-file\nc=low-file", "high.env": "c=high-file\nd=high-file"
}  # fmt: skip


def parse(environ: dict[str, str], *, config: str | None = None, **flags: Any) -> Settings:
    """Return the settings of `check`; a flag has one text or several."""
    environ = {"api-key": KEY, **({} if config else {"workflow-id": WORKFLOW_ID}), **environ}
    variables = {f"GENESIS_{name.upper().replace('-', '_')}": environ[name] for name in environ}
    texts = {name.replace("_", "-"): flag for name, flag in flags.items()}
    given = {name: [flag] if isinstance(flag, str) else flag for name, flag in texts.items()}
    return settings_of(
        from_environment(variables),
        from_flags(given),
        verb=Verb.CHECK,
        read_file=files({**FILES, **({FILE: config} if config else {})}),
    )


def variables_of(parsed: Settings) -> dict[str, str]:
    [run] = workflows(parsed)
    return dict(run.variables)


@pytest.mark.parametrize("config", [None, ENTRY])
def test_secret_names_of_all_sources_add_up(config):
    environ = {"inputs": "user: annabelle\npassword: hunter22", "secret-inputs": "password"}
    parsed = parse(environ, config=config, secret_inputs="user")
    assert variables_of(parsed)["password"] == "hunter22"
    assert set(parsed.scrub.values) == {KEY, "annabelle", "hunter22"}


def test_variables_are_merged_by_name():
    """A flag overrides the environment, `inputs` a file, and the job an entry."""
    environ = {"inputs-file": "low.env", "inputs": "b: low\nc: low"}
    merged = variables_of(parse(environ, inputs_file="high.env", inputs="d: high"))
    assert merged == {"a": "low-file", "b": "low", "c": "high-file", "d": "high"}
    merged = variables_of(parse({"inputs": "a: variable"}, config=ENTRY, inputs="b: flag"))
    assert merged == {"a": "variable", "b": "flag", "e": "entry"}


def test_malformed_value_of_a_weaker_source_is_reported():
    environ = {"workflow-id": "wrong", "max-wait-time": "wrong"}
    parsed = parse(environ, workflow_id=WORKFLOW_ID, max_wait_time="5s")
    assert [problem.split(" ")[0] for problem in problems_in(parsed)] == [
        "workflow-id", "max-wait-time"
    ]  # fmt: skip


def test_texts_of_repeated_flags_add_up():
    ids = {"execution_id": ["run-1", "run-2,run-3"], "expose": ["", "ONE"]}
    runs = workflows(parse({"execution-id": "run-0"}, **ids))
    assert [run.execution_id for run in runs] == ["run-1", "run-2", "run-3"]
    inputs = ["a=hunter1", "b: hunter2"]
    [run] = workflows(parse({}, inputs=inputs, secret_inputs=["a", "b"]))
    assert run.variables == {"a": "hunter1", "b": "hunter2"}
    assert run.shown == {"a": "***", "b": "***"}


def test_variable_set_by_two_flags_is_a_problem():
    [problem] = problems_in(parse({}, inputs=["a=1\nb=1", "b: two"]))
    assert problem.startswith("inputs: the key “b” is in two of them; drop one.")


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
    ("given", "text"),
    [("k" * 10_000, "k" * 10_000), ("k" * 10_001, ""), (("k", "l"), ""), (" k ", " k ")],
    ids=["longest", "too long", "repeated", "blanks"],
)
def test_text_is_empty_if_too_long_or_several(given, text):
    job = Reader({"api-key": Given(given, "api-key")}, read_file=files({}))
    assert job.text("api-key") == text


def test_later_source_is_the_strongest():
    layers = [{"report-dir": Given(text, "x")} for text in ("early", "late", "")]
    reader = Reader(*layers, read_file=files({}))
    assert reader.peek("report-dir") == "late"
    assert Inputs(reader.layers(), reader)["report-dir"] == "late"


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


KEPT = "kept as it is written: “${PREVIEW_URL}”, “${ci.sha}”. Variables are replaced in the config"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("inputs", "a: ${PREVIEW_URL} ${ci.sha}\nb: '$${ci.sha} ${ ${a b} ${PREVIEW_URL'"),
        ("inputs-file", "refs.env"),
        ("expect", "[{block: '${PREVIEW_URL}', equals: '${ci.sha}'}]"),
        ("tests", "${PREVIEW_URL}${ci.sha}"),
        ("known-failures", "[{test: '${PREVIEW_URL}${ci.sha}', until: 2026-03-16}]"),
    ],
)
def test_reference_outside_of_the_config_file_is_kept_with_a_warning(name, text):
    contents = {"refs.env": "a=${PREVIEW_URL}\nb=${ci.sha}"}
    parsed = configs.parse(contents=contents, **{name: text})
    [run] = workflows(parsed)
    [warning] = parsed.warnings
    assert warning.startswith(f"{name}: {KEPT}")
    assert "${ci.sha}" in str((run.variables, run.checks.shown, run.checks.known))


@pytest.mark.parametrize("name", sorted({row.name for row in INPUTS} - {
    "inputs", "expect", "tests", "known-failures", "api-key", "github-token", "only",
}))  # fmt: skip
def test_reference_outside_of_the_config_file_is_a_problem(name):
    text = "{url: https://x.example, contains: '${ci.sha}'}" if name == "wait-for" else "${ci.sha}"
    problem, *_ = problems_in(configs.parse(**{name: text}))
    words = "“${” in it was not replaced; that is done in the config file only."
    assert problem.startswith(f"{name}: {words}")


FORMS = ["$GENESIS_X", "${X}", "${{ secrets.X }}", "$(X)", "%X%"]


@pytest.mark.parametrize("name", ["api-key", "github-token", "workflow-id", "execution-id"])
@pytest.mark.parametrize("text", FORMS)
def test_key_token_or_id_that_was_not_replaced_is_a_problem(name, text):
    [problem] = problems_in(configs.parse(**{name: text}))
    assert "not replaced" in problem


@pytest.mark.parametrize("name", ["workflow-id", "execution-id", "max-wait-time", "name"])
@pytest.mark.parametrize("text", ["$GENESIS_X", "$(X)", "%X%"])
def test_value_of_the_config_file_that_was_not_replaced_is_a_problem(name, text):
    given = {"workflow-id": WORKFLOW_ID, name: f"'{text}'"}
    if name == "execution-id":
        del given["workflow-id"]
    lines = ", ".join(f"{key}: {value}" for key, value in given.items())
    problem, *_ = problems_in(configs.parse(f"version: 1\nworkflows: [{{{lines}}}]"))
    assert "which was not replaced" in problem


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("workflow-id", "UUID"),
        ("workflow-id", f"{configs.API_URL}/api/workflows/UUID/trigger"),
        ("workflow-id", f"{configs.API_URL}/api/workflows/$ID/trigger"),
        ("execution-id", "UUID"),
        ("execution-id", "run-1 EXECUTION_ID"),
    ],
)
def test_id_of_an_example_is_a_problem(name, text):
    [problem] = problems_in(configs.parse(**{name: text}))
    assert "was not replaced" in problem
    config = f"version: 1\nworkflows: [{{name: UUID, {name}: '{text.split()[-1]}'}}]"
    [problem] = problems_in(configs.parse(config))
    assert "was not replaced" in problem


@pytest.mark.parametrize("text", ["$TOKEN", "${{ secrets.X }}"])
def test_token_of_the_environment_that_was_not_replaced_is_not_used(text):
    parsed = configs.parse(environ={"GITLAB_TOKEN": text})
    assert parsed.warnings == (
        f"GITLAB_TOKEN is not used: it is a reference, “{text}”, which was not replaced.",
    )
    assert parsed.tokens == {}


@pytest.mark.parametrize("text", ["$PREVIEW_URL", "cost: $5", "$", "$PREVIEW_URL/x"])
def test_name_without_braces_as_a_whole_value_has_a_warning(text):
    warning = (
        f"inputs: “a” is sent as it is written: “{text}”. If the value of a variable is meant, "
        f"write “${{{text[1:]}}}” in the config file."
    )
    for parsed in (
        configs.parse(entry(f"inputs: {{a: '{text}'}}")),
        configs.parse(inputs=f"a={text}"),
        configs.parse(inputs_file="my.env", contents={"my.env": f"a={text}"}),
    ):
        assert workflows(parsed)[0].variables == {"a": text}
        assert parsed.warnings == ((warning,) if text == "$PREVIEW_URL" else ())


def test_config_file_has_no_warning_about_references():
    parsed = configs.parse(entry("inputs: {a: '$${A}', b: '${LOGIN}'}"), environ={"LOGIN": "${A}"})
    [run] = workflows(parsed)
    assert (run.variables, parsed.warnings) == ({"a": "${A}", "b": "${A}"}, ())


def test_files_of_variables_have_a_total_limit():
    half = MAX_TEXT // 2
    sizes = {"half": half, "rest": half - 1, "one": 1}
    read_paths: list[str] = []

    def read(path: str) -> str:
        read_paths.append(path)
        return "#" * sizes[path]

    def read_all(job: Reader, *paths: str) -> None:
        for path in paths:
            job.variables_in(path)

    read_all(Reader(read_file=read), "half", "rest", "half")
    job = Reader(read_file=read)
    for paths in (["half", "rest", "one"], ["more"]):
        with pytest.raises(UnreadableError, match="over 20 MB in all"):
            read_all(job, *paths)
    assert read_paths == ["half", "rest"] * 2 + ["one"]


READABLE = "Write the path of a readable file in the workspace."


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(13, "Permission denied"), f"Permission denied. {READABLE}"),
        (OSError(), f"no reason is known. {READABLE}"),
        (ValueError("it is not UTF-8; save it as UTF-8"), "it is not UTF-8; save it as UTF-8."),
    ],
)
def test_unreadable_file_of_variables_has_a_reason(error, words):
    """The names in secret-inputs are not reported as unknown then."""

    def read(_: str) -> str:
        raise error

    problems = problems_in(configs.parse(inputs_file="a", secret_inputs="b", read_file=read))
    assert problems == (f"inputs-file: “a” cannot be read: {words}",)
