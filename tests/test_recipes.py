"""The recipes of the pages are complete, linted, and use only existing names."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from genesis_ci.commands import parse_arguments
from genesis_ci.config.inputs import BY_NAME, INPUTS
from genesis_ci.config.sources import Given
from genesis_ci.models.change import Change
from genesis_ci.models.policy import Accept
from genesis_ci.models.workflow import Verb
from genesis_ci.reporters.outputs import OUTPUT_NAMES
from tests.builders import settings_of
from tests.doc_pages import PAGES, RECIPES, ROOT, name_of, recipe_of, text_of
from tests.fakes import files
from tests.github_gate import Needs, conclusion, condition
from tests.gitlab_rules import INPUTS as COMPONENT_INPUTS
from tests.schemas import check_gitlab

GITHUB = sorted(RECIPES.glob("github-*.yml"))
FORGEJO = RECIPES / "forgejo.yml"
GITLAB = sorted(RECIPES.glob("gitlab-*.yml"))
CONFIG = RECIPES / "genesis-ci.yml"
COMMENTS = sorted(RECIPES.glob("comments/*.yml"))
ORGANIZATION = RECIPES / "organization"
SUITE_SCHEMA = ROOT / "genesis_ci/config/suite.schema.json"
COMMENT_ACTION = ROOT / "comment/action.yml"
CHANGE = Change(sha="0a1b2c3d" * 5, branch="topic", request="7", repository="o/r", actor="ada")
ENV = {"PREVIEW_URL": "https://preview.example.com", "TEST_USER": "ada", "TEST_PASSWORD": "s3cret!"}
each_github = pytest.mark.parametrize("path", GITHUB, ids=name_of)
each_gitlab = pytest.mark.parametrize("path", GITLAB, ids=name_of)


def lint(program: str, *arguments: str | Path) -> str:
    """Run a linter, which must find nothing. A missing linter is an error in CI."""
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


def test_every_recipe_is_on_one_page():
    english = "\n".join(text_of(page) for page in PAGES if page.parent == ROOT / "docs")
    shown = re.findall(r"<!-- recipe: (.+?) -->|\]\(recipes/(.+?)\)", english)
    assert sorted(map("".join, shown)) == sorted(
        path.relative_to(RECIPES).as_posix() for path in RECIPES.rglob("*") if path.suffix == ".yml"
    )


def test_the_linters_accept_every_github_recipe_and_the_comment_action():
    workflows = [*GITHUB, *(path for path in COMMENTS if "runs-on" in text_of(path))]
    workflows.append(ORGANIZATION / "repository.yml")
    lint("actionlint", *workflows)
    strict = ["--offline", "--strict-collection", "--persona", "pedantic"]
    config = ["--config", RECIPES / "zizmor.yaml"]
    printed = lint("zizmor", *strict, *config, *workflows, COMMENT_ACTION)
    assert all(f"completed {path}" in printed for path in workflows)


def test_a_pinned_action_uses_no_other_action():
    for folder in ("composite", "comment"):
        runs = recipe_of(ROOT / folder / "action.yml")["runs"]
        assert [step for step in runs["steps"] if "uses" in step] == []


def test_the_gitlab_schema_accepts_every_recipe_and_pipeline():
    check_gitlab(*GITLAB, *RECIPES.glob("comments/gitlab*.yml"), ROOT / ".gitlab-ci.yml")


def test_a_repository_passes_the_inputs_of_the_shared_workflow():
    called = recipe_of(RECIPES / "github-organization.yml")[True]["workflow_call"]
    [job] = jobs_of(ORGANIZATION / "repository.yml").values()
    required = {name for name, row in called["inputs"].items() if row.get("required")}
    assert required <= job["with"].keys() <= called["inputs"].keys()
    assert job["secrets"].keys() == called["secrets"].keys()


def test_the_config_is_valid_and_every_workflow_is_strict_and_waits_for_the_commit():
    jsonschema.validate(recipe_of(CONFIG), json.loads(text_of(SUITE_SCHEMA)))
    parsed = settings_of(
        {
            "api-key": Given("gk_0123456789abcdef", "x"),
            "config": Given(CONFIG.name, "x"),
            "expose": Given(" ".join(ENV), "x"),
        },
        verb=Verb.RUN,
        read_file=lambda path: text_of(RECIPES / path),
        environ=ENV,
        change=CHANGE,
    )
    assert parsed.problems == ()
    runs = parsed.workflows
    assert {run.wait_for and run.wait_for.contains for run in runs} == {CHANGE.sha}
    for policy in (run.policy for run in runs if run.policy.required):
        assert policy.accept == ({Accept.FLAKY} if policy.attempts > 1 else frozenset())
    assert [run.name for run in runs if not run.policy.required] == ["exploratory charter"]
    assert {"change": "7", "commit": CHANGE.sha}.items() <= runs[-1].variables.items()
    assert "s3cret!" not in str([run.shown for run in runs])


COMMENTED = re.compile(r"^(\s*)# (?!yaml-language-server)([A-Za-z_-]+)(?=: )", re.MULTILINE)
"""The beginning of a line of YAML that people may use."""
BLOCKS = {
    f"{name_of(path)} {number}": block
    for path in [*PAGES, *sorted(RECIPES.rglob("*.yml"))]
    for number, block in enumerate(
        re.findall(r"```yaml\n(.*?)```", text_of(path), re.DOTALL) or [text_of(path)], start=1
    )
    if COMMENTED.search(block)
}


def sections_of(tree: Any, name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every mapping in a tree, with its key."""
    for inner in tree if isinstance(tree, list) else ():
        yield from sections_of(inner, name)
    if isinstance(tree, dict):
        yield name, tree
        for key, inner in tree.items():
            yield from sections_of(inner, key)


