"""Attempts over real HTTP: the triggers that the server counts, and the verdicts."""

import json
import signal
import time

import pytest
from junitparser import JUnitXml

from genesis_emulator import Emulator
from tests.integration.gates import gate, job_environment
from tests.jobs import Ended, start_command

IDS = {name: f"3f1c2a5e-6d0b-4c1e-9a57-0b1d6c7e00{n:02d}" for n, name in enumerate("abcde")}
RESULT = "genesis-results/result.json"


def genesis(directory, *workflows: str, faults: str = "[]", speed: float = 20) -> Emulator:
    """Return an emulator with these workflows, each with its own rules."""
    rows = "".join(
        f"  - {{id: {IDS[name]}, name: {name}, organization: o, project: p, variables: [user], "
        f"blocks: [{{duration: 1, output: done}}, {{duration: 1}}], {rules}}}\n"
        for name, rules in zip(IDS, workflows, strict=False)
    )
    path = directory / "scenario.yml"
    path.write_text(
        "organizations: [{id: o}]\nprojects: [{name: p}]\n"
        "keys: [{key: ak_0123456789, organization: o}]\n"
        f"workflows:\n{rows}faults: {faults}\n",
        encoding="utf-8",
    )
    return Emulator.from_file(path, speed=speed)


def write_config(directory, emulator: Emulator, *entries: str) -> None:
    """Write a config file with an entry for each workflow."""
    rows = "".join(
        f"  - {{name: {name}, workflow-id: {IDS[name]}, inputs: {{user: bob}}{entry}}}\n"
        for name, entry in zip(IDS, entries, strict=False)
    )
    (directory / ".genesis-ci.yml").write_text(f"version: 1\nworkflows:\n{rows}", encoding="utf-8")


def triggers(emulator: Emulator) -> int:
    return sum(request["method"] == "POST" for request in emulator.requests())


def suite(ended: Ended, name: str = "a"):
    found = JUnitXml.fromstring(ended.report("junit.xml").encode())
    return next(suite for suite in found if suite.name == name)


LOST = "[{on: trigger, workflow: a, nth: 2, do: close-after}]"
CASES = {
    "fail–pass": ("outcomes: [failed, completed]", "[]", (2, 0, "passed"), (0, 0)),
    "fail–fail": ("outcomes: [failed]", "[]", (2, 1, "failed"), (1, 0)),
    "pass": ("outcomes: [completed]", "[]", (1, 0, "passed"), (0, 0)),
    "fail–timeout": (
        "outcomes: [failed, {blocks: [{duration: 999999}]}]", "[]", (2, 6, "timed_out"), (0, 1),
    ),
    "fail–lost trigger": ("outcomes: [failed]", LOST, (2, 8, "lost_contact"), (0, 1)),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_only_a_failure_is_followed_by_a_second_attempt(case, tmp_path):
    rules, faults, expected, red = CASES[case]
    with genesis(tmp_path, rules, faults=faults) as emulator:
        write_config(tmp_path, emulator, ", attempts: 2, max-wait-time: 30s")
        ended = gate(emulator, tmp_path)
        row = ended.results["a"]
        assert (triggers(emulator), ended.exit_code, row["verdict"]) == expected, ended.log
    found = suite(ended)
    assert (found.failures, found.errors) == red
    assert row["flaky"] is (case == "fail–pass")
    assert len(row["earlier_attempts"]) == (0 if case == "pass" else 1)


def test_a_signal_in_the_second_attempt_starts_no_third(tmp_path):
    with genesis(tmp_path, "outcomes: [failed, {blocks: [{duration: 999999}]}]") as emulator:
        write_config(tmp_path, emulator, ", attempts: 5")
        process = start_command(
            tmp_path, "run", until="starting attempt 2 of 5", **job_environment(emulator)
        )
        while triggers(emulator) < 2:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        log, _ = process.communicate(timeout=10)
        assert (process.returncode, triggers(emulator)) == (143, 2), log
    rows = json.loads((tmp_path / RESULT).read_text(encoding="utf-8"))["workflows"]
    assert [one["execution_id"] for one in rows[0]["earlier_attempts"]] == [
        emulator.executions()[0]["id"]
    ]


def test_attempts_under_cancel_previous_never_run_in_parallel(tmp_path):
    rules = "policy: cancel-previous, outcomes: [failed, completed, failed, completed]"
    with genesis(tmp_path, rules) as emulator:
        write_config(tmp_path, emulator, "")
        entry = f"workflow-id: {IDS['a']}, concurrency-policy: cancel-previous, attempts: 2"
        (tmp_path / ".genesis-ci.yml").write_text(
            f"version: 1\nworkflows: [{{name: x, {entry}}}, {{name: y, {entry}}}]",
            encoding="utf-8",
        )
        ended = gate(emulator, tmp_path)
        assert ended.exit_code == 0, ended.log
        runs = emulator.executions()
    assert [run["status"] for run in runs] == ["failed", "completed"] * 2
    ends = [run["finishedAt"] for run in runs[:-1]]
    assert all(end <= begin["createdAt"] for end, begin in zip(ends, runs[1:], strict=True))


def test_failed_from_repeats_failures_and_reports_all_workflows(tmp_path):
    red = "outcomes: [failed, completed]"
    with genesis(tmp_path, "", red, "", red, "") as emulator:
        write_config(tmp_path, emulator, *[""] * 5)
        assert gate(emulator, tmp_path).exit_code == 1
        assert triggers(emulator) == 5
        again = gate(emulator, tmp_path, "run", "--failed-from", RESULT)
        assert again.exit_code == 0, again.log
        assert triggers(emulator) == 7
    rows = again.results
    assert [row["verdict"] for row in rows.values()] == ["passed"] * 5
    assert [row["kept"] for row in rows.values()] == [True, False, True, False, True]
    kept = JUnitXml.fromstring(again.report("junit.xml").encode())
    assert sum(suite.tests for suite in kept) == 10


def test_a_forged_result_file_keeps_no_run(tmp_path):
    """The file claims that a failed run and another workflow's run passed."""
    with genesis(tmp_path, "outcomes: [failed]", "", "outcomes: [completed]") as emulator:
        write_config(tmp_path, emulator, "", "", "")
        assert gate(emulator, tmp_path).exit_code == 1
        path = tmp_path / RESULT
        forged = json.loads(path.read_text(encoding="utf-8"))
        first, second, third = forged["workflows"]
        for row in (first, second):
            row["verdict"] = "passed"
        second["execution_id"], third["execution_id"] = third["execution_id"], None
        path.write_text(json.dumps(forged), encoding="utf-8")
        again = gate(emulator, tmp_path, "run", "--failed-from", RESULT)
        assert again.exit_code == 1
        assert triggers(emulator) == 6
    assert not any(row["kept"] for row in again.results.values())
    assert "not kept: it is failed now" in again.log
    assert "not kept: it is not a run of this workflow" in again.log


def test_a_result_file_of_another_commit_triggers_nothing(tmp_path):
    change = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_SHA": "a" * 40}
    with genesis(tmp_path, "") as emulator:
        write_config(tmp_path, emulator, "")
        assert gate(emulator, tmp_path, **change).exit_code == 0
        again = gate(
            emulator, tmp_path, "run", "--failed-from", RESULT, **{**change, "GITHUB_SHA": "b" * 40}
        )
        assert again.exit_code == 2
        assert triggers(emulator) == 1
    assert "the file records commit aaaaaaa; this job tests bbbbbbb" in again.log
