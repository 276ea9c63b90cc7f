"""What reports say as data, and that the summary, the page and the comment write it."""

import re
from dataclasses import replace

import pytest

from genesis_ci import outcomes
from genesis_ci.models.execution import Status
from genesis_ci.models.findings import Judgement
from genesis_ci.models.policy import Policy
from genesis_ci.models.report import Verdict
from genesis_ci.reporters import comment_text, html, labels, summary
from genesis_ci.reporters.truncate import Limits
from genesis_ci.reporters.view import view_of
from tests.builders import a_report, an_execution

from . import reports
from .pages import parsed_html, rendered
from .reports import a_finding, block, each_ending, execution, report, workflow

LIMITS = Limits(rows=20, characters=100)
PAGES = {
    "summary": lambda made: rendered(summary.render(made)).shown,
    "html": lambda made: parsed_html(html.render(made)).shown,
}
each_page = pytest.mark.parametrize("shown", PAGES.values(), ids=PAGES)


def test_job_message_is_shown_unless_a_workflow_has_it():
    several = reports.several()
    assert view_of(several, LIMITS).message == ""
    late = outcomes.interrupted_while_reporting(several.outcome, exit_code=143)
    one = several.workflows[0]
    assert view_of(report(one, one, outcome=late), LIMITS).message == late.message


def red(verdict, hint, **fields):
    return workflow(reports.outcome_of(verdict)._replace(steps=(hint,)), **fields)


@pytest.mark.parametrize(
    ("workflows", "remedies"),
    [
        ([workflow(Verdict.PASSED), workflow(Verdict.TRIGGERED)], ()),
        (
            [red(Verdict.FAILED, "Open it."), red(Verdict.UNMET, "Correct it.")],
            (("Failed", "Open it."), ("Checks unmet", "Correct it.")),
        ),
        (
            [red(Verdict.TIMED_OUT, "Look."), red(Verdict.FAILED, "Look.", required=False)],
            (("Timed out, Failed (not required)", "Look."),),
        ),
        (
            [red(Verdict.REJECTED, "Use another key."), red(Verdict.REJECTED, "Wait.")],
            (("Rejected by Genesis", "Use another key."), ("Rejected by Genesis", "Wait.")),
        ),
        (
            [red(Verdict.TIMED_OUT, f"Step {at}.", name=f"run {at}") for at in range(4)],
            (("Timed out", "See below (run 0, run 1, run 2 and 1 more)."),),
        ),
        (
            reports.timed_out().workflows * 2,
            (
                (
                    "Timed out",
                    "The run may still be going. See below (checkout smoke, checkout smoke).",
                ),
            ),
        ),
    ],
    ids=["green", "two endings", "one step", "two steps", "many steps", "commands"],
)
def test_each_kind_of_red_among_several_workflows_has_its_next_step(workflows, remedies):
    view = view_of(report(*workflows), LIMITS)
    assert view.remedies == remedies
    shown = [hint for _, hint in remedies]
    hints = (" ".join(one.remedy).strip() for one in (view, *view.workflows.shown))
    shown += filter(None, hints)
    assert {one.outcome.next_step for one in workflows} <= {*shown}
    assert len(shown) == len({*shown})


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"error": "no button."}, ""),
        ({"error": "no button\nat 4"}, "no button\nat 4"),
        ({"error": "x" * 201}, "x" * 100),
        ({"error": None}, ""),
        ({"error": "no button", "status": Status.CANCELLED}, "no button"),
        ({"error": "stop", "status": Status.CANCELLED, "cancel_reason": "stop"}, ""),
    ],
)
def test_run_error_is_shown_unless_the_message_has_all_of_it(fields, shown):
    run = an_execution(**{"status": Status.FAILED, **fields})
    one = a_report(execution=run, outcome=outcomes.for_execution(run, Policy()))
    assert view_of(report(one), LIMITS).only_workflow.run_error.startswith(shown)
    assert bool(view_of(report(one), LIMITS).only_workflow.run_error) is bool(shown)


