"""The HTML report: one self-contained page that begins with the verdict."""

import re
from dataclasses import replace
from datetime import timedelta, timezone
from itertools import pairwise

from genesis_ci.language import Language, use
from genesis_ci.models.report import Outcome, Verdict
from genesis_ci.reporters import html
from genesis_ci.reporters.labels import failing_first

from . import reports
from .pages import parsed_html
from .reports import each_ending, report


def test_first_heading_is_the_only_h1_and_no_level_is_skipped():
    def check(made):
        page = parsed_html(html.render(made))
        levels = [int(name[1]) for name in page.names if re.fullmatch(r"h[1-6]", name)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))

    each_ending(check)


def test_only_a_japanese_page_shows_the_local_time_beside_utc():
    made, zone = reports.failed(), timezone(timedelta(hours=9), "JST")
    there = made._replace(started_at=made.started_at.astimezone(zone))
    assert html.render(there) == html.render(made)
    use(Language.JAPANESE)
    text = html.render(there)
    for part in ('<html lang="ja">', "2026-03-14 18:26:53 JST", "2026-03-14 09:26:53 UTC"):
        assert part in text


def test_words_of_the_style_sheet_are_japanese_on_a_japanese_page():
    use(Language.JAPANESE)
    shown = " ".join(re.findall(r'content: (".*?);', html.render(reports.completed())))
    assert re.findall(r"[A-Za-z]+", shown.replace("counter(attempt)", "")) == []


def test_outputs_of_completed_blocks_share_a_limit_or_are_left_out():
    text = html.render(reports.many_blocks(400, output="y" * 2_000))
    assert text.count("y" * 2_000) == 4, "of the failed blocks"
    assert text.count("y" * 505 + "… [1495 more characters in result.json]") == 396
    text = html.render(reports.many_blocks(1_100, output="y" * 210))
    assert text.count("y" * 210) == text.count("<pre tabindex") == 11, "of the failed blocks"
    assert html.OUTPUTS_LEFT_OUT in text


def rows_of(made):
    row = r'<details class="workflow kind-\d" id="workflow-\d+"( open)?>(<summary>.*?</summary>)'
    found = re.findall(row, html.render(made, blocks=20), flags=re.DOTALL)
    return [(bool(opened), parsed_html(summary).text) for opened, summary in found]


def test_each_workflow_has_one_row_and_a_few_red_ones_are_open():
    for count in (6, 40):
        made = reports.many_workflows(count)
        ranked = failing_first(made.workflows)
        rows = rows_of(made)
        assert [text.startswith(run.name) for (_, text), run in zip(rows, ranked, strict=True)]
        few = sum(not one.outcome.green for one in ranked) <= html.MAX_OPEN
        assert few is (count == 6)
        assert [opened for opened, _ in rows] == [few and not one.outcome.green for one in ranked]


def test_folded_rows_have_the_reasons_of_red_workflows_and_the_blocks_of_green_ones():
    ended = {
        "payment": reports.forty_tests(),
        "log in": reports.failed(),
        "mail": reports.timed_out(),
        "search": reports.completed_with_failed_block(),
        "home": reports.completed(),
    }
    long = Outcome(verdict=Verdict.REJECTED, exit_code=7, sentences=("n" * 200,))
    made = report(
        *(replace(one.workflows[0], name=name) for name, one in ended.items()),
        *(reports.not_started(long, name="refund", required=at < 2) for at in range(3)),
    )
    reasons = re.findall("<small>(.*?)</small>", html.render(made))
    assert [parsed_html(reason).text for reason in reasons] == [
        "3 of 40 tests failed: order total 12, order total 25, order total 38.",
        "The workflow failed: verify-cart: assertion failed.",
        "No final status within max-wait-time, 30m 00s (last status: running).",
        *[f"{'n' * 119}…"] * 3,
        "verify-cart: failed",
    ]


def test_many_workflows_have_a_filter_with_a_choice_for_each_verdict():
    text = html.render(reports.many_workflows(40))
    choices = re.findall(r'name="show" id="show-(kind-\d)">(\d+) ([A-Z][a-z, ]+)<', text)
    words = [word for _, _, word in choices]
    assert words == ["Failed", "Waiting for review", "Cancelled", "Passed, unchecked"]
    for kind, count, _ in choices:
        assert f"main:has(#show-{kind}:checked) .workflow:not(.{kind}) {{ display: none; }}" in text
        assert text.count(f'class="workflow {kind}"') == int(count)
