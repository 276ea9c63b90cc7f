"""The HTML report: one self-contained page that says first how it ended."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from genesis_ci.models import Status, Verdict
from genesis_ci.reporters import html

from . import reports
from .markdown import taken_apart
from .reports import RUN_URL, SCENARIOS, block, execution, report, workflow


def page_of(made):
    return taken_apart(html.render(made))


def texts_of(page_html, element):
    return re.findall(rf"<{element}[^>]*>(.*?)</{element}>", page_html, re.DOTALL)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_first_heading_is_the_verdict_and_headings_skip_no_level(scenario):
    page = page_of(SCENARIOS[scenario]())
    levels = [int(name[1]) for name in page.names if re.fullmatch(r"h[1-6]", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_page_needs_nothing_from_outside_and_runs_nothing(scenario):
    text = html.render(SCENARIOS[scenario]())
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    assert "<script" not in text
    assert re.findall(r"url\(([^)]*)\)|@import|@font-face", text) == ["#hatch"]
    assert set(re.findall(r'href="([^"]*)"', text)) <= {
        SCENARIOS[scenario]().job_url,
        RUN_URL,
        *re.findall(r'href="(#[a-z0-9-]+)"', text),
    }


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_reference_inside_the_page_leads_somewhere_and_ids_are_unique(scenario):
    text = html.render(SCENARIOS[scenario]())
    ids = re.findall(r'\bid="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]*)"', text)) <= set(ids)


def test_message_remedy_ids_outputs_and_variables_are_there():
    shown = page_of(reports.failed()).shown
    for part in (
        "Failed: checkout smoke",
        "The workflow failed: verify-cart: assertion failed.",
        "What to do: Open the run in Genesis",
        f"genesis-ci wait {reports.EXECUTION_ID}",
        "Expected 2 items in the cart, found 1.\n  at step 4",
        '{"user":"佐藤","ok":true}',
        "https://pr-7.example.test",
        "Genesis did not answer for 12s",
        "2026-03-14 09:26:53 UTC",
    ):
        assert part in shown, part


def test_a_secret_variable_shows_stars():
    assert '<code><bdi>password</bdi></code></th><td dir="auto">***</td>' in html.render(
        reports.failed()
    )


def test_failures_are_open_and_other_outputs_folded():
    text = html.render(reports.failed())
    rows = re.findall(r"<li><details( open)?><summary class=\"row\">.*?<bdi>(.*?)</bdi>", text)
    assert rows == [("", "open-shop"), ("", "log-in"), (" open", "verify-cart")]


def test_each_bar_says_in_words_what_it_draws():
    text = html.render(reports.review())
    assert texts_of(text, "title")[1:] == [
        "waited 2.0s, ran 7.4s",
        "waited 9.4s, ran 12s",
        "waited 21s, ran 19s, in review for 20s",
        "did not start",
    ]


def test_blocks_that_have_not_started_have_a_row():
    run = replace(reports.failed().workflows[0].execution, block_count=8)
    assert "3 morenot started–" in page_of(report(workflow(Verdict.FAILED, run))).shown


def test_bars_stand_on_one_axis():
    text = html.render(reports.review())
    assert '<rect class="run good" x="35.00%" y="9" width="31.67%"' in text
    assert '<rect class="review" x="66.67%" y="9" width="33.33%"' in text


def test_a_run_without_times_has_rows_without_bars():
    run = execution(Status.FAILED, block("b", Status.FAILED))
    timeless = replace(run, created_at=None, started_at=None, updated_at=None)
    text = html.render(report(workflow(Verdict.FAILED, timeless)))
    assert 'class="blocks untimed"' in text
    assert 'class="bar' not in text


def test_of_several_workflows_an_overview_leads_to_each_and_green_ones_are_folded():
    made = reports.many_workflows(40)
    text = html.render(made)
    links = re.findall(r'<a href="#(workflow-\d+)"><bdi>(.*?)</bdi>', text)
    assert [name for _, name in links] == [run.name for run in made.workflows]
    folded = re.findall(r'<details class="card workflow" id="(.*?)">', text)
    green = [f"workflow-{at}" for at, run in enumerate(made.workflows, 1) if run.outcome.green]
    assert folded == green


def test_a_workflow_that_is_not_required_says_so_twice():
    shown = page_of(reports.not_required()).shown
    assert "exploratory charter not required" in shown
    assert "This workflow is not required, so it cannot fail the job." in shown


def test_a_page_of_very_many_blocks_is_bounded_and_says_what_it_left_out():
    text = html.render(reports.many_blocks(12_000, output="x" * 20))
    assert len(text.encode()) < 30_000_000
    assert "2000 more blocks (" in text
