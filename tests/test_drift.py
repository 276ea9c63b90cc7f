"""Generated files, names and lists agree with the tables in the code."""

import re

from genesis_ci import __version__
from genesis_ci.config.inputs import INPUTS, Group
from genesis_ci.jobs.publish import PLAN, REPORTS
from genesis_ci.models.execution import Status
from genesis_ci.reporters.outputs import OUTPUT_NAMES
from genesis_emulator import scenario
from tests.doc_pages import ROOT, recipe_of
from tools.generate import generated

VENDOR_INPUTS = {
    "api-key", "api-url", "workflow-id", "inputs", "output-block", "poll-interval",
    "max-wait-time", "wait",
}  # fmt: skip
VENDOR_OUTPUTS = {"execution-id", "status", "output"}


def test_the_generated_files_are_up_to_date():
    made = generated()
    stale = [path for path, text in made.items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run `make generate`"


def test_both_actions_have_the_inputs_and_outputs_of_the_vendor():
    action = recipe_of(ROOT / "action.yml")
    assert set(action["inputs"]) == {row.name for row in INPUTS} >= VENDOR_INPUTS
    assert set(action["outputs"]) == OUTPUT_NAMES.keys() >= VENDOR_OUTPUTS
    assert action["runs"] == {"using": "docker", "image": "Dockerfile"}
    composite = recipe_of(ROOT / "composite/action.yml")
    assert composite["inputs"] == action["inputs"]
    assert composite["outputs"].keys() == action["outputs"].keys()
    [step] = composite["runs"]["steps"]
    assert {*step["env"].values()} == {f"${{{{ inputs.{name} }}}}" for name in action["inputs"]}


def test_the_composite_action_writes_every_output_without_the_command():
    script = (ROOT / "composite/run.sh").read_text(encoding="utf-8")
    written = script[: script.index('} >>"${GITHUB_OUTPUT')].rpartition("{\n")[2]
    assert set(re.findall("[a-z-]+", written)) >= OUTPUT_NAMES.keys()


def test_the_composite_action_removes_every_old_report():
    script = (ROOT / "composite/run.sh").read_text(encoding="utf-8")
    names = re.findall(r"rm -f (.+) \|\|", script)
    assert set(" ".join(names).split()) == REPORTS.keys() | {PLAN}


def test_the_emulator_has_every_status():
    assert {*scenario.Status} == {*Status}


def test_the_readme_is_short_and_has_each_input_once():
    readme, reference = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/reference.md")
    )
    tables = re.findall(r"<!-- generated: (.+?) -->\n(.*?)<!-- end", readme, re.DOTALL)
    assert [name for name, _ in tables] == [group.value for group in Group]
    rows = [name for _, table in tables for name in re.findall(r"^\| `(.+?)`", table, re.MULTILINE)]
    assert sorted(rows) == sorted(row.name for row in INPUTS)
    for _, table in tables:
        readme = readme.replace(table, "")
    assert (words := len(readme.split())) <= 750, f"README.md has {words} words"
    assert re.findall("<!-- generated: (.+?) -->", reference) == ["inputs", "outputs", "next-steps"]


def test_the_version_is_the_newest_of_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\d+\.\d+\.\d+)$", changelog, re.MULTILINE)[0] == __version__


def test_contributing_names_existing_files():
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    folders = ("genesis_ci", "tests", "docs", "tools", "release")
    paths = [*ROOT.iterdir(), *(one for folder in folders for one in (ROOT / folder).rglob("*.*"))]
    names = re.findall(r"`((?:\w+/)*[\w.]+\.(?:py|toml|md))`", page)
    assert [name for name in names if not any(one.match(name) for one in paths)] == []
    assert names


def test_contributing_names_existing_functions():
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    places = page[page.index("## How data flows") : page.index("## To add something")]
    for line in places.splitlines():
        answer = line.strip("| ").rpartition("|")[2]
        files = re.findall(r"`((?:\w+/)*\w+\.py)`", answer)
        code = " ".join((ROOT / "genesis_ci" / one).read_text(encoding="utf-8") for one in files)
        names = re.findall(r"`((?!\w+\.py`)[a-zA-Z_]\w*(?:\.\w+)?)`", answer)
        words = [word for name in names for word in name.split(".")]
        assert [word for word in words if not re.search(rf"\b{word}\b", code)] == [], line


def test_contributing_describes_every_module_and_package():
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    modules = {one.stem for one in (ROOT / "genesis_ci").glob("[a-z]*.py")}
    packages = {one.parent.name for one in (ROOT / "genesis_ci").glob("*/__init__.py")}
    assert modules | packages <= set(re.findall(r"\w+", page.split("```")[1]))
