"""The timeline: bars at the places of their times, and a legend of their colours."""

import re
from dataclasses import replace

import pytest

from genesis_ci.models import Status, Verdict
from genesis_ci.reporters import html

from . import reports
from .pages import parsed_html
from .reports import block, execution, report, workflow


def failed(*blocks, status=Status.RUNNING, end=None):
    return report(workflow(Verdict.FAILED, execution(status, *blocks, end=end)))


def test_axis_has_short_labels():
    page = html.render(failed(block("a", Status.COMPLETED, 1, 125), end=125))
    axis = re.search(r'<div class="axis".*?</div>', page)[0]
    assert parsed_html(axis.replace("</i>", "</i>|")).text == "0|30s|1m|1m 30s|2m|"


def test_bars_have_titles_in_words_and_a_part_for_the_review():
    page = html.render(reports.review())
    bars = re.findall(r'<i class="bar".*?</i>', page)
    assert [re.findall(r'title="(.*?)"', bar) for bar in bars] == [
        ["started after 2.0s, ran 7.4s"],
        ["started after 9.4s, ran 12s"],
        ["started after 21s, ran 19s, in review for 20s"],
        [],
    ]
    assert 'style="--a:35.0;--b:31.7"><b style="--a:66.7;--b:33.3"></b></i>' in page


@pytest.mark.parametrize(
    ("made", "colours"),
    [
        (reports.failed(), "wait before the start, good completed, bad failed"),
        (reports.review(), "wait before the start, good completed, review in review"),
        (failed(reports.IN_REVIEW), "wait before the start, good ran, review in review"),
        (
            failed(reports.RUNNING, block("x", "warming_up", 1, 2)),
            "wait before the start, warn running, warming up",
        ),
        (failed(block("x", Status.PENDING)), ""),
    ],
)
def test_legend_has_the_colours_of_the_bars(made, colours):
    legends = re.findall(r'<p class="legend">(.*?)</p>', html.render(made))
    assert len(legends) == bool(colours)
    found = re.findall(r'<span class="(\w+)">(?:<bdi>)?([\w ,]+)', "".join(legends))
    assert ", ".join(" ".join(pair) for pair in found) == colours


def test_run_without_times_has_rows_without_bars():
    run = execution(Status.FAILED, block("b", Status.FAILED))
    timeless = replace(run, created_at=None, started_at=None, updated_at=None)
    text = html.render(report(workflow(Verdict.FAILED, timeless)))
    assert 'class="blocks untimed"' in text
    assert 'class="bar' not in text
    assert 'class="legend"' not in text