@pytest.mark.parametrize("place", BLOCKS)
def test_a_line_is_accepted_without_its_comment_mark(place):
    keys = {found[2] for found in COMMENTED.finditer(BLOCKS[place])}
    text = COMMENTED.sub(r"\1\2", BLOCKS[place])
    sections = [one for one in sections_of(yaml.safe_load(text)) if keys & one[1].keys()]
    assert sections
    for name, section in sections:
        names = {"env": "environment_name", "variables": "environment_name"}.get(name, "name")
        given = {getattr(row, names): row.name for row in INPUTS}
        texts = {"config": CONFIG.name, "expose": " ".join(ENV)}
        if name != "defaults":
            assert name in {"env", "variables", "with", "inputs"}
            texts = {given[key]: section[key] for key in keys & section.keys()}
            texts |= {"workflow-id": "6f9619ff-8b86-4d01-b42d-00c04fc964ff"}
        parsed = settings_of(
            {key: Given(value, "x") for key, value in {**texts, "api-key": "gk_0123"}.items()},
            verb=Verb.RUN,
            read_file=files({CONFIG.name: text}),
            environ=ENV,
            change=CHANGE,
        )
        assert parsed.problems == ()
        assert None not in {one.run_url for one in parsed.workflows}


def jobs_of(path: Path) -> dict[str, dict[str, Any]]:
    return recipe_of(path)["jobs"]


def steps_of(path: Path) -> list[dict[str, Any]]:
    return [step for job in jobs_of(path).values() for step in job["steps"]]


@each_github
def test_a_github_recipe_tests_the_head_commit_with_existing_names(path):
    text = text_of(path)
    assert any(step.get("uses") == "OWNER/genesis-ci@COMMIT" for step in steps_of(path))
    outputs = re.findall(r"steps\.genesis\.outputs\.([\w-]+)", text)
    assert set(outputs) <= set(OUTPUT_NAMES)
    assert "pull_request" not in recipe_of(path)[True] or "github.sha" not in str(recipe_of(path))
    for step in steps_of(path):
        if "preview.example.com" in str(step.get("with", {}).get("inputs")):
            assert "pull_request.head.sha" in step["with"]["wait-for"]


@pytest.mark.parametrize(
    "path", [*GITHUB, FORGEJO, *RECIPES.glob("comments/github*.yml")], ids=name_of
)
def test_a_github_recipe_uses_only_existing_inputs(path):
    comment = recipe_of(COMMENT_ACTION)["inputs"]
    known = {
        "OWNER/genesis-ci@COMMIT": set(BY_NAME),
        "OWNER/genesis-ci/comment@COMMIT": set(comment),
    }
    assert "OWNER/genesis-ci" in str(steps_of(path))
    for step in steps_of(path):
        action = step.get("uses", "").removeprefix("https://github.com/")
        if action.startswith("OWNER/"):
            assert set(step.get("with", {})) <= known[action]


JUDGING = [*GITHUB, FORGEJO, *GITLAB, *(path for path in COMMENTS if path.stem != "github-forks")]


