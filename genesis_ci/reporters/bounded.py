"""A text of many entries within a limit: shorter texts in it, and at worst fewer entries."""

from bisect import bisect_right
from collections.abc import Callable

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
