"""Values of the job, references in them, files of variables, and how sources are merged."""

import pytest

from genesis_ci.config.inputs import INPUTS
from genesis_ci.config.reader import Inputs, Reader
from genesis_ci.config.sources import Given
from tests.builders import problems_in
from tests.fakes import files
from tests.unit.config import configs

READABLE = "Write the path of a readable file in the workspace."


@pytest.mark.parametrize(
    ("given", "text"),
    [("k" * 10_000, "k" * 10_000), ("k" * 10_001, ""), (("k", "l"), ""), (" k ", " k ")],
    ids=["longest", "too long", "repeated", "blanks"],
)
def test_text_is_empty_if_too_long_or_several(given, text):
    job = Reader({"api-key": Given(given, "api-key")}, read_file=files({}))
    assert job.text("api-key") == text


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


def test_later_source_is_the_strongest():
    layers = [{"report-dir": Given(text, "x")} for text in ("early", "late", "")]
    reader = Reader(*layers, read_file=files({}))
    assert reader.peek("report-dir") == "late"
    assert Inputs(reader.read_layers(), reader)["report-dir"] == "late"
