"""What the log shows while a run goes on."""

from genesis_ci import log
from genesis_ci.models import Status, Verdict
from tests.builders import a_block, a_report, a_run_report, an_execution


def test_a_progress_line_tells_elapsed_status_blocks_and_what_runs():
    blocks = (a_block("log-in"), a_block("pay", Status.RUNNING))
    execution = an_execution(block_count=5, completed_blocks=1, blocks=blocks)
    assert log.progress(execution, elapsed=65) == ("[ 1m 05s] running · 1/5 blocks · pay running")


def test_the_live_line_spins_with_the_clock_and_fits_a_narrow_terminal():
    frames = {log.live("x" * 200, now=tenths / 10)[0] for tenths in range(20)}
    assert len(frames) == 10
    assert len(log.live("x" * 200, now=0)) == log.MAX_LIVE


def test_colours_are_shown_only_where_they_are_wanted():
    report = a_report(Verdict.FAILED, 1)
    assert "\x1b[31m" in log.ending(report, colours=True)[0]
    assert "\x1b" not in "".join(log.ending(report, colours=False))


def test_the_last_line_tells_verdict_status_id_duration_and_exit_code():
    workflow = a_report(Verdict.FAILED, 1, execution_id="run-1", execution=an_execution("failed"))
    assert log.last_line(a_run_report(workflow)) == (
        "genesis-ci: verdict=failed status=failed execution-id=run-1 duration=0.0s exit-code=1"
    )
