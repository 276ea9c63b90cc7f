"""SIGINT and SIGTERM on the real process: it ends with reports within 4 s."""

import fcntl
import os
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import cycle
from pathlib import Path

import pytest

from genesis_ci.publish import REPORTS
from tests.builders import EXECUTION_ID, WORKFLOW_ID
from tests.jobs import KEY, LIMIT, Ended, Started, Step, a_step, assert_evidence, start_command
from tests.reliability import answers
from tests.reliability.answers import COMPLETED, RUNNING, dribble, late, started, status
from tests.reliability.server import FaultServer, Script
from tests.reliability.side_by_side import check_side_by_side

LONGEST = 4.0
AS_PROCESS_1 = ("unshare", "--pid", "--fork", "--kill-child")
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}


def failed_with(blocks: int) -> Script:
    """Return a failed run with so many blocks that its reports take long."""
    many = {f"block-{n}": {"status": "failed", "output": "x" * 300} for n in range(blocks)}
    return status("failed", state={"blocks": many})


MOMENTS: dict[str, tuple[Script, Script, str, str]] = {
    "between looks": (started(), RUNNING, "running", "GET"),
    "in a look without an answer": (started(), answers.silence, "Triggered", "GET"),
    "in a dribbled answer": (started(), dribble(b" ", answers.HEAD), "Triggered", "GET"),
    "in a trigger without an answer": (answers.silence, RUNNING, "Triggering", "POST"),
    "in a trigger that is answered a moment later": (
        late(0.7, started()),
        RUNNING,
        "Triggering",
        "POST",
    ),
}
"""What the server does; the line of the log and the request that precede the signal."""
INTERRUPTED = dict(zip(MOMENTS, cycle(SIGNALS)))
"""Each moment with one signal: a job handles both in the same way."""


def may_be_process_1() -> bool:
    with suppress(OSError):
        return subprocess.run([*AS_PROCESS_1, "true"], capture_output=True).returncode == 0
    return False


def started_until(job: Step, line: str) -> Started:
    """Start a job and return when its log has a line; keep the lines that were read."""
    running = job.start()
    while line not in running.read_line():
        assert running.process.poll() is None, running.head
    return running


def wait_until(holds: Callable[[], object]) -> None:
    until = time.monotonic() + LIMIT
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def ended_in_time(job: Step, running: Started) -> Ended:
    ended = job.ended(running)
    assert ended.seconds < LONGEST
    return ended


def interrupt(name: str, directory: Path) -> None:
    number = INTERRUPTED[name]
    trigger, poll, line, request = MOMENTS[name]
    with FaultServer(triggers=(trigger,), polls=(poll,)) as server:
        job = a_step(directory, {"api-url": server.url})
        running = started_until(job, line)
        wait_until(lambda: server.count(request))
        running.signal(number)
        ended = ended_in_time(job, running)
    assert_evidence(ended, exit_code=SIGNALS[number], verdict="interrupted")
    if name == "in a trigger without an answer":
        assert "may have started" in ended.log
    else:
        assert f"genesis-ci wait {EXECUTION_ID}" in ended.log
        assert ended.outputs["execution-id"] == EXECUTION_ID


def test_a_signal_at_any_moment_leaves_all_reports(subtests, tmp_path):
    check_side_by_side(subtests, tmp_path, MOMENTS, interrupt, at_once=3)


def test_a_signal_ends_the_job_as_process_1(tmp_path):
    """The kernel sends the first process of a container only signals that it handles."""
    if not may_be_process_1():
        pytest.skip("no PID namespace can be made here")
    with FaultServer(triggers=(started(),), polls=(RUNNING,)) as server:
        job = a_step(tmp_path, {"api-url": server.url}, before=AS_PROCESS_1)
        running = started_until(job, "running")
        outside = running.process.pid
        inside = Path(f"/proc/{outside}/task/{outside}/children").read_text().split()[0]
        running.at = time.monotonic()
        os.kill(int(inside), signal.SIGTERM)
        ended = ended_in_time(job, running)
    assert_evidence(ended, exit_code=143, verdict="interrupted")


