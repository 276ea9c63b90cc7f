"""Jobs of several workflows, reviews and attached runs over real HTTP."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from junitparser import JUnitXml

from genesis_emulator import Emulator
from genesis_emulator.scenario import EmulatorError
from tests.integration.gates import CONFIG, gate, job_environment, written
from tests.jobs import Ended, environment, run_step


def test_five_workflows_run_and_cancel_previous_never_overlaps(emulator, tmp_path):
    ended = gate(emulator, written(tmp_path, emulator, CONFIG))
    assert ended.exit_code == 0, ended.log
    assert ended.verdicts == ["passed", "failed", "passed", "passed", "passed"]
    assert len(emulator.executions()) == 5
    turns = [run for run in emulator.executions() if run["workflowName"] == "cancel-previous"]
    assert [run["status"] for run in turns] == ["completed", "completed"]
    first_end, second_start = turns[0]["finishedAt"], turns[1]["createdAt"]
    assert datetime.fromisoformat(first_end) <= datetime.fromisoformat(second_start)
    assert "second turn waits for first turn: both run workflow" in ended.log
    payloads = [run["triggerPayload"] for run in emulator.executions()]
    assert payloads == [{"target_url": "https://preview.example.com"}] * 5
    suites = {
        suite.name: suite for suite in JUnitXml.fromstring(ended.report("junit.xml").encode())
    }
    assert set(suites) == {"passes", "fails", "in review", "first turn", "second turn"}
    assert sum(suite.failures + suite.errors for suite in suites.values()) == 0
    assert suites["fails"].skipped
    assert suites["in review"].skipped


RED = {
    "a failure counts": ("required: false", "required: true", 1),
    "a review counts": ("on-review-pending: pass", "on-review-pending: fail", 3),
    "a cancelled run": ("{completed}", "{cancelled}", 4),
    "a skipped run": ("{completed}", "{skipped}", 5),
    "a slow run": ("{completed}", "{slow}\n    max-wait-time: 20s", 6),
    "a refusal": ("{completed}", "{api-off}", 7),
    "a mistake": ("required: false", "requierd: false", 2),
    "two of one name": ("name: fails", "name: passes", 2),
}


@pytest.mark.parametrize("change", RED)
def test_each_failure_has_the_documented_exit_code(emulator, tmp_path, change):
    old, new, exit_code = RED[change]
    short = CONFIG[: CONFIG.index("  - name: first turn")].replace(old, new, 1)
    ended = gate(emulator, written(tmp_path, emulator, short))
    assert ended.exit_code == exit_code, ended.log
    assert ("execution  none" in ended.log) is (exit_code == 7)
    if exit_code == 2:
        assert ended.verdicts == []


def test_the_action_reads_the_config_file_of_the_workspace(emulator, tmp_path):
    config = CONFIG[: CONFIG.index("  - name: first turn")].replace("${PREVIEW_URL}", "x")
    written(tmp_path / "workspace", emulator, config)
    inputs = {"api-key": emulator.api_key, "api-url": emulator.url, "config": ""}
    step = run_step(tmp_path, inputs)
    assert step.exit_code == 0, step.log
    assert len(json.loads(step.outputs["results"])) == 3
    assert step.outputs["execution-id"].count(",") == 2


def test_fail_fast_starts_no_further_workflow(emulator, tmp_path):
    text = CONFIG.replace("version: 1", "version: 1\nfail-fast: true\nmax-parallel: 1")
    ended = gate(emulator, written(tmp_path, emulator, text.replace("required: false", "")))
    assert ended.exit_code == 1
    assert ended.verdicts == ["passed", "failed", "not_run", "not_run", "not_run"]
    assert len(emulator.executions()) == 2


@contextmanager
def whenever_in_review(emulator: Emulator, decide: Callable[[str], None]) -> Iterator[None]:
    """Decide every review in another thread."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            for run in emulator.executions():
                if run["status"] == "review_pending":
                    try:
                        decide(run["id"])
                    except EmulatorError:
                        continue

    person = threading.Thread(target=watch)
    person.start()
    try:
        yield
    finally:
        over.set()
        person.join()


def in_review(emulator: Emulator, tmp_path: Path, **env: str) -> Ended:
    return gate(
        emulator,
        tmp_path,
        GENESIS_WORKFLOW_ID=emulator.workflows["review"].id,
        GENESIS_ON_REVIEW_PENDING="wait",
        **env,
    )


