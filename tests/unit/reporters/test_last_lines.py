"""What the log says at the end."""

from genesis_ci import outcomes
from genesis_ci.models import Verdict
from genesis_ci.reporters.last_lines import ending, last_line
from tests.builders import EXECUTION_ID, a_report, a_run_report, an_execution


def test_colours_are_shown_only_where_they_are_wanted():
    report = a_report(Verdict.FAILED, 1)
    assert "\x1b[31m" in ending(report, several=False, colours=True)[0]
    assert "\x1b" not in "".join(ending(report, several=False, colours=False))


def test_the_end_of_one_of_several_says_which_and_what_its_verdict_is_in_one_line():
    report = a_report(Verdict.FAILED, 1)
    lines = ending(report, several=True, colours=False)
    assert lines == [
        "smoke: ✘ failed: It failed.",
        "  execution  none",
        "  status     unknown",
        "  duration   0.0s",
    ]


def test_a_long_hint_is_told_sentence_by_sentence_and_a_command_stays_whole():
    outcome = outcomes.timed_out(EXECUTION_ID, None, waited=1800)
    lines = ending(a_report(outcome=outcome), several=False, colours=False)
    hint = lines[lines.index("  next       The run may still be going.") :]
    assert hint[2] == "             If runs usually take longer, raise max-wait-time."
    assert f"genesis-ci wait {EXECUTION_ID}, " in hint[1]


def test_the_last_line_tells_verdict_status_id_duration_and_exit_code():
    workflow = a_report(Verdict.FAILED, 1, execution_id="run-1", execution=an_execution("failed"))
    assert last_line(a_run_report(workflow)) == (
        "genesis-ci: verdict=failed status=failed execution-id=run-1 duration=0.0s exit-code=1"
    )


def test_what_is_not_known_has_one_word_in_the_last_line_too():
    assert "status=unknown execution-id=none" in last_line(a_run_report(a_report()))


def test_the_last_line_of_many_workflows_stays_short():
    workflows = [
        a_report(execution_id=EXECUTION_ID, execution=an_execution(word))
        for word in ("completed", "failed", "completed", "cancelled", "review_pending")
    ]
    line = last_line(a_run_report(*workflows))
    assert f"status=completed,failed,+2 execution-id={EXECUTION_ID},+4" in line
    assert len(line) < 150


def test_the_runs_page_is_told_at_the_end():
    report = a_report(run_url="https://g.example.com/run-1")
    assert "  run        https://g.example.com/run-1" in ending(
        report, several=False, colours=False
    )
