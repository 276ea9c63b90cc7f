"""The comment is short, and its name has no effect."""

import pytest

from genesis_ci.reporters.comment_text import MOST_CHARACTERS, render

from . import reports
from .pages import GITLAB_LINKED, LINKED, has_no_link, rendered


def test_name_of_the_comment_is_only_text():
    page = rendered(render(reports.completed(), name="@root <b>#1</b> /merge"))
    assert page.shown.startswith("✅ @root <b>#1</b> /merge: Passed")
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


@pytest.mark.parametrize(
    ("report", "things"),
    [
        (reports.many_blocks(60, output="long words. " * 500, failed_every=1), "texts of blocks"),
        (reports.many_workflows(100), "workflows"),
    ],
)
def test_comment_is_within_its_limit_and_states_what_is_left_out(report, things):
    text = render(report, name="試" * 100)
    assert len(text) <= MOST_CHARACTERS
    assert f"more {things} are not shown here; result.json has them all" in text
