"""The common axis of a run's blocks."""

from dataclasses import replace

import pytest

from genesis_ci.models import Status
from genesis_ci.reporters.timeline import Span, Timeline, ticks, timeline_of

from .reports import START, block, execution


def spans(status, *blocks, end=None):
    return timeline_of(execution(status, *blocks, end=end)).spans


def test_the_axis_goes_from_the_trigger_to_the_last_known_time():
    line = timeline_of(execution(Status.COMPLETED, block("a", Status.COMPLETED, 2, 9), end=10))
    assert line == Timeline(seconds=10, spans=(Span(start=2, end=9, review_end=9),))


def test_a_block_that_runs_goes_on_to_the_end_of_the_axis():
    assert spans(Status.RUNNING, block("a", Status.RUNNING, 5)) == (
        Span(start=5, end=60, review_end=60),
    )


def test_a_review_begins_when_the_block_has_run():
    assert spans(Status.REVIEW_PENDING, block("a", Status.REVIEW_PENDING, 5, 20)) == (
        Span(start=5, end=20, review_end=60),
    )


def test_a_review_without_an_end_of_the_run_is_review_from_the_start():
    assert spans(Status.REVIEW_PENDING, block("a", Status.REVIEW_PENDING, 5)) == (
        Span(start=5, end=5, review_end=60),
    )


def test_a_block_that_never_started_has_no_place():
    assert spans(Status.FAILED, block("a", Status.SKIPPED), end=3) == (None,)


def test_a_block_that_ends_before_it_starts_has_no_length():
    assert spans(Status.FAILED, block("a", Status.FAILED, 9, 4), end=10) == (
        Span(start=9, end=9, review_end=9),
    )


@pytest.mark.parametrize("last", [None, START])
def test_times_that_make_no_axis_make_no_timeline(last):
    run = replace(execution(Status.PENDING), created_at=START, started_at=None, updated_at=last)
    assert timeline_of(run) is None


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (0.5, (0, 0.1, 0.2, 0.3, 0.4, 0.5)),
        (48, (0, 10, 20, 30, 40)),
        (125, (0, 30, 60, 90, 120)),
        (3_700, (0, 900, 1_800, 2_700, 3_600)),
        (1_000_000, (0, 172_800, 345_600, 518_400, 691_200, 864_000)),
    ],
)
def test_ticks_are_round_and_few(length, expected):
    assert ticks(length) == pytest.approx(expected)
