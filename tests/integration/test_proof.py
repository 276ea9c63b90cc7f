"""Checks of outputs over real HTTP: the emulator's workflows, the real program."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.jobs import assert_evidence, inputs_for, run_command, run_step, variables_for

TOMORROW = datetime.now(UTC).date() + timedelta(days=1)
KNOWN = f"[{{test: order total, until: {TOMORROW}}}]"
FAILED_IS_ZERO = "- { block: test-report, query: failed, equals: 0 }"


@pytest.mark.parametrize(
    ("workflow", "inputs", "exit_code", "words"),
    [
        ("unmet-then-passed", {"expect": FAILED_IS_ZERO}, 9, "found 1"),
        ("no-output", {"expect": FAILED_IS_ZERO}, 9, "found no output"),
        ("completed", {"tests": "test-report"}, 9, "no such block; the run has"),
        ("tests-json", {"tests": "test-report"}, 0, "2 of 3 tests passed, 1 skipped."),
        ("tests-text", {"tests": "test-report"}, 0, "2 of 2 tests passed."),
        ("tests-failing", {"known_failures": KNOWN}, 0, "2 of 3 tests passed, 1 known failure."),
        ("tests-junit", {"tests": "test-report"}, 0, "2 of 3 tests passed, 1 skipped."),
        ("failed-block", {}, 0, "although block block-2 failed"),
        ("failed-block", {"accept": "none"}, 9, "block-2"),
    ],
)
def test_a_run_is_judged_by_its_outputs(emulator, tmp_path, workflow, inputs, exit_code, words):
    ended = run_command(tmp_path, "run", **variables_for(emulator, workflow, **inputs))
    assert ended.exit_code == exit_code, ended.log
    assert words in ended.log
    assert ended.is_red_in_junit is (exit_code != 0)


def test_an_unmet_check_is_in_every_report(emulator, tmp_path):
    checks = {"tests": "test-report", "expect": FAILED_IS_ZERO}
    ended = run_step(tmp_path, inputs_for(emulator, "tests-failing", **checks))
    assert_evidence(ended, exit_code=9, verdict="unmet", key=emulator.api_key)
    assert ended.cases == {
        "test-report": "Passed",
        "test-report: failed equals 0": "Failure",
        "cart total": "Passed",
        "order total": "Failure",
        "注文を確認する": "Passed",
    }
    for name in ("summary.md", "report.html", "junit.xml", "result.json"):
        assert "order total" in ended.report(name)
        assert "the tax is added twice" in ended.report(name)
    [row] = json.loads(ended.outputs["results"])
    assert row["checks"] == {"met": 2, "unmet": 2, "known-failed": 0, "skipped": 0}
    assert row["unmet"][0] == {
        "name": "test-report: failed equals 0",
        "expected": "equals 0",
        "found": "null, which a query returns when it finds nothing",
        "where": "output of block “test-report”, query “failed”",
    }
    [error] = re.findall("::error .*", ended.log)
    assert "%0A    ✘ test-report: failed equals 0: " in error


def test_the_output_results_is_english_in_a_japanese_job(emulator, tmp_path):
    checks = [
        {"block": "test-report", "query": "failed", "equals": 0},
        {"block": "test-report", "query": "length(results.tests)", "equals": "3"},
        {"block": "test-report", "query": "results.tests[0].name", "equals": "x"},
        {"block": "elsewhere", "contains": "x"},
    ]
    rows = []
    for language in ("en", "ja"):
        inputs = {"language": language, "expect": json.dumps(checks), "tests": "{at-least: 9}"}
        ended = run_step(tmp_path, inputs_for(emulator, "tests-failing", **inputs))
        [row] = json.loads(ended.outputs["results"])
        rows.append(row["unmet"])
    assert "実際：" in ended.log
    assert rows[0] == rows[1]
    assert [one["found"].partition(":")[0] for one in rows[0]] == [
        "3 of the 3 listed",
        "null, which a query returns when it finds nothing",
        "a number, not text",
        '"cart total"',
        "no such block; the run has “test-report”",
        "failed",
    ]


def test_an_expected_secret_is_in_no_report(emulator, tmp_path):
    url = "https://hunter2.example"
    checks = [{"block": "block-1", word: url} for word in ("contains", "not-contains")]
    secret = {"inputs": f"target_url: {url}", "secret_inputs": "target_url"}
    env = variables_for(emulator, "completed", expect=json.dumps(checks), **secret)
    checked = run_command(tmp_path, "check", **env)
    assert 'expect block-1: contains "***"' in checked.log
    ended = run_command(tmp_path, "run", **env)
    assert ended.exit_code == 9, ended.log
    assert ended.cases['block-1: contains "***"'] == "Passed"
    assert ended.cases['block-1: not-contains "***"'] == "Failure"
    assert "hunter2" not in checked.log + ended.everything()
