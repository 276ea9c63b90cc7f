"""The recipes of the pages are complete, linted, and use only existing names."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
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
from tests.builders import settings_of
from tests.github_gate import Needs, conclusion, condition
from tests.schemas import check_gitlab, of_suite
from tools.generate import component

ROOT = Path(__file__).parent.parent
RECIPES = ROOT / "docs/recipes"
PAGES = "\n".join(path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("docs/*.md")))
GITHUB = sorted(RECIPES.glob("github-*.yml"))
GITLAB = sorted(RECIPES.glob("gitlab-*.yml"))
CONFIG = RECIPES / "genesis-ci.yml"
CONFIGS = sorted(RECIPES.glob("genesis-ci*.yml"))
CHANGE = Change(sha="0a1b2c3d" * 5, branch="topic", request="7", repository="o/r", actor="ada")
ENV = {"PREVIEW_URL": "https://preview.example.com", "TEST_USER": "ada", "TEST_PASSWORD": "s3cret!"}


def stem(path: Path) -> str:
    return path.stem


each_github = pytest.mark.parametrize("path", GITHUB, ids=stem)
each_gitlab = pytest.mark.parametrize("path", GITLAB, ids=stem)


def lint_github(*workflows: Path, actions: Iterable[Path] = ()) -> None:
    """Run actionlint and zizmor on these files; both must find nothing."""
    lint("actionlint", *workflows)
    config = RECIPES / "zizmor.yaml"
    strict = ["--offline", "--strict-collection", "--persona", "pedantic", "--config", config]
    printed = lint("zizmor", *strict, *workflows, *actions)
    assert all(f"completed {path}" in printed for path in workflows)


def lint(program: str, *arguments: str | Path) -> str:
    # A missing linter is an error in CI.
    beside_python = Path(sys.executable).parent
    found = shutil.which(program, path=f"{beside_python}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None and not os.environ.get("CI"):
        pytest.skip(f"{program} is not installed")
    assert found, f"{program} is not installed"
    ended = subprocess.run(
        [found, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )
    printed = ended.stdout + ended.stderr
    assert ended.returncode == 0, printed
    return printed


@cache
def recipe_of(path: Path) -> Any:
    """Return the content of a recipe, which callers must not change."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def component_inputs() -> dict[str, Any]:
    return yaml.safe_load(component().split("\n---\n")[0])["spec"]["inputs"]


def test_every_recipe_is_on_one_page():
    shown = re.findall(r"<!-- recipe: (.+?) -->|\]\(recipes/(.+?)\)", PAGES)
    assert sorted(map("".join, shown)) == sorted(
        path.relative_to(RECIPES).as_posix() for path in RECIPES.rglob("*.yml")
    )


@pytest.mark.parametrize("path", [*GITHUB, *GITLAB, *CONFIGS], ids=lambda path: path.name)
def test_a_page_shows_the_current_recipe(path):
    text = path.read_text(encoding="utf-8")
    assert f"<!-- recipe: {path.name} -->\n```yaml\n{text}```\n<!-- end -->" in PAGES


def test_the_linters_accept_every_github_recipe():
    lint_github(*GITHUB)


def test_the_gitlab_schema_accepts_every_recipe():
    check_gitlab(*GITLAB)


@pytest.mark.parametrize("config", CONFIGS, ids=stem)
def test_our_schema_accepts_the_config(config):
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


@pytest.mark.parametrize("config", CONFIGS, ids=stem)
def test_every_workflow_of_a_config_waits_for_the_commit(config):
    parsed = parsed_of(config)
    assert parsed.problems == ()
    assert {run.wait_for and run.wait_for.contains for run in parsed.workflows} == {CHANGE.sha}


@each_github
def test_no_recipe_triggers_before_its_preview_is_ready(path):
    for step in github_steps(path):
        if "preview.example.com" in str(step.get("with", {}).get("inputs")):
            assert "pull_request.head.sha" in step["with"]["wait-for"]


def test_the_variables_describe_the_change():
    [run] = parsed_of(RECIPES / "genesis-ci-change.yml").workflows
    change = {"repository": "o/r", "branch": "topic", "change": "7", "sender": "ada"}
    assert change.items() <= run.variables.items()


