"""Values of the job, references in them, and files of variables."""

import pytest

from genesis_ci.config.inputs import INPUTS
from genesis_ci.config.reader import Reader
from genesis_ci.config.sources import Given
from tests.builders import problems_in
from tests.fakes import files
from tests.unit.config import configs
from tests.unit.config.configs import workflows

KEPT = "kept as it is written: “${PREVIEW_URL}”, “${ci.sha}”. Variables are replaced in the config"

READABLE = "Write the path of a readable file in the workspace."


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
