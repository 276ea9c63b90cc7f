"""How much a report shows: so much in all, at most so much per text, and rows are left out last.

What is cut or left out says so, and that `result.json` has it.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from genesis_ci.models import RunReport
from genesis_ci.reporters.labels import most_telling

MAX_FILE_BYTES = 16_000_000
"""Of a report for a person or a CI. GitLab refuses a JUnit file of more than 30 MB."""
LEAST_TEXT = 200
"""Characters that a shortened text keeps; where that is too much, rows are left out."""
_SHRINK = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """How many rows a list may have in one rendering, and how many characters each text."""

    rows: int
    characters: int


def fitted(
    render: Callable[[Room], str], *, limit: int, most: Room, lengths: Sequence[int] = ()
) -> str:
    """Return the fullest rendering of at most `limit` bytes of UTF-8.

    `lengths` are those of texts in it: what cannot fit is not rendered to find out.
    """
    rendered = ""

    def fits(room: Room) -> bool:
        nonlocal rendered
        at_least = sum(min(length, room.characters) for length in lengths)
        if room.rows == most.rows and at_least > limit:
            return False
        text = render(room)
        if len(text) > limit or len(text.encode()) > limit:
            return False
        rendered = text
        return True

    rooms = (most, *_smaller(most))
    at = 0 if fits(most) else bisect_left(rooms, True, lo=1, key=fits)
    return rendered if at < len(rooms) else render(rooms[-1])


def _smaller(most: Room) -> Iterator[Room]:
    for characters in _shrinking(most.characters, LEAST_TEXT):
        yield Room(rows=most.rows, characters=characters)
    for rows in _shrinking(most.rows, 0):
        yield Room(rows=rows, characters=min(LEAST_TEXT, most.characters))


def _shrinking(number: int, least: int) -> Iterator[int]:
    while number > least:
        number = max(least, int(number * _SHRINK))
        yield number


def rows_each(report: RunReport, *, total: int) -> int:
    """Return how many rows each workflow may have for all of them to be about `total`."""
    return max(20, total // max(1, len(report.workflows)))


def lengths_of(report: RunReport, rows: int) -> list[int]:
    """Return the lengths of what the blocks say that so many rows of each workflow show."""
    runs = [workflow.execution for workflow in report.workflows if workflow.execution]
    return [
        len(text)
        for execution in runs
        for at in most_telling(execution.blocks, rows)
        for text in (execution.blocks[at].output, execution.blocks[at].error)
        if text
    ]


def cut(text: str, limit: int) -> str:
    """Return a text of at most `limit` characters, and what is missing."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… [{len(text) - limit} more characters in result.json]"


def left_out(count: int, things: str) -> Iterator[str]:
    """Yield the words for rows that are not shown, if there are any."""
    if count > 0:
        yield f"{count} more {things} are not shown here; result.json has them all."
