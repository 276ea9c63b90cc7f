"""The documentation agrees with the code."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import ValidationError

from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.sources import Given
from genesis_ci.models import Verb
from genesis_ci.models.change import Change
from genesis_ci.outcomes import EXIT_CODE_MEANINGS
from genesis_ci.publish import REPORTS
from tests.builders import settings_of
from tests.gitlab_jobs import RECIPE
from tests.schemas import of_vendor

ROOT = Path(__file__).parent.parent
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/ja/*.md")]
YAML_BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
BY_KEY = {
    "pool": "azure-pipelines", "pipelines": "bitbucket-pipelines", "steps": "buildkite",
    "version": "circle-ci",
}  # fmt: skip


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=name)


def without_code(path: Path) -> str:
    return BLOCK.sub("", path.read_text(encoding="utf-8"))


def anchors(path: Path) -> list[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    titles = re.findall(r"^#+ (.+)$", without_code(path), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]


@each_document
def test_links_lead_to_existing_files_and_headings(path):
    broken = []
    for link in re.findall(r"\]\(((?!https?:)[^)]+)\)", without_code(path)):
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        found = target.exists() and (not anchor or anchor in anchors(target))
        broken += [] if found else [link]
    assert broken == []


@each_document
def test_all_rows_of_a_table_have_the_same_cells(path):
    """GitHub splits a row at each bar, also inside code."""
    rows = re.findall(r"(?:^\|.*\n)+", without_code(path), re.MULTILINE)
    for table in rows:
        head, *others = [len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()]
        assert set(others) == {head}, table


@each_document
def test_no_page_has_two_headings_with_one_anchor(path):
    """GitHub and the site number equal anchors differently."""
    if path.name != "CHANGELOG.md":
        assert len(set(anchors(path))) == len(anchors(path))


def schema_of(example: Any) -> str:
    """Return the schema of an example, which its first keys show."""
    first = next(iter(example.values())) if isinstance(example, dict) else None
    if isinstance(example, list) or (isinstance(first, dict) and "runs-on" in first):
        return "github-workflows"
    if {"organizations", "outcomes"} & example.keys():
        return "scenario"  # tests/test_emulator_docs.py plays them
    if example.keys() <= BY_NAME.keys():
        return "inputs"
    known = [schema for key, schema in BY_KEY.items() if key in example]
    return known[0] if known else "gitlab-ci"


def examples() -> dict[str, list[Any]]:
    """Return every YAML example by its schema, without the recipes, which have their own tests."""
    found: dict[str, list[Any]] = {}
    for path in DOCUMENTS:
        for text in YAML_BLOCK.findall(RECIPE.sub("", path.read_text(encoding="utf-8"))):
            example = yaml.safe_load(text)
            found.setdefault(schema_of(example), []).append(example)
    return found


EXAMPLES = examples()


@pytest.mark.parametrize("schema", sorted(set(EXAMPLES) - {"scenario", "inputs"}))
def test_the_ci_system_accepts_every_example(schema):
    for example in EXAMPLES[schema]:
        file = example
        if schema == "github-workflows":
            job = {"runs-on": "ubuntu-24.04", "steps": example}
            jobs = {"job": job} if isinstance(example, list) else example
            file = {"on": "pull_request", "jobs": jobs}
        of_vendor(schema).validate(file)


@pytest.mark.parametrize("schema", sorted(set(EXAMPLES) - {"scenario", "inputs"}))
def test_a_wrong_example_is_found(schema):
    with pytest.raises(ValidationError):
        of_vendor(schema).validate({"jobs": 7, "steps": 7, "pipelines": 7, "genesis": 7})


@pytest.mark.parametrize("example", EXAMPLES["inputs"], ids=lambda example: " ".join(example))
def test_the_code_accepts_every_example_of_inputs(example):
    """A text is an action input, a list or mapping is in an entry of the config file."""
    given = {key: value for key, value in example.items() if isinstance(value, str)}
    entry = {"workflow-id": "6f9619ff-8b86-4d01-b42d-00c04fc964ff"}
    entry |= {key: value for key, value in example.items() if key not in given}
    texts = {"api-key": "gk_0123456789abcdef", "config": "c.yml", "expose": "PREVIEW_BYPASS"}
    parsed = settings_of(
        {key: Given(value, "x") for key, value in {**texts, **given}.items()},
        verb=Verb.RUN,
        read_file=lambda path: yaml.safe_dump({"version": 1, "workflows": [entry]}),
        environ={"PREVIEW_URL": "https://preview.example.com", "PREVIEW_BYPASS": "s3cret!"},
        change=Change(sha="0a1b2c3d" * 5),
    )
    assert parsed.problems == ()


@each_document
def test_no_page_installs_into_the_python_of_the_system(path):
    """On Debian, Ubuntu and with Homebrew pip refuses: “externally-managed-environment”."""
    blocks = re.findall(r"```\w*\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    with_pip = [text for text in blocks if re.search(r"(?<![\w/])pip install", text)]
    assert [text for text in with_pip if "python:3." not in text] == []


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_documented(name):
    page = (ROOT / "docs/reports.md").read_text(encoding="utf-8")
    assert f"| `{name}` |" in page
    assert f"## `{name}`" in page


def test_every_own_input_of_the_component_is_documented():
    template = (ROOT / "templates/genesis-ci/template.yml").read_text(encoding="utf-8")
    spec = next(yaml.safe_load_all(template))["spec"]["inputs"]
    document = (ROOT / "docs/gitlab.md").read_text(encoding="utf-8")
    own = [name for name in spec if name not in BY_NAME]
    assert own
    assert [name for name in own if f"| `{name}` |" not in document] == []
    assert not any("key" in name for name in spec if name != "missing-key")


def test_the_retry_advice_names_every_red_exit_code():
    document = (ROOT / "docs/gitlab.md").read_text(encoding="utf-8")
    table = document.split("## What is worth a retry")[1].split("##")[0]
    named = {int(code) for code in re.findall(r"\b(\d+)\b", table)}
    assert {code for code in EXIT_CODE_MEANINGS if code and code < 100} <= named
