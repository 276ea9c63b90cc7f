"""How much a report shows: so much in all, at most so much per text, and rows are left out last.

What is cut or left out says so, and that `result.json` has it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from genesis_ci.models import Block, RunReport, Status
from genesis_ci.reporters import findings as findings_of
from genesis_ci.reporters.labels import most_telling

MAX_FILE_BYTES = 16_000_000
"""Of a report for a person or a CI. GitLab refuses a JUnit file of more than 30 MB."""
LEAST_TEXT = 200
"""Characters that a shortened text keeps; where that is too much, rows are left out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """How many rows a list may have in one rendering, and how many characters each text.

    `quiet` is for each output of a completed block, which few people read; 0 leaves them out.
    """

    rows: int
    characters: int
    quiet: int = MAX_FILE_BYTES


def fitted(
    render: Callable[[Room], str], *, limit: int, most: Room, lengths: Sequence[int] = ()
) -> str:
    """Return a full rendering of at most `limit` bytes of UTF-8: texts shrink first, then rows.

    `lengths` are those of texts in it: what surely does not fit is not rendered to find out.
    """
    longest = max(lengths, default=most.characters)
    room = most
    while True:
        size = sum(min(length, room.characters) for length in lengths)
        if size <= limit or room.characters <= LEAST_TEXT:
            text = render(room)
            size = len(text.encode())
            if size <= limit or room.rows == 0:
                return text
        room = _smaller(room, longest, share=limit / size)


def _smaller(room: Room, longest: int, *, share: float) -> Room:
    """Return less room: for texts, the longest of which is known, then for rows."""
    factor = min(0.9, 0.97 * share)
    if room.characters > LEAST_TEXT:
        characters = int(min(room.characters, longest) * factor)
        return replace(room, characters=max(LEAST_TEXT, characters))
    return replace(room, rows=int(room.rows * factor))


def rows_each(report: RunReport, *, total: int) -> int:
    """Return how many rows each workflow may have for all of them to be about `total`."""
    return max(20, total // max(1, len(report.workflows)))


def lengths_of(report: RunReport, room: Room) -> list[int]:
    """Return the lengths of what blocks and findings say that there is room for."""
    runs = [workflow.execution for workflow in report.workflows if workflow.execution]
    blocks = [one.blocks[at] for one in runs for at in most_telling(one.blocks, room.rows)]
    findings = (
        one
        for workflow in report.workflows
        for one in findings_of.most_telling(workflow.findings, room.rows)
    )
    return [
        *(min(len(block.output or ""), _most_of(block, room)) for block in blocks),
        *(len(block.error or "") for block in blocks),
        *(len(text) for one in findings for text in (one.expected, one.found)),
    ]


def _most_of(block: Block, room: Room) -> int:
    return room.quiet if block.status is Status.COMPLETED else MAX_FILE_BYTES


def cut(text: str, limit: int) -> str:
    """Return a text of at most `limit` characters, and what is missing."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… [{len(text) - limit} more characters in result.json]"


def left_out(count: int, things: str) -> Iterator[str]:
    """Yield the words for rows that are not shown, if there are any."""
    if count > 0:
        yield f"{count} more {things} are not shown here; result.json has them all."
