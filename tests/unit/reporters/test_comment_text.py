"""The comment is short, and its name has no effect."""

import re
from dataclasses import replace

import pytest

from genesis_ci import outcomes
from genesis_ci.models.report import Verdict
from genesis_ci.reporters.comment_text import MOST_CHARACTERS, render

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


TWO_IDS = f"{reports.EXECUTION_ID} run-2"


def kept_yellow():
    """Two runs that wait for a person; review-status lets the job end green."""
    outcome = outcomes.green_in_review(reports.review().outcome, "genesis")
    runs = [replace(one, outcome=outcome) for one in reports.review().workflows]
    return reports.report(*runs, *(replace(one, name="search") for one in runs))


@pytest.mark.parametrize(
    ("report", "runs", "commands"),
    [
        (reports.review(), 1, 1),
        (reports.report(reports.workflow(outcomes.triggered(reports.EXECUTION_ID))), 1, 1),
        (reports.report(reports.workflow(outcomes.triggered(TWO_IDS))), 1, 1),
        (reports.several(), 1, 0),
        (kept_yellow(), 2, 0),
        (reports.flaky(), 1, 0),
    ],
    ids=["review", "triggered", "two ids", "several", "kept yellow", "flaky"],
)
def test_red_or_running_workflows_show_their_run_and_the_attach_command(report, runs, commands):
    page = rendered(render(report))
    assert page.shown.count(f"Execution {reports.EXECUTION_ID} · Open the run in Genesis") == runs
    assert page.tags.count(("a", (("href", reports.RUN_URL),))) == runs
    block = f"execution-id:\ngenesis-ci wait ({reports.EXECUTION_ID}|{TWO_IDS})\n"
    found = re.findall(block, page.shown)
    assert len(found) == page.tags.count(("pre", (("lang", "sh"),))) == commands


@pytest.mark.parametrize("more", [(), ("That is why.",)])
def test_table_says_why_and_a_long_reason_follows_in_full(more):
    [passed, bad, _] = reports.several().workflows
    bad = replace(bad, name="cart", outcome=bad.outcome._replace(sentences=("It failed.", *more)))
    text = render(reports.report(passed, bad))
    head, _, red, green = (line for line in text.splitlines() if line.startswith("| "))
    assert head.endswith(" | Why |")
    assert " | It failed." in red
    assert " | Genesis completed the workflow" in green
    assert text.count("That is why.") == len(more)
    assert ("**cart**\n" in text) is not more
    assert rendered(text).shown.count(bad.outcome.next_step) == 1


def test_a_workflow_without_a_run_or_a_longer_reason_is_only_in_the_table():
    [passed, *_] = reports.several().workflows
    [refused] = reports.not_ready().workflows
    refused = replace(refused, name="cart")
    text = render(reports.report(passed, refused))
    assert "| cart | " in text
    assert "**cart**" not in text


def test_six_workflows_that_need_no_look_are_one_line_that_unfolds():
    [passed, bad, _] = reports.several().workflows
    good = [replace(passed, name=f"good {at}") for at in range(2)]
    others = [
        reports.not_started(outcomes.not_selected(), name=f"other {at}", seconds=0.0)
        for at in range(4)
    ]
    text = render(reports.report(bad, *good[:1], *others))
    assert text.count("\n| other ") == 4
    text = render(reports.report(bad, *good, *others))
    _, _, *rows = (line for line in text.splitlines() if line.startswith("| "))
    assert [row.split(" | ")[0] for row in rows] == ["| checkout smoke"]
    assert "<summary>2 ☑️ Passed, unchecked · 4 ⏭️ Not run</summary>" in text
    shown = rendered(text).shown
    assert "☑️ Passed, unchecked: good 0, good 1: nothing in the outputs, or" in shown
    names = "other 0, other 1, other 2, other 3"
    assert f"⏭️ Not run: {names}: The input “only” does not select this workflow." in shown
    text = render(reports.report(*good * 20))
    assert "\n| " not in text
    assert "10 more workflows are not shown here" in text