@pytest.mark.parametrize("path", JUDGING, ids=name_of)
def test_every_gate_is_strict_and_has_a_line_for_the_address_of_a_run(path):
    recipe = recipe_of(path)
    steps = [step for job in recipe.get("jobs", {}).values() for step in job["steps"]]
    given = [
        step["with"] for step in steps if step.get("uses", "").endswith("OWNER/genesis-ci@COMMIT")
    ]
    given += [one["inputs"] for one in recipe.get("include", ())]
    judged = [inputs for inputs in given if not {"wait", "dry-run"} & inputs.keys()]
    for inputs in judged:
        reads_file = not {"workflow-id", "execution-id", "from"} & inputs.keys()
        strict = "flaky" if "attempts" in inputs else "none"
        # an organization overrides the file on purpose
        is_of_file = reads_file and "organization" not in path.stem
        assert inputs.get("accept") == (None if is_of_file else strict)
    text, run_url = text_of(path), "run-url" if judged else "GENESIS_RUN_URL"
    assert f"# {run_url}: https://genesis.autify.com/PATH/{{execution_id}}" in text
    has_no_file = "GENESIS_WORKFLOW_ID:" in text
    assert judged or ("GENESIS_ACCEPT: none\n" in text) is has_no_file


def test_the_comment_recipe_for_forks_has_no_checkout():
    recipe = text_of(RECIPES / "comments/github-forks.yml")
    assert "actions/checkout" not in recipe
    assert "run:" not in recipe.replace("workflow_run:", "")


def needs_of(job: dict[str, Any]) -> list[str]:
    needed = job.get("needs", [])
    return [needed] if isinstance(needed, str) else needed


def every_run(gate: dict[str, Any], jobs: dict[str, dict[str, Any]]) -> Iterator[Needs]:
    """Yield every combination of results and outputs of the jobs that a gate needs."""
    needed = needs_of(gate)
    outputs = [(name, output) for name in needed for output in jobs[name].get("outputs", {})]
    for results in product(["success", "failure", "cancelled", "skipped"], repeat=len(needed)):
        for values in product(["true", "false", "", "[]"], repeat=len(outputs)):
            by_job: dict[str, dict[str, str]] = {name: {} for name in needed}
            for (name, output), value in zip(outputs, values, strict=True):
                by_job[name][output] = value
            by_name = dict(zip(needed, results, strict=True))
            for cancelled in (False, True):
                yield Needs(results=by_name, outputs=by_job, cancelled=cancelled)


def is_excused(job: dict[str, Any], result: str, run: Needs) -> bool:
    """Return whether a job was skipped by its own `if:`, not because another job failed."""
    before = all(run.results[earlier] == "success" for earlier in needs_of(job))
    by_itself = "if" in job and not condition(job["if"], run, succeeded=True)
    return result == "skipped" and before and by_itself


GATES = [
    path
    for path in GITHUB
    if "pull_request" in recipe_of(path)[True] and path.stem != "github-review"
]
"""The others run after the merge, are called, or require a status instead of the job."""


@pytest.mark.parametrize("path", GATES, ids=name_of)
def test_a_required_job_is_green_only_if_all_needed_jobs_are(path):
    """GitHub counts a skipped required job as passed."""
    jobs = jobs_of(path)
    [gate] = [job for job in jobs.values() if job["name"] == "Genesis gate"]
    green = [run for run in every_run(gate, jobs) if conclusion(gate, run) != "failure"]
    assert green, "the gate is never green"
    for run in green:
        for name, result in run.results.items():
            assert result == "success" or is_excused(jobs[name], result, run), run


def test_a_gate_that_ignores_failed_needs_does_not_fail():
    """An earlier recipe stayed green after failed unit tests."""
    needs = Needs(results={"unit-tests": "failure"}, outputs={"unit-tests": {}})
    job = {"if": "${{ !cancelled() }}", "steps": [{"uses": "OWNER/genesis-ci@COMMIT"}]}
    assert conclusion(job, needs) == "success"
    job["if"] = "${{ needs.unit-tests.result == 'success' }}"
    assert conclusion(job, needs) == "skipped"


HANDED_OUT = [
    *ROOT.glob("README*.md"), ROOT / "SECURITY.md", *ROOT.glob("docs/**/*.md"),
    *RECIPES.glob("**/*.yml"), *ROOT.glob("templates/**/*.yml"), *ROOT.glob("skills/*/SKILL.md"),
]  # fmt: skip
OF_THIS_REPOSITORY = [ROOT / ".gitlab-ci.yml", *ROOT.glob(".github/workflows/*.yml")]
ARTIFACT = re.compile(
    r"(?:actions|forgejo)/(\w+)-artifact@.*\n(?: +if: .*\n)? +with:\n +(?:name: |path: .*/)(\S+)"
)


