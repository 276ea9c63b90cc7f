"""The documents say what the code does."""

import re
from pathlib import Path

import pytest
import yaml

from genesis_ci.config.inputs import BY_NAME
from genesis_ci.execution.verdicts import EXIT_CODE_MEANINGS
from genesis_ci.publish import REPORTS

ROOT = Path(__file__).parent.parent
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/ja/*.md")]
YAML_BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def without_code(path: Path) -> str:
    return BLOCK.sub("", path.read_text(encoding="utf-8"))


def anchors(path: Path) -> list[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", without_code(path), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_links_lead_to_files_and_headings_that_exist(path):
    broken = []
    for link in re.findall(r"\]\(((?!https?:)[^)]+)\)", without_code(path)):
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        found = target.exists() and (not anchor or anchor in anchors(target))
        broken += [] if found else [link]
    assert broken == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_no_page_has_two_headings_with_one_anchor(path):
    """GitHub and the site number them in different ways."""
    if path.name != "CHANGELOG.md":
        assert len(set(anchors(path))) == len(anchors(path))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_yaml_example_is_yaml(path):
    for text in YAML_BLOCK.findall(path.read_text(encoding="utf-8")):
        assert yaml.safe_load(text)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_pip_installs_only_where_no_system_needs_that_python(path):
    """On Debian, Ubuntu and with Homebrew it ends with “externally-managed-environment”."""
    blocks = re.findall(r"```\w*\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    with_pip = [text for text in blocks if re.search(r"(?<![\w/])pip install", text)]
    assert [text for text in with_pip if "python:3." not in text] == []


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_told_of(name):
    page = (ROOT / "docs/reports.md").read_text(encoding="utf-8")
    assert f"| `{name}` |" in page
    assert f"## `{name}`" in page


def test_the_components_own_inputs_are_all_in_its_document():
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
