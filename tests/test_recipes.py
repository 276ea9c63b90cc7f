"""The recipes of the pages are complete, linted, and use only what there is."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from genesis_ci.commands import parse_arguments
from genesis_ci.config.inputs import BY_NAME, INPUTS
from genesis_ci.config.settings import Settings
from genesis_ci.config.sources import Given
from genesis_ci.models import Verb
from genesis_ci.models.change import Change
from genesis_ci.reporters.outputs import OUTPUT_NAMES
from scripts.generate import component
from tests.builders import settings_of
from tests.github_gate import Needs, conclusion, condition
from tests.schemas import check_gitlab, of_suite

ROOT = Path(__file__).parent.parent
RECIPES = ROOT / "docs/recipes"
PAGES = "\n".join(path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("docs/*.md")))
GITHUB = sorted(RECIPES.glob("github-*.yml"))
GITLAB = sorted(RECIPES.glob("gitlab-*.yml"))
CONFIG = RECIPES / "genesis-ci.yml"
CONFIGS = sorted(RECIPES.glob("genesis-ci*.yml"))
CHANGE = Change(sha="0a1b2c3d" * 5, branch="topic", request="7", repository="o/r", actor="ada")
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


@cache
def recipe_of(path: Path) -> Any:
    """What is written in a recipe; nobody may change it."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def component_inputs() -> dict[str, Any]:
    return yaml.safe_load(component().split("\n---\n")[0])["spec"]["inputs"]


def test_every_recipe_is_shown_or_linked_on_one_page():
    shown = re.findall(r"<!-- recipe: (.+?) -->|\]\(recipes/(.+?)\)", PAGES)
    assert sorted(map("".join, shown)) == sorted(
        path.relative_to(RECIPES).as_posix() for path in RECIPES.rglob("*.yml")
    )


@pytest.mark.parametrize("path", [*GITHUB, *GITLAB, *CONFIGS], ids=lambda path: path.name)
def test_a_page_shows_a_recipe_as_it_is(path):
    text = path.read_text(encoding="utf-8")
    assert f"<!-- recipe: {path.name} -->\n```yaml\n{text}```\n<!-- end -->" in PAGES


def test_actionlint_has_nothing_to_say():
    lint("actionlint", *GITHUB)


def test_zizmor_audits_every_recipe_and_finds_nothing():
    config = RECIPES / "zizmor.yaml"
    strict = ["--offline", "--strict-collection", "--persona", "pedantic", "--config", config]
    told = lint("zizmor", *strict, *GITHUB)
    assert all(f"completed {path}" in told for path in GITHUB)


def test_gitlabs_schema_takes_every_recipe():
    check_gitlab(*GITLAB)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_our_schema_takes_the_config(config):
    of_suite().validate(recipe_of(config))


def parsed_of(config: Path) -> Settings:
    return settings_of(
        {
            "api-key": Given("gk_0123456789abcdef", "x"),
            "config": Given(config.name, "x"),
            "expose": Given("TEST_PASSWORD", "x"),
        },
        verb=Verb.RUN,
        read_file=lambda path: (RECIPES / path).read_text(encoding="utf-8"),
        environ=ENV,
        change=CHANGE,
    )


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_every_workflow_of_a_config_waits_for_the_commit_under_test(config):
    parsed = parsed_of(config)
    assert parsed.problems == ()
    assert {run.wait_for and run.wait_for.contains for run in parsed.workflows} == {CHANGE.sha}


@pytest.mark.parametrize("path", GITHUB, ids=lambda path: path.stem)
def test_no_recipe_triggers_before_its_preview_is_there(path):
    for step in github_steps(path):
        if "preview.example.com" in str(step.get("with", {}).get("inputs")):
            assert "pull_request.head.sha" in step["with"]["wait-for"]


def test_the_agents_are_told_what_changed():
    [run] = parsed_of(RECIPES / "genesis-ci-change.yml").workflows
    told = {"repository": "o/r", "branch": "topic", "change": "7", "sender": "ada"}
    assert told.items() <= run.variables.items()


def test_our_code_takes_the_config():
    parsed = parsed_of(CONFIG)
    assert parsed.problems == ()
    assert [run.name for run in parsed.workflows if not run.policy.required] == [
        "exploratory charter"
    ]
    assert "s3cret!" not in str([run.shown for run in parsed.workflows])


def github_steps(path: Path) -> list[dict]:
    return [step for job in jobs_of(path).values() for step in job["steps"]]