def test_recipes_and_pages_name_one_artifact():
    """A workflow that comments or settles downloads what any other recipe uploads."""
    texts = "\n".join(map(text_of, HANDED_OUT))
    found = ARTIFACT.findall(texts)
    assert len(found) == texts.count("load-artifact@")
    assert {name for use, name in found if use == "download"} == {"genesis-results"}
    uploaded = {name for use, name in found if use == "upload"}
    reports = {"genesis-results", "genesis-rehearsal", "report.html", "ctrf-report"}
    assert uploaded == reports
    assert {*re.findall(r"artifact [“`]?(genesis[\w-]*)", texts)} == {"genesis-results"}


STARTS_PYTHON = re.compile(r"(?<![\w./-])python3? (?!tools/bench/|-m tests\.).*")
"""Without the commands that maintainers of this repository run."""
RELEASE = "https://github.com/OWNER/genesis-ci/releases/download/TAG/genesis-ci.pyz"
RUNS_THE_FILE = re.compile(
    r"dir=\$\(mktemp -d\) && "
    rf"(?:curl -fLo \"\$dir/genesis-ci\.pyz\" {re.escape(RELEASE)}|"
    rf"python -I -c \"from urllib\.request import \*; urlretrieve\('{re.escape(RELEASE)}', "
    r"'\$dir/genesis-ci\.pyz'\)\") && "
    r"(?P<checksum>echo \"SHA256  \$dir/genesis-ci\.pyz\" \| sha256sum -c && )?"
    r"(?:python3? -I \"\$dir/genesis-ci\.pyz\" \w+(?: --?[\w-]+(?: [\w./-]+)?)*(?: && )?)+"
)
"""A failed download runs nothing, and a pull request has no file in the new directory."""


def joined(text: str) -> str:
    return re.sub(r"(?<=&&)\n\s*", " ", text)


def commands_in(path: Path) -> str:
    """Return the text, with commands that `&&` joins on one line. Buildkite's `$$` is `$`."""
    return joined(text_of(path)).replace("$$", "$")


RUNS_OF_THE_FILE = [
    found[0] for path in HANDED_OUT for found in RUNS_THE_FILE.finditer(commands_in(path))
]
"""Every command that downloads and runs the single file."""


@pytest.mark.parametrize("path", HANDED_OUT, ids=name_of)
def test_no_recipe_runs_python_with_files_of_the_workspace(path):
    text = commands_in(path)
    starts = STARTS_PYTHON.findall(text)
    assert [line for line in starts if not re.match(r"python3? -I ", line)] == []
    rest = RUNS_THE_FILE.sub("", text)
    assert "/genesis-ci.pyz" not in rest.replace('echo "SHA256  $dir/genesis-ci.pyz" |', "")
    assert not re.search(r"python3?[^`\n]*genesis-ci\.pyz|\./genesis-ci\.pyz", rest)


def test_the_recipes_of_the_single_file_are_found():
    assert len(RUNS_OF_THE_FILE) >= 14


IN_A_JOB = re.compile(r"^(?:[ ]+|[ ]*- )dir=.*", re.MULTILINE)
"""A person at a shell may leave the checksum out; those commands are not indented."""
MOVES = re.compile(r":latest\b|@latest\b|/releases/latest/|/refs/heads/|\| *(?:sudo )?(?:ba)?sh\b")


@pytest.mark.parametrize("path", [*HANDED_OUT, *OF_THIS_REPOSITORY], ids=name_of)
def test_a_job_downloads_pinned_files_and_verifies_them(path):
    text = commands_in(path)
    for command in IN_A_JOB.findall(text):
        found = RUNS_THE_FILE.search(command)
        assert found, command
        assert found["checksum"], command
    assert MOVES.findall(text) == []
    for file in re.findall(r"curl -\w*o (\w\S*)", text):
        assert f'echo "SHA256  {file}" | sha256sum -c' in text


CREDENTIAL = re.compile(r"secrets\b(?!\.SLACK_WEBHOOK_URL)|: 'write'")
"""The address of the Slack webhook is for the package that posts to it."""
ALLOWED = {"curl", "echo", "exit", "jq", "sleep", "test", "true"}
ALLOWED |= {"case", "done", "esac", "fi", "for"}
BEFORE_A_COMMAND = re.compile(r"\b(?:do|elif|else|if|then|until|while)\b")
QUOTED = re.compile(r"'[^']*'|\"(?:[^\"$\\]|\\.|\$(?!\())*\"")
COMMAND = re.compile(r"(?:^|[|&;({!])\s*(?:\w+=\$\()?([\w./-]+)", re.MULTILINE)


