"""How much a report shows of long texts and long lists, so that it stays within its limit."""

from bisect import bisect_right
from collections.abc import Callable, Iterator

from genesis_ci.models import RunReport

LEAST_TEXT = 64
"""Characters that a shortened text keeps; where that is too much, the last entries are left out."""


def bounded(text: Callable[[int, int], str], *, entries: int, limit: int) -> str:
    """Return the text if it fits; else with shorter texts in it, at worst with fewer entries.

    `text(kept, share)` gives it for so many entries with texts of at most `share` characters.
    """
    if fits(whole := text(entries, limit), limit):
        return whole
    if fits(text(entries, LEAST_TEXT), limit):
        share = _most(range(LEAST_TEXT, limit), lambda share: fits(text(entries, share), limit))
        return text(entries, share)
    kept = _most(range(entries), lambda kept: fits(text(kept, LEAST_TEXT), limit))
    return text(max(0, kept), LEAST_TEXT)


def _most(numbers: range, fits: Callable[[int], bool]) -> int:
    """Return the greatest number that fits, or the one before all of them where none does."""
    return numbers.start - 1 + bisect_right(numbers, False, key=lambda number: not fits(number))


def fits(text: str, limit: int) -> bool:
    """Return whether a text has at most so many bytes of UTF-8."""
    return len(text) <= limit and len(text.encode("utf-8", "replace")) <= limit


def text_limit(report: RunReport, *, total: int, most: int, least: int) -> int:
    """Return how many characters each text may have for all of them to be about `total`.

    The limit is between `least` and `most`, so very many texts can still be more than `total`.
    """
    lengths = tuple(_lengths(report))
    limit = most
    while limit > least and sum(min(length, limit) for length in lengths) > total:
        limit = max(least, limit // 2)
    return limit


def _lengths(report: RunReport) -> Iterator[int]:
    for workflow in report.workflows:
        yield len(workflow.outcome.message)
        for block in workflow.execution.blocks if workflow.execution else ():
            yield len(block.output or "")
            yield len(block.error or "")