@pytest.mark.parametrize(("decision", "exit_code"), [("approve", 0), ("reject", 1)])
def test_the_reviews_decision_is_the_exit_code(emulator, tmp_path, decision, exit_code):
    with whenever_in_review(emulator, getattr(emulator, decision)):
        ended = in_review(emulator, tmp_path, GENESIS_POLL_INTERVAL="auto")
    assert ended.exit_code == exit_code, ended.log


def test_a_review_without_a_decision_ends_after_review_wait_time(emulator, tmp_path):
    ended = in_review(emulator, tmp_path, GENESIS_REVIEW_WAIT_TIME="2s")
    assert ended.exit_code == 3
    [run] = emulator.executions()
    assert "approve or reject it in Genesis" in ended.log
    assert "Nobody reviewed the run within review-wait-time" in ended.log
    assert f"genesis-ci wait {run['id']}" in ended.log


def test_a_rerun_after_the_approval_attaches_and_triggers_nothing(emulator, tmp_path):
    gate(emulator, tmp_path, "trigger", GENESIS_WORKFLOW_ID=emulator.workflows["review"].id)
    [run] = emulator.executions()
    first = gate(emulator, tmp_path, "wait", run["id"])
    assert first.exit_code == 3
    assert f"re-run this job: it attaches to execution {run['id']}" in first.log
    emulator.approve(run["id"])
    assert gate(emulator, tmp_path, "wait", run["id"]).exit_code == 0
    assert len(emulator.executions()) == 1


def test_a_superseded_run_is_reported_and_may_pass(tmp_path):
    with Emulator() as emulator:  # in real time: the first run is still going at the second
        workflow = {
            "GENESIS_WORKFLOW_ID": emulator.workflows["cancel-previous"].id,
            "GENESIS_CONCURRENCY_POLICY": "cancel-previous",
        }
        gate(emulator, tmp_path, "trigger", **workflow)
        gate(emulator, tmp_path, "trigger", **workflow)
        superseded = emulator.executions()[0]["id"]
        ended = gate(emulator, tmp_path, "wait", superseded)
        assert ended.exit_code == 4
        assert "superseded by a newer trigger" in ended.log
        assert gate(emulator, tmp_path, "wait", superseded, "--on-cancelled", "pass").exit_code == 0


def test_check_validates_the_file_and_starts_nothing(emulator, tmp_path):
    workspace = written(tmp_path, emulator, CONFIG)
    ended = gate(emulator, workspace, "check")
    assert (ended.exit_code, "5 workflows" in ended.log) == (0, True)
    assert emulator.executions() == []
    written(tmp_path, emulator, CONFIG.replace("inputs", "inptus"))
    assert ".genesis-ci.yml:3: unknown key “inptus”" in gate(emulator, workspace, "check").log


def threads_of(process: "subprocess.Popen[str]") -> int:
    try:
        return len(list(Path(f"/proc/{process.pid}/task").iterdir()))
    except OSError:
        return 0


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted in /proc")
def test_eighty_parallel_workflows_need_few_threads(emulator, tmp_path):
    entry = "  - name: w{0}\n    workflow-id: {{{1}}}\n    required: {2}\n"
    kinds = [("completed", "true"), ("failed", "false"), ("skipped", "false"), ("echo", "true")]
    text = "version: 1\nmax-parallel: 80\nworkflows:\n" + "".join(
        entry.format(number, *kinds[number % 4]) for number in range(80)
    )
    workspace = written(tmp_path, emulator, text)
    with open(tmp_path / "log", "w") as log:
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", "genesis_ci", "run"],
            cwd=workspace,
            env=environment(**job_environment(emulator)),
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
        most = 0
        while process.poll() is None:
            most = max(most, threads_of(process))
            time.sleep(0.05)
    ended = Ended(
        exit_code=process.returncode,
        log=(tmp_path / "log").read_text(),
        workspace=tmp_path,
        directory=tmp_path,
    )
    assert ended.exit_code == 0, ended.log[-2000:]
    assert ended.verdicts == ["passed", "failed", "skipped", "passed"] * 20
    assert len(emulator.executions()) == 80
    assert len(JUnitXml.fromstring(ended.report("junit.xml").encode())) == 80
    assert most <= 40
    assert os.path.getsize(tmp_path / "log") < 160_000
