"""A job keeps its exit code and its values when GitLab Runner passes its script to a shell."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.doc_pages import gitlab_files
from tests.gitlab_rules import Evaluation, expanded, runner_script
from tests.jobs import LIMIT

SHELLS = {"bash": ["bash"], "dash": ["dash"], "busybox": ["busybox", "sh"]}
RUNNERS = [
    (shell, evaluation, posix)
    for shell, evaluation, posix in product(SHELLS, Evaluation, [False, True])
    if posix or shell != "dash"
]
"""dash does not support `$'…'`: with dash alone, a runner needs FF_POSIXLY_CORRECT_ESCAPES."""
CODES = [*range(11), 130]
SOME_CODES = [0, 3]
"""Enough for other scripts; the component shows that a shell passes on any code."""
PROGRAMS = {
    "genesis-ci": 'if [ "$1" = emulator ]; then echo URL; else exit "$CODE"; fi',
    "pip": "exit 0",
    "python3": "exit 0",
    "sha256sum": "cat",
    "python": 'case "$*" in *" emulator "*) echo URL ;; *" run") exit "$CODE" ;; esac',
    "show": f"exec {sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'",
}
"""The programs that the scripts call; genesis-ci exits with `$CODE`."""
VALUES = {
    "GENESIS_INPUTS": 'it\'s: "$HOME" `id` \\n $(id) %s !x\nzip: 007\tß 日本語 🙂',
    "GENESIS_OUTPUT_BLOCK": "a'b;c&d|e*",
    "GENESIS_WORKFLOW_ID": "",
}


def scripts() -> dict[tuple[str, ...], str]:
    """Return the scripts of the component and of all documented jobs, with their place."""
    jobs: dict[str, Any] = {"component": expanded()}
    for page, file in gitlab_files().items():
        for include in file.get("include", []):
            jobs[f"{page} include"] = expanded(**include.get("inputs", {}))
        jobs |= {f"{page} {name}": job for name, job in file.items() if isinstance(job, dict)}
    lines = {
        place: (*job.get("before_script", ()), *job.get("script", ()))
        for place, job in reversed(jobs.items())
    }
    text = r'(?m)^(?!\s*").*genesis-ci'  # a line that begins with a quote is written to a file
    return {script: place for place, script in lines.items() if re.search(text, "\n".join(script))}


SCRIPTS = scripts()
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("builds") / "project"
    directory.mkdir()
    programs = directory.parent / "bin"
    programs.mkdir()
    for name, text in PROGRAMS.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    return directory


@pytest.fixture(params=RUNNERS, ids=lambda one: f"{one[0]}-{one[1].name}-{one[2]}")
def run(request: pytest.FixtureRequest, project: Path) -> Run:
    """Return a function that runs commands with `$CODE`; a missing shell is an error in CI."""
    shell, evaluation, posix = request.param
    if shutil.which(shell) is None:
        words = f"NOT TESTED: there is no {shell} on this machine; install it"
        pytest.fail(words) if os.environ.get("CI") else pytest.skip(words)

    def run(*commands: str, code: int = 0, **values: Any) -> "subprocess.CompletedProcess[str]":
        script = runner_script(
            commands, directory=str(project), evaluation=evaluation, posix=posix, **values
        )
        return in_shell(shell, script, project, code)

    return run


def in_shell(
    shell: str, script: str, project: Path, code: int
) -> "subprocess.CompletedProcess[str]":
    """Run a shell that reads the script from standard input, as the runner does."""
    path = f"{project.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        SHELLS[shell], input=script, env={"PATH": path, "CODE": str(code)}, cwd=project,
        capture_output=True, encoding="utf-8", check=False, timeout=LIMIT,
    )  # fmt: skip


def test_jobs_of_component_page_and_recipes_are_found():
    places = " ".join(SCRIPTS.values())
    assert len(SCRIPTS) >= 6
    assert all(name in places for name in ("component", "docs/gitlab.md", "docs/recipes/"))


@pytest.mark.parametrize("script", SCRIPTS, ids=SCRIPTS.values())
def test_a_job_ends_with_the_code_of_genesis_ci(run, script):
    codes = CODES if SCRIPTS[script] == "component" else SOME_CODES
    assert [run(*script, code=code).returncode for code in codes] == codes


def test_a_failed_command_before_genesis_ci_fails_the_job(run):
    assert run("false", "genesis-ci run || exit $?").returncode == 1


def test_the_bash_of_the_runner_turns_every_code_into_1(project):
    """The reason for `|| exit $?`, which can go when this test fails."""
    script = runner_script(["genesis-ci run"], directory=str(project))
    assert [in_shell("bash", script, project, code).returncode for code in (0, 3, 6)] == [0, 1, 1]


def test_values_arrive_unchanged_and_files_as_paths(run, project):
    show = ['cat "$GENESIS_API_KEY"; echo', "show"]
    ended = run(*show, variables=VALUES, files={"GENESIS_API_KEY": "a'k\"$x\n"})
    assert ended.returncode == 0, ended.stderr
    seen = json.loads(ended.stdout.splitlines()[-1])
    assert {name: seen[name] for name in VALUES} == VALUES
    assert seen["GENESIS_API_KEY"] == f"{project}.tmp/GENESIS_API_KEY"
    assert "\na'k\"$x\n" in ended.stdout


def test_the_component_sets_only_the_variables_of_given_inputs(run):
    text = "a'b;c&d|e* `id` $(id) \"\\ $HOME"
    top = {"GENESIS_API_URL": text, "GENESIS_EXPOSE": "A", "GENESIS_TESTS": "top"}
    unset = {"execution_id": "$NO_VALUE", "from": "$NO_VALUE"}
    job = expanded(output_block=text, expose="B", **unset)
    given = dict.fromkeys((f"GENESIS_CI_{name.upper()}" for name in unset), "")
    written = {f"{name}_AS_WRITTEN": "$NO_VALUE" for name in given}
    assert {name: job["variables"][name]["value"] for name in written} == written
    variables = top | job["variables"] | given | written
    ended = run("set -u", *job["script"][:-1], "show", variables=variables)
    seen = json.loads(ended.stdout.splitlines()[-1])
    expected = top | {"GENESIS_EXPOSE": "B", "GENESIS_OUTPUT_BLOCK": text, "GENESIS_INPUTS": ""}
    expected |= {"GENESIS_EXECUTION_ID": "$NO_VALUE", "GENESIS_CI_FROM": "$NO_VALUE"}
    assert {name: seen[name] for name in expected} == expected
