"""The timeline of a run's blocks."""

from dataclasses import replace

import pytest

from genesis_ci.models.execution import Status
from genesis_ci.reporters.timeline import make_timeline, ticks

from .reports import START, block, execution


@pytest.mark.parametrize(
    ("status", "start", "end", "span"),
    [
        (Status.RUNNING, 5, None, (5, 60, 60)),
        (Status.REVIEW_PENDING, 5, 20, (5, 20, 60)),
        (Status.REVIEW_PENDING, 5, None, (5, 5, 60)),
        (Status.FAILED, 9, 4, (9, 9, 9)),
        (Status.SKIPPED, None, None, None),
    ],
    ids=["running", "in review", "in review without end", "ends before start", "not started"],
)
def test_span_of_a_block_depends_on_its_status_and_times(status, start, end, span):
    [found] = make_timeline(execution(Status.RUNNING, block("a", status, start, end))).spans
    assert (found and (found.start, found.end, found.review_end)) == span


@pytest.mark.parametrize(
    ("starts", "until"), [((0, 30), 30), ((20, 45, 30), 30), ((), 60), ((20,), 60)]
)
def test_review_that_is_over_lasted_until_the_next_start_or_the_end(starts, until):
    looked_at = block("a", Status.COMPLETED, 5, 20, reviewed=True)
    others = (block("b", Status.COMPLETED, at, at + 1) for at in starts)
    run = execution(Status.COMPLETED, looked_at, *others, end=60)
    assert make_timeline(run).spans[0] == (5, 20, until)


@pytest.mark.parametrize("last", [None, START])
def test_run_without_two_different_times_has_no_timeline(last):
    run = replace(execution(Status.PENDING), created_at=START, started_at=None, updated_at=last)
    assert make_timeline(run) is None


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (0.5, (0, 0.1, 0.2, 0.3, 0.4, 0.5)),
        (3_700, (0, 900, 1_800, 2_700, 3_600)),
        (1_000_000, (0, 172_800, 345_600, 518_400, 691_200, 864_000)),
    ],
)
def test_ticks_are_at_most_seven_round_numbers(length, expected):
    assert ticks(length) == pytest.approx(expected)
