"""The HTML report: one self-contained page that says first how it ended."""

import re
from functools import cache
from itertools import pairwise

from genesis_ci.reporters import html
from tests.hostile import naming

from . import reports
from .markdown import taken_apart
from .reports import RUN_URL, SCENARIOS


def page_of(made):
    return taken_apart(html.render(made))


@cache
def rendered(ending):
    text = html.render(SCENARIOS[ending]())
    return text, taken_apart(text)


def each_page(check):
    """Check the page of every ending; a failure names the one."""
    for ending, made in SCENARIOS.items():
        with naming(f"the ending “{ending}”"):
            check(made(), *rendered(ending))


def test_the_first_heading_is_the_verdict_and_headings_skip_no_level():
    def check(made, text, page):
        levels = [int(name[1]) for name in page.names if re.fullmatch(r"h[1-6]", name)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))

    each_page(check)


def test_the_page_needs_nothing_from_outside_and_runs_nothing():
    def check(made, text, page):
        assert "default-src 'none'; style-src 'unsafe-inline'" in text
        assert "<script" not in text
        assert re.findall(r"url\(([^)]*)\)|@import|@font-face", text) == []
        assert set(re.findall(r'href="([^"]*)"', text)) <= {
            made.job_url,
            RUN_URL,
            *re.findall(r'href="(#[a-z0-9-]+)"', text),
        }

    each_page(check)


def test_every_reference_inside_the_page_leads_somewhere_and_ids_are_unique():
    def check(made, text, page):
        ids = re.findall(r'\bid="([^"]*)"', text)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'href="#([^"]*)"', text)) <= set(ids)

    each_page(check)


def test_message_remedy_ids_outputs_and_variables_are_there():
    shown = page_of(reports.failed()).shown
    for part in (
        "Failed: checkout smoke",
        "The workflow failed: verify-cart: assertion failed.",
        "What to do: Open the run in Genesis",
        reports.EXECUTION_ID,
        "Job took1m 06s",
        "Ran in Genesis48s",
        "Expected 2 items in the cart, found 1.\n  at step 4",
        '{"user":"佐藤","ok":true}',
        "https://pr-7.example.test",
        "Genesis did not answer for 12s",
        "2026-03-14 09:26:53 UTC",
    ):
        assert part in shown, part


def test_a_workflow_that_is_not_required_says_so_twice():
    shown = page_of(reports.not_required()).shown
    assert "exploratory charter not required" in shown
    assert "This workflow is not required, so it cannot fail the job." in shown


def test_a_page_of_very_many_blocks_is_bounded_and_says_what_it_left_out():
    text = html.render(reports.many_blocks(120, output="x" * 20), blocks=100)
    assert text.count("x" * 20) == 100
    assert "20 more blocks (" in text


def test_neither_a_remedy_nor_the_job_s_message_is_told_twice():
    def check(made, text, page):
        shown = page.shown
        for outcome in (made.outcome, *(run.outcome for run in made.workflows)):
            assert outcome.hint is None or shown.count(outcome.hint) == 1
        assert shown.count(made.outcome.message) <= 1

    each_page(check)


def test_of_very_many_outputs_those_of_completed_blocks_share_the_room_and_errors_stay_whole():
    text = html.render(reports.many_blocks(400, output="y" * 2_000))
    assert text.count("y" * 2_000) == 4, "of the blocks that failed"
    assert text.count("y" * 505 + "… [1495 more characters in result.json]") == 396


def test_outputs_that_would_be_a_few_words_each_are_left_out_and_the_page_says_so():
    text = html.render(reports.many_blocks(1_100, output="y" * 210))
    assert text.count("y" * 210) == text.count("<pre tabindex") == 11, "of the blocks that failed"
    assert html.OUTPUTS_LEFT_OUT in text


def test_fifty_workflows_of_ten_blocks_are_less_than_two_hundred_kilobytes():
    made = reports.many_workflows(50, blocks=10)
    text = html.render(made)
    assert sum(len(run.execution.blocks) for run in made.workflows) == 500
    assert text.count("<li") > 500
    assert len(text.encode()) < 200_000
