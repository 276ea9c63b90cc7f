"""Each verb with real sockets, files and streams."""

import io
import json

import pytest

from genesis_ci.app import Composition
from genesis_ci.config.sources import Given
from genesis_ci.models import Verb
from genesis_ci.system.signals import Signals
from genesis_ci.system.stdout import LogWriter
from tests.builders import WORKFLOW_ID
from tests.jobs import run_command, variables_for


@pytest.mark.parametrize(
    ("scenario", "exit_code"),
    [
        ("completed", 0),
        ("failed", 1),
        ("unmet", 9),
        ("flaky", 0),
        ("review", 3),
        ("cancelled", 4),
        ("skipped", 5),
    ],
)
def test_demo_shows_each_verdict(tmp_path, scenario, exit_code):
    demo = run_command(tmp_path, "demo", "--scenario", scenario)
    assert demo.exit_code == exit_code, demo.log
    assert demo.log.splitlines()[-1].startswith("genesis-ci: verdict=")
    assert demo.report("report.html")


def test_slow_demo_times_out_at_its_deadline(tmp_path):
    demo = run_command(tmp_path, "demo", "--scenario", "slow", "--max-wait-time", "20s")
    assert demo.exit_code == 6


def test_trigger_and_wait_use_one_execution(emulator, tmp_path):
    triggered = run_command(tmp_path, "trigger", **variables_for(emulator, "completed"))
    assert triggered.exit_code == 0
    [execution] = emulator.executions()
    assert execution["id"] in triggered.log
    env = variables_for(emulator, "completed", workflow_id="")
    for _ in range(2):
        waited = run_command(tmp_path, "wait", execution["id"], **env)
        assert waited.exit_code == 0, waited.log
    assert len(emulator.executions()) == 1


def test_wait_for_an_unknown_run_is_rejected(emulator, tmp_path):
    env = variables_for(emulator, "completed", workflow_id="")
    ended = run_command(tmp_path, "wait", "00000000-0000-4000-8000-000000000000", **env)
    assert ended.exit_code == 7
    assert "Execution not found" in ended.log


def test_check_starts_nothing(emulator, tmp_path):
    ended = run_command(tmp_path, "check", **variables_for(emulator, "completed"))
    assert ended.exit_code == 0, ended.log
    assert emulator.executions() == []
    assert "accepts the API key" in ended.log


@pytest.mark.parametrize(
    ("inputs", "exit_code"),
    [({"api_key": "gk_wrong"}, 7), ({"api_url": "http://127.0.0.1:9"}, 8), ({"wait": "x"}, 2)],
)
def test_check_reports_problems(emulator, tmp_path, inputs, exit_code):
    ended = run_command(tmp_path, "check", **variables_for(emulator, "completed", **inputs))
    assert ended.exit_code == exit_code, ended.log
    assert "ERROR: " in ended.log


def test_a_signal_before_the_inputs_are_read_ends_the_job(tmp_path):
    (tmp_path / "key").write_text("gk_1234567890")
    signals, log = Signals(), io.StringIO()
    signals.exit_code = 143
    inputs = {"workflow-id": Given(WORKFLOW_ID, "--workflow-id")}
    job = Composition({}, tmp_path, signals, log=LogWriter(log, log))
    assert job.run(Verb.RUN, inputs, key_file=str(tmp_path / "key")) == 143
    report = json.loads((tmp_path / "genesis-results/result.json").read_text())
    assert report["api_url"] == ""
