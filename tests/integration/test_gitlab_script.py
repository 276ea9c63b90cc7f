"""A job keeps its exit code and its values when GitLab Runner passes its script to a shell."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from tests.gitlab_jobs import RECIPES, jobs, script_of
from tests.gitlab_script import Evaluation, Flags, runner_script
from tests.jobs import LIMIT

SHELLS = {"bash": ["bash"], "dash": ["dash"], "busybox": ["busybox", "sh"]}
CODES = [*range(11), 130]
SOME_CODES = [0, 3]
"""Enough for other scripts and flags; the component shows that a shell passes on any code."""
JOBS = jobs()
PLACES = {tuple(script_of(job)): place for place, job in reversed(JOBS.items())}.values()
"""The first job of those with the same script."""
DEFAULTS = [
    Flags(evaluation=Evaluation.PIPELINE, posix=True),
    Flags(evaluation=Evaluation.TRAPPED_SUBSHELL),
]
"""The default of a runner up to version 18, and since 19, each with one way of quoting."""
NEWEST = Evaluation.TRAPPED_SUBSHELL
ALL_FLAGS = [
    Flags(evaluation=evaluation, exit_code_check=check, sections=sections, posix=check == sections)
    for evaluation, check, sections in product(Evaluation, [False, True], [False, True])
]
PROGRAMS = {
    "genesis-ci": 'if [ "$1" = emulator ]; then echo URL; else exit "$CODE"; fi',
    "pip": "exit 0",
    "python3": "exit 0",
    "python": 'case "$*" in *" emulator "*) echo URL ;; *" run") exit "$CODE" ;; esac',
    "show": f"exec {sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'",
}
"""The programs that the scripts call; genesis-ci exits with `$CODE`."""


@pytest.fixture(params=SHELLS)
def shell(request) -> str:
    """Return a shell of common images; a missing one is an error in CI."""
    if shutil.which(request.param) is None:
        words = f"NOT TESTED: there is no {request.param} on this machine; install it"
        pytest.fail(words) if os.environ.get("CI") else pytest.skip(words)
    return request.param


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    directory = tmp_path_factory.mktemp("builds") / "project"
    directory.mkdir()
    programs = directory.parent / "bin"
    programs.mkdir()
    for name, text in PROGRAMS.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    return directory


def quoted_for(shell: str, *many: Flags) -> list[Flags]:
    """Return the flags with a way of quoting that the shell supports.

    dash does not support `$'…'`: with dash alone, a runner needs the POSIX flag.
    """
    return [replace(flags, posix=flags.posix or shell == "dash") for flags in many]


def run(shell: str, script: str, project: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a shell that reads the script from standard input, as the runner does."""
    path = f"{project.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        SHELLS[shell], input=script, env={"PATH": path, "CODE": str(code)}, cwd=project,
        capture_output=True, encoding="utf-8", check=False, timeout=LIMIT,
    )  # fmt: skip


def test_the_jobs_come_from_component_recipes_and_readme():
    pages = {place.split(":")[0].split(" ")[0] for place in JOBS}
    assert pages >= {"component", "README.md", "gitlab.md", *(path.name for path in RECIPES)}


@pytest.mark.parametrize("place", PLACES)
def test_a_job_ends_with_the_code_of_genesis_ci(shell, place, project):
    lines = script_of(JOBS[place])
    for flags in quoted_for(shell, *DEFAULTS):
        script = runner_script(lines, directory=str(project), flags=flags)
        codes = CODES if place == "component" and flags.evaluation is NEWEST else SOME_CODES
        seen = [run(shell, script, project, code).returncode for code in codes]
        assert seen == codes, f"{flags.evaluation}: {seen}"


@pytest.mark.parametrize("flags", ALL_FLAGS, ids=str)
def test_no_feature_flag_changes_the_code(shell, flags, project):
    lines = ["echo one\necho two", *script_of(JOBS["component"])]
    for one in quoted_for(shell, flags):
        script = runner_script(lines, directory=str(project), flags=one)
        seen = [run(shell, script, project, code).returncode for code in SOME_CODES]
        assert seen == SOME_CODES, one


def test_the_bash_of_the_runner_turns_every_code_into_1(project):
    """The reason for `|| exit $?`, which can go when this test fails."""
    script = runner_script(["genesis-ci run"], directory=str(project))
    assert [run("bash", script, project, code).returncode for code in (0, 3, 6)] == [0, 1, 1]


def test_a_command_that_fails_before_genesis_ci_makes_the_job_red(shell, project):
    for flags in quoted_for(shell, *DEFAULTS):
        script = runner_script(["false", "genesis-ci run || exit $?"], flags=flags)
        assert run(shell, script, project).returncode == 1


VALUES = {
    "GENESIS_INPUTS": 'it\'s: "$HOME" `id` \\n $(id) %s !x\nzip: 007\tß 日本語 🙂',
    "GENESIS_OUTPUT_BLOCK": "a'b;c&d|e*",
    "GENESIS_WORKFLOW_ID": "",
}


@pytest.mark.parametrize("evaluation", Evaluation)
def test_values_arrive_unchanged_and_files_as_paths(shell, evaluation, project):
    both = [Flags(evaluation=evaluation), Flags(evaluation=evaluation, posix=True)]
    for flags in quoted_for(shell, *both[shell == "dash" :]):
        script = runner_script(
            ['cat "$GENESIS_API_KEY"; echo', "show"],
            variables=VALUES,
            files={"GENESIS_API_KEY": "a'k\"$x\n"},
            directory=str(project),
            flags=flags,
        )
        ended = run(shell, script, project)
        assert ended.returncode == 0, ended.stderr
        seen = json.loads(ended.stdout.splitlines()[-1])
        assert {name: seen[name] for name in VALUES} == VALUES
        assert seen["GENESIS_API_KEY"] == f"{project}.tmp/GENESIS_API_KEY"
        assert "\na'k\"$x\n" in ended.stdout
