"""The command line in a shell: misuse, encodings, closed streams."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence

import pytest

from tests.jobs import environment, run_command, variables_for

KEY = "gk_hunter2"


def shell(
    workspace, script: str, *, pass_fds: Sequence[int] = (), **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a shell command in which `$GENESIS` is the program."""
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", script],
        cwd=workspace,
        env=environment(GENESIS=f"{sys.executable} -I -m genesis_ci", **env),
        pass_fds=pass_fds,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("argv", [["--api-key", KEY], [f"--api-key={KEY}"]], ids=["two", "one"])
@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize("verb", ["run", "check", "demo"])
def test_a_key_on_the_command_line_is_refused_and_hidden(emulator, tmp_path, verb, position, argv):
    words = [verb]
    words[position:position] = argv
    ended = run_command(tmp_path, *words, **variables_for(emulator, "completed"))
    assert ended.exit_code == 2
    assert "--api-key: a key on the command line" in ended.log
    assert "--api-key-file" in ended.log
    assert "hunter2" not in ended.everything()
    assert emulator.requests() == []


def test_misuse_writes_reports(tmp_path):
    ended = run_command(tmp_path, "run", "--max-wait", "5")
    assert ended.exit_code == 2
    assert "unknown option --max-wait" in ended.log
    assert "<error" in ended.report("junit.xml")


@pytest.mark.parametrize("argv", [["walk"], []])
def test_command_line_without_a_verb_prints_help(tmp_path, argv):
    ended = run_command(tmp_path, *argv)
    assert ended.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_version_is_printed(tmp_path):
    assert run_command(tmp_path, "--version").log.startswith("genesis-ci ")


def test_secret_as_command_is_not_printed(tmp_path):
    ended = run_command(tmp_path, KEY, "run")
    assert (ended.exit_code, "hunter2" in ended.log) == (2, False)


def test_misuse_keeps_the_valid_options(emulator, tmp_path):
    env = variables_for(emulator, "completed", workflow_id="")
    workflow = emulator.workflows["completed"].id
    argv = ["--workflow-id", workflow, "--report-dir", "out", "--bogus"]
    ended = run_command(tmp_path, "run", *argv, **env)
    assert ended.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    [problem] = json.loads((tmp_path / "out/result.json").read_text())["problems"]
    assert problem.startswith("unknown option --bogus")
    assert emulator.requests() == []


@pytest.mark.parametrize("texts", [{}, {"GENESIS_WORKFLOW": "x"}, {"GENESIS_REPORT_DIR": "file"}])
def test_check_fails_like_run_before_its_trigger(emulator, tmp_path, texts):
    (tmp_path / "file").write_text("")
    workflow = "completed" if "GENESIS_REPORT_DIR" in texts else ""
    env = variables_for(emulator, "completed", **({} if workflow else {"workflow_id": ""})) | texts
    checked = run_command(tmp_path, "check", **env)
    ran = run_command(tmp_path, "run", **env)
    assert (checked.exit_code, ran.exit_code) == (2, 2)
    [problem] = [line for line in checked.log.splitlines() if line.startswith("ERROR: ")]
    assert problem.removeprefix("ERROR: genesis-ci check: ") in ran.log
    assert ("did you mean GENESIS_WORKFLOW_ID?" in checked.log) is ("GENESIS_WORKFLOW" in texts)


def test_check_prints_the_plan_and_unverified_claims(emulator, tmp_path):
    env = variables_for(
        emulator, "completed", inputs="user: annabelle\npassword: hunter2", secret_inputs="password"
    )
    checked = run_command(tmp_path, "check", **env)
    assert checked.exit_code == 0
    for line in (
        f"  trigger workflow {emulator.workflows['completed'].id}",
        "    user = annabelle",
        "    password = ***",
        "What only a run can show:",
    ):
        assert line in checked.log.splitlines()
    assert "hunter2" not in checked.everything()
    assert [*tmp_path.iterdir()] == []


def test_check_reports_too_short_secrets(emulator, tmp_path):
    env = variables_for(emulator, "completed", inputs="pin: 815", secret_inputs="pin")
    ended = run_command(tmp_path, "check", **env)
    assert ended.exit_code == 0
    assert "the value of “pin” is shorter than 4 characters" in ended.log


