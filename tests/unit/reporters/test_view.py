"""What reports say as data, and that the summary, the page and the comment write it."""

import re
from dataclasses import replace

import pytest

from genesis_ci import outcomes
from genesis_ci.models import Outcome, Status, Verdict
from genesis_ci.models.checks import Judgement
from genesis_ci.reporters import comment_text, html, labels, summary
from genesis_ci.reporters.truncate import Limits
from genesis_ci.reporters.view import CHECKS_UNMET, view_of
from tests.builders import a_block, a_report, an_execution

from . import reports
from .pages import parsed_html, rendered
from .reports import EXECUTION_ID, a_finding, each_ending, report, workflow

LIMITS = Limits(rows=20, characters=100)
PAGES = {
    "summary": lambda made: rendered(summary.render(made)).shown,
    "html": lambda made: parsed_html(html.render(made)).shown,
}
each_page = pytest.mark.parametrize("shown", PAGES.values(), ids=PAGES)


def view_of_only(one):
    return view_of(report(one), LIMITS).only_workflow


def test_job_message_is_empty_if_a_workflow_has_it():
    assert view_of(reports.several(), LIMITS).message == ""


def test_job_message_is_kept_if_no_workflow_has_it():
    late = outcomes.interrupted_while_reporting(reports.several().outcome, exit_code=143)
    one = reports.several().workflows[0]
    assert view_of(report(one, one, outcome=late), LIMITS).message == late.message


def test_message_of_job_and_all_workflows_is_shown_by_the_job():
    killed = outcomes.killed(may_run=True)
    view = view_of(report(workflow(killed), workflow(killed), outcome=killed), LIMITS)
    assert view.message == killed.message
    assert all(one.message_repeated for one in view.workflows.shown)


def test_remedy_is_split_into_words_and_commands():
    hint = outcomes.triggered(EXECUTION_ID).hint
    words, command, rest = view_of(reports.triggered(), LIMITS).remedy
    assert command == f"genesis-ci wait {EXECUTION_ID}"
    assert words + command + rest == hint


def test_command_for_one_of_several_runs_is_shown_with_that_run():
    [timed_out] = reports.timed_out().workflows
    view = view_of(report(timed_out, timed_out), LIMITS)
    assert view.remedy == ()
    assert f"genesis-ci wait {EXECUTION_ID}" in view.workflows.shown[0].remedy


def test_execution_id_is_empty_if_the_remedy_has_it():
    assert view_of(reports.timed_out(), LIMITS).only_workflow.execution_id == ""
    assert view_of(reports.failed(), LIMITS).only_workflow.execution_id == EXECUTION_ID


@pytest.mark.parametrize(
    ("error", "message", "shown"),
    [
        ("no button", "It failed: no button.", ""),
        ("no window", "It failed: no button.", "no window"),
        ("no button\nat 4", "It failed: no button at 4.", "no button\nat 4"),
        (None, "It failed.", ""),
    ],
)
def test_run_error_is_shown_unless_the_message_has_all_of_it(error, message, shown):
    outcome = Outcome(verdict=Verdict.FAILED, exit_code=1, message=message)
    one = a_report(execution=an_execution(error=error), outcome=outcome)
    assert view_of_only(one).run_error == shown


@pytest.mark.parametrize(("found", "details"), [("x" * 10, ""), ("x" * 11, "x" * 11)])
def test_check_has_details_if_its_cell_is_too_short(found, details):
    made = report(
        workflow(Verdict.UNMET, findings=(a_finding("total", Judgement.UNMET, found=found),))
    )
    [row] = view_of(made, replace(LIMITS, cell=10)).only_workflow.checks.unmet.shown
    assert row.details == details


@pytest.mark.parametrize(
    ("count", "all_workflows", "shown"), [(3, False, 2), (3, True, 3), (1, False, 1)]
)
def test_rows_limit_workflows_unless_all_are_wanted(count, all_workflows, shown):
    limits = Limits(rows=min(2, count - 1), characters=100, all_workflows=all_workflows)
    workflows = view_of(report(*[workflow(Verdict.PASSED)] * count), limits).workflows
    assert (len(workflows.shown), workflows.left_out) == (shown, count - shown)


def attempts(*runs):
    """The last of several attempts, one for each run."""
    *earlier, last = (a_report(execution=an_execution(blocks=run)) for run in runs)
    return replace(last, earlier=tuple(earlier))


def test_blocks_with_different_results_in_attempts_are_listed():
    first = (a_block("open"), a_block("pay", Status.FAILED))
    last = (a_block("open"), a_block("pay"), a_block("mail"))
    assert view_of_only(attempts(first, last)).attempts.differing.shown == (
        ("pay", ("failed", "completed")),
        ("mail", ("–", "completed")),
    )


def test_checks_with_different_results_in_attempts_are_listed():
    unmet, met = (
        a_report(findings=(a_finding("total", one),)) for one in (Judgement.UNMET, Judgement.MET)
    )
    assert view_of_only(replace(met, earlier=(unmet,))).attempts.differing.shown == (
        ("total", ("unmet", "met")),
    )


@each_page
def test_equal_attempts_are_reported_as_equal(shown):
    blocks = (a_block("open"),)
    assert labels.NO_BLOCK_DIFFERS in shown(report(attempts(blocks, blocks)))
    assert labels.NO_BLOCK_DIFFERS not in shown(reports.flaky())


