"""The comment is short, and its name has no effect."""

from dataclasses import replace

import pytest

from genesis_ci import outcomes
from genesis_ci.features import review_status
from genesis_ci.models.report import Verdict
from genesis_ci.reporters.comment_text import MOST_CHARACTERS, render
from tests.approved import check_approved

from . import reports
from .pages import GITLAB_LINKED, LINKED, has_no_link, rendered


def test_name_of_the_comment_is_only_text():
    page = rendered(render(reports.completed(), name="@root <b>#1</b> /merge"))
    assert page.shown.startswith("☑️ @root <b>#1</b> /merge: Passed")
    has_no_link(page, LINKED, GITLAB_LINKED)


def test_comment_has_the_verdict_the_messages_and_the_facts():
    def check(report):
        page = rendered(render(report))
        lines = [line for line in page.shown.splitlines() if line.strip()]
        assert page.names[0] == "h3"
        assert lines[-1].startswith(f"exit code {report.outcome.exit_code} · ")
        if not report.outcome.green:
            red = [one for one in report.workflows if not one.outcome.green]
            messages = reports.shown_messages(report._replace(workflows=red))
            assert all(message in page.shown for message in messages)

    reports.each_ending(check)
    assert "Two prices differ; please look." in rendered(render(reports.review())).text


def long_next_steps():
    """What a forged result.json may have: every ending, each with several long next steps."""
    return reports.report(
        *(
            replace(one, outcome=outcomes.make(verdict, "Red.", steps=[f"{verdict} {at}. " * 900]))
            for at, one in enumerate(reports.many_workflows(3).workflows)
            for verdict in Verdict
        )
    )


@pytest.mark.parametrize(
    ("report", "things"),
    [
        (long_next_steps(), "workflows"),
        (reports.many_blocks(60, output="long words. " * 500, failed_every=1), "texts of blocks"),
        (reports.many_workflows(100), "workflows"),
    ],
)
def test_comment_is_within_its_limit_and_states_what_is_left_out(report, things):
    text = render(report, name="試" * 100)
    assert len(text) <= MOST_CHARACTERS
    assert f"more {things} are not shown here; result.json has them all" in text


def kept_yellow():
    """Two runs that wait for a person; review-status lets the job end green."""
    outcome = review_status.green_in_review(reports.review().outcome, "genesis")
    runs = [replace(one, outcome=outcome) for one in reports.review().workflows]
    return reports.report(*runs, *(replace(one, name="search") for one in runs))


def comments():
    """The reports by what is special about their comments."""
    [passed, bad, _] = reports.several().workflows
    [refused] = reports.not_ready().workflows
    why = bad.outcome._replace(sentences=("It failed.", "That is why."))
    good = [replace(passed, name=f"good {at}") for at in range(2)]
    left_out = outcomes.not_selected()
    others = [reports.not_started(left_out, name=f"other {at}", seconds=0.0) for at in range(4)]
    two_ids = outcomes.triggered(f"{reports.EXECUTION_ID} run-2")
    return {
        "review": reports.review(),
        "flaky": reports.flaky(),
        "kept yellow": kept_yellow(),
        "triggered": reports.report(reports.workflow(outcomes.triggered(reports.EXECUTION_ID))),
        "two ids": reports.report(reports.workflow(two_ids)),
        "long reason": reports.report(passed, replace(bad, name="cart", outcome=why)),
        "no run": reports.report(passed, replace(refused, name="cart")),
        "five workflows that need no look": reports.report(bad, good[0], *others),
        "six workflows that need no look": reports.report(bad, *good, *others),
        "only workflows that need no look": reports.report(*good * 20),
    }


def test_comments_are_approved():
    texts = {name: render(made._replace(tool_version="1")) for name, made in comments().items()}
    check_approved("comments", {name: text.strip() for name, text in texts.items()})
