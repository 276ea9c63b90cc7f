"""Checks of outputs over real HTTP: the emulator's workflows, the real program."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml

from genesis_emulator import Emulator
from genesis_emulator.scenario import (
    ApiKey,
    Block,
    Organization,
    Project,
    Scenario,
    Workflow,
)
from tests.integration.children import child_of
from tests.integration.gates import job_environment, written
from tests.jobs import Ended, environment, run_command, run_step, start_command

FAILED_IS_ZERO = "- { block: test-report, query: failed, equals: 0 }"
ALL_TESTS = "test-report"
HOSTILE = "- { block: log, matches: '(a+)+$' }"


def run(emulator: Emulator, workspace: Path, workflow: str, **inputs: str) -> Ended:
    named = {f"GENESIS_{name.upper()}": text for name, text in inputs.items()}
    return run_command(
        workspace,
        "run",
        "--workflow-id",
        emulator.workflows[workflow].id,
        **job_environment(emulator, **{"GENESIS_INPUTS": "target_url: https://x.example", **named}),
    )


def an_emulator(*blocks: Block) -> Emulator:
    """An emulator with one workflow `own` of these blocks."""
    workflow = Workflow(
        id="3f1c2a5e-6d0b-4c1e-9a57-0b1d6c7e2fff",
        name="own",
        organization="demo",
        project="shop",
        variables=("target_url",),
        blocks=blocks,
    )
    scenario = Scenario(
        organizations=(Organization(id="demo"),),
        keys=(ApiKey(key="gk_0123456789abcdef", organization="demo"),),
        projects=(Project(name="shop"),),
        workflows=(workflow,),
    )
    return Emulator(scenario)


def cases(ended: Ended) -> dict[str, str]:
    """The result of each case of junit.xml."""
    return {
        case.name: case.result[0].__class__.__name__ if case.result else "Passed"
        for suite in JUnitXml.fromstring(ended.report("junit.xml").encode())
        for case in suite
    }


VERDICTS: dict[str, tuple[str, dict[str, str], int, str]] = {
    "a completed run that says no": ("unmet", {"expect": FAILED_IS_ZERO}, 9, "found 3"),
    "no output": ("no-output", {"expect": FAILED_IS_ZERO}, 9, "found no output"),
    "no block of the name": ("completed", {"tests": ALL_TESTS}, 9, "no such block; the run has"),
    "a failed test": ("tests-failing", {"tests": ALL_TESTS}, 9, "order total"),
    "JSON": ("tests-json", {"tests": ALL_TESTS}, 0, "checks     2 met, 1 skipped"),
    "text": ("tests-text", {"tests": ALL_TESTS}, 0, "checks     2 met"),
    "JUnit": ("tests-junit", {"tests": ALL_TESTS}, 0, "checks     2 met, 1 skipped"),
    "a failed block": ("failed-block", {}, 0, "although block block-2 failed"),
    "a failed block that counts": ("failed-block", {"on_failed_block": "fail"}, 9, "block-2"),
    "a failed run": ("failed", {"tests": ALL_TESTS}, 1, "verdict=failed"),
}


@pytest.fixture(scope="module")
def fast() -> Any:
    with Emulator(speed=20) as emulator:
        yield emulator


@pytest.mark.parametrize(
    ("workflow", "inputs", "exit_code", "words"), VERDICTS.values(), ids=VERDICTS
)
def test_a_run_is_judged_by_its_outputs(fast, tmp_path, workflow, inputs, exit_code, words):
    ended = run(fast, tmp_path, workflow, **inputs)
    assert ended.exit_code == exit_code, ended.log
    assert words in ended.log
    suites = JUnitXml.fromstring(ended.report("junit.xml").encode())
    assert (suites.failures + suites.errors > 0) is (exit_code != 0)
    assert json.loads(ended.report("result.json"))["exit_code"] == exit_code


def test_an_unmet_check_is_in_every_report(fast, tmp_path):
    ended = run(fast, tmp_path, "tests-failing", tests=ALL_TESTS, expect=FAILED_IS_ZERO)
    assert cases(ended) == {
        "test-report": "Passed",
        "test-report: failed equals 0": "Failure",
        "cart total": "Passed",
        "order total": "Failure",
        "注文を確認する": "Passed",
    }
    for name in ("summary.md", "report.html", "junit.xml", "result.json"):
        assert "order total" in ended.report(name)
        assert "the tax is added twice" in ended.report(name)
    [workflow] = ended.results.values()
    assert [one["judgement"] for one in workflow["findings"]] == ["unmet", "met", "unmet", "met"]


def test_outputs_and_summary_of_the_action_list_unmet_checks(fast, tmp_path):
    ended = run_step(
        tmp_path,
        {
            "api-key": fast.api_key,
            "api-url": fast.url,
            "workflow-id": fast.workflows["unmet"].id,
            "inputs": "target_url: https://x.example",
            "expect": FAILED_IS_ZERO,
        },
    )
    assert ended.exit_code == 9, ended.log
    assert ended.outputs["verdict"] == "unmet"
    [row] = json.loads(ended.outputs["results"])
    assert row["checks"] == {"met": 0, "unmet": 1, "skipped": 0}
    assert row["unmet"] == [
        {
            "name": "test-report: failed equals 0",
            "expected": "equals 0",
            "found": "3",
            "where": "output of block “test-report”, query “failed”",
        }
    ]
    assert "::error title=genesis-ci%3A test-report%3A failed equals 0::" in ended.log
    assert "**Checks:** 1 unmet" in ended.summary


CONFIG = """\
version: 1
defaults:
  inputs: {target_url: https://x.example}
workflows:
  - name: tests
    workflow-id: {tests-json}
    tests: test-report
  - name: says no
    workflow-id: {unmet}
    required: false
    expect:
      - { block: test-report, query: failed, equals: 0 }
"""


def test_an_unmet_optional_workflow_does_not_fail_the_job(fast, tmp_path):
    workspace = written(tmp_path, fast, CONFIG)
    ended = run_command(workspace, "run", **job_environment(fast))
    assert ended.exit_code == 0, ended.log
    assert {name: one["verdict"] for name, one in ended.results.items()} == {
        "tests": "passed",
        "says no": "unmet",
    }
    assert "unmet, not required: " in ended.report("junit.xml")
    required = written(tmp_path, fast, CONFIG.replace("required: false", "required: true"))
    assert run_command(required, "run", **job_environment(fast)).exit_code == 9


@pytest.mark.parametrize(
    ("verb", "entry"),
    [
        ("run", "{ block: b, query: 'len(a)', equals: 0 }"),
        ("run", "{ block: b, equal: 0 }"),
        ("check", "{ block: b, matches: '(a' }"),
    ],
)
def test_a_mistake_is_reported_before_any_trigger(fast, tmp_path, verb, entry):
    before = len(fast.executions())
    config = f"version: 1\nworkflows:\n  - workflow-id: {{unmet}}\n    expect:\n      - {entry}\n"
    workspace = written(tmp_path, fast, config)
    ended = run_command(workspace, verb, **job_environment(fast))
    assert ended.exit_code == 2, ended.log
    assert ".genesis-ci.yml:" in ended.log
    assert "expect: " in ended.log
    assert len(fast.executions()) == before


def test_check_shows_the_checks_without_secrets(fast, tmp_path):
    ended = run_command(
        tmp_path,
        "check",
        "--workflow-id",
        fast.workflows["unmet"].id,
        **job_environment(
            fast,
            GENESIS_INPUTS="target_url: https://hunter2.example",
            GENESIS_SECRET_INPUTS="target_url",
            GENESIS_EXPECT="- {block: b, contains: 'https://hunter2.example'}",
            GENESIS_TESTS="{block: test-report, at-least: 20}",
        ),
    )
    assert ended.exit_code == 0, ended.log
    assert 'expect b: contains "***"' in ended.log
    assert "expect test-report: at least 20 tests passed or failed" in ended.log
    assert "hunter2" not in ended.everything()


def test_an_expected_secret_is_in_no_report(tmp_path):
    secret = "https://hunter2.example"
    with an_emulator(Block(key="b", duration=0.1, output="Opened {{target_url}}")) as emulator:
        ended = run(
            emulator,
            tmp_path,
            "own",
            inputs=f"target_url: {secret}",
            secret_inputs="target_url",
            expect="".join(
                f"- {{block: b, {word}: '{secret}'}}\n" for word in ("contains", "not-contains")
            ),
        )
    assert ended.exit_code == 9, ended.log
    assert cases(ended) == {
        "b": "Passed",
        'b: contains "***"': "Passed",
        'b: not-contains "***"': "Failure",
    }
    assert "hunter2" not in ended.everything()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the child in /proc")
def test_a_signal_ends_a_job_that_judges_a_hostile_pattern(tmp_path):
    with an_emulator(Block(key="log", duration=0.1, output="a" * 60 + "!")) as emulator:
        process = start_command(
            tmp_path,
            "run",
            "--workflow-id",
            emulator.workflows["own"].id,
            until="] completed",
            **job_environment(
                emulator,
                GENESIS_INPUTS="target_url: https://x.example",
                GENESIS_EXPECT="\n".join(HOSTILE.replace("$", f"{'$' * n}") for n in range(1, 6)),
            ),
        )
        child = child_of(process)
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        log, _ = process.communicate(timeout=10)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    assert process.returncode == 143, log
    assert time.monotonic() - asked < 4
    assert "before the outputs of the completed run were judged" in log
    assert json.loads((tmp_path / "genesis-results/result.json").read_text())["exit_code"] == 143


IMPORTED = """
import sys
from genesis_ci import cli
code = cli.main(sys.argv[1:])
checks = ("genesis_ci.checks.bounded", "genesis_ci.checks.parsing")
late = [name for name in ("jmespath", "subprocess", *checks) if name in sys.modules]
print("imported:", late)
raise SystemExit(code)
"""


@pytest.mark.parametrize(
    ("expect", "needed"),
    [("", False), ("- {block: block-1, contains: Opened}", True)],
    ids=["nothing is expected", "no query"],
)
def test_a_job_imports_only_what_its_checks_need(fast, tmp_path, expect, needed):
    ended = subprocess.run(
        [sys.executable, "-I", "-c", IMPORTED, "run"],
        cwd=tmp_path,
        env=environment(
            **job_environment(fast),
            GENESIS_WORKFLOW_ID=fast.workflows["completed"].id,
            GENESIS_INPUTS="target_url: https://x.example",
            GENESIS_EXPECT=expect,
        ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    imported = ended.stdout.rpartition("imported: ")[2]
    assert "jmespath" not in imported
    assert "subprocess" not in imported
    assert ("genesis_ci.checks.bounded" in imported) is needed, imported
    assert ("genesis_ci.checks.parsing" in imported) is needed, imported
