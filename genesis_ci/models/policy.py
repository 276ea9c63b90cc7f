"""How a job treats final states, and how its workflows share it. No I/O."""

from enum import StrEnum
from typing import NamedTuple

MOST_ATTEMPTS = 5


class Concurrency(StrEnum):
    """The concurrency policy of the workflow's trigger dialog; the API does not reveal it."""

    PARALLEL = "parallel"
    CANCEL_PREVIOUS = "cancel-previous"


class Accept(StrEnum):
    """What a job may let pass besides a clean pass: three final states, and three remarks.

    `UNCHECKED` is a completed run that nothing checked, or in which no test counts,
    `FLAKY` a pass after a failed attempt, `FAILED_BLOCK` a completed run with a failed block.
    """

    REVIEW_PENDING = "review_pending"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    UNCHECKED = "unchecked"
    FLAKY = "flaky"
    FAILED_BLOCK = "failed-block"


USUALLY_ACCEPTED = frozenset({Accept.UNCHECKED, Accept.FLAKY, Accept.FAILED_BLOCK})

MAX_PARALLEL = 8


class Plan(NamedTuple):
    """How several workflows share a job.

    At most `max_parallel` of them run at once. Under `fail_fast` nothing more is triggered once
    a required one ended red. If `review_is_green`, `review-status` shows that a run is in review.
    """

    max_parallel: int = MAX_PARALLEL
    fail_fast: bool = False
    review_is_green: bool = False


class Policy(NamedTuple):
    """What lets the job pass besides a clean pass, and whether the workflow is required.

    A workflow may take `attempts` runs to pass.
    """

    accept: frozenset[Accept] = USUALLY_ACCEPTED
    attempts: int = 1
    concurrency: Concurrency = Concurrency.PARALLEL
    required: bool = True

    @property
    def after_a_failure(self) -> "Policy":
        """The policy of the attempts after a failed one: only a pass is green."""
        return self._replace(accept=self.accept & {Accept.UNCHECKED, Accept.FLAKY})
