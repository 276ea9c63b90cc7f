"""The timeline: bars at the places that the times say, and a legend of their colours."""

import re
from dataclasses import replace

from genesis_ci.models import Status
from genesis_ci.reporters.html_timeline import axis, bar, legend
from genesis_ci.reporters.timeline import Timeline, timeline_of

from . import reports
from .markdown import taken_apart
from .reports import block, execution


def run_of(made):
    return made.workflows[0].execution


def bars_of(made):
    timeline = timeline_of(run_of(made))
    return [bar(span, timeline) for span in timeline.spans]


def colours(*runs):
    return re.findall(r'<span class="(\w+)">(?:<bdi>)?([\w ,]+)', legend(runs))


def test_the_axis_is_labelled_without_digits_that_say_nothing():
    drawn = axis(Timeline(seconds=125, spans=()))
    assert taken_apart(drawn.replace("</i>", "</i>|")).text == "0|30s|1m|1m 30s|2m|"


def test_each_bar_says_in_words_what_it_draws():
    assert [re.findall(r'title="(.*?)"', drawn) for drawn in bars_of(reports.review())] == [
        ["waited 2.0s, ran 7.4s"],
        ["waited 9.4s, ran 12s"],
        ["waited 21s, ran 19s, in review for 20s"],
        [],
    ]


def test_bars_stand_on_one_axis_and_a_review_follows_the_run():
    drawn = bars_of(reports.review())[2]
    assert 'class="bar"' in drawn
    assert 'style="--a:35.0;--b:31.7"' in drawn
    assert '<b style="--a:66.7;--b:33.3"></b>' in drawn


def test_the_legend_has_every_colour_in_use_and_no_other():
    assert colours(run_of(reports.failed())) == [
        ("wait", "waited"),
        ("good", "completed"),
        ("bad", "failed"),
    ]
    assert colours(run_of(reports.review())) == [
        ("wait", "waited"),
        ("good", "completed"),
        ("review", "in review"),
    ]
    running = execution(Status.RUNNING, reports.RUNNING, block("x", "warming_up", 1, 2))
    assert colours(running) == [("wait", "waited"), ("warn", "running, warming up")]


def test_what_ran_before_its_review_is_in_the_legend_where_nothing_completed():
    assert ("good", "ran") in colours(execution(Status.REVIEW_PENDING, reports.IN_REVIEW))


def test_where_nothing_is_drawn_there_is_no_legend():
    assert legend([execution(Status.PENDING, block("x", Status.PENDING))]) == ""
    timeless = replace(run_of(reports.failed()), created_at=None, started_at=None, blocks=())
    assert legend([timeless]) == ""