@pytest.mark.parametrize("ci", ["GITHUB_ACTIONS", "GITLAB_CI"])
def test_binary_key_is_refused_and_hidden(tmp_path, ci):
    key = os.fsdecode(b"abc\xffdef")
    ended = run_command(tmp_path, "run", GENESIS_API_KEY=key, **{ci: "true"})
    assert ended.exit_code == 2
    assert "it has a character that no key has at position 4 of 7" in ended.log
    shown = [line for line in ended.log.splitlines() if not line.startswith("::add-mask::")]
    assert "abc" not in "".join(shown)


# Isolated Python ignores PYTHONIOENCODING.
NOT_ISOLATED = "${GENESIS/-I/}"
ON_A_TERMINAL = (
    f"{sys.executable} -I -c 'import os, pty, sys;"
    " sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))'"
)


def test_log_is_utf_8_with_any_locale(emulator, tmp_path):
    env = variables_for(
        emulator, "completed", inputs="browser: pässwörd-ключ", secret_inputs="browser"
    )
    done = shell(
        tmp_path, f"{NOT_ISOLATED} run", PYTHONIOENCODING="cp1252", GITHUB_ACTIONS="true", **env
    )
    assert done.returncode == 0, done.stdout
    assert "::add-mask::pässwörd-ключ\n" in done.stdout
    misused = shell(tmp_path, f"{NOT_ISOLATED} demo --scenario “", PYTHONIOENCODING="ascii:strict")
    assert (misused.returncode, misused.stdout) == (2, "")
    assert "--scenario: write one of completed, " in misused.stderr