def test_more_signals_change_nothing(tmp_path):
    heard = threading.Event()

    def answer_when_all_are_heard(conversation) -> bool | None:
        heard.wait(LIMIT)
        return started()(conversation)

    with FaultServer(triggers=(answer_when_all_are_heard,), polls=(RUNNING,)) as server:
        job = a_step(tmp_path, {"api-url": server.url})
        running = started_until(job, "Triggering")
        wait_until(lambda: server.count("POST"))
        running.signal(signal.SIGINT)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            time.sleep(0.05)  # or the kernel makes one of two
            running.process.send_signal(number)
        heard.set()
        ended = ended_in_time(job, running)
    assert_evidence(ended, exit_code=130, verdict="interrupted")
    assert ended.outputs["execution-id"] == EXECUTION_ID


def test_a_signal_while_a_name_is_resolved_ends_the_job_in_time(tmp_path):
    job = a_step(tmp_path, {"api-url": "https://genesis.invalid"})
    running = started_until(job, "Triggering")
    running.signal(signal.SIGTERM)
    ended = ended_in_time(job, running)
    assert_evidence(ended, exit_code=143, verdict="interrupted")


def first_is_written(job: Step) -> bool:
    junit = job.workspace / "genesis-results" / "junit.xml"
    return "<failure" in junit.read_text(encoding="utf-8")


@pytest.mark.parametrize("one_is_written", [False, True], ids=["none is there", "one is there"])
def test_a_signal_during_the_reports_leaves_complete_ones(one_is_written, tmp_path):
    with FaultServer(triggers=(started(),), polls=(failed_with(3000),)) as server:
        job = a_step(tmp_path, {"api-url": server.url})
        running = started_until(job, "failed")
        if one_is_written:
            wait_until(lambda: first_is_written(job))
        running.signal(signal.SIGTERM)
        ended = ended_in_time(job, running)
    verdict = {143: "interrupted", 1: "failed"}[ended.exit_code]
    assert_evidence(ended, exit_code=ended.exit_code, verdict=verdict)
    assert [path for path in ended.workspace.rglob("*") if path.name.startswith(".")] == []


def test_a_signal_before_the_trigger_sends_nothing(tmp_path):
    reader, writer = os.pipe()
    results = tmp_path / "genesis-results"
    with FaultServer(triggers=(started(),), polls=(COMPLETED,)) as server:
        argv = ["run", "--api-key-file", "-", "--api-url", server.url, "--workflow-id", WORKFLOW_ID]
        process = start_command(tmp_path, *argv, stdin=reader)
        wait_until(lambda: results.exists() and REPORTS.keys() <= {*os.listdir(results)})
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        log, _ = process.communicate(timeout=10)
        os.close(reader)
        os.close(writer)
    assert time.monotonic() - began < LONGEST
    assert process.returncode == 143
    assert server.requests == []
    assert "Nothing was started" in log
    assert log.rstrip().endswith("exit-code=143")
    assert (results / "junit.xml").read_text().count("<error")


def test_a_check_can_be_interrupted(tmp_path):
    with FaultServer(polls=(answers.silence,)) as server:
        named = {"GENESIS_API_KEY": KEY, "GENESIS_WORKFLOW_ID": WORKFLOW_ID}
        process = start_command(tmp_path, "check", "--api-url", server.url, **named)
        wait_until(lambda: server.requests)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        log, _ = process.communicate(timeout=10)
    assert (process.returncode, "interrupted" in log) == (130, True)
    assert time.monotonic() - began < LONGEST


