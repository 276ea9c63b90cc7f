"""Signals to the real process: it ends with reports within 4 s."""

import fcntl
import json
import os
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from genesis_ci.jobs.publish import REPORTS
from genesis_ci.result import render
from genesis_ci.system.signals import SIGNAL_CODES
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_report
from tests.jobs import (
    LIMIT,
    Ended,
    Started,
    assert_evidence,
    has_ended,
    inputs_at,
    run_command,
    run_step,
    start_command,
    start_step,
    variables_at,
)
from tests.reliability import answers
from tests.reliability.answers import COMPLETED, RUNNING, late, started, status
from tests.reliability.server import FaultServer, Script
from tests.unit.config.configs import result_json
from tests.unit.forges.jobs import PULL_REQUEST, on_github
from tests.unit.reporters.reports import many_workflows

LONGEST = 4.0
AS_PROCESS_1 = ("unshare", "--pid", "--fork", "--kill-child")


def failed_with(blocks: int) -> Script:
    """Return a failed run with so many blocks that its reports take long."""
    many = {f"block-{n}": {"status": "failed", "output": "x" * 300} for n in range(blocks)}
    return status("failed", state={"blocks": many})


def wait_until(holds: Callable[[], object]) -> None:
    until = time.monotonic() + LIMIT
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def interrupted(job: Started, number: int = signal.SIGTERM) -> Ended:
    """Send the signal and check what the job leaves."""
    job.signal(number)
    ended = job.end()
    assert ended.seconds < LONGEST
    code = 130 if number == signal.SIGINT else 143
    assert_evidence(ended, exit_code=code, verdict="interrupted")
    return ended


@pytest.mark.parametrize(
    ("trigger", "poll", "line", "request_", "number"),
    [
        (started(), RUNNING, "running", "GET", signal.SIGINT),
        (started(), RUNNING, "running", "GET", signal.SIGHUP),
        (started(), answers.silence, "Triggered", "GET", signal.SIGTERM),
        (answers.silence, RUNNING, "Triggering", "POST", signal.SIGTERM),
        (late(0.7, started()), RUNNING, "Triggering", "POST", signal.SIGINT),
    ],
    ids=["between polls", "terminal closed", "in a poll", "in a trigger", "before its answer"],
)
def test_a_signal_at_any_moment_leaves_all_reports(tmp_path, trigger, poll, line, request_, number):
    with FaultServer(triggers=(trigger,), polls=(poll,)) as server:
        job = start_step(tmp_path, inputs_at(server.url)).until(line)
        wait_until(lambda: server.count(request_))
        ended = interrupted(job, number)
    if trigger is answers.silence:
        assert "may have started" in ended.log
    else:
        assert f"genesis-ci wait {EXECUTION_ID}" in ended.log
        assert ended.outputs["execution-id"] == EXECUTION_ID


def test_a_signal_during_name_resolution_ends_the_job(tmp_path):
    interrupted(start_step(tmp_path, inputs_at("https://genesis.invalid")).until("Triggering"))


def may_be_process_1() -> bool:
    with suppress(OSError):
        return subprocess.run([*AS_PROCESS_1, "true"], capture_output=True).returncode == 0
    return False


def test_a_signal_ends_the_job_as_process_1(tmp_path):
    """The kernel sends the first process of a container only signals that it handles."""
    if not may_be_process_1():
        pytest.skip("no PID namespace can be made here")
    with FaultServer(triggers=(started(),), polls=(RUNNING,)) as server:
        job = start_step(tmp_path, inputs_at(server.url), before=AS_PROCESS_1).until("running")
        outside = job.process.pid
        inside = Path(f"/proc/{outside}/task/{outside}/children").read_text().split()[0]
        job.since = time.monotonic()
        os.kill(int(inside), signal.SIGTERM)
        ended = job.end()
    assert ended.seconds < LONGEST
    assert_evidence(ended, exit_code=143, verdict="interrupted")


def test_more_signals_change_nothing(tmp_path):
    heard = threading.Event()

    def answer_when_all_are_heard(conversation) -> bool | None:
        heard.wait(LIMIT)
        return started()(conversation)

    with FaultServer(triggers=(answer_when_all_are_heard,), polls=(RUNNING,)) as server:
        job = start_step(tmp_path, inputs_at(server.url))
        wait_until(lambda: server.count("POST"))
        job.signal(signal.SIGINT)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            time.sleep(0.05)  # or the kernel makes one of two
            job.process.send_signal(number)
        heard.set()
        ended = job.end()
    assert ended.seconds < LONGEST
    assert_evidence(ended, exit_code=130, verdict="interrupted")
    assert ended.outputs["execution-id"] == EXECUTION_ID


