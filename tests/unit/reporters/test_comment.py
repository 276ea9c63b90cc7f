"""The comment: short, whole sentences, and nothing in it does anything."""

import json
import re
from dataclasses import replace

import pytest

from genesis_ci import result
from genesis_ci.models import Block, RunReport, Status, Verdict
from genesis_ci.models.proof import Judgement
from genesis_ci.reporters.comment import MOST, MOST_CHARACTERS, render, whole
from genesis_ci.reporters.labels import message_of
from genesis_ci.result import parse
from tests.builders import a_report

from . import reports
from .markdown import rendered
from .poison import check_every_string_in_every_place, plainest, poisoned, report_of
from .test_foreign_text import links_no_foreign_text

GITLAB_LINKS = re.compile(r"(?<!\w)[!~%&^][\w\"]|\[\w+:\d")
KINDS = [
    "completed",
    "failed",
    "unmet",
    "review",
    "several",
    "timed_out",
    "bad_configuration",
    "no_key",
]


def as_the_file_says(report: RunReport) -> RunReport:
    """What the command reads back of the file that the job wrote."""
    return parse(result.render(report))


def holds(report: RunReport, plain: RunReport) -> None:
    text = render(as_the_file_says(report))
    page = rendered(text)
    assert page.tags == rendered(render(as_the_file_says(plain))).tags
    assert page.declarations == []
    links_no_foreign_text(page.linkable)
    assert not GITLAB_LINKS.search(page.linkable)
    assert not [line for line in text.splitlines() if line.lstrip().startswith("/")]
    assert len(text) <= MOST_CHARACTERS


def test_every_string_of_the_corpus_in_every_place_forges_mentions_and_commands_nothing():
    check_every_string_in_every_place(holds)


@pytest.mark.parametrize(
    "text",
    ["/merge", "ok\n/close\n/assign @root", "x\r\n/label ~bug", "\u2028/approve", "a\n \t/merge",
     "</pre>\n/merge", "@octocat !12 ~bug %1.0 &7 #5 GH-7 $snippet ^alert#1 [vulnerability:1]"],
)  # fmt: skip
def test_a_command_or_a_mention_in_a_block_s_words_stays_text(text):
    for field in ("block_error", "workflow_name", "message", "block_key"):
        holds(poisoned(text, field), report_of(*plainest(text), field))


def test_a_name_given_by_the_pull_request_stays_text():
    page = rendered(render(reports.completed(), name="@root <b>#1</b> /merge"))
    assert page.shown.startswith("✅ @root <b>#1</b> /merge: Passed")
    links_no_foreign_text(page.linkable)


@pytest.mark.parametrize("kind", KINDS)
def test_it_begins_with_the_verdict_and_ends_with_the_facts(kind):
    report = getattr(reports, kind)()
    page = rendered(render(as_the_file_says(report)))
    lines = [line for line in page.shown.splitlines() if line.strip()]
    assert page.names[0] == "h3"
    assert lines[-1].startswith(f"exit code {report.outcome.exit_code} · ")
    messages = [message_of(one) for one in report.workflows if not one.outcome.green]
    assert all(message in page.shown for message in messages or [report.outcome.message])


def test_what_failed_comes_first_and_then_what_is_not_required():
    workflows = (
        a_report(name="green"),
        a_report(Verdict.FAILED, 1, name="optional", required=False),
        a_report(Verdict.FAILED, 1, name="red"),
    )
    report = replace(reports.several(), workflows=workflows)
    shown = rendered(render(as_the_file_says(report))).shown
    places = [shown.rindex(name) for name in ("red", "optional")]
    assert places == sorted(places)
    assert shown.index("red") < shown.index("optional") < shown.index("green")
    assert shown.count("green") == 1


def test_hundreds_of_failures_with_long_texts_fit_and_say_what_is_left_out():
    report = reports.many_blocks(60, output="long words. " * 500, failed_every=1)
    text = render(as_the_file_says(report))
    assert len(text) <= MOST_CHARACTERS
    assert "more texts of blocks are not shown here; result.json has them all" in text


def test_problems_and_checks_that_find_no_room_are_counted():
    some = MOST.rows + 3
    problems = tuple(f"problem {at}" for at in range(some))
    mistaken = reports.report(outcome=reports.outcome_of(Verdict.ERROR), problems=problems)
    assert "3 more problems are not shown here" in rendered(render(mistaken)).shown
    found = tuple(reports.a_finding(f"check {at}", Judgement.UNMET) for at in range(some))
    unmet = reports.report(reports.workflow(Verdict.UNMET, findings=found))
    assert "3 more unmet checks are not shown here" in rendered(render(unmet)).shown


def test_hundreds_of_workflows_with_foreign_letters_fit():
    text = render(as_the_file_says(reports.many_workflows(100)), name="試" * 100)
    assert len(text) <= MOST_CHARACTERS
    assert "more workflows are not shown here" in text


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("One. Two. Three.", 11, "One. Two. … [7 more characters in result.json]"),
        ("one two three", 9, "one two … [6 more characters in result.json]"),
        ("x" * 20, 10, f"{'x' * 10} … [10 more characters in result.json]"),
        ("v1.2 is out. More", 14, "v1.2 is out. … [5 more characters in result.json]"),
        ("short", 10, "short"),
    ],
)
def test_a_text_is_cut_after_a_whole_sentence(text, limit, expected):
    assert whole(text, limit) == expected


def test_a_forged_file_cannot_bring_control_characters_back():
    document = json.loads(result.render(reports.failed()))
    document["message"] = "a\x1b[2J\u202eb\n/merge"
    assert parse(json.dumps(document)).outcome.message == r"a\x1b[2J\u202eb /merge"


def test_of_a_review_the_words_of_what_waits_are_shown():
    text = render(as_the_file_says(reports.review()))
    waiting = reports.review().workflows[0].execution
    told = [one for one in waiting.blocks if one.status is Status.REVIEW_PENDING]
    assert all(isinstance(one, Block) and one.key in rendered(text).text for one in told)
