"""The recipes for comments and statuses, and the comment action, are valid."""

from pathlib import Path

import pytest
import yaml

from genesis_ci.commands import parse_arguments
from genesis_ci.config.inputs import BY_NAME
from tests.schemas import check_gitlab
from tests.test_recipes import lint_github

ROOT = Path(__file__).parent.parent
RECIPES = ROOT / "docs/recipes/comments"
GITHUB = sorted(RECIPES.glob("github*.yml"))
ACTION = yaml.safe_load((ROOT / "comment/action.yml").read_text(encoding="utf-8"))


def test_the_linters_accept_the_recipes_and_the_action():
    lint_github(*GITHUB, actions=[ROOT / "comment/action.yml"])


def test_the_gitlab_schema_accepts_the_recipe():
    check_gitlab(RECIPES / "gitlab.yml")


@pytest.mark.parametrize("path", GITHUB, ids=lambda path: path.stem)
def test_recipes_use_only_existing_inputs(path):
    known = {"OWNER/genesis-ci@v0": set(BY_NAME), "OWNER/genesis-ci/comment@v0": ACTION["inputs"]}
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
    steps = [step for job in jobs for step in job["steps"]]
    ours = [step for step in steps if step.get("uses", "").startswith("OWNER/")]
    assert ours or any("OWNER/genesis-ci" in step.get("run", "") for step in steps)
    for step in ours:
        assert set(step.get("with", {})) <= set(known[step["uses"]])


def test_the_recipe_for_forks_has_no_checkout():
    recipe = (RECIPES / "github-forks.yml").read_text(encoding="utf-8")
    assert "actions/checkout" not in recipe
    assert "run:" not in recipe.replace("workflow_run:", "")


def test_the_gitlab_recipe_is_a_valid_command_line():
    job = yaml.safe_load((RECIPES / "gitlab.yml").read_text(encoding="utf-8"))["genesis"]
    [line] = job["after_script"]
    program, *words = line.split()
    assert program == "genesis-ci"
    parsed = parse_arguments(words)
    assert (parsed.command, parsed.problems) == ("comment", ())
