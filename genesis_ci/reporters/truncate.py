"""How much a report shows: bytes in all, characters of each text, rows of each list.

A shortened text and an incomplete list say so; `result.json` has everything, up to 32 MiB.
"""

import re
from collections.abc import Callable, Sequence
from math import isqrt
from typing import NamedTuple

from genesis_ci.language import N_, fill
from genesis_ci.models.execution import Block, Status
from genesis_ci.models.findings import Finding
from genesis_ci.models.report import JobReport

MAX_FILE_BYTES = 16_000_000
"""Of a report for a person or a CI. GitLab refuses a JUnit file of more than 30 MB."""
LEAST_TEXT = 200
"""Characters that a shortened text keeps; if that is too much, rows are left out."""
FULL = 0.9
"""The share of its limit that a shortened rendering uses, if that is possible."""
_CUT = N_("{text}… [{count} more characters in result.json]")
_SENTENCE_END = r"[.!?](?=\s|$)|[。\n]"
_RANKS: dict[Status | None, int] = {
    Status.FAILED: 0, Status.COMPLETED: 2, Status.SKIPPED: 2, Status.PENDING: 2,
}  # fmt: skip
"""The order in which blocks are shown; others have 1."""


def shorten(text: str, limit: int, *, english: bool = False) -> str:
    if len(text) <= limit:
        return text
    write: Callable[..., str] = str.format if english else fill
    return write(_CUT, text=text[:limit], count=len(text) - limit)


def shorten_to_sentence(text: str, limit: int) -> str:
    """Return at most `limit` characters of a text, as full sentences if it has any."""
    if len(text) <= limit:
        return text
    ends = [found.end() for found in re.finditer(_SENTENCE_END, text[:limit])]
    end = ends[-1] if ends else text.rfind(" ", limit // 2, limit)  # Japanese has few
    short = text[: end if end > 0 else limit].rstrip()
    return fill(_CUT, text=short + " ", count=len(text) - len(short))


class Limits(NamedTuple):
    """The most rows of each list and characters of each text in one rendering.

    Few people read the lists that `minor_rows` limits: variables, met checks, completed blocks.
    `outputs` is for each output of a completed block; 0 leaves them out. `cell` is for a text in a
    table of checks, by default `characters`; `value` is for a variable.
    """

    rows: int
    characters: int
    minor_rows: int = MAX_FILE_BYTES
    outputs: int = MAX_FILE_BYTES
    cell: int | None = None
    value: int | None = None
    message: int = MAX_FILE_BYTES
    name: int = MAX_FILE_BYTES
    all_workflows: bool = False
    shorten: Callable[[str, int], str] = shorten


def fitted(
    render: Callable[[Limits], str], *, limit: int, most: Limits, lengths: Sequence[int] = ()
) -> str:
    """Return a full rendering of at most `limit` bytes of UTF-8: texts shrink first, then rows.

    `lengths` are those of texts in it: they show without a rendering that a text is too long.
    """
    shortest = most._replace(characters=min(most.characters, LEAST_TEXT))

    def fitting(limits: Limits, at_least: int = 0) -> str | None:
        """The rendering, unless it is too long; `at_least` is a known part of its size."""
        text = render(limits) if at_least <= limit else None
        return text if text is not None and _size(text) <= limit else None

    text = fitting(most, _total(lengths, most.characters))
    if text is not None:
        return text
    text = fitting(shortest)
    if text is None:
        text = render(shortest._replace(rows=0))
        return _fullest(
            lambda rows: fitting(shortest._replace(rows=rows)), 0, most.rows, text, limit
        )
    beside = _size(text) - _total(lengths, shortest.characters)

    def with_characters(characters: int) -> str | None:
        at_least = beside + _total(lengths, characters)
        return fitting(most._replace(characters=characters), at_least)

    longest = min(most.characters, max(lengths, default=most.characters))
    return _fullest(with_characters, shortest.characters, longest, text, limit)


def _total(lengths: Sequence[int], characters: int) -> int:
    return sum(min(length, characters) for length in lengths)


def _fullest(
    render: Callable[[int], str | None], low: int, high: int, text: str, limit: int
) -> str:
    """Return a text that uses most of the limit; `text` is the one of `low`, `high` has none."""
    while high - low > max(1, low // 20) and _size(text) < FULL * limit:
        middle = max(low + 1, isqrt(low * high))
        found = render(middle)
        if found is None:
            high = middle
        else:
            low, text = middle, found
    return text


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def rows_each(report: JobReport, *, total: int) -> int:
    """Return how many rows each workflow may have so that all of them have about `total`."""
    return max(20, total // max(1, len(report.workflows)))


def text_lengths(report: JobReport, limits: Limits) -> list[int]:
    """Return the lengths of the texts of the blocks and checks that the limits let in."""
    lengths = []
    for workflow in report.workflows:
        blocks = workflow.blocks
        for block in (blocks[at] for at in kept_blocks(blocks, limits.rows)):
            most = limits.outputs if block.status is Status.COMPLETED else MAX_FILE_BYTES
            lengths += [min(len(block.output or ""), most), len(block.error or "")]
        for check in kept_checks(workflow.findings, limits.rows):
            lengths += [len(check.expected), len(check.found)]
    return lengths


def kept_blocks(blocks: Sequence[Block], most: int) -> list[int]:
    """Return the places of at most `most` blocks, in order; failed blocks are kept first."""
    return _kept([_RANKS.get(block.status, 1) for block in blocks], most)


def kept_checks(findings: Sequence[Finding], most: int) -> list[Finding]:
    """Return at most `most` checks, in order; unmet ones are kept first."""
    places = _kept([one.judgement.row.rank for one in findings], most)
    return [findings[at] for at in places]


def _kept(ranks: Sequence[int], most: int) -> list[int]:
    return sorted(sorted(range(len(ranks)), key=ranks.__getitem__)[:most])


def rest_note(count: int, things: str) -> str:
    text = N_("{count} more {things} are not shown here; result.json has them all.")
    return fill(text, count=count, things=things) if count > 0 else ""