@pytest.mark.parametrize("path", GITHUB, ids=lambda path: path.stem)
def test_a_github_recipe_uses_the_action_with_inputs_and_outputs_that_there_are(path):
    ours = [step for step in github_steps(path) if step.get("uses") == "OWNER/genesis-ci@v0"]
    assert ours
    assert all(set(step["with"]) <= set(BY_NAME) for step in ours)
    outputs = re.findall(r"steps\.genesis\.outputs\.([\w-]+)", path.read_text(encoding="utf-8"))
    assert set(outputs) <= set(OUTPUT_NAMES)


RESULTS = ["success", "failure", "cancelled", "skipped"]
IS_NO_GATE = {"github-shared-environment"}
"""Runs after the merge."""


def jobs_of(path: Path) -> dict[str, dict]:
    return recipe_of(path)["jobs"]


def gate_of(jobs: dict[str, dict]) -> dict:
    """The job that the page says to require."""
    [gate] = [job for job in jobs.values() if job["name"] == "Genesis gate"]
    return gate


def names(job: dict) -> list[str]:
    needed = job.get("needs", [])
    return [needed] if isinstance(needed, str) else needed


def every_run(jobs: dict[str, dict]) -> Iterator[Needs]:
    """Every combination of the results that a gate can find, with every answer it can be given."""
    needed = names(gate_of(jobs))
    outputs = [(name, output) for name in needed for output in jobs[name].get("outputs", {})]
    for results in product(RESULTS, repeat=len(needed)):
        for values in product(["true", "false", ""], repeat=len(outputs)):
            told = {name: {} for name in needed}
            for (name, output), value in zip(outputs, values, strict=True):
                told[name][output] = value
            for cancelled in (False, True):
                by_name = dict(zip(needed, results, strict=True))
                yield Needs(results=by_name, outputs=told, cancelled=cancelled)


def is_excused(name: str, jobs: dict[str, dict], run: Needs) -> bool:
    """Whether a job was skipped because its own `if:` says no, not because another one failed."""
    job = jobs[name]
    before = all(run.results[earlier] == "success" for earlier in names(job))
    asked = "if" in job and not condition(job["if"], run, succeeded=True)
    return run.results[name] == "skipped" and before and asked


@pytest.mark.parametrize(
    "path", [path for path in GITHUB if path.stem not in IS_NO_GATE], ids=lambda path: path.stem
)
def test_a_required_job_is_green_only_where_everything_that_it_needs_is(path):
    """GitHub counts a required job that was skipped as passed."""
    jobs = jobs_of(path)
    green, wrong = 0, []
    for run in every_run(jobs):
        good = [
            result == "success" or is_excused(name, jobs, run)
            for name, result in run.results.items()
        ]
        if conclusion(gate_of(jobs), run) == "failure":
            continue
        green += 1
        if not all(good):
            wrong.append(run)
    assert wrong == []
    assert green, "a gate that is never green is no gate"


def test_a_required_job_that_only_waits_for_its_needs_would_be_found():
    """As the recipe for waiting late once was: failed unit tests left it green."""
    needs = Needs(results={"unit-tests": "failure"}, outputs={"unit-tests": {}})
    job = {"if": "${{ !cancelled() }}", "steps": [{"uses": "OWNER/genesis-ci@v0"}]}
    assert conclusion(job, needs) == "success"
    assert (
        conclusion({**job, "if": "${{ needs.unit-tests.result == 'success' }}"}, needs) == "skipped"
    )


@pytest.mark.parametrize("path", GITHUB, ids=lambda path: path.stem)
def test_a_recipe_for_pull_requests_does_not_take_the_merge_commit_for_the_change(path):
    recipe = recipe_of(path)
    assert "pull_request" not in recipe[True] or "github.sha" not in str(recipe)


