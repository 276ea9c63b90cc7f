"""The entrypoint of the action in the environment of a GitHub step."""

import os
import re

import pytest

from genesis_ci.jobs.publish import REPORTS
from tests.jobs import assert_evidence, inputs_for, run_step


@pytest.mark.parametrize(
    ("workflow", "inputs", "exit_code", "verdict"),
    [
        ("completed", {}, 0, "passed"),
        ("failed", {}, 1, "failed"),
        ("review", {}, 3, "review_pending"),
        ("review", {"accept": "review_pending"}, 0, "passed"),
        ("cancelled", {}, 4, "cancelled"),
        ("skipped", {}, 5, "skipped"),
        ("slow", {"max_wait_time": "5s"}, 6, "timed_out"),
        ("slow", {"wait": "false"}, 0, "triggered"),
        ("api-off", {}, 7, "rejected"),
    ],
)
def test_each_verdict_has_its_exit_code_outputs_and_reports(
    emulator, tmp_path, workflow, inputs, exit_code, verdict
):
    step = run_step(tmp_path, inputs_for(emulator, workflow, **inputs))
    assert_evidence(step, exit_code=exit_code, verdict=verdict, key=emulator.api_key)
    ids = [execution["id"] for execution in emulator.executions()]
    assert step.outputs["execution-id"] == ",".join(ids)
    assert {path.name for path in (step.workspace / "genesis-results").glob("[!.]*")} == {*REPORTS}
    assert step.log.startswith(f"::add-mask::{emulator.api_key}\n")
    assert ("::error " in step.log) is (exit_code != 0)
    assert step.summary == step.report("summary.md")


def test_variables_reach_the_server_as_they_were_written(emulator, tmp_path):
    written = "{ver: 1.10, on: yes, n: null, zip: 007, j: 1}"
    step = run_step(tmp_path, inputs_for(emulator, "echo", inputs=written))
    assert step.exit_code == 0, step.log
    [execution] = emulator.executions()
    assert execution["triggerPayload"] == {
        "ver": "1.10", "on": "yes", "n": "null", "zip": "007", "j": "1"
    }  # fmt: skip
    [agent] = {request["headers"]["user-agent"] for request in emulator.requests()}
    assert re.fullmatch(r"genesis-ci/\d+\.\d+\.\d+ \(github\)", agent)


def test_what_is_misspelt_or_in_env_is_reported_beside_the_other_problems(emulator, tmp_path):
    given = inputs_for(emulator, "completed", api_key="", expct="[]")
    step = run_step(tmp_path, given, GENESIS_ATTEMPTS="2", GENESIS_HOME="x")
    assert_evidence(step, exit_code=2, verdict="error")
    assert re.findall("^::error .*?::(.*?)[.;:]", step.log, re.MULTILINE) == [
        "“expct” under “with” is not an input",
        "GENESIS_ATTEMPTS has no effect in the container action",
        "api-key",
    ]
    assert "GENESIS_HOME is set, and no input has that name." in step.log
    assert emulator.requests() == []


def test_all_bad_inputs_are_reported_and_nothing_is_sent(emulator, tmp_path):
    bad = {"api_key": "", "max_wait_time": "soon", "inputs": "a: [1]", "report_dir": "../x"}
    step = run_step(tmp_path, inputs_for(emulator, "completed", **bad))
    assert_evidence(step, exit_code=2, verdict="error")
    assert re.findall("^::error .*?::(.*?): ", step.log, re.MULTILINE) == [
        "api-key", "inputs", "max-wait-time", "report-dir",
    ]  # fmt: skip
    assert "forks" in step.log
    assert emulator.requests() == []
    assert not (tmp_path / "x").exists()


def test_a_binary_key_is_refused_and_hidden(tmp_path):
    step = run_step(tmp_path, {"api-key": os.fsdecode(b"abc\xffdef")})
    assert step.exit_code == 2
    assert "it has a character that no key has at position 4 of 7" in step.log
    shown = [line for line in step.log.splitlines() if not line.startswith("::add-mask::")]
    assert "abc" not in "".join(shown)
