"""The end of the log."""

import pytest

from genesis_ci import outcomes
from genesis_ci.models.report import UNNAMED, Verdict
from genesis_ci.reporters.last_lines import ending, in_detail, last_line
from tests.builders import EXECUTION_ID, a_report, a_run_report, an_execution

from . import reports

RESULT = "genesis-results/result.json"


def lines_of(workflow):
    return ending(workflow, several=False, colours=False)


def test_first_line_has_colour_if_enabled_and_a_name_if_several():
    report = a_report(Verdict.FAILED, 1)
    assert "\x1b[31m" in ending(report, several=False, colours=True)[0]
    assert ending(report, several=True, colours=False) == ["smoke: ✘ failed: It failed."]


def test_an_unchecked_pass_differs_from_a_proven_one():
    unchecked = reports.completed().workflows[0]
    assert lines_of(unchecked)[0].startswith("✔ passed, unchecked: Genesis completed the workflow")
    assert "\x1b[33m" in ending(unchecked, several=False, colours=True)[0]
    assert in_detail(reports.report(unchecked, unchecked)) == []


@pytest.mark.parametrize(
    ("workflow", "beginning"),
    [
        (reports.review().workflows[0], "\x1b[31m✘ review_pending"),
        (reports.cancelled().workflows[0], "\x1b[31m✘ cancelled"),
        (a_report(Verdict.NOT_RUN, 143), "\x1b[31m✘ not_run"),
        (a_report(Verdict.NOT_RUN, 0), "\x1b[32m○ not_run"),
        (a_report(outcome=outcomes.green_in_review(reports.review().outcome, "n")), "\x1b[33m◆ "),
        (reports.review_passed().workflows[0], "\x1b[33m✔ passed"),
        (reports.flaky().workflows[0], "\x1b[33m✔ passed, flaky"),
    ],
)  # fmt: skip
def test_red_is_for_red_and_yellow_for_green_with_a_remark(workflow, beginning):
    assert ending(workflow, several=False, colours=True)[0].startswith(beginning)


def test_a_refusal_shows_only_what_is_known():
    refused = a_report(Verdict.REJECTED, 7, name=UNNAMED, execution_id="123", seconds=0.04)
    assert lines_of(refused) == ["✘ rejected: It rejected.", "  execution  123"]


def test_each_step_and_the_command_have_a_line():
    lines = lines_of(a_report(outcome=outcomes.timed_out(EXECUTION_ID, None, waited=1800)))
    hint = lines[lines.index("  next       The run may still be going.") :]
    assert hint[1] == "             If runs usually take longer, raise max-wait-time."
    assert hint[3] == f"             genesis-ci wait {EXECUTION_ID}"


def test_log_shows_the_facts_of_a_workflow():
    [flaky] = reports.flaky().workflows
    assert lines_of(flaky)[2:-1] == [
        "  workflow   checkout smoke",
        f"  execution  {reports.EXECUTION_ID}",
        f"  run        {reports.RUN_URL}",
        "  preview    https://pr-482.preview.example.test/health: 503, then 200 without "
        "“0a1b2c3”, then 200 (ready after 6.2s)",
        "  status     completed",
        "  blocks     3/3",
        "  duration   1m 04s",
        f"  attempt 1  failed, execution {reports.EARLIER_ID}",
    ]


def test_log_shows_the_first_twenty_unmet_checks_below_the_message():
    lines = lines_of(reports.unmet().workflows[0])
    line = lines[2]
    assert line.startswith("    ✘ checkout › order total 3: expected passed, found failed: ")
    assert line.endswith("(output of block “test-report”, test 4)")
    lines = lines_of(reports.many_checks().workflows[0])
    assert len([line for line in lines if "✘ " in line]) == 1 + 20
    assert "    and 40 more in the reports" in lines


def test_log_shows_known_failures_until_when_and_what_was_found():
    lines = lines_of(reports.known_failures().workflows[0])
    assert lines[1:3] == [
        "  2 of 2 checks and 3 of 5 tests passed, 2 known failures.",
        "    ○ checkout › gift wrapping: known failure until 2026-04-01: SHOP-12: failed: Expected "
        "1,980 JPY as in the cart, found 2,178 JPY. at step 4: the tax is added (its output)",
    ]


def test_last_line_has_verdict_status_id_duration_and_exit_code():
    workflow = a_report(Verdict.FAILED, 1, execution_id="run-1", execution=an_execution("failed"))
    assert last_line(a_run_report(workflow), RESULT) == (
        "genesis-ci: verdict=failed status=failed execution-id=run-1 duration=0.0s exit-code=1"
    )
    assert "status=unknown execution-id=none" in last_line(a_run_report(a_report()), RESULT)
    assert last_line(reports.flaky(), RESULT).endswith(" flaky=true exit-code=0")


def test_last_line_has_twenty_ids_or_the_path_of_those():
    words = ("completed", "failed", "completed", "cancelled", "review_pending") * 4
    workflows = [
        a_report(execution_id=f"run-{at}", execution=an_execution(word))
        for at, word in enumerate(words)
    ]
    ids = ",".join(f"run-{at}" for at in range(20))
    line = last_line(a_run_report(*workflows), RESULT)
    assert f" status=completed,failed,+2 execution-id={ids} " in line
    line = last_line(a_run_report(*workflows, a_report(execution_id="run-20")), RESULT)
    assert f" execution-id={RESULT} " in line