def unread(pipe) -> int:
    """Return how many bytes wait in a pipe."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


def is_stuck(pipe) -> bool:
    """Return whether a pipe receives no more bytes."""
    before = unread(pipe)
    time.sleep(0.2)
    return 0 < before == unread(pipe)


def unread_and_interrupted(job: Step, server: FaultServer) -> Ended:
    """Run a job whose log nobody reads; send the signal when the pipe is full."""
    running = job.start()
    with running.process.stdout as pipe:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 4096)
        wait_until(lambda: server.count("GET") and is_stuck(pipe))
        assert running.process.poll() is None
        running.signal(signal.SIGTERM)
        code = running.process.wait(timeout=10)
        seconds = time.monotonic() - running.at
        log = pipe.read().decode()
    assert seconds < LONGEST
    return Ended(
        directory=job.directory, workspace=job.workspace, exit_code=code, log=log, seconds=seconds
    )


def test_reports_are_written_when_nobody_reads_the_log(tmp_path):
    with FaultServer(triggers=(started(),), polls=(failed_with(1000),)) as server:
        ended = unread_and_interrupted(a_step(tmp_path, {"api-url": server.url}), server)
    assert ended.exit_code == 143
    assert ended.is_red_in_junit
    assert ended.outputs["verdict"] == "interrupted"
    assert ended.outputs["execution-id"] == EXECUTION_ID


def test_masks_come_first_when_the_log_is_read_slowly(tmp_path):
    lines = "".join(f"  line {n:040} of a secret\n" for n in range(90))
    inputs = {"inputs": f"pw: |\n{lines}", "secret-inputs": "pw"}
    with FaultServer(triggers=(started(),), polls=(RUNNING,)) as server:
        ended = unread_and_interrupted(a_step(tmp_path, {"api-url": server.url, **inputs}), server)
    assert ended.exit_code == 143
    assert ended.is_red_in_junit
    assert ended.outputs["execution-id"] == EXECUTION_ID
    assert all(line.startswith("::add-mask::") for line in ended.log.splitlines())


def test_a_closed_terminal_ends_the_job_with_reports(tmp_path):
    with FaultServer(triggers=(started(),), polls=(RUNNING,)) as server:
        job = a_step(tmp_path, {"api-url": server.url})
        running = started_until(job, "running")
        running.signal(signal.SIGHUP)
        ended = ended_in_time(job, running)
    assert_evidence(ended, exit_code=143, verdict="interrupted")


def test_a_signal_keeps_the_ids_of_two_hundred_attached_runs(tmp_path):
    ids = [f"run-{n:03}" for n in range(200)]
    inputs = {"execution-id": ",".join(ids), "workflow-id": ""}
    with FaultServer(polls=(answers.silence,)) as server:
        job = a_step(tmp_path, {"api-url": server.url, **inputs})
        running = started_until(job, "Attaching to execution run-050")
        running.signal(signal.SIGTERM)
        ended = ended_in_time(job, running)
    assert_evidence(ended, exit_code=143, verdict="interrupted")
    assert ended.outputs["execution-id"].split(",") == ids


def test_a_killed_job_leaves_no_green_report(tmp_path):
    with FaultServer(triggers=(started(),), polls=(COMPLETED,)) as server:
        assert a_step(tmp_path, {"api-url": server.url}).run().exit_code == 0
    with FaultServer(triggers=(started(),), polls=(RUNNING,)) as server:
        job = a_step(tmp_path, {"api-url": server.url})
        running = started_until(job, "running")
        running.signal(signal.SIGKILL)
        ended = job.ended(running)
    assert ended.is_red_in_junit
    assert ended.result["exit_code"] != 0
    assert ended.result["workflows"][0]["execution_id"] == EXECUTION_ID


def test_a_frozen_job_reads_the_answer_that_arrived_meanwhile(tmp_path):
    """As `docker pause` does it: longer than the trigger may take, and the answer is there.

    Under the one policy by which a trigger that had no answer is sent again.
    """
    come = threading.Event()

    def answer_a_frozen_job(conversation) -> bool | None:
        come.wait(LIMIT)
        return started()(conversation)

    inputs = {"concurrency-policy": "cancel-previous", "max-wait-time": "2s"}
    with FaultServer(triggers=(answer_a_frozen_job,), polls=(COMPLETED,)) as server:
        job = a_step(tmp_path, {"api-url": server.url, **inputs})
        running = started_until(job, "Triggering")
        wait_until(lambda: server.count("POST"))
        running.signal(signal.SIGSTOP)
        come.set()
        time.sleep(2.1)  # longer than the job waits
        running.signal(signal.SIGCONT)
        ended = job.ended(running)
        assert server.count("POST") == 1
    assert ended.outputs["execution-id"] == EXECUTION_ID
