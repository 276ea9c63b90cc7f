"""A test report, and the words and counts that tools write in it."""

import re
from typing import NamedTuple

from genesis_ci.language import N_

MAX_SECONDS = 1e9
PASSED, SKIPPED, FAILED = N_("passed"), N_("skipped"), N_("failed")
FLAKY, WARNING = N_("flaky"), N_("warning")
"""What a pass may say."""
FAILURE_WORDS = {
    "fail", "failed", "failure", "failing", "error", "errored", "broken", "crashed", "aborted",
    "interrupted", "timeout", "timedout",
}  # fmt: skip
SKIP_WORDS = {
    "disabled", "skipped", "suppressed", "notrun", "ignored", "pending", "todo", "xfail",
    "inconclusive",
}  # fmt: skip


class Test(NamedTuple):
    """One test of a report; `status` is passed, skipped, failed or an unknown word."""

    name: str
    status: str
    suite: str = ""
    message: str = ""
    seconds: float | None = None


class Report(NamedTuple):
    """The tests of a report, and why they are not all that it has to say."""

    tests: tuple[Test, ...]
    contradiction: str = ""


def plain(word: str) -> str:
    """Return a word as the sets of words have it: `TIMED_OUT` is `timedout`."""
    return re.sub(r"[\s_-]", "", word).lower()


def count_in(text: str) -> int:
    """Return the number that a text of digits states; otherwise 0."""
    digits = text.strip()
    return int(digits.lstrip("0")[:18] or 0) if re.fullmatch("[0-9]+", digits) else 0


def seconds_in(number: float, *, parts: int = 1) -> float | None:
    return number / parts if 0 <= number <= MAX_SECONDS else None
