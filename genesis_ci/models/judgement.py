"""The result of one check or test: a row each says how the reports show and count it. No I/O."""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from genesis_ci.language import N_, counted, fill


class Tone(StrEnum):
    """How urgent a state is; the class names of the HTML report."""

    GOOD = "good"
    UNCHECKED = "unchecked"
    BAD = "bad"
    WARN = "warn"
    IDLE = "idle"


class Result(StrEnum):
    """The result of a test case; all but the first are names of JUnit elements."""

    PASSED = "passed"
    FAILURE = "failure"
    ERROR = "error"
    SKIPPED = "skipped"

    @property
    def red(self) -> bool:
        """True for a result that makes a reader report the file as failed."""
        return self in (Result.FAILURE, Result.ERROR)


class Row(NamedTuple):
    """How reports show what has a judgement.

    `result` is that in JUnit and CTRF, `output` has the number of tests. A list that is too long
    keeps the lowest `rank`. `counted` counts tests beside those that passed or failed.
    """

    mark: str
    word: str
    tone: Tone
    result: Result
    output: str
    rank: int
    counted: Callable[[int], str] | None = None
    excused: str = ""
    """Tests that failed and do not count, in a word; empty for others. `expected` says why."""
    alone: str = ""
    """What the outcome says if these ran, and no test passed."""


class Judgement(StrEnum):
    """The result of one check, or of one test in a block's output."""

    MET = N_("met")
    UNMET = N_("unmet")
    KNOWN = N_("known-failed")
    SKIPPED = N_("skipped")

    @property
    def row(self) -> Row:
        return _ROWS[self]


_ROWS = {
    Judgement.MET: Row("✅", N_("passed"), Tone.GOOD, Result.PASSED, "tests-passed", rank=2),
    Judgement.UNMET: Row("❌", N_("failed"), Tone.BAD, Result.FAILURE, "tests-failed", rank=0),
    Judgement.KNOWN: Row(
        "🔕",
        N_("known failure"),
        Tone.WARN,
        Result.SKIPPED,
        "tests-known-failed",
        rank=1,
        counted=lambda count: counted(count, "{count} known failure", "{count} known failures"),
        excused=N_("known failures"),
        alone=N_("Only known failures ran, and no test passed."),
    ),
    Judgement.SKIPPED: Row(
        "⏭️",
        N_("skipped"),
        Tone.IDLE,
        Result.SKIPPED,
        "tests-skipped",
        rank=3,
        counted=lambda count: fill("{count} skipped", count=count),
    ),
}
