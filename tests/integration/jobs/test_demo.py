"""`genesis-ci demo` on the emulator."""

from tests.jobs import run_command


def test_demo_passes_tests_and_names_a_red_scenario_in_the_language_of_the_environment(tmp_path):
    inputs = {"GENESIS_LANGUAGE": "ja", "GENESIS_REPORT_DIR": "out", "GENESIS_WORKFLOW_ID": "x"}
    demo = run_command(tmp_path, "demo", **inputs)
    assert demo.exit_code == 0, demo.log
    assert "テスト 12 件中 12 件が合格" in demo.log
    assert "--scenario unmet" in demo.log.splitlines()[-2]
    assert (tmp_path / "out/result.json").exists()
