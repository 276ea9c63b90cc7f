"""When the blocks of a run started, ran and were in review, on one common axis."""

from bisect import bisect
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from genesis_ci.models.execution import Block, Execution, Status

_STEPS = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400),
)


class Span(NamedTuple):
    """A block's place on the axis, in seconds from the axis's start.

    It waits until `start`, runs until `end`, and is in review from `end` to `review_end`.
    """

    start: float
    end: float
    review_end: float

    @property
    def in_review(self) -> bool:
        return self.review_end > self.end


class Timeline(NamedTuple):
    """The axis's length in seconds, and one span per block; None for a block that never started."""

    seconds: float
    spans: tuple[Span | None, ...]


def make_timeline(execution: Execution) -> Timeline | None:
    """Return the run's timeline, or None if the server's times do not make one.

    The axis goes from the trigger, or the first known time, to the last known time.
    """
    blocks, started_at = execution.blocks, execution.started_at
    starts = (execution.created_at, started_at, *(one.started_at for one in blocks))
    ends = (*(one.finished_at or one.started_at for one in blocks), started_at)
    first = min(_known(starts), default=None)
    last = max(_known([execution.finished_at or execution.updated_at, *ends]), default=None)
    if first is None or last is None or last <= first:
        return None
    length = (last - first).total_seconds()
    moments = [(time - first).total_seconds() for time in sorted(_known(starts))] + [length]
    spans = tuple(_span(block, first, moments) for block in blocks)
    return Timeline(seconds=length, spans=spans)


def _known(times: Iterable[datetime | None]) -> list[datetime]:
    return [time for time in times if time is not None]


def _span(block: Block, first: datetime, moments: Sequence[float]) -> Span | None:
    """The span of a block; a review that is over lasted until the next start, or the run's end."""
    if block.started_at is None:
        return None
    start, length = (block.started_at - first).total_seconds(), moments[-1]
    if block.finished_at is not None:
        end = max(start, (block.finished_at - first).total_seconds())
    else:
        end = length if block.status is Status.RUNNING else start
    review_end = end
    if block.status is Status.REVIEW_PENDING:
        review_end = length
    elif block.reviewed:
        review_end = moments[min(bisect(moments, end), len(moments) - 1)]
    return Span(start=start, end=end, review_end=review_end)


def ticks(length: float) -> tuple[float, ...]:
    """Return round places on an axis of `length` seconds, from 0: at most seven."""
    step = next((step for step in _STEPS if length / step <= 6), _STEPS[-1])
    while length / step > 6:
        step *= 2
    return tuple(round(step * at, 3) for at in range(int(length / step) + 1))
