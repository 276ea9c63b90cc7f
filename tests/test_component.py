"""The GitLab component, with inputs inserted as GitLab inserts them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis_ci.config.variables import parse_variables
from tests.doc_pages import ROOT, gitlab_files, recipe_of
from tests.gitlab_rules import INPUTS, expanded
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
    assert parse_variables(expanded(inputs=inputs)["variables"]["GENESIS_CI_INPUTS"]) == variables


@pytest.mark.parametrize(
    "inputs", ["a=1\nb=2", "a: 1\nb: 2\n", "a: 1\r\nb: 2", "a\u2028b", "a\x85b"]
)
def test_inputs_of_several_lines_are_refused(inputs):
    assert refused("inputs", inputs)


PRINTABLE = st.characters(min_codepoint=0x20, max_codepoint=0x2FF, exclude_categories=["Cc", "Zs"])


@given(st.text(PRINTABLE, max_size=40))
def test_an_input_changes_only_its_own_variable(text):
    job, plain = expanded(output_block=text), expanded()
    assert job["variables"].pop("GENESIS_CI_OUTPUT_BLOCK") == text
    plain["variables"].pop("GENESIS_CI_OUTPUT_BLOCK")
    assert job == plain


def test_the_job_is_valid_and_overrides_defaults_of_the_project():
    job = expanded(workflow_id="x")
    of_vendor("gitlab-ci").validate({"genesis": job})
    assert (job["retry"], job["before_script"]) == (0, [])


def test_inputs_keep_their_types():
    job = expanded(
        execution_id="0123", allow_failure_exit_codes=[3, 4], interruptible=False,
        rules=[{"when": "always"}],
    )  # fmt: skip
    assert job["variables"]["GENESIS_CI_EXECUTION_ID"] == "0123"
    assert job["allow_failure"] == {"exit_codes": [3, 4]}
    assert (job["interruptible"], job["rules"]) == (False, [{"when": "always"}])


def test_the_merge_request_links_to_the_report_page():
    """GitLab's FindExposedArtifactsService links to a file only if it finds one path."""
    paths = expanded(report_dir="out")["artifacts"]["paths"]
    assert [path for path in paths if not path.startswith("./")] == ["out/report.html"]
    assert "./out/" in paths


def test_every_text_input_has_a_limit():
    texts = {name for name, row in INPUTS.items() if row.get("type", "string") == "string"}
    assert [name for name in texts if not {"regex", "options"} & INPUTS[name].keys()] == []


@pytest.mark.parametrize(
    "name", ["job-name", "stage", "image", "artifacts-expire-in", "report-dir"]
)
def test_a_quoted_input_cannot_end_its_quotes(name):
    assert not refused(name, INPUTS[name]["default"])
    assert not refused(name, "a plain: text #1")
    for text in ('a"b', "a\\b", "a\nb", "a\u2028b", ""):
        assert refused(name, text)


def test_gitlab_accepts_all_documented_inputs():
    files = [*gitlab_files().values(), recipe_of(ROOT / ".gitlab-ci.yml")]
    included = [one.get("inputs", {}) for file in files for one in file.get("include", [])]
    assert len(included) > 10
    for inputs in included:
        assert inputs.keys() <= INPUTS.keys()
        assert [name for name, text in inputs.items() if refused(name, str(text))] == []
        job = expanded(**{name.replace("-", "_"): value for name, value in inputs.items()})
        if "inputs" in inputs:
            assert parse_variables(job["variables"]["GENESIS_CI_INPUTS"])