def test_help_is_printed_on_an_ascii_terminal(tmp_path):
    each = " && ".join(f"{NOT_ISOLATED} {argv}" for argv in ("--help", "run --help", "--version"))
    done = shell(tmp_path, f'{ON_A_TERMINAL} bash -c "{each}"', PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stdout
    assert "--workflow-id" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("genesis-ci ")
    assert done.stdout.isascii()


@pytest.fixture
def unread() -> Iterator[int]:
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


@pytest.mark.parametrize(
    ("script", "exit_code"),
    [
        ("$GENESIS bogus 2>&-", 2),
        ("$GENESIS >&-", 2),
        ("$GENESIS --version >&-", 0),
        ("$GENESIS run --help >&- 2>&-", 0),
        ("$GENESIS check >&- 2>&-", 2),
        ("$GENESIS --help >&$UNREAD", 0),
        ("PYTHONUNBUFFERED=1 ${GENESIS/-I/} --help >&$UNREAD", 0),
        ("$GENESIS run --bogus >&$UNREAD 2>&$UNREAD", 2),
    ],
)
def test_closed_output_keeps_the_exit_code(tmp_path, unread, script, exit_code):
    ended = shell(tmp_path, script, pass_fds=[unread], UNREAD=str(unread))
    assert (ended.returncode, ended.stdout, ended.stderr) == (exit_code, "", "")


def test_repeated_execution_ids_are_all_watched(emulator, tmp_path):
    ids = []
    for workflow in ("failed", "completed"):
        env = variables_for(emulator, workflow)
        assert run_command(tmp_path, "trigger", **env).exit_code == 0
        ids.append(emulator.executions()[-1]["id"])
    env = variables_for(emulator, "completed", workflow_id="")
    argv = [part for one in ids for part in ("--execution-id", one)]
    ended = run_command(tmp_path, "wait", *argv, **env)
    assert ended.exit_code == 1
    found = json.loads(ended.report("result.json"))["workflows"]
    assert [workflow["execution_id"] for workflow in found] == ids


def test_repeated_inputs_and_secret_inputs_are_merged(emulator, tmp_path):
    env = variables_for(emulator, "completed", inputs="")
    argv = ["--inputs", "target_url=a-long-one", "--inputs", "browser=firefox"]
    argv += ["--secret-inputs", "target_url", "--secret-inputs=browser"]
    ended = run_command(tmp_path, "run", *argv, **env)
    assert ended.exit_code == 0, ended.log
    [request] = [one for one in emulator.requests() if one["method"] == "POST"]
    assert "a-long-one" in str(request)
    assert "firefox" in str(request)
    assert "a-long-one" not in ended.everything()
    assert "firefox" not in ended.everything()


def test_other_repeated_flags_are_refused(emulator, tmp_path):
    env = variables_for(emulator, "completed")
    ended = run_command(tmp_path, "run", "--max-wait-time", "5m", "--max-wait-time=1h", **env)
    assert ended.exit_code == 2
    assert "--max-wait-time is given 2 times. Give it once." in ended.log
    assert emulator.requests() == []


@pytest.mark.parametrize(("workflow", "exit_code"), [("completed", 0), ("failed", 1)])
def test_quiet_run_prints_errors_and_the_last_line(emulator, tmp_path, workflow, exit_code):
    ended = run_command(tmp_path, "run", "--quiet", **variables_for(emulator, workflow))
    assert ended.exit_code == exit_code
    *errors, last = ended.log.splitlines()
    assert last.startswith("genesis-ci: verdict=")
    assert [line[:8] for line in errors[:1]] == (["✘ failed"] if exit_code else [])
    assert "Triggering" not in ended.log


def test_signals_are_handled_before_slow_imports(tmp_path):
    done = shell(
        tmp_path,
        f"{sys.executable} -I -c 'import genesis_ci.cli, genesis_ci.system.signals, sys;"
        " print(*sys.modules)'",
    )
    loaded = set(done.stdout.split())
    assert "genesis_ci.system.signals" in loaded
    assert loaded.isdisjoint({"typing", "re", "yaml", "requests", "genesis_ci.models"})


def test_deleted_working_directory_is_reported(tmp_path):
    done = shell(tmp_path, "mkdir gone; cd gone; rmdir ../gone; $GENESIS run")
    assert done.returncode == 2
    assert done.stderr == (
        "genesis-ci: the working directory is not there any more, so no report can be written. "
        "Start the job in a directory that exists. Nothing was triggered.\n"
    )


@pytest.mark.parametrize("verb", ["run", "check"])
def test_problem_is_on_stderr_if_stdout_is_redirected(tmp_path, verb):
    done = shell(tmp_path, f"$GENESIS {verb} >/dev/null", GENESIS_MAX_WAIT_TIME="soon")
    assert done.returncode == 2
    assert "max-wait-time" in done.stderr


def test_red_verdict_is_printed_once_to_stderr(emulator, tmp_path):
    done = shell(tmp_path, "$GENESIS run", **variables_for(emulator, "failed"))
    assert done.returncode == 1
    assert done.stderr.startswith("✘ failed: ")
    assert "✘" not in done.stdout
    assert done.stdout.splitlines()[-1].startswith("genesis-ci: verdict=failed ")


def test_ci_has_one_log(emulator, tmp_path):
    env = variables_for(emulator, "failed")
    done = shell(tmp_path, "$GENESIS run", GITLAB_CI="true", **env)
    assert (done.returncode, done.stderr) == (1, "")
    assert "✘ failed" in done.stdout


def test_misuse_on_a_terminal_keeps_the_last_reports(tmp_path):
    results = tmp_path / "genesis-results"
    results.mkdir()
    (results / "junit.xml").write_text("the last run's")
    done = shell(tmp_path, f"{ON_A_TERMINAL} $GENESIS run --bogus </dev/null")
    assert done.returncode == 2
    assert "--bogus" in done.stdout
    assert [path.read_text() for path in results.iterdir()] == ["the last run's"]
    in_a_script = shell(tmp_path, "$GENESIS run --bogus")
    assert in_a_script.returncode == 2
    assert "<error" in (results / "junit.xml").read_text()


def test_full_output_pipe_does_not_block_the_job(emulator, tmp_path):
    env = variables_for(emulator, "completed")
    done = shell(
        tmp_path,
        "mkfifo out; $GENESIS run",
        GITHUB_ACTIONS="true",
        GITHUB_OUTPUT=str(tmp_path / "out"),
        **env,
    )
    assert done.returncode == 0
    assert done.stdout.count("outputs could not be written: No such device or address.") == 1


def test_job_needs_no_packages_of_the_emulator(tmp_path):
    """The action's image does not have them."""
    hidden = "import sys; sys.modules['starlette'] = sys.modules['uvicorn'] = None"
    program = f"{hidden}; from genesis_ci.cli import main; sys.exit(main(['run']))"
    ended = shell(tmp_path, f'{sys.executable} -I -c "{program}"')
    assert ended.returncode == 2, ended.stdout + ended.stderr