@pytest.mark.parametrize(
    ("changed", "app"), [(["docs/a.md"], "false"), (["docs/a.md", "b.py"], "true"), ([], "false")]
)
def test_the_files_of_a_change_say_whether_genesis_runs(changed, app, tmp_path):
    [_, compare] = jobs_of(RECIPES / "github-changed-paths.yml")["changes"]["steps"]
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["commit", "--quiet", "--allow-empty", "--message=base"],
        ["update-ref", "refs/remotes/origin/main", "HEAD"],
    ):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    for name in changed:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    subprocess.run([*git, "add", "."], cwd=tmp_path, check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-mx"], cwd=tmp_path, check=True)
    env = {"PATH": os.environ["PATH"], "BASE": "main", "GITHUB_OUTPUT": str(tmp_path / "output")}
    subprocess.run(["bash", "-e", "-c", compare["run"]], cwd=tmp_path, env=env, check=True)
    assert (tmp_path / "output").read_text() == f"app={app}\n"


def text_of(path: Path) -> str:
    """The text, with commands that `&&` joins on one line."""
    return re.sub(r"(?<=&&)\n\s*", " ", path.read_text(encoding="utf-8"))


HANDED_OUT = [
    *ROOT.glob("README*.md"), ROOT / "SECURITY.md", *ROOT.glob("docs/**/*.md"),
    *RECIPES.glob("**/*.yml"), *ROOT.glob("templates/**/*.yml"),
]  # fmt: skip
STARTS_PYTHON = re.compile(r"(?<![\w./-])python3? (?!benchmarks/|-m tests\.).*")
"""But for the commands that the maintainers of this repository run."""
RELEASE = "https://github.com/OWNER/genesis-ci/releases/download/TAG/genesis-ci.pyz"
RUNS_THE_FILE = re.compile(
    r"dir=\$\(mktemp -d\) && "
    rf"(?:curl -fLo \"\$dir/genesis-ci\.pyz\" {re.escape(RELEASE)}|"
    rf"python -I -c \"from urllib\.request import \*; urlretrieve\('{re.escape(RELEASE)}', "
    r"'\$dir/genesis-ci\.pyz'\)\") && "
    r"(?:python3? -I \"\$dir/genesis-ci\.pyz\" \w+(?: --?[\w-]+ [\w/-]+)*(?: && )?)+"
)
"""A download that fails runs nothing, and a pull request writes no file of the new folder."""


def runs_of_the_file(path: Path) -> list[str]:
    """Every command that downloads and runs the single file; Buildkite's `$$` is a `$`."""
    return [found[0] for found in RUNS_THE_FILE.finditer(text_of(path).replace("$$", "$"))]


@pytest.mark.parametrize("path", HANDED_OUT, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_recipe_runs_python_with_the_workspace_on_its_path(path):
    starts = STARTS_PYTHON.findall(text_of(path))
    assert [line for line in starts if not re.match(r"python3? -I ", line)] == []


@pytest.mark.parametrize("path", HANDED_OUT, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_single_file_runs_only_outside_the_workspace_after_its_download(path):
    text = text_of(path).replace("$$", "$")
    rest = RUNS_THE_FILE.sub("", text)
    assert "/genesis-ci.pyz" not in rest.replace('echo "SHA256  $dir/genesis-ci.pyz" |', "")
    assert not re.search(r"python3?[^`\n]*genesis-ci\.pyz|\./genesis-ci\.pyz", rest)


def test_the_recipes_of_the_single_file_are_found():
    assert sum(len(runs_of_the_file(path)) for path in HANDED_OUT) >= 14


def gitlab_parts(path: Path) -> tuple[list[dict], dict[str, dict]]:
    """What a recipe includes, and its jobs by name; other keywords have no such keys."""
    recipe = recipe_of(path)
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
    known = component_inputs()
    included, jobs = gitlab_parts(path)
    for one in included:
        assert one["component"].endswith("/OWNER/genesis-ci/genesis-ci@v0")
        assert set(one["inputs"]) <= set(known)
    argvs = [argv for job in jobs.values() for argv in commands(job)]
    assert included or argvs
    for argv in argvs:
        parse_arguments(argv)


@pytest.mark.parametrize(
    "path", [path for path in GITLAB if path.stem != "gitlab-review"], ids=lambda path: path.stem
)
def test_no_job_of_a_gitlab_gate_may_fail_or_be_passed_over(path):
    """A pipeline is red when a job is, unless the job says otherwise."""
    included, jobs = gitlab_parts(path)
    assert all("allow-failure-exit-codes" not in one["inputs"] for one in included)
    for job in jobs.values():
        assert {"allow_failure", "when"} & job.keys() == set()
        assert all(isinstance(need, str) for need in job.get("needs", []))


@pytest.mark.parametrize("path", GITLAB, ids=lambda path: path.stem)
def test_a_gitlab_recipe_sets_only_variables_that_there_are(path):
    known = {row.environment_name for row in INPUTS} | set(ENV)
    recipe = recipe_of(path)
    _, jobs = gitlab_parts(path)
    assert set().union(*map(variables, [recipe, *jobs.values()])) <= known
