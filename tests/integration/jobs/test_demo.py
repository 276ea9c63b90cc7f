"""`genesis-ci demo` on the emulator."""

import pytest

from tests.jobs import run_command


def test_demo_passes_tests_and_names_a_red_scenario_in_the_language_of_the_environment(tmp_path):
    inputs = {"GENESIS_LANGUAGE": "ja", "GENESIS_REPORT_DIR": "out", "GENESIS_WORKFLOW_ID": "x"}
    demo = run_command(tmp_path, "demo", **inputs)
    assert demo.exit_code == 0, demo.log
    assert "テスト 12 件中 12 件が合格" in demo.log
    assert "--scenario unmet" in demo.log.splitlines()[-2]
    assert (tmp_path / "out/result.json").exists()


@pytest.mark.parametrize(
    ("argv", "name", "exit_code", "earlier"),
    [
        (["completed"], "checkout smoke", 0, 0),
        (["flaky"], "place an order", 0, 1),
        (["slow", "--max-wait-time", "5s"], "visual comparison", 6, 0),
    ],
    ids=str,
)
def test_demo_shows_the_verdict_of_its_scenario(tmp_path, argv, name, exit_code, earlier):
    demo = run_command(tmp_path, "demo", "--scenario", *argv)
    assert demo.exit_code == exit_code, demo.log
    assert demo.log.splitlines()[-1].startswith("genesis-ci: verdict=")
    [workflow] = demo.result["workflows"]
    assert name in demo.report("summary.md")
    assert len(workflow["earlier_attempts"]) == earlier
    assert workflow["flaky"] is (earlier > 0)
