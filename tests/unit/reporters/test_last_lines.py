"""The end of the log."""

import pytest

from genesis_ci import outcomes
from genesis_ci.models.report import UNNAMED, Verdict
from genesis_ci.reporters.last_lines import ending, in_detail, last_line
from tests.builders import a_report, a_run_report, an_execution

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


def test_log_shows_the_first_twenty_unmet_checks():
    lines = lines_of(reports.many_checks().workflows[0])
    assert len([line for line in lines if "✘ " in line]) == 1 + 20
    assert "    and 40 more in the reports" in lines


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
