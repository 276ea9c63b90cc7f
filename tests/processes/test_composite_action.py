"""The composite action's script when genesis-ci cannot be set up; test_act.py runs jobs."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from genesis_ci.reporters.outputs import OUTPUT_NAMES
from tests.jobs import ROOT, outputs_of


def start_script(folder: Path, **env: str) -> subprocess.Popen[str]:
    (folder / "outputs").touch()
    runner = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "GITHUB_ACTION_PATH": str(ROOT / "composite"),
        "GITHUB_OUTPUT": str(folder / "outputs"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_WORKSPACE": str(folder),
        "RUNNER_TEMP": str(folder),
    }
    bash = shutil.which("bash")
    assert bash
    return subprocess.Popen(
        [bash, ROOT / "composite/run.sh"], env={**runner, **env}, encoding="utf-8",
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def end_of(script: subprocess.Popen[str], folder: Path) -> tuple[int, str, dict[str, str]]:
    log, _ = script.communicate(timeout=60)
    outputs = outputs_of((folder / "outputs").read_text(encoding="utf-8"))
    return script.returncode, log, outputs


def run_script(folder: Path, **env: str) -> tuple[int, str, dict[str, str]]:
    return end_of(start_script(folder, **env), folder)


def programs(folder: Path, **scripts: str) -> str:
    """Return a PATH with these scripts and the programs of a runner without Python."""
    folder.mkdir()
    for name in ("cat", "mkdir", "mktemp", "rm", "sleep"):
        (folder / name).symlink_to(shutil.which(name) or name)
    for name, text in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def errors_in(junit: Path) -> list[str]:
    """Return the errors of a JUnit file in which no case passed."""
    root = ET.parse(junit).getroot()  # noqa: S314
    assert len(root.findall(".//testcase")) == len(root.findall(".//error"))
    return [error.text or "" for error in root.iter("error")]


NO_INDEX = {
    "PIP_INDEX_URL": "http://127.0.0.1:1/",
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_RETRIES": "0",
}
GREEN = '<testsuite name="genesis-ci" tests="1"><testcase name="checkout"/></testsuite>'
PYTHON_WITHOUT_PIP = '[ "$2" = -c ] || { echo "No module named pip"; exit 1; } >&2'
PYTHON_THAT_HANGS = '[ "$2" = -c ] || { echo "hangs"; exec sleep 60; }'


def plant(folder: Path) -> Path:
    """Write the green reports of an earlier job, and return the JUnit file."""
    folder.mkdir(parents=True)
    (folder / "result.json").write_text('{"verdict": "passed"}')
    (folder / "junit.xml").write_text(GREEN)
    return folder / "junit.xml"


@pytest.mark.parametrize(
    ("env", "scripts", "message"),
    [
        (NO_INDEX, None, "pip cannot install what genesis-ci needs"),
        ({"RUNNER_TEMP": "/nowhere"}, None, "No directory can be made in RUNNER_TEMP"),
        ({}, {}, "This runner has no Python 3.11 or newer"),
        ({}, {"python3": PYTHON_WITHOUT_PIP}, "pip cannot install what genesis-ci needs"),
    ],
    ids=["no package index", "no directory", "no Python", "no pip"],
)
def test_a_failed_set_up_is_an_error_with_a_red_report(
    tmp_path: Path, env: dict[str, str], scripts: dict[str, str] | None, message: str
) -> None:
    junit = plant(tmp_path / "genesis-results")
    path = {} if scripts is None else {"PATH": programs(tmp_path / "bin", **scripts)}
    exit_code, log, outputs = run_script(tmp_path, **env, **path)

    assert exit_code == 2, log
    (annotation,) = (line for line in log.splitlines() if line.startswith("::error"))
    assert annotation.startswith(f"::error title=genesis-ci::{message}")
    assert log.splitlines()[-1].endswith("exit-code=2")
    assert outputs.keys() == OUTPUT_NAMES.keys()
    assert {name: value for name, value in outputs.items() if value} == {
        "verdict": "error",
        "exit-code": "2",
        "results": "[]",
        "report-dir": "genesis-results",
        "junit-path": "genesis-results/junit.xml",
        **dict.fromkeys(
            ["tests", "tests-passed", "tests-failed", "tests-skipped", "tests-known-failed"], "0"
        ),
    }
    (error,) = errors_in(junit)
    assert error.startswith(message)
    assert not (tmp_path / "genesis-results/result.json").exists()
    assert message in (tmp_path / "summary").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
def test_a_job_cancelled_during_the_set_up_ends_at_once(
    tmp_path: Path, number: signal.Signals
) -> None:
    junit = plant(tmp_path / "a/b")
    path = programs(tmp_path / "bin", python3=PYTHON_THAT_HANGS)
    own = {"GENESIS_REPORT_DIR": "a/b/", "GENESIS_FAILED_FROM": "a/b/result.json"}
    script = start_script(tmp_path, PATH=path, **own)
    assert script.stdout
    assert script.stdout.readline() == "hangs\n"
    assert (tmp_path / "a/b/result.json").exists()  # the command would read it
    assert errors_in(junit) == ["The set-up of genesis-ci did not end. Nothing was triggered."]
    script.send_signal(number)
    exit_code, log, outputs = end_of(script, tmp_path)

    assert not (tmp_path / "a/b/result.json").exists()
    assert exit_code == 128 + number, log
    assert (outputs["verdict"], outputs["exit-code"]) == ("interrupted", str(128 + number))
    assert outputs["junit-path"] == "a/b/junit.xml"
    assert errors_in(junit) == [
        "The job was cancelled while genesis-ci was being set up. Nothing was triggered."
    ]


@pytest.mark.parametrize(
    ("report_dir", "written"),
    [
        ("genesis-results", []),
        ("link/inner", []),
        ("../outside", []),
        ("{outside}", []),
        ("-", ["-/junit.xml"]),  # for cd, the last directory
        ("inner", ["inner/junit.xml"]),  # cd finds another in CDPATH
    ],
)
def test_the_set_up_writes_only_into_the_workspace(
    tmp_path: Path, report_dir: str, written: list[str]
) -> None:
    outside, workspace = tmp_path / "outside", tmp_path / "workspace"
    plant(outside)
    plant(outside / "inner")
    workspace.mkdir()
    for name in ("genesis-results", "link"):
        (workspace / name).symlink_to(outside)
    before = {path: path.stat().st_mtime_ns for path in outside.rglob("*")}
    path = programs(tmp_path / "bin")
    given = {"PATH": path, "CDPATH": str(outside)}
    given["GENESIS_REPORT_DIR"] = report_dir.format(outside=outside)
    exit_code, log, outputs = run_script(workspace, **given)

    assert exit_code == 2, log
    assert outputs["report-dir"] == (report_dir if written else "")
    assert outputs["junit-path"].split() == written
    assert [str(one.relative_to(workspace)) for one in workspace.rglob("junit.xml")] == written
    assert {path: path.stat().st_mtime_ns for path in outside.rglob("*")} == before


def test_a_link_is_replaced_and_its_target_is_kept(tmp_path: Path) -> None:
    elsewhere = plant(tmp_path / "elsewhere")
    reports = tmp_path / "genesis-results"
    reports.mkdir()
    (reports / "junit.xml").symlink_to(elsewhere)
    run_script(tmp_path, PATH=programs(tmp_path / "bin"))

    assert len(errors_in(reports / "junit.xml")) == 1
    assert elsewhere.read_text() == GREEN
