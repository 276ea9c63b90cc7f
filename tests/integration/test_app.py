"""Each command with real sockets, files and streams."""

import json
import math

import pytest

from genesis_ci.models.workflow import Verb
from tests.builders import WORKFLOW_ID
from tests.jobs import run_command, variables_for, write_config
from tests.unit.whole_job import Ending, World, run


@pytest.mark.parametrize(
    ("inputs", "exit_code", "words"),
    [
        ({}, 0, "\n    browser = ***\n"),
        ({"api_key": "gk_wrong"}, 7, "Invalid API key"),
        ({"api_url": "http://127.0.0.1:9"}, 8, "connection refused"),
        ({"wait": "x"}, 2, "wait (from GENESIS_WAIT): "),
        ({"expct": "[]"}, 2, "did you mean GENESIS_EXPECT?"),
        ({"report_dir": "file/x"}, 2, "report-dir: file/x/junit.xml could not be written"),
        ({"expect": "- {block: b, matches: '(a'}"}, 2, "expect (from GENESIS_EXPECT): entry 1: "),
    ],
)
def test_check_is_red_wherever_run_would_be_and_starts_nothing(
    emulator, tmp_path, inputs, exit_code, words
):
    (tmp_path / "file").write_text("")
    secret = {"inputs": "browser: hunter2", "secret_inputs": "browser"}
    env = variables_for(emulator, "completed", **secret, **inputs)
    ended = run_command(tmp_path, "check", GENESIS_HOME="x", **env)
    assert ended.exit_code == exit_code, ended.log
    assert "GENESIS_HOME is set, and no input has that name." in ended.log
    assert words in ended.log
    assert ("ERROR: " in ended.log) is (exit_code != 0)
    assert "hunter2" not in ended.log
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    if exit_code == 2:
        ran = run_command(tmp_path, "run", GENESIS_HOME="x", **env)
        assert "GENESIS_HOME is set, and no input has that name." in ran.log
        assert (ran.exit_code, words in ran.log) == (2, True)
    assert emulator.executions() == []


def test_check_warns_of_paths_that_select_no_file(emulator, tmp_path):
    write_config(tmp_path, emulator, "workflows: [{workflow-id: {completed}, paths: ['shp/**']}]")
    for name in ("shop", ".git"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index").touch()
    env = variables_for(emulator, "")
    checked, ran = (run_command(tmp_path, command, **env) for command in ("check", "run"))
    assert (checked.exit_code, ran.exit_code) == (0, 0), checked.log
    words = "paths: no file of this checkout is selected by “shp/**”."
    assert [words in ended.log for ended in (checked, ran)] == [True, False]


def test_a_shell_job_uses_the_commit_of_the_checkout(emulator, tmp_path):
    listed = "workflows: [{workflow-id: {completed}, inputs: {browser: '${ci.short_sha}'}}]"
    write_config(tmp_path, emulator, listed)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("0a1b2c3d" * 5)
    env = variables_for(emulator, "completed") | {"GENESIS_WORKFLOW_ID": ""}
    ended = run_command(tmp_path, "run", **env)
    assert ended.exit_code == 0, ended.log
    assert "Testing commit 0a1b2c3\n" in ended.log
    assert emulator.executions()[0]["triggerPayload"] == {"browser": "0a1b2c3"}


def test_quiet_run_prints_errors_and_the_last_line(emulator, tmp_path):
    ended = run_command(tmp_path, "run", "--quiet", **variables_for(emulator, "failed"))
    assert ended.exit_code == 1
    first, *_, last = ended.log.splitlines()
    assert first.startswith("guest checkout: ✘ failed")
    assert last.startswith("genesis-ci: verdict=")
    assert "Triggering" not in ended.log


def test_misuse_keeps_the_valid_options_and_hides_a_key(emulator, tmp_path):
    argv = ["--report-dir", "out", "--bogus", "--api-key", "gk_hunter2"]
    ended = run_command(tmp_path, "run", *argv, **variables_for(emulator, "completed"))
    assert ended.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    key, unknown = json.loads((tmp_path / "out/result.json").read_text())["problems"]
    assert unknown.startswith("unknown option --bogus")
    assert key.startswith("--api-key: a key on the command line")
    assert "--api-key-file" in ended.log
    assert "hunter2" not in ended.everything()
    assert "<error" in (tmp_path / "out/junit.xml").read_text()
    assert emulator.requests() == []


def test_a_job_reports_before_gitlab_ends_it():
    world = World(endings=lambda _: Ending(seconds=math.inf))
    inputs = {"api-key": "gk_0123456789", "workflow-id": WORKFLOW_ID}
    ended = run(world, Verb.RUN, inputs, {"GITLAB_CI": "true", "CI_JOB_TIMEOUT": "40"})
    assert (ended.code, ended.result["verdict"]) == (6, "timed_out"), ended.log
    assert "the CI job's own time limit" in ended.log
    assert 10 < ended.seconds < 40