def test_the_code_accepts_the_config():
    parsed = parsed_of(CONFIG)
    assert parsed.problems == ()
    assert [run.name for run in parsed.workflows if not run.policy.required] == [
        "exploratory charter"
    ]
    assert "s3cret!" not in str([run.shown for run in parsed.workflows])


def github_steps(path: Path) -> list[dict]:
    return [step for job in jobs_of(path).values() for step in job["steps"]]


@each_github
def test_a_github_recipe_uses_only_existing_inputs_and_outputs(path):
    ours = [step for step in github_steps(path) if step.get("uses") == "OWNER/genesis-ci@v0"]
    assert ours
    assert all(set(step["with"]) <= set(BY_NAME) for step in ours)
    outputs = re.findall(r"steps\.genesis\.outputs\.([\w-]+)", path.read_text(encoding="utf-8"))
    assert set(outputs) <= set(OUTPUT_NAMES)


RESULTS = ["success", "failure", "cancelled", "skipped"]
IS_NO_GATE = {"github-shared-environment"}  # it runs after the merge


def jobs_of(path: Path) -> dict[str, dict]:
    return recipe_of(path)["jobs"]


def gate_of(jobs: dict[str, dict]) -> dict:
    [gate] = [job for job in jobs.values() if job["name"] == "Genesis gate"]
    return gate


def names(job: dict) -> list[str]:
    needed = job.get("needs", [])
    return [needed] if isinstance(needed, str) else needed


def every_run(jobs: dict[str, dict]) -> Iterator[Needs]:
    """Yield every combination of results and outputs of the jobs that a gate needs."""
    needed = names(gate_of(jobs))
    outputs = [(name, output) for name in needed for output in jobs[name].get("outputs", {})]
    for results in product(RESULTS, repeat=len(needed)):
        for values in product(["true", "false", ""], repeat=len(outputs)):
            by_job = {name: {} for name in needed}
            for (name, output), value in zip(outputs, values, strict=True):
                by_job[name][output] = value
            for cancelled in (False, True):
                by_name = dict(zip(needed, results, strict=True))
                yield Needs(results=by_name, outputs=by_job, cancelled=cancelled)


def is_excused(name: str, jobs: dict[str, dict], run: Needs) -> bool:
    """Return whether a job was skipped by its own `if:`, not because another job failed."""
    job = jobs[name]
    before = all(run.results[earlier] == "success" for earlier in names(job))
    by_itself = "if" in job and not condition(job["if"], run, succeeded=True)
    return run.results[name] == "skipped" and before and by_itself


@pytest.mark.parametrize("path", [path for path in GITHUB if path.stem not in IS_NO_GATE], ids=stem)
def test_a_required_job_is_green_only_if_all_needed_jobs_are(path):
    """GitHub counts a skipped required job as passed."""
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
    assert green, "the gate is never green"


def test_a_gate_that_ignores_failed_needs_is_found():
    """An earlier recipe stayed green after failed unit tests."""
    needs = Needs(results={"unit-tests": "failure"}, outputs={"unit-tests": {}})
    job = {"if": "${{ !cancelled() }}", "steps": [{"uses": "OWNER/genesis-ci@v0"}]}
    assert conclusion(job, needs) == "success"
    assert (
        conclusion({**job, "if": "${{ needs.unit-tests.result == 'success' }}"}, needs) == "skipped"
    )


@each_github
def test_a_recipe_for_pull_requests_does_not_use_the_merge_commit(path):
    recipe = recipe_of(path)
    assert "pull_request" not in recipe[True] or "github.sha" not in str(recipe)


@pytest.mark.parametrize(
    ("changed", "app"), [(["docs/a.md"], "false"), (["docs/a.md", "b.py"], "true"), ([], "false")]
)
def test_the_changed_files_decide_whether_genesis_runs(changed, app, tmp_path):
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
    """Return the text, with commands that `&&` joins on one line."""
    return re.sub(r"(?<=&&)\n\s*", " ", path.read_text(encoding="utf-8"))


