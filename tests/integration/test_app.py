"""Each command with real sockets, files and streams."""

import json

import pytest

from tests.jobs import run_command, variables_for, write_config


@pytest.mark.parametrize(
    ("inputs", "exit_code", "words"),
    [
        ({}, 0, "\n    browser = ***\n"),
        ({"api_key": "gk_wrong"}, 7, "Invalid API key"),
        ({"api_url": "http://127.0.0.1:9"}, 8, "connection refused"),
        ({"wait": "x"}, 2, "wait (from GENESIS_WAIT): "),
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


def test_a_misspelt_variable_is_red_and_triggers_nothing(emulator, tmp_path):
    env = variables_for(emulator, "completed", language="ja")
    for command in ("check", "run"):
        ended = run_command(tmp_path, command, GENESIS_EXPCT="[]", **env)
        assert ended.exit_code == 2, ended.log
        assert "GENESIS_EXPECT の誤りではありませんか" in ended.log
    assert ended.is_red_in_junit
    assert emulator.executions() == []
    own = run_command(tmp_path, "run", GENESIS_EXPCT="[]", GENESIS_EXPOSE="GENESIS_EXPCT", **env)
    assert own.exit_code == 0, own.log
    assert "EXPCT" not in own.log


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"GITHUB_SHA": "a" * 40}, "could not be set to pending: there is no token."),
        ({"GITHUB_TOKEN": "ghs_0"}, "could not be set to pending: the commit of the change is un"),
    ],
)
@pytest.mark.parametrize("command", ["check", "run"])
def test_check_is_red_as_run_if_no_status_can_be_posted(emulator, tmp_path, command, given, words):
    env = variables_for(emulator, "completed", review_status="genesis") | given
    ended = run_command(tmp_path, command, GITHUB_ACTIONS="true", **env)
    assert ended.exit_code == 7, ended.log
    assert words in ended.log
    assert emulator.requests() == []


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


def test_repeated_inputs_are_merged_and_their_secrets_hidden(emulator, tmp_path):
    argv = ["--inputs", "target_url=a-long-one", "--inputs", "browser=firefox"]
    argv += ["--secret-inputs", "target_url", "--secret-inputs=browser"]
    ended = run_command(tmp_path, "run", *argv, **variables_for(emulator, "completed"))
    assert ended.exit_code == 0, ended.log
    [execution] = emulator.executions()
    assert execution["triggerPayload"] == {"target_url": "a-long-one", "browser": "firefox"}
    assert "a-long-one" not in ended.everything()
    assert "firefox" not in ended.everything()


def test_a_job_reports_before_gitlab_ends_it(emulator, tmp_path):
    gitlab = {"GITLAB_CI": "true", "CI_JOB_TIMEOUT": "40"}
    ended = run_command(tmp_path, "run", **gitlab, **variables_for(emulator, "slow"))
    assert (ended.exit_code, ended.verdicts) == (6, ["timed_out"]), ended.log
    assert "the CI job's own time limit" in ended.log
    assert 10 < ended.result["seconds"] < 40
