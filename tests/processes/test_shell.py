"""The program in a shell: encodings, closed streams, terminals."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence

import pytest

from genesis_ci.result import render
from tests.jobs import LIMIT, environment, variables_at
from tests.reliability.answers import COMPLETED, FAILED, started, status
from tests.reliability.server import FaultServer
from tests.unit.reporters.reports import completed, failed

NOT_ISOLATED = "${GENESIS/-I/}"
"""Isolated Python ignores PYTHONIOENCODING."""
ON_A_TERMINAL = (
    f"{sys.executable} -I -c 'import os, pty, sys;"
    " sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))'"
)


def shell(
    workspace, script: str, *, pass_fds: Sequence[int] = (), **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a shell command in which `$GENESIS` is the program."""
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", script], cwd=workspace,
        env=environment(GENESIS=f"{sys.executable} -I -m genesis_ci", **env), pass_fds=pass_fds,
        capture_output=True, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip


@pytest.fixture
def failing() -> Iterator[dict[str, str]]:
    """The variables of a job whose run fails."""
    with FaultServer(triggers=(started(),), polls=(FAILED,)) as server:
        yield variables_at(server.url)


def test_log_is_utf_8_with_any_locale(tmp_path):
    secret = {"GENESIS_INPUTS": "browser: pässwörd-ключ", "GENESIS_SECRET_INPUTS": "browser"}
    with FaultServer(triggers=(started(),), polls=(COMPLETED,)) as server:
        env = {"GITHUB_ACTIONS": "true", **variables_at(server.url), **secret}
        done = shell(tmp_path, f"{NOT_ISOLATED} run", PYTHONIOENCODING="cp1252", **env)
    assert done.returncode == 0, done.stdout
    assert "::add-mask::pässwörd-ключ\n" in done.stdout
    misused = shell(tmp_path, f"{NOT_ISOLATED} demo --scenario “", PYTHONIOENCODING="ascii:strict")
    assert (misused.returncode, misused.stdout) == (2, "")
    assert "--scenario: write one of passed, " in misused.stderr


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


@pytest.mark.parametrize(
    "script",
    [
        f"PYTHONINSPECT=1 {NOT_ISOLATED} bogus",
        "${GENESIS/-I/-i} bogus",
        f"echo 'exit()' | PYTHONINSPECT=1 {ON_A_TERMINAL} {NOT_ISOLATED} bogus",
        f"echo 'exit()' | PYTHONPATH=. {ON_A_TERMINAL} {NOT_ISOLATED} bogus",
    ],
)
def test_interactive_python_keeps_the_exit_code_and_opens_no_prompt(tmp_path, script):
    (tmp_path / "sitecustomize.py").write_text('import os; os.environ["PYTHONINSPECT"] = "1"')
    ended = shell(tmp_path, script)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert ">>>" not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    "script",
    ["$GENESIS run >&-", "$GENESIS run | true; exit ${PIPESTATUS[0]}", "$GENESIS run >/dev/full"],
)
def test_the_verdict_does_not_need_the_log(tmp_path, failing, script):
    ended = shell(tmp_path, script, **failing)
    assert ended.returncode == 1
    assert ended.stderr == ""
    assert "<failure" in (tmp_path / "genesis-results/junit.xml").read_text(encoding="utf-8")


def test_the_log_is_one_stream_that_ends_with_its_last_line(tmp_path, failing):
    done = shell(tmp_path, "$GENESIS run", **failing)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.count("✘ failed") == 1
    assert done.stdout.splitlines()[-1].startswith("genesis-ci: verdict=failed ")


def test_shown_result_that_is_lost_is_red(tmp_path):
    (tmp_path / "result.json").write_text(render(completed()), encoding="utf-8")
    done = shell(tmp_path, "$GENESIS show result.json >/dev/full")
    assert done.returncode == 70
    assert "standard output cannot be written, so the result is lost." in done.stderr
    done = shell(tmp_path, "$GENESIS show none.json", GITHUB_ACTIONS="true")
    assert (done.returncode, done.stdout) == (2, "")
    assert "::error title=genesis-ci show::none.json: " in done.stderr


