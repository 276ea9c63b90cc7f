"""Words and counts in reports are read in the forms that tools write."""

import pytest

from genesis_ci.checks.reports import FAILURE_WORDS, count_in, plain


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("3", 3), (" 007\n", 7), ("", 0), ("-1", 0), ("1.5", 0), ("1e3", 0), ("٣", 0),
        ("1" + "0" * 30, 10**17), ("0" * 5_000, 0), ("0" * 20 + "7", 7),
    ],
)  # fmt: skip
def test_a_text_of_digits_is_a_count(text, count):
    assert count_in(text) == count


@pytest.mark.parametrize("word", ["timedOut", "TIMED_OUT", "Timed out", "timed-out"])
def test_words_are_compared_without_case_and_separators(word):
    assert plain(word) in FAILURE_WORDS
