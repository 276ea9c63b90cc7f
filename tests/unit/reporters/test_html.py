"""The HTML report: one self-contained page that begins with the verdict."""

import re
from dataclasses import replace
from functools import cache
from itertools import pairwise

from genesis_ci.reporters import html
from genesis_ci.reporters.labels import failing_first, title

from . import reports
from .pages import parsed_html
from .reports import RUN_URL, each_ending, report


@cache
def many_workflows():
    made = reports.many_workflows(40)
    return made, html.render(made)


def test_first_heading_is_the_only_h1_and_no_level_is_skipped():
    def check(made):
        page = parsed_html(html.render(made))
        levels = [int(name[1]) for name in page.names if re.fullmatch(r"h[1-6]", name)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))

    each_ending(check)


def test_page_loads_and_runs_nothing_and_its_references_exist():
    def check(made):
        text = html.render(made)
        assert "default-src 'none'; style-src 'unsafe-inline'" in text
        assert "<script" not in text
        assert re.findall(r"url\(([^)]*)\)|@import|@font-face", text) == []
        ids = re.findall(r'\bid="([^"]*)"', text)
        assert len(ids) == len(set(ids))
        inside = {f"#{one}" for one in ids}
        assert set(re.findall(r'href="([^"]*)"', text)) <= {made.job_url, RUN_URL, *inside}

    each_ending(check)


def test_page_shows_the_facts_texts_and_variables_of_a_run():
    shown = parsed_html(html.render(reports.failed())).shown
    for part in (
        "What to do: Open the run in Genesis",
        reports.EXECUTION_ID,
        "Job took1m 06s",
        "Ran in Genesis48s",
        "Expected 2 items in the cart, found 1.\n  at step 4",
        '{"user":"佐藤","ok":true}',
        "https://pr-7.example.test",
        "password***",
        "Genesis did not answer for 12s",
        "2026-03-14 09:26:53 UTC",
    ):
        assert part in shown, part


def test_name_of_the_only_workflow_is_in_the_title_and_the_heading():
    assert parsed_html(html.render(reports.failed())).shown.count("checkout smoke") == 2


def test_outputs_of_completed_blocks_share_a_limit_and_errors_do_not():
    text = html.render(reports.many_blocks(400, output="y" * 2_000))
    assert text.count("y" * 2_000) == 4, "of the failed blocks"
    assert text.count("y" * 505 + "… [1495 more characters in result.json]") == 396


def test_outputs_with_too_small_a_share_are_left_out_with_a_note():
    text = html.render(reports.many_blocks(1_100, output="y" * 210))
    assert text.count("y" * 210) == text.count("<pre tabindex") == 11, "of the failed blocks"
    assert html.OUTPUTS_LEFT_OUT in text


def test_page_of_fifty_workflows_has_less_than_200_kilobytes():
    text = html.render(reports.many_workflows(50, blocks=10))
    assert text.count("<li") > 500
    assert len(text.encode()) < 200_000


def test_contents_link_to_each_workflow_and_only_red_ones_are_open():
    made, text = many_workflows()
    ranked = failing_first(made.workflows)
    links = re.findall(r'<a href="#(workflow-\d+)"><bdi>(.*?)</bdi>', text)
    assert links == [(f"workflow-{at}", title(run)) for at, run in enumerate(ranked, start=1)]
    rows = re.findall(r'<details class="workflow [a-z0-9-]+" id="(.*?)"( open)?>', text)
    assert rows == [
        (f"workflow-{at}", "" if run.outcome.green else " open")
        for at, run in enumerate(ranked, start=1)
    ]


def test_contents_name_failed_blocks_and_unmet_checks():
    [unmet] = reports.forty_tests().workflows
    made = report(*reports.several().workflows, replace(unmet, name="payment"))
    text = parsed_html(html.render(made)).shown
    assert "checkout smoke verify-cart" in text
    assert "payment order total 12, order total 25, order total 38" in text


def test_filter_has_a_choice_for_each_verdict_and_uses_only_css():
    _, text = many_workflows()
    choices = re.findall(r'name="show" id="show-(kind-\d)">(\d+) ([A-Z][a-z ]+)<', text)
    words = [word for _, _, word in choices]
    assert words == ["Failed", "Waiting for review", "Cancelled", "Passed"]
    for kind, count, _ in choices:
        assert f"main:has(#show-{kind}:checked) .workflow:not(.{kind}) {{ display: none; }}" in text
        assert text.count(f'class="workflow {kind}"') == int(count)


def test_few_workflows_have_a_tally_without_a_filter():
    text = html.render(reports.several())
    assert "<input" not in text
    assert '<span class="pill bad">1 Failed</span>' in text