@pytest.mark.parametrize("one_is_written", [False, True], ids=["none is there", "one is there"])
def test_a_signal_during_the_reports_leaves_complete_ones(one_is_written, tmp_path):
    with FaultServer(triggers=(started(),), polls=(failed_with(3000),)) as server:
        job = start_step(tmp_path, inputs_at(server.url)).until("failed")
        junit = job.workspace / "genesis-results" / "junit.xml"
        if one_is_written:
            wait_until(lambda: "<failure" in junit.read_text(encoding="utf-8"))
        job.signal(signal.SIGTERM)
        ended = job.end()
    assert ended.seconds < LONGEST
    verdict = {143: "interrupted", 1: "failed"}[ended.exit_code]
    assert_evidence(ended, exit_code=ended.exit_code, verdict=verdict)
    assert [path for path in ended.workspace.rglob("*") if path.match(".*.*")] == []


def test_a_signal_before_the_trigger_sends_nothing(tmp_path):
    """The job waits for its key, and its first reports are there."""
    reader, writer = os.pipe()
    results = tmp_path / "genesis-results"
    with FaultServer(triggers=(started(),), polls=(COMPLETED,)) as server:
        env = variables_at(server.url, api_key="")
        job = start_command(tmp_path, "run", "--api-key-file", "-", stdin=reader, **env)
        wait_until(lambda: results.exists() and REPORTS.keys() <= {*os.listdir(results)})
        job.signal(signal.SIGTERM)
        ended = job.end()
        os.close(reader)
        os.close(writer)
        assert server.requests == []
    assert (ended.exit_code, ended.seconds < LONGEST) == (143, True)
    assert "Nothing was started" in ended.log
    assert ended.log.rstrip().endswith("exit-code=143")
    assert ended.is_red_in_junit


@pytest.mark.parametrize("path", ["genesis-results/result.json", "./genesis-results/result.json"])
@pytest.mark.parametrize("command", [("wait", "--from"), ("run", "--failed-from")], ids=" ".join)
def test_an_earlier_jobs_file_is_replaced_before_inputs_are_read(tmp_path, command, path):
    """Its runs, commit and config file are still there for another try."""
    results = tmp_path / "genesis-results"
    results.mkdir()
    change = {"sha": "a" * 40, "change": "7"}
    earlier = result_json(a_report(execution_id="run-1"), change=change, config="ci.yml")
    (results / "result.json").write_text(earlier, encoding="utf-8")
    job = start_command(tmp_path, *command, path, "--api-key-file", "-", stdin=subprocess.PIPE)
    wait_until(lambda: "report.html" in os.listdir(results))
    killed = json.loads((results / "result.json").read_text(encoding="utf-8"))
    job.signal(signal.SIGTERM)
    ended = job.end()
    assert ended.exit_code == 143, ended.log
    for found in (killed, ended.result):
        [run] = found["workflows"]
        assert (found["verdict"], found["exit_code"], run["verdict"]) == (
            "interrupted", 143, "interrupted"
        )  # fmt: skip
        assert (run["execution_id"], found["config"]) == ("run-1", "ci.yml")
        assert found["change"].items() >= change.items()


ENDS_WITH_A_SIGNAL = """
import os, sys
from genesis_ci.cli import main, program

class Last:
    def __del__(self, kill=os.kill, process=os.getpid(), number=int(sys.argv[1])):
        kill(process, number)

sys.last = Last()
program(lambda: main(["walk"]))
"""


@pytest.mark.parametrize("number", SIGNAL_CODES)
def test_a_late_signal_keeps_the_exit_code(number):
    command = [sys.executable, "-c", ENDS_WITH_A_SIGNAL, str(int(number))]
    assert subprocess.run(command, capture_output=True).returncode == 2


