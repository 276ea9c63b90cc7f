"""The recipes of docs/gates.md are complete, linted, and use only what there is."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from genesis_ci.config.inputs import BY_NAME, INPUTS
from genesis_ci.config.settings import parse_settings
from genesis_ci.config.sources import Given
from genesis_ci.models import Verb
from genesis_ci.options import parse_arguments
from genesis_ci.reporters.outputs import OUTPUT_NAMES
from scripts.generate import component

ROOT = Path(__file__).parent.parent
RECIPES = ROOT / "docs/recipes"
PAGE = (ROOT / "docs/gates.md").read_text(encoding="utf-8")
GITHUB = sorted(RECIPES.glob("github-*.yml"))
GITLAB = sorted(RECIPES.glob("gitlab-*.yml"))
CONFIG = RECIPES / "genesis-ci.yml"
ENV = {"PREVIEW_URL": "https://preview.example.com", "TEST_USER": "ada", "TEST_PASSWORD": "s3cret!"}


def lint(program: str, *arguments: str | Path) -> str:
    """Run a linter of this environment; one that is missing is an error in CI."""
    beside_python = Path(sys.executable).parent
    found = shutil.which(program, path=f"{beside_python}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None and not os.environ.get("CI"):
        pytest.skip(f"{program} is not installed")
    assert found, f"{program} is not installed"
    ended = subprocess.run(
        [found, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )
    told = ended.stdout + ended.stderr
    assert ended.returncode == 0, told
    return told


def test_every_recipe_is_on_the_page_and_the_page_has_no_other():
    shown = re.findall(r"<!-- recipe: (.+?) -->", PAGE)
    assert sorted(shown) == sorted(path.name for path in RECIPES.glob("*.yml"))


@pytest.mark.parametrize("path", [*GITHUB, *GITLAB, CONFIG], ids=lambda path: path.name)
def test_the_page_shows_a_recipe_as_it_is(path):
    text = path.read_text(encoding="utf-8")
    assert f"<!-- recipe: {path.name} -->\n```yaml\n{text}```\n<!-- end -->" in PAGE


def test_actionlint_has_nothing_to_say():
    lint("actionlint", *GITHUB)


def test_zizmor_audits_every_recipe_and_finds_nothing():
    config = RECIPES / "zizmor.yaml"
    strict = ["--offline", "--strict-collection", "--persona", "pedantic", "--config", config]
    told = lint("zizmor", *strict, *GITHUB)
    assert all(f"completed {path}" in told for path in GITHUB)


def test_gitlabs_schema_takes_every_recipe():
    schema = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"]
    lint("check-jsonschema", *schema, *GITLAB)


def test_our_schema_takes_the_config():
    lint("check-jsonschema", "--schemafile", ROOT / "genesis_ci/config/suite.schema.json", CONFIG)


def test_our_code_takes_the_config():
    parsed = parse_settings(
        {
            "api-key": Given("gk_0123456789abcdef", "x"),
            "config": Given(CONFIG.name, "x"),
            "expose": Given("TEST_PASSWORD", "x"),
        },
        verb=Verb.RUN,
        read_file=lambda path: (RECIPES / path).read_text(encoding="utf-8"),
        environ=ENV,
    )
    assert parsed.problems == ()
    assert [run.name for run in parsed.runs if not run.policy.required] == ["exploratory charter"]
    assert "s3cret!" not in str([run.shown for run in parsed.runs])


def github_steps(path: Path) -> list[dict]:
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


@pytest.mark.parametrize("path", GITHUB, ids=lambda path: path.stem)
def test_a_github_recipe_uses_the_action_with_inputs_and_outputs_that_there_are(path):
    ours = [step for step in github_steps(path) if step.get("uses") == "OWNER/genesis-ci@v0"]
    assert ours
    assert all(set(step["with"]) <= set(BY_NAME) for step in ours)
    outputs = re.findall(r"steps\.genesis\.outputs\.([\w-]+)", path.read_text(encoding="utf-8"))
    assert set(outputs) <= set(OUTPUT_NAMES)


def gitlab_parts(path: Path) -> tuple[list[dict], dict[str, dict]]:
    """What a recipe includes, and its jobs by name; other keywords have no such keys."""
    recipe = yaml.safe_load(path.read_text(encoding="utf-8"))
    jobs = {name: job for name, job in recipe.items() if isinstance(job, dict)}
    return recipe.get("include", []), jobs


KEEPS_THE_CODE = " || exit $?"
"""GitLab Runner's bash turns the exit code of a failing command into 1, but keeps an exit's own."""


def commands(job: dict) -> list[list[str]]:
    """The arguments of each genesis-ci command in a job's script."""
    lines = [line for line in job.get("script", ()) if line.startswith("genesis-ci ")]
    assert all(line.endswith(KEEPS_THE_CODE) for line in lines)
    return [shlex.split(line.removesuffix(KEEPS_THE_CODE))[1:] for line in lines]


def variables(recipe: dict) -> set[str]:
    """The variables that a GitLab file or job sets, those of a matrix too."""
    matrix = recipe.get("parallel", {}).get("matrix", [])
    return {name for one in [recipe.get("variables", {}), *matrix] for name in one}


@pytest.mark.parametrize("path", GITLAB, ids=lambda path: path.stem)
def test_a_gitlab_recipe_uses_the_component_or_the_command_as_they_are(path):
    known = yaml.safe_load(component().split("\n---\n")[0])["spec"]["inputs"]
    included, jobs = gitlab_parts(path)
    for one in included:
        assert one["component"].endswith("/OWNER/genesis-ci/genesis-ci@v0")
        assert set(one["inputs"]) <= set(known)
    argvs = [argv for job in jobs.values() for argv in commands(job)]
    assert included or argvs
    for argv in argvs:
        parse_arguments(argv)


@pytest.mark.parametrize("path", GITLAB, ids=lambda path: path.stem)
def test_a_gitlab_recipe_sets_only_variables_that_there_are(path):
    known = {row.environment_name for row in INPUTS} | set(ENV)
    recipe = yaml.safe_load(path.read_text(encoding="utf-8"))
    _, jobs = gitlab_parts(path)
    assert set().union(*map(variables, [recipe, *jobs.values()])) <= known


def test_the_page_links_to_what_exists():
    for link in re.findall(r"\]\(((?!http)[^)#]+)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
    titles = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL), re.MULTILINE)
    anchors = set()
    for title in titles:
        plain = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        anchors.add(plain if plain not in anchors else f"{plain}-1")
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= anchors