HANDED_OUT = [
    *ROOT.glob("README*.md"), ROOT / "SECURITY.md", *ROOT.glob("docs/**/*.md"),
    *RECIPES.glob("**/*.yml"), *ROOT.glob("templates/**/*.yml"),
]  # fmt: skip
each_handed_out = pytest.mark.parametrize(
    "path", HANDED_OUT, ids=lambda path: path.relative_to(ROOT).as_posix()
)
STARTS_PYTHON = re.compile(r"(?<![\w./-])python3? (?!tools/bench/|-m tests\.).*")
"""Without the commands that maintainers of this repository run."""
RELEASE = "https://github.com/OWNER/genesis-ci/releases/download/TAG/genesis-ci.pyz"
RUNS_THE_FILE = re.compile(
    r"dir=\$\(mktemp -d\) && "
    rf"(?:curl -fLo \"\$dir/genesis-ci\.pyz\" {re.escape(RELEASE)}|"
    rf"python -I -c \"from urllib\.request import \*; urlretrieve\('{re.escape(RELEASE)}', "
    r"'\$dir/genesis-ci\.pyz'\)\") && "
    r"(?:python3? -I \"\$dir/genesis-ci\.pyz\" \w+(?: --?[\w-]+ [\w/-]+)*(?: && )?)+"
)
"""A failed download runs nothing, and a pull request has no file in the new directory."""


def runs_of_the_file(path: Path) -> list[str]:
    """Return every command that downloads and runs the single file. Buildkite's `$$` is `$`."""
    return [found[0] for found in RUNS_THE_FILE.finditer(text_of(path).replace("$$", "$"))]


@each_handed_out
def test_no_recipe_runs_python_with_the_workspace_on_its_path(path):
    starts = STARTS_PYTHON.findall(text_of(path))
    assert [line for line in starts if not re.match(r"python3? -I ", line)] == []


@each_handed_out
def test_the_single_file_runs_only_outside_the_workspace(path):
    text = text_of(path).replace("$$", "$")
    rest = RUNS_THE_FILE.sub("", text)
    assert "/genesis-ci.pyz" not in rest.replace('echo "SHA256  $dir/genesis-ci.pyz" |', "")
    assert not re.search(r"python3?[^`\n]*genesis-ci\.pyz|\./genesis-ci\.pyz", rest)


def test_the_recipes_of_the_single_file_are_found():
    assert sum(len(runs_of_the_file(path)) for path in HANDED_OUT) >= 14


def gitlab_parts(path: Path) -> tuple[list[dict], dict[str, dict]]:
    recipe = recipe_of(path)
    jobs = {name: job for name, job in recipe.items() if isinstance(job, dict)}
    return recipe.get("include", []), jobs


KEEPS_THE_CODE = " || exit $?"
"""GitLab Runner's bash turns the code of a failing command into 1, but keeps that of `exit`."""


def commands(job: dict) -> list[list[str]]:
    lines = [line for line in job.get("script", ()) if line.startswith("genesis-ci ")]
    assert all(line.endswith(KEEPS_THE_CODE) for line in lines)
    return [shlex.split(line.removesuffix(KEEPS_THE_CODE))[1:] for line in lines]


def variables(recipe: dict) -> set[str]:
    matrix = recipe.get("parallel", {}).get("matrix", [])
    return {name for one in [recipe.get("variables", {}), *matrix] for name in one}


@each_gitlab
def test_a_gitlab_recipe_uses_the_component_or_the_command(path):
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
    "path", [path for path in GITLAB if path.stem != "gitlab-review"], ids=stem
)
def test_no_job_of_a_gitlab_gate_may_fail_or_be_skipped(path):
    """A red job makes the pipeline red, unless one of these keywords prevents it."""
    included, jobs = gitlab_parts(path)
    assert all("allow-failure-exit-codes" not in one["inputs"] for one in included)
    for job in jobs.values():
        assert {"allow_failure", "when"} & job.keys() == set()
        assert all(isinstance(need, str) for need in job.get("needs", []))


@each_gitlab
def test_a_gitlab_recipe_sets_only_existing_variables(path):
    known = {row.environment_name for row in INPUTS} | set(ENV)
    recipe = recipe_of(path)
    _, jobs = gitlab_parts(path)
    assert set().union(*map(variables, [recipe, *jobs.values()])) <= known