def test_check_has_details_if_its_cell_is_too_short():
    found = (a_finding("total", Judgement.UNMET, found="x" * length) for length in (10, 11))
    made = report(workflow(Verdict.UNMET, findings=tuple(found)))
    rows = view_of(made, LIMITS._replace(cell=10)).only_workflow.checks.unmet.shown
    assert [row.details for row in rows] == ["", "x" * 11]


@pytest.mark.parametrize(
    ("count", "all_workflows", "shown"), [(3, False, 2), (3, True, 3), (1, False, 1)]
)
def test_rows_limit_workflows_unless_all_are_wanted(count, all_workflows, shown):
    limits = Limits(rows=min(2, count - 1), characters=100, all_workflows=all_workflows)
    workflows = view_of(report(*[workflow(Verdict.PASSED)] * count), limits).workflows
    assert (len(workflows.shown), workflows.left_out) == (shown, count - shown)


@each_page
def test_equal_attempts_are_reported_as_equal(shown):
    one = reports.failed().workflows[0]
    assert labels.NO_BLOCK_DIFFERS in shown(report(replace(one, earlier=(one,))))
    assert labels.NO_BLOCK_DIFFERS not in shown(reports.flaky())


@each_page
def test_page_shows_each_message_and_remedy_once(shown):
    def check(made):
        text = shown(made)
        hints = {one.outcome.next_step for one in (made, *made.workflows)} - {""}
        assert all(message in text for message in reports.shown_messages(made))
        assert all(text.count(hint) == 1 for hint in hints)
        assert text.count("What to do:") == len(hints)
        assert all(problem in text for problem in labels.problems(made))
        assert text.count(made.outcome.message) <= 1

    each_ending(check)


@each_page
def test_rule_of_an_unmet_check_is_shown_once(shown):
    rule = {"subject": "b: wrong", "expected": "equals 0"}
    unmet = a_finding("b: wrong equals 0", Judgement.UNMET, found="3", **rule)
    made = report(workflow(Verdict.UNMET, findings=(unmet,)))
    for text in (shown(made), rendered(comment_text.render(made)).shown):
        assert text.count("b: wrong") == text.count("equals 0") == 1


@each_page
@pytest.mark.parametrize(("listed", "not_started"), [(5, "3 more"), (0, "8 more")])
def test_blocks_that_have_not_started_have_a_row(shown, listed, not_started):
    failed = reports.failed().workflows[0].execution
    run = replace(failed, block_count=8, completed_blocks=0, blocks=failed.blocks[:listed])
    text = shown(report(workflow(Verdict.FAILED, run)))
    assert re.search(rf"{not_started}\W*not started", text)


def a_long_report(number):
    """A job with one workflow in which each list has so many rows."""

    def blocks(status):
        names = (f"block {at}" for at in range(number))
        return execution(Status.FAILED, *(block(name, status, error="no") for name in names))

    texts = tuple(f"text {at}" for at in range(number))
    one = workflow(
        Verdict.FAILED,
        blocks(Status.CANCELLED),
        notes=texts,
        variables=dict.fromkeys(texts, "v"),
        findings=tuple(
            a_finding(text, judgement)
            for judgement in (Judgement.UNMET, Judgement.MET)
            for text in texts
        ),
    )
    one = replace(one, execution=blocks(Status.FAILED), earlier=(one,))
    return report(one, problems=texts)._replace(notices=texts)


NOTES = ("problems", "failed checks", "texts of blocks")
MORE_NOTES = ("notices", "notes", "variables", "checks", "blocks and checks", "blocks (3 failed)")


@pytest.mark.parametrize(
    ("rows", "shown", "lists"),
    [
        (20, lambda made: rendered(summary.render(made, most=LIMITS)), {*NOTES, *MORE_NOTES}),
        (20, lambda made: parsed_html(html.render(made, blocks=20)), {*NOTES[:2], *MORE_NOTES}),
        (30, lambda made: rendered(comment_text.render(made)), {*NOTES}),
    ],
    ids=["summary", "html", "comment"],
)
def test_rows_over_the_limit_are_counted(rows, shown, lists):
    assert "not shown here" not in shown(a_long_report(rows)).shown
    text = shown(a_long_report(rows + 3)).shown
    assert {*re.findall(r"\b3 more ([^\n]*?) are not shown here", text)} == lists
    assert text.count("not shown here") == len(lists)
