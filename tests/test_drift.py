"""What follows from the tables is compared with them."""

import re
from pathlib import Path

import yaml

from genesis_ci import __version__
from genesis_ci.config.inputs import INPUTS
from genesis_ci.reporters.outputs import OUTPUT_NAMES
from scripts.generate import generated
from tests.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).parent.parent
VENDOR_INPUTS = {
    "api-key", "api-url", "workflow-id", "inputs", "output-block", "poll-interval",
    "max-wait-time", "wait",
}  # fmt: skip
VENDOR_OUTPUTS = {"execution-id", "status", "output"}


def test_the_generated_files_are_what_the_tables_say():
    made = generated()
    stale = [path for path, text in made.items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run `make generate`"


def test_the_action_takes_and_gives_the_vendors_names():
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert set(action["inputs"]) >= VENDOR_INPUTS
    assert set(action["outputs"]) >= VENDOR_OUTPUTS
    assert set(action["inputs"]) == {row.name for row in INPUTS}
    assert set(action["outputs"]) == set(OUTPUT_NAMES)
    assert action["runs"] == {"using": "docker", "image": "Dockerfile"}


def test_the_readme_has_each_table_once():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in ("inputs", "outputs", "exit-codes"):
        assert readme.count(f"<!-- generated: {name} -->") == 1


def test_the_version_is_of_the_form_that_a_tag_takes():
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)


def test_what_each_mutation_breaks_is_there_once():
    assert [mutation.harm for mutation in MUTATIONS if not fits(mutation)] == []


def fits(mutation: Mutation) -> bool:
    """Whether there is one place to break, or no file yet where a mutation brings one."""
    file = ROOT / "genesis_ci" / mutation.file
    if mutation.right is None:
        return not file.exists()
    return file.read_text(encoding="utf-8").count(mutation.right) == 1


def test_the_page_tells_of_each_mutation():
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").replace("`", "")
    assert [one.harm for one in MUTATIONS if f"| {one.harm} |" not in page] == []
