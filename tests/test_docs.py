"""The documentation agrees with the code."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from genesis_ci.checks.judging import CheckTask, judge_task
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.sources import Given
from genesis_ci.jobs.publish import REPORTS
from genesis_ci.models.change import Change
from genesis_ci.models.findings import Expectation, Operator
from genesis_ci.models.judgement import Judgement
from genesis_ci.models.report import EXIT_CODE_MEANINGS
from genesis_ci.models.workflow import Verb
from tests.builders import settings_of
from tests.doc_pages import BLOCK, PAGES, RECIPE, ROOT, examples, name_of, text_of
from tests.gitlab_rules import INPUTS
from tests.schemas import of_vendor
from tests.unit.config.configs import run_of

BY_KEY = {
    "pool": "azure-pipelines", "pipelines": "bitbucket-pipelines", "steps": "buildkite",
    "version": "circle-ci",
}  # fmt: skip
each_page = pytest.mark.parametrize("path", PAGES, ids=name_of)


def anchors(path: Path) -> list[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    titles = re.findall(r"^#+ (.+)$", BLOCK.sub("", text_of(path)), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]


@each_page
def test_links_lead_to_existing_files_and_headings(path):
    broken = []
    for link in re.findall(r"\]\(((?!https?:)[^)]+)\)", BLOCK.sub("", text_of(path))):
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        found = target.exists() and (not anchor or anchor in anchors(target))
        broken += [] if found else [link]
    assert broken == []


@each_page
def test_a_page_has_no_equal_headings_and_no_broken_table(path):
    """GitHub and the site number equal anchors differently, and split a row at each bar."""
    if path.name != "CHANGELOG.md":
        assert len(set(anchors(path))) == len(anchors(path))
    for table in re.findall(r"(?:^\|.*\n)+", BLOCK.sub("", text_of(path)), re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1, table


def test_no_page_installs_into_the_python_of_the_system():
    """On Debian, Ubuntu and with Homebrew pip refuses: “externally-managed-environment”."""
    blocks = [block for page in PAGES for block in BLOCK.findall(text_of(page))]
    with_pip = [text for text in blocks if re.search(r"(?<![\w/])pip install", text)]
    assert [text for text in with_pip if "python:3." not in text] == []


def test_no_page_installs_genesis_ci_from_pypi():
    """Without an address, pip, pipx and uv install the package of that name from PyPI."""
    by_name = r"(?i)(?:pipx run|uvx|install) [\"'`]?genesis-ci(?!\[emulator\] @)"
    assert [name_of(page) for page in PAGES if re.search(by_name, text_of(page))] == []


def schema_of(example: Any) -> str:
    """Return the schema of an example, which its first keys show."""
    first = next(iter(example.values())) if isinstance(example, dict) else None
    is_job = isinstance(first, dict) and "runs-on" in first
    if isinstance(example, list) or is_job or True in example:  # the key `on` is read as true
        return "github-workflows"
    if {"organizations", "outcomes"} & example.keys():
        return "scenario"  # tests/emulator/test_docs.py plays them
    if example.keys() <= BY_NAME.keys():
        return "inputs"
    return next((schema for key, schema in BY_KEY.items() if key in example), "gitlab-ci")


BY_SCHEMA: dict[str, dict[str, Any]] = {}
for place, example in examples().items():
    BY_SCHEMA.setdefault(schema_of(example), {})[place] = example


@pytest.mark.parametrize("schema", sorted(BY_SCHEMA.keys() - {"scenario", "inputs"}))
def test_the_ci_system_accepts_every_example(schema):
    validator = of_vendor(schema)
    for place, example in BY_SCHEMA[schema].items():
        file = example
        if schema == "github-workflows":
            job = {"runs-on": "ubuntu-24.04", "steps": example}
            jobs = {"a": job} if isinstance(example, list) else example
            file = {"on": "push", "jobs": jobs}
            if True in example:
                file = {"on": example[True], "jobs": example["jobs"]}
        assert validator.is_valid(file), place
    assert not validator.is_valid({"jobs": 7, "steps": 7, "pipelines": 7, "genesis": 7})


@pytest.mark.parametrize("place", BY_SCHEMA["inputs"])
def test_the_code_accepts_every_example_of_inputs(place):
    """A text is an action input, a list or mapping is in an entry of the config file."""
    example = BY_SCHEMA["inputs"][place]
    given = {key: value for key, value in example.items() if isinstance(value, str)}
    entry = {"workflow-id": "6f9619ff-8b86-4d01-b42d-00c04fc964ff"}
    entry |= {key: value for key, value in example.items() if key not in given}
    texts = {
        "api-key": "gk_0123456789abcdef",
        "config": "c.yml",
        "expose": "PREVIEW_URL, PREVIEW_BYPASS",
    }
    parsed = settings_of(
        {key: Given(value, "x") for key, value in {**texts, **given}.items()},
        verb=Verb.RUN,
        read_file=lambda path: yaml.safe_dump({"version": 1, "workflows": [entry]}),
        environ={
            "PREVIEW_URL": "https://preview.example.com",
            "PREVIEW_BYPASS": "s3cret!",
            "GITHUB_TOKEN": "ghs_0123456789",
        },
        ci="GITHUB_ACTIONS",
        change=Change(sha="0a1b2c3d" * 5),
    )
    assert parsed.problems == ()


def test_every_report_is_documented():
    page = text_of(ROOT / "docs/reports.md")
    missing = [
        name for name in REPORTS if f"| `{name}` |" not in page or f"## `{name}`" not in page
    ]
    assert missing == []


def test_the_gitlab_page_lists_own_inputs_and_exit_codes():
    page = text_of(ROOT / "docs/gitlab.md")
    own = [name for name in INPUTS if name not in BY_NAME]
    assert own
    assert [name for name in own if f"| `{name}` |" not in page] == []
    assert not any("key" in name for name in INPUTS if name != "missing-key")
    retry_advice = page.split("## What is worth a retry")[1].split("##")[0]
    named = {int(code) for code in re.findall(r"\b(\d+)\b", retry_advice)}
    assert {code for code in EXIT_CODE_MEANINGS if code and code < 100} <= named


PROOF = RECIPE.sub("", text_of(ROOT / "docs/proof.md"))
REPORT = json.loads(re.findall(r'^({"reportFormat".*?)```', PROOF, re.DOTALL | re.MULTILINE)[0])
STRICT_GATES = [
    gate
    for place, gate in BY_SCHEMA["inputs"].items()
    if place.startswith("docs/proof.md") and "results.tests" in str(gate.get("expect"))
]


@pytest.mark.parametrize("gate", STRICT_GATES, ids=str)
def test_a_strict_gate_passes_only_a_good_report(gate):
    given = {name: json.dumps(gate[name]) for name in ("expect", "tests") if name in gate}
    checks = run_of(**given).checks.configured
    names = ["checkout total", *map(str, range(19))]
    tests = [{"name": name, "status": "passed"} for name in names]

    def judgements(output):
        tasks = [CheckTask(check, output) for check in checks]
        reports = [report for task in tasks for report in judge_task(task).reports]
        return {finding.judgement for report in reports for finding in report}

    assert judgements({"results": {"tests": tests}}) == {Judgement.MET}
    assert Judgement.UNMET in judgements(REPORT)


def test_the_block_schema_accepts_the_documented_report():
    schema = json.loads(text_of(ROOT / "docs/test-report.schema.json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    tests = [{"message": "", **test} for test in REPORT["results"]["tests"]]
    jsonschema.validate({**REPORT, "results": {**REPORT["results"], "tests": tests}}, schema)


FAILED = ("length(tests[?status=='failed'])", "equals", 0)
NONE_FAILED = ("failed", "equals", 0)
GAPS = {
    "nothing to filter": ({"tests": []}, FAILED, ("length(tests)", "at-least", 20)),
    "another word": (
        {"tests": [{"status": "fail"}]},
        FAILED,
        ("length(tests[?status!='passed'])", "at-most", 0),
    ),
    "not nothing": ({}, ("!error", "equals", True), ("error", "equals", "")),
    "null is null": ({}, ("failed == expected", "equals", True), NONE_FAILED),
    "a default": ({}, ("failed || `0`", "equals", 0), NONE_FAILED),
}  # fmt: skip
"""An output, a careless expectation that it meets, and the documented one that it does not."""


def judgement_of(output, query, operator, expected) -> Judgement:
    expectation = Expectation(
        block="b", operator=Operator(operator), expected=expected, query=query
    )
    [[finding]] = judge_task(CheckTask(expectation, output)).reports
    return finding.judgement


@pytest.mark.parametrize("gap", GAPS)
def test_the_documented_query_closes_a_gap_of_jmespath(gap):
    output, careless, careful = GAPS[gap]
    assert judgement_of(output, *careless) is Judgement.MET
    assert judgement_of(output, *careful) is Judgement.UNMET
    assert careless[0] in PROOF
    assert careful[0] in PROOF
