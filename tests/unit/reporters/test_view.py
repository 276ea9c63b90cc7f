"""What reports say as data, and that the summary, the page and the comment write it."""

import re
from dataclasses import replace

import pytest

from genesis_ci import outcomes
from genesis_ci.features import review_status
from genesis_ci.language import Language, use
from genesis_ci.models.execution import Status
from genesis_ci.models.judgement import Judgement
from genesis_ci.models.policy import Policy
from genesis_ci.models.report import Verdict
from genesis_ci.reporters import comment_text, facts, html, labels, summary
from genesis_ci.reporters.truncate import Limits
from genesis_ci.reporters.view import make_view
from tests.approved import check_approved
from tests.builders import a_report, an_execution
from tests.hostile import naming

from . import reports
from .pages import parsed_html, rendered
from .reports import a_finding, block, each_ending, execution, report, workflow

LIMITS = Limits(rows=20, characters=100)
PAGES = {
    "summary": lambda made: rendered(summary.render(made)).shown,
    "html": lambda made: parsed_html(html.render(made)).shown,
}
each_page = pytest.mark.parametrize("shown", PAGES.values(), ids=PAGES)


VERDICTS = (
    "a passed, b failed, c failed",
    "a failed, b failed, c failed, d failed, e passed",
    "a timed_out, b passed, c failed",
    "a review_pending, b passed",
    "a unmet, b passed",
    "a passed, b passed",
    "a passed, b? failed",
    "a failed, b? failed",
    "a? passed, b? passed",
    f"{'x' * 200} failed, b passed",
    "a rejected, b rejected",
    "a triggered, b not_run",
)
"""Workflows with their verdicts; a `?` marks one that is not required."""


def with_verdicts(words):
    pairs = [one.split() for one in words.split(", ")]
    return report(
        *(
            workflow(Verdict(word), name=name.strip("?"), required="?" not in name)
            for name, word in pairs
        )
    )


def red(verdict, hint, **fields):
    return workflow(reports.outcome_of(verdict)._replace(steps=(hint,)), **fields)


def heads():
    """The reports by what is special about their heads."""
    passed = workflow(Verdict.PASSED, name="b")
    [flaky], [unchecked] = reports.flaky().workflows, reports.completed().workflows
    several, [failed] = reports.several(), reports.failed().workflows
    yellow = review_status.green_in_review(reports.review().outcome, "review")
    late = outcomes.interrupted_while_reporting(several.outcome, exit_code=143)
    return {
        **{name: make() for name, make in reports.SCENARIOS.items()},
        **{words: with_verdicts(words) for words in VERDICTS},
        "green in review": report(workflow(yellow, name="payment"), passed, outcome=yellow),
        "flaky, passed": report(flaky, passed),
        "flaky, passed, failed": report(flaky, passed, workflow(Verdict.FAILED, name="c")),
        "unchecked, passed": report(unchecked, passed),
        "unchecked, passed by policy": report(
            unchecked, workflow(outcomes.make(Verdict.PASSED, lenient=True), name="cancelled one")
        ),
        "a required one alone, with tests": report(reports.unmet().workflows[0], passed),
        "red, and no one is required": report(replace(failed, required=False)),
        "two unchecked": report(unchecked, replace(unchecked, name="search", shown_name="search")),
        "unchecked but not required": report(replace(unchecked, required=False), passed),
        "interrupted while reporting": report(failed, failed, outcome=late),
        "two next steps": report(
            red(Verdict.FAILED, "Open it."), red(Verdict.UNMET, "Correct it.")
        ),
        "one next step": report(
            red(Verdict.TIMED_OUT, "Look."), red(Verdict.FAILED, "Look.", required=False)
        ),
        "two next steps of one verdict": report(
            red(Verdict.REJECTED, "Use another key."), red(Verdict.REJECTED, "Wait.")
        ),
        "many next steps": report(
            *(red(Verdict.TIMED_OUT, f"Step {at}.", name=f"run {at}") for at in range(4))
        ),
        "commands": report(*reports.timed_out().workflows * 2),
    }


def test_heads_of_reports_are_approved():
    """What a report has before its workflows, and each next step once, there or with these."""
    texts = {}
    for name, made in heads().items():
        view = make_view(made, LIMITS)
        steps = [hint for _, hint in view.remedies]
        steps += [one.remedy.text for one in (view, *view.workflows.shown) if one.remedy.text]
        wanted = {one.outcome.next_step for one in made.workflows if not one.outcome.green}
        with naming(name):
            assert wanted - {""} <= {*steps}
            assert made.outcome.green or len(steps) == len({*steps})
        lines = [f"{view.badge.mark} {view.headline}", view.message, view.remedy.text]
        lines += [f"- {verdicts}: {hint}" for verdicts, hint in view.remedies]
        texts[name] = "\n".join(filter(None, lines))
    check_approved("heads", texts)


def test_headlines_in_japanese_are_approved():
    use(Language.JAPANESE)
    texts = {name: facts.headline(made) for name, made in heads().items()}
    check_approved("headlines-ja", texts)


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
    assert make_view(report(one), LIMITS).only_workflow.run_error.startswith(shown)
    assert bool(make_view(report(one), LIMITS).only_workflow.run_error) is bool(shown)


def test_check_has_details_if_its_cell_is_too_short():
    found = (a_finding("total", Judgement.UNMET, found="x" * length) for length in (10, 11))
    made = report(workflow(Verdict.UNMET, findings=tuple(found)))
    rows = make_view(made, LIMITS._replace(cell=10)).only_workflow.checks.unmet.shown
    assert [row.details for row in rows] == ["", "x" * 11]


@pytest.mark.parametrize(
    ("count", "all_workflows", "shown"), [(3, False, 2), (3, True, 3), (1, False, 1)]
)
def test_rows_limit_workflows_unless_all_are_wanted(count, all_workflows, shown):
    limits = Limits(rows=min(2, count - 1), characters=100, all_workflows=all_workflows)
    workflows = make_view(report(*[workflow(Verdict.PASSED)] * count), limits).workflows
    assert (len(workflows.shown), workflows.left_out) == (shown, count - shown)


@each_page
def test_equal_attempts_are_reported_as_equal(shown):
    one = reports.failed().workflows[0]
    text = shown(report(replace(one, earlier=(replace(one, execution_id=None),))))
    assert labels.NO_BLOCK_DIFFERS in text
    assert labels.ABSENT in text
    assert labels.NO_BLOCK_DIFFERS not in shown(reports.flaky())


@each_page
def test_page_shows_each_message_and_remedy_once(shown):
    def check(made):
        text = " ".join(shown(made).split())
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