def test_standard_output_of_check_has_only_the_document(tmp_path):
    offline = "$GENESIS check --json --offline --only other --missing-key skip"
    each = (
        f"{{name: {one}, workflow-id: 6f9619ff-8b86-4d01-b42d-00c04fc964f{at}}}"
        for at, one in enumerate(("smoke", "other"))
    )
    (tmp_path / ".genesis-ci.yml").write_text(f"version: 1\nworkflows: [{', '.join(each)}]\n")
    done = shell(tmp_path, offline, GITHUB_ACTIONS="true")
    selected = [one["selected"] for one in json.loads(done.stdout)["workflows"]]
    assert (done.returncode, selected) == (0, [False, True])
    assert done.stderr.splitlines()[-1] == "genesis-ci: check exit-code=0"
    done = shell(tmp_path, "$GENESIS check --json --bogus")
    assert (done.returncode, json.loads(done.stdout)["exit_code"]) == (2, 2)
    done = shell(tmp_path, f"{offline} >/dev/full")
    assert done.returncode == 70
    assert "standard output cannot be written, so the plan is lost." in done.stderr


def test_a_closed_standard_input_is_reported(tmp_path):
    done = shell(tmp_path, "$GENESIS run --api-key-file - <&-")
    assert done.returncode == 2
    assert "standard input is closed" in done.stdout + done.stderr


def test_a_deleted_working_directory_is_reported(tmp_path):
    done = shell(tmp_path, "mkdir gone; cd gone; rmdir ../gone; $GENESIS run")
    assert done.returncode == 2
    assert done.stderr == (
        "genesis-ci: the working directory does not exist any more, so no report can be written. "
        "Start the job in a directory that exists. Nothing was triggered.\n"
    )
    done = shell(tmp_path, "mkdir gone; cd gone; rmdir ../gone; $GENESIS comment --from a.json")
    assert (done.returncode, "a.json: No such file" in done.stdout) == (2, True)


def test_the_live_line_fits_its_terminal(tmp_path):
    key = "place-order-and-check-the-total"
    state = {"blocks": {key: {"status": "running"}}}
    polls = (status("running", state=state), COMPLETED)
    with FaultServer(triggers=(started(),), polls=polls) as server:
        script = f"{ON_A_TERMINAL} bash -c 'stty cols 44; $GENESIS run'"
        done = shell(tmp_path, script, **variables_at(server.url))
    lives = re.findall(r"\x1b\[\?7l(.*?)\x1b", done.stdout)
    assert max(map(len, lives)) == 43, done.stdout


def test_show_prints_plain_text_on_a_terminal_and_markdown_elsewhere(tmp_path):
    results = tmp_path / "genesis-results"
    results.mkdir()
    (results / "result.json").write_text(render(failed()), "utf-8")
    for script, first in ((ON_A_TERMINAL, "❌ Failed"), ("", "### ❌ Failed")):
        done = shell(tmp_path, f"{script} $GENESIS show </dev/null", LC_ALL="C.UTF-8")
        assert (done.returncode, done.stdout.startswith(first)) == (1, True), done.stdout
        assert "\x1b" not in done.stdout


def test_misuse_on_a_terminal_keeps_the_last_reports(tmp_path):
    results = tmp_path / "genesis-results"
    results.mkdir()
    (results / "junit.xml").write_text("the last run's")
    done = shell(tmp_path, f"{ON_A_TERMINAL} $GENESIS run --bogus </dev/null")
    assert done.returncode == 2
    assert "--bogus" in done.stdout
    assert [path.read_text() for path in results.iterdir()] == ["the last run's"]
    assert shell(tmp_path, "$GENESIS run --bogus").returncode == 2
    assert "<error" in (results / "junit.xml").read_text()
