"""Checks of outputs over real HTTP: the emulator's workflows, the real program."""

import json
from datetime import UTC, datetime, timedelta

from tests.jobs import inputs_for, run_command, run_step, variables_for

TOMORROW = datetime.now(UTC).date() + timedelta(days=1)
KNOWN = f"[{{test: order total, until: {TOMORROW}}}]"
FAILED_IS_ZERO = "- { block: test-report, query: failed, equals: 0 }"


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
