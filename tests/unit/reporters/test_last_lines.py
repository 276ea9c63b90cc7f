"""The end of the log."""

from genesis_ci.features import review_status
from genesis_ci.models.report import UNNAMED, Verdict
from genesis_ci.reporters.last_lines import ending, in_detail, last_line, overview
from tests.approved import check_approved
from tests.builders import a_report, an_execution

from . import reports

RESULT = "genesis-results/result.json"


def ends():
    """The reports by what is special about the end of their log."""
    refused = a_report(Verdict.REJECTED, 7, name=UNNAMED, execution_id="123", seconds=0.04)
    stopped = a_report(Verdict.NOT_RUN, 143)
    yellow = review_status.green_in_review(reports.review().outcome, "n")
    several = (
        a_report(
            name="log in", execution_id="run-1", execution=an_execution("completed"), seconds=61
        ),
        a_report(Verdict.FAILED, 1, name="explore", required=False, execution_id="run-2"),
        a_report(Verdict.FAILED, 1, name="決済画面", run_url="https://g.example.com/run-3"),
        a_report(Verdict.REJECTED, 7, name=UNNAMED, execution_id="run-4"),
    )
    [unchecked], [kept] = reports.completed().workflows, reports.review_passed().workflows
    return {
        "unchecked": reports.report(unchecked),
        "two unchecked": reports.report(unchecked, unchecked),
        "review": reports.review(),
        "review, passed": reports.report(kept),
        "review, green": reports.report(a_report(outcome=yellow)),
        "cancelled": reports.cancelled(),
        "interrupted before the start": reports.report(stopped, outcome=stopped.outcome),
        "not run": reports.report(a_report(Verdict.NOT_RUN)),
        "flaky": reports.flaky(),
        "refused": reports.report(refused),
        "many checks": reports.many_checks(),
        "several": reports.report(*several),
    }


def as_text(report):
    """Write the lines with their colours."""
    several = len(report.workflows) > 1
    lines = [
        line for one in in_detail(report) for line in ending(one, several=several, colours=True)
    ]
    lines += overview(report, colours=True) if several else ()
    return "\n".join(lines).replace("\x1b", "ESC")


def test_ends_of_logs_are_approved():
    check_approved("ends", {name: as_text(report) for name, report in ends().items()})


def test_last_line_has_three_ids_or_the_path_of_more():
    words = ("completed", "failed", "cancelled")
    workflows = [
        a_report(execution_id=f"run-{at}", execution=an_execution(word))
        for at, word in enumerate(words)
    ]
    line = last_line(reports.report(*workflows), RESULT)
    assert " status=completed,failed,+1 execution-id=run-0,run-1,run-2 " in line
    line = last_line(reports.report(*workflows, a_report(execution_id="run-3")), RESULT)
    assert f" execution-id={RESULT} " in line
