"""The comment is short, and no text in it has an effect."""

import re
from dataclasses import replace

import pytest

from genesis_ci import result
from genesis_ci.models import RunReport, Verdict
from genesis_ci.reporters.comment_text import MOST_CHARACTERS, render
from genesis_ci.result import parse
from tests.builders import a_report

from . import reports
from .pages import rendered
from .poison import check_every_string_in_every_place, plainest, poisoned, report_of
from .test_foreign_text import has_no_link

GITLAB_LINKS = re.compile(r"(?<!\w)[!~%&^][\w\"]|\[\w+:\d")


def comment_on(report: RunReport, name: str | None = None) -> str:
    """The comment on a report that was read from its file."""
    return render(parse(result.render(report)), name=name)


def is_only_text(report: RunReport, plain: RunReport) -> None:
    text = comment_on(report)
    page = rendered(text)
    assert page.tags == rendered(comment_on(plain)).tags
    assert page.declarations == []
    has_no_link(page.linkable)
    assert not GITLAB_LINKS.search(page.linkable)
    assert not [line for line in text.splitlines() if line.lstrip().startswith("/")]
    assert len(text) <= MOST_CHARACTERS


def test_strings_of_the_corpus_are_only_text_in_each_place():
    check_every_string_in_every_place(is_only_text)


@pytest.mark.parametrize(
    "text",
    ["/merge", "ok\n/close\n/assign @root", "x\r\n/label ~bug", "\u2028/approve", "a\n \t/merge",
     "</pre>\n/merge", "@octocat !12 ~bug %1.0 &7 #5 GH-7 $snippet ^alert#1 [vulnerability:1]"],
)  # fmt: skip
@pytest.mark.parametrize("field", ["block_error", "workflow_name", "message", "block_key"])
def test_commands_and_mentions_are_only_text(text, field):
    is_only_text(poisoned(text, field), report_of(*plainest(text), field))


def test_name_of_the_comment_is_only_text():
    page = rendered(render(reports.completed(), name="@root <b>#1</b> /merge"))
    assert page.shown.startswith("✅ @root <b>#1</b> /merge: Passed")
    has_no_link(page.linkable)


def test_comment_has_the_verdict_the_messages_and_the_facts():
    def check(report):
        page = rendered(comment_on(report))
        lines = [line for line in page.shown.splitlines() if line.strip()]
        assert page.names[0] == "h3"
        assert lines[-1].startswith(f"exit code {report.outcome.exit_code} · ")
        if not report.outcome.green:
            red = [one for one in report.workflows if not one.outcome.green]
            messages = reports.shown_messages(replace(report, workflows=red))
            assert all(message in page.shown for message in messages)

    reports.each_ending(check)


def test_red_workflows_come_first_and_required_ones_before_others():
    workflows = (
        a_report(name="green"),
        a_report(Verdict.FAILED, 1, name="optional", required=False),
        a_report(Verdict.FAILED, 1, name="red"),
    )
    shown = rendered(comment_on(replace(reports.several(), workflows=workflows))).shown
    assert re.findall(r"\b(green|optional|red)\b", shown.partition("Workflow")[2]) == [
        *("red", "optional", "green"),
        *("red", "optional"),
    ]


def test_many_failures_with_long_texts_fit_into_the_comment():
    text = comment_on(reports.many_blocks(60, output="long words. " * 500, failed_every=1))
    assert len(text) <= MOST_CHARACTERS
    assert "more texts of blocks are not shown here; result.json has them all" in text


def test_many_workflows_with_a_long_name_fit_into_the_comment():
    text = comment_on(reports.many_workflows(100), name="試" * 100)
    assert len(text) <= MOST_CHARACTERS
    assert "more workflows are not shown here" in text


def test_text_of_a_block_in_review_is_shown():
    assert "Two prices differ; please look." in rendered(comment_on(reports.review())).text
