"""The GitLab component, with inputs inserted as GitLab inserts them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis_ci.config.variables import parse_variables
from tests.gitlab_jobs import INPUTS, expanded, files
from tests.schemas import of_vendor


def refused(name: str, text: str) -> bool:
    pattern = INPUTS[name].get("regex")
    return pattern is not None and re.search(pattern.replace("$", r"\Z"), text) is None


@pytest.mark.parametrize(
    ("inputs", "variables"),
    [
        ("target_url: https://x", {"target_url": "https://x"}),
        ("target_url: https://x\n", {"target_url": "https://x"}),
        ('{"target_url": "https://x", "zip": "007"}', {"target_url": "https://x", "zip": "007"}),
        ('zip: "007"', {"zip": "007"}),
        (r"pattern: a\d+", {"pattern": r"a\d+"}),
        ("target_url=https://x/#1 y: z", {"target_url": "https://x/#1 y: z"}),
        ("", {}),
    ],
)
def test_inputs_of_one_line_arrive_unchanged(inputs, variables):
    assert not refused("inputs", inputs)
    assert parse_variables(expanded(inputs=inputs)["variables"]["GENESIS_INPUTS"]) == variables


@pytest.mark.parametrize(
    "inputs", ["a=1\nb=2", "a: 1\nb: 2\n", "a: 1\r\nb: 2", "a\u2028b", "a\x85b"]
)
def test_inputs_of_several_lines_are_refused(inputs):
    assert refused("inputs", inputs)


PRINTABLE = st.characters(min_codepoint=0x20, max_codepoint=0x2FF, exclude_categories=["Cc", "Zs"])


@given(st.text(PRINTABLE, max_size=40))
def test_an_input_changes_only_its_own_variable(text):
    job = expanded(output_block=text)
    assert job["variables"].pop("GENESIS_OUTPUT_BLOCK") == text
    plain = expanded()
    plain["variables"].pop("GENESIS_OUTPUT_BLOCK")
    assert job == plain


def test_the_gitlab_schema_accepts_the_job():
    of_vendor("gitlab-ci").validate({"genesis": expanded(workflow_id="x")})


def test_a_numeric_execution_id_stays_a_string():
    assert expanded(execution_id="0123")["variables"]["GENESIS_EXECUTION_ID"] == "0123"


def test_the_job_overrides_defaults_of_the_project():
    assert expanded()["retry"] == 0
    assert expanded()["before_script"] == []


def test_the_merge_request_links_to_the_report_page():
    """GitLab's FindExposedArtifactsService links to a file only if it finds one path."""
    paths = expanded(report_dir="out")["artifacts"]["paths"]
    assert [path for path in paths if not path.startswith("./")] == ["out/report.html"]
    assert "./out/" in paths


def test_lists_and_booleans_keep_their_types():
    job = expanded(allow_failure_exit_codes=[3, 4], interruptible=False, rules=[{"when": "always"}])
    assert job["allow_failure"] == {"exit_codes": [3, 4]}
    assert (job["interruptible"], job["rules"]) == (False, [{"when": "always"}])


def test_every_text_input_has_a_limit():
    texts = {name for name, row in INPUTS.items() if row.get("type", "string") == "string"}
    limited = {name for name in texts if {"regex", "options"} & INPUTS[name].keys()}
    assert texts == limited


@pytest.mark.parametrize(
    "name", ["job-name", "stage", "image", "artifacts-expire-in", "report-dir"]
)
def test_a_quoted_input_cannot_end_its_quotes(name):
    assert not refused(name, INPUTS[name]["default"])
    assert not refused(name, "a plain: text #1")
    for text in ('a"b', "a\\b", "a\nb", "a\u2028b", ""):
        assert refused(name, text)


DOCUMENTED = [
    (page, include["inputs"])
    for page, file in files().items()
    for include in file.get("include", [])
]


@pytest.mark.parametrize(("page", "inputs"), DOCUMENTED, ids=lambda one: str(one)[:40])
def test_gitlab_accepts_the_documented_inputs(page, inputs):
    assert inputs.keys() <= INPUTS.keys()
    assert [name for name, text in inputs.items() if refused(name, str(text))] == []
    if "inputs" in inputs:
        job = expanded(**{name.replace("-", "_"): value for name, value in inputs.items()})
        assert parse_variables(job["variables"]["GENESIS_INPUTS"])