def risks_of(text: str) -> list[str]:
    """Return the commands of a workflow that run code of others beside a credential."""
    workflow = yaml.safe_load(text)
    risks = ["env"] if CREDENTIAL.search(str(workflow.get("env"))) else []
    for job in workflow["jobs"].values():
        script = "\n".join(step.get("run", "") for step in job.get("steps", ()))
        risks += re.findall(r"\bnp[mx] (?!--yes [\w-]+@\d+\.\d+\.\d+ ).*", script)
        if CREDENTIAL.search(str(job)):
            script = BEFORE_A_COMMAND.sub(";", QUOTED.sub("", script.replace("\\\n", "")))
            functions = re.findall(r"(\w+)\(\) \{", script)
            risks += set(COMMAND.findall(script)) - ALLOWED - {*functions}
    return risks


WORKFLOWS = [path for path in RECIPES.rglob("*.yml") if "runs-on" in text_of(path)]


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_no_job_with_a_credential_runs_code_of_others(path):
    assert risks_of(text_of(path)) == []


QUEUE = "github-merge-queue.yml"


@pytest.mark.parametrize(
    ("recipe", "old", "new"),
    [
        (QUEUE, "curl -fsS", "make host; curl -fsS"),
        (QUEUE, "jq -r", "./jq -r"),
        ("github-slack.yml", "\npermissions: {}", "\nenv: {KEY: \"${{ secrets.KEY }}\"}"),
        ("github-slack.yml", "secrets.SLACK_WEBHOOK_URL", "secrets.GENESIS_API_KEY"),
        ("github-nightly.yml", "@0.0.58", "@latest"),
        ("github-nightly.yml", "actions: read", "actions: write"),
    ],
)  # fmt: skip
def test_a_weaker_recipe_is_a_risk(recipe, old, new):
    text = text_of(RECIPES / recipe)
    assert old in text
    assert risks_of(text.replace(old, new)) != []


KEEPS_THE_CODE = " || exit $?"
"""GitLab Runner's bash turns the code of a failing command into 1, but keeps that of `exit`."""


def gitlab_parts(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the included components and the jobs of a recipe."""
    recipe = recipe_of(path)
    return recipe.get("include", []), [job for job in recipe.values() if isinstance(job, dict)]


@each_gitlab
def test_a_gitlab_recipe_uses_only_existing_inputs_commands_and_variables(path):
    included, jobs = gitlab_parts(path)
    for one in included:
        assert one["component"].endswith("/OWNER/genesis-ci/genesis-ci@TAG")
        assert one["inputs"].keys() <= COMPONENT_INPUTS.keys()
    script = [line for job in jobs for line in job.get("script", ())]
    commands = [line for line in script if line.startswith("genesis-ci ")]
    assert included or commands
    for line in commands:
        assert line.endswith(KEEPS_THE_CODE)
        parse_arguments(shlex.split(line.removesuffix(KEEPS_THE_CODE))[1:])
    known = {row.environment_name for row in INPUTS} | ENV.keys()
    for one in (recipe_of(path), *jobs):
        for names in (one.get("variables", {}), *one.get("parallel", {}).get("matrix", [])):
            assert names.keys() <= known
            exposed = names.get("GENESIS_EXPOSE", "").split()
            assert exposed in ([], ["PREVIEW_URL"], [*ENV])
            assert ("PREVIEW_URL" in names) == bool(exposed)


def test_the_gitlab_recipe_for_comments_is_a_valid_command_line():
    [line] = recipe_of(RECIPES / "gitlab-merge-request.yml")["genesis gate"]["after_script"]
    program, *words = line.split()
    parsed = parse_arguments(words)
    assert (program, parsed.command, parsed.problems) == ("genesis-ci", "comment", ())


@pytest.mark.parametrize(
    "path", [path for path in GITLAB if path.stem != "gitlab-review"], ids=name_of
)
def test_no_job_of_a_gitlab_gate_may_fail_or_be_skipped(path):
    """A red job makes the pipeline red, unless one of these keywords prevents it."""
    included, jobs = gitlab_parts(path)
    assert all("allow-failure-exit-codes" not in one["inputs"] for one in included)
    for job in jobs:
        assert {"allow_failure", "when"} & job.keys() == set()
        assert all(isinstance(need, str) for need in job.get("needs", []))