COMMANDS = {
    "check": ["check"],
    "waiting for a preview": ["run"],
    "comment": ["comment", "--from", "genesis-results/result.json"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_signal_ends_a_command_that_waits_for_an_answer(tmp_path, name):
    with FaultServer(triggers=(started(),), polls=(COMPLETED,)) as server:
        run_command(tmp_path, "run", **on_github() | variables_at(server.url))
    (tmp_path / "event.json").write_text(json.dumps(PULL_REQUEST))
    with FaultServer(polls=(answers.silence,)) as server:
        github = on_github(GITHUB_API_URL=server.url, GITHUB_EVENT_PATH=f"{tmp_path}/event.json")
        env = variables_at(server.url, wait_for=server.url) | github
        job = start_command(tmp_path, *COMMANDS[name], **env)
        wait_until(lambda: server.count("GET"))
        job.signal(signal.SIGINT)
        ended = job.end()
        assert server.count("POST") == 0
    assert (ended.exit_code, ended.seconds < LONGEST) == (130, True), ended.log
    assert "interrupted" in ended.log.lower()


def test_a_signal_ends_a_command_whose_output_is_unread(tmp_path):
    (tmp_path / "result.json").write_text(render(many_workflows()), encoding="utf-8")
    job = start_command(tmp_path, "show", "result.json")
    fcntl.fcntl(job.process.stdout, fcntl.F_SETPIPE_SZ, 4096)
    wait_until(lambda: is_stuck(job.process.stdout))
    job.signal(signal.SIGTERM)
    assert job.process.wait(timeout=LIMIT) == 143
    job.process.communicate()  # not decoded: the last character may be cut


def child_of(job: Started) -> int | None:
    """Return the process in which a job checks its outputs."""
    for listed in Path(f"/proc/{job.process.pid}/task").glob("*/children"):
        with suppress(OSError):  # a listed process may have ended
            for pid in listed.read_text(encoding="ascii").split():
                if b"-S" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                    return int(pid)
    return None


def test_ctrl_c_ends_a_job_that_judges_a_hostile_pattern(tmp_path):
    """The signal does not reach the child, whose end could be judged before the job has it."""
    blocks = {"log": {"status": "completed", "output": "a" * 60 + "!"}}
    patterns = [{"block": "log", "matches": "(a+)+" + "$" * n} for n in range(1, 6)]
    with FaultServer(
        triggers=(started(),), polls=(status("completed", state={"blocks": blocks}),)
    ) as server:
        inputs = inputs_at(server.url, expect=json.dumps(patterns))
        job = start_step(tmp_path, inputs, before=("setsid",))
        wait_until(lambda: server.count("GET") and child_of(job))
        child = child_of(job)
        assert child
        assert os.getpgid(child) != job.process.pid
        job.since = time.monotonic()
        os.killpg(job.process.pid, signal.SIGINT)
        ended = job.end()
    assert ended.seconds < LONGEST
    assert_evidence(ended, exit_code=130, verdict="interrupted")
    assert "before the outputs of the completed run were judged" in ended.log
    wait_until(lambda: has_ended(child))


def unread(pipe) -> int:
    """Return how many bytes wait in a pipe."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


def is_stuck(pipe) -> bool:
    """Return whether a pipe receives no more bytes."""
    before = unread(pipe)
    time.sleep(0.2)
    return 0 < before == unread(pipe)


SECRET = "".join(f"  line {n:040} of a secret\n" for n in range(90))
UNREAD_LOGS = {
    "masks of a secret": (RUNNING, {"inputs": f"pw: |\n{SECRET}", "secret_inputs": "pw"}),
    "failed blocks": (failed_with(1000), {}),
}


@pytest.mark.parametrize("name", UNREAD_LOGS)
def test_a_log_that_nobody_reads_delays_no_report(tmp_path, name):
    """The job waits for the reader, so the signal comes before its end."""
    poll, inputs = UNREAD_LOGS[name]
    with FaultServer(triggers=(started(),), polls=(poll,)) as server:
        job = start_step(tmp_path, inputs_at(server.url, **inputs))
        pipe = job.process.stdout
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 4096)
        wait_until(lambda: server.count("GET") and is_stuck(pipe))
        assert job.process.poll() is None
        job.signal(signal.SIGTERM)
        assert job.process.wait(timeout=LIMIT) == 143
        ended = job.end()
    assert ended.seconds < LONGEST
    assert ended.is_red_in_junit
    assert ended.outputs["verdict"] == "interrupted"
    assert ended.outputs["execution-id"] == EXECUTION_ID
    if inputs:
        assert all(line.startswith("::add-mask::") for line in ended.log.splitlines())


def test_a_killed_job_leaves_a_red_report_with_the_id(tmp_path):
    """The report replaces the green one of an earlier job."""
    with FaultServer(triggers=(started(),), polls=(COMPLETED,)) as server:
        assert run_step(tmp_path, inputs_at(server.url)).exit_code == 0
    with FaultServer(triggers=(started(),), polls=(RUNNING, COMPLETED)) as server:
        inputs = inputs_at(server.url)
        job = start_step(tmp_path, inputs).until("running")
        job.signal(signal.SIGKILL)
        killed = job.end()
        assert killed.is_red_in_junit
        assert killed.result["exit_code"] != 0
        wait = ("wait", "--from", "genesis-results/result.json")
        waited = run_command(job.workspace, *wait, **variables_at(server.url, workflow_id=""))
        assert server.count("POST") == 1
    assert waited.exit_code == 0, waited.log
    assert waited.result["workflows"][0]["execution_id"] == EXECUTION_ID


def threads_of(job: Started) -> int:
    with suppress(OSError):
        return len(list(Path(f"/proc/{job.process.pid}/task").iterdir()))
    return 0


def test_eighty_parallel_workflows_need_few_threads(tmp_path):
    rows = "".join(f"  - {{name: w{n}, workflow-id: {WORKFLOW_ID}}}\n" for n in range(80))
    config = f"version: 1\nmax-parallel: 80\nworkflows:\n{rows}"
    (tmp_path / ".genesis-ci.yml").write_text(config)
    ids = [f"run-{n}" for n in range(80)]
    polls = (late(0.2, RUNNING),)
    with FaultServer(triggers=[started(id_) for id_ in ids], polls=polls) as server:
        job = start_command(tmp_path, "run", **variables_at(server.url, workflow_id=""))
        most = 0
        while server.count("GET") < 100:
            most = max(most, threads_of(job))
            time.sleep(0.02)
        job.signal(signal.SIGTERM)
        ended = job.end()
    assert (ended.exit_code, ended.seconds < LONGEST) == (143, True), ended.log
    assert sorted(one["execution_id"] for one in ended.result["workflows"]) == sorted(ids)
    assert 0 < most <= 40
