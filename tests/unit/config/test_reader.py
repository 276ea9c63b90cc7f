"""Values of the job, references in them, files of variables, and how sources are merged."""

from typing import Any

import pytest

from genesis_ci.config.inputs import INPUTS
from genesis_ci.config.reader import Inputs, Reader
from genesis_ci.config.settings import Settings
from genesis_ci.config.sources import Given, from_environment, from_flags
from genesis_ci.models.workflow import Verb
from tests.builders import WORKFLOW_ID, problems_in, settings_of
from tests.fakes import files
from tests.unit.config import configs
from tests.unit.config.configs import FILE, KEY, entry, workflows

KEPT = "kept as it is written: “${PREVIEW_URL}”, “${ci.sha}”. Variables are replaced in the config"
READABLE = "Write the path of a readable file in the workspace."
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


@pytest.mark.parametrize(
    ("given", "text"),
    [("k" * 10_000, "k" * 10_000), ("k" * 10_001, ""), (("k", "l"), ""), (" k ", " k ")],
    ids=["longest", "too long", "repeated", "blanks"],
)
def test_text_is_empty_if_too_long_or_several(given, text):
    job = Reader({"api-key": Given(given, "api-key")}, read_file=files({}))
    assert job.text("api-key") == text


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

    given = {"inputs_file": "a", "config": "none"}
    problems = problems_in(configs.parse(**given, secret_inputs="b", read_file=read))
    assert problems == (f"inputs-file: “a” cannot be read: {words}",)


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


def test_later_source_is_the_strongest():
    layers = [{"report-dir": Given(text, "x")} for text in ("early", "late", "")]
    reader = Reader(*layers, read_file=files({}))
    assert reader.peek("report-dir") == "late"
    assert Inputs(reader.read_layers(), reader)["report-dir"] == "late"