@each_page
def test_page_shows_each_message_and_remedy_once(shown):
    def check(made):
        text = shown(made)
        hints = {one.outcome.hint for one in (made, *made.workflows)} - {None}
        assert all(message in text for message in reports.shown_messages(made))
        assert all(text.count(hint) == 1 for hint in hints)
        assert text.count("What to do:") == len(hints)
        assert all(problem in text for problem in labels.problems(made))
        assert text.count(made.outcome.message) <= 1

    each_ending(check)


@each_page
def test_remedy_of_several_workflows_is_shown_once(shown):
    runs = [replace(reports.failed().workflows[0], name=name) for name in ("a", "b", "c")]
    text = shown(report(*runs))
    assert text.count("What to do: Open the run in Genesis, correct what failed") == 1
    assert text.count("The workflow failed: verify-cart") == 3


@each_page
def test_results_of_checks_are_shown_only_in_their_table(shown):
    text = shown(reports.unmet())
    assert CHECKS_UNMET in text
    assert "(found failed: Expected 1,980 JPY" not in text


@each_page
def test_unmet_checks_are_shown_before_met_ones(shown):
    text = shown(reports.unmet()).partition(f"{labels.CHECKS}: ")[2]
    assert text.startswith("1 unmet, 5 met")
    assert text.index("order total 3") < text.index("all tests ran")
    assert "\n  at step 4: the tax is added" in text


@each_page
def test_id_in_a_command_is_shown_once(shown):
    text = shown(reports.timed_out())
    assert f"genesis-ci wait {EXECUTION_ID}, or run this job" in text
    assert text.count(EXECUTION_ID) == 1


@each_page
def test_preview_answers_are_shown_unless_the_message_has_them(shown):
    def text_of(made):
        return shown(made).replace("Waited for ", "Waited for")

    address = "https://pr-482.preview.example.test/health"
    assert f"Waited for{address}: 503" in text_of(reports.completed())
    assert f"Waited for{address}" in text_of(reports.not_ready())
    assert text_of(reports.not_ready()).count("200 without “0a1b2c3”") == 1
    assert view_of(reports.not_ready(), LIMITS).only_workflow.preview == (address, "")


@each_page
@pytest.mark.parametrize(("listed", "not_started"), [(5, "3 more"), (0, "8 more")])
def test_blocks_that_have_not_started_have_a_row(shown, listed, not_started):
    failed = reports.failed().workflows[0].execution
    run = replace(failed, block_count=8, completed_blocks=0, blocks=failed.blocks[:listed])
    text = shown(report(workflow(Verdict.FAILED, run)))
    assert re.search(rf"{not_started}\W*not started", text)


@each_page
def test_workflow_that_is_not_required_is_marked(shown):
    assert labels.NOT_REQUIRED in shown(reports.not_required())


def with_checks(judgement, number):
    found = tuple(a_finding(f"check {at}", judgement) for at in range(number))
    return workflow(Verdict.UNMET, findings=found)


def with_blocks(status, number):
    blocks = (reports.block(f"block-{at}", status, error="no") for at in range(number))
    return workflow(Verdict.FAILED, reports.execution(Status.FAILED, *blocks))


def numbered(number):
    return tuple(f"text {at}" for at in range(number))


LISTS = {
    "problems": lambda number: report(
        outcome=reports.outcome_of(Verdict.ERROR), problems=numbered(number)
    ),
    "notices": lambda number: replace(report(workflow(Verdict.FAILED)), notices=numbered(number)),
    "notes": lambda number: report(workflow(Verdict.FAILED, notes=numbered(number))),
    "variables": lambda number: report(
        workflow(Verdict.FAILED, variables=dict.fromkeys(numbered(number), "v"))
    ),
    "blocks and checks": lambda number: report(
        replace(
            with_blocks(Status.COMPLETED, number),
            earlier=(with_blocks(Status.CANCELLED, number),),
        )
    ),
    "unmet checks": lambda number: report(with_checks(Judgement.UNMET, number)),
    "checks": lambda number: report(with_checks(Judgement.MET, number)),
    "blocks (3 completed)": lambda number: report(with_blocks(Status.COMPLETED, number)),
    "texts of blocks": lambda number: report(with_blocks(Status.FAILED, number)),
    "workflows": lambda number: report(*[workflow(Verdict.PASSED)] * number),
}
WRITERS = {
    "summary": (20, lambda made: rendered(summary.render(made, most=LIMITS)).shown, LISTS),
    "html": (
        20,
        lambda made: parsed_html(html.render(made, blocks=20)).shown,
        LISTS.keys() - {"texts of blocks", "workflows"},
    ),
    "comment": (
        comment_text.MOST.rows,
        lambda made: rendered(comment_text.render(made)).shown,
        ("problems", "unmet checks", "texts of blocks", "workflows"),
    ),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_rows_over_the_limit_are_counted(writer):
    rows, shown, lists = WRITERS[writer]
    for things in lists:
        assert "not shown here" not in shown(LISTS[things](rows)), things
        assert f"3 more {things} are not shown here" in shown(LISTS[things](rows + 3)), things
