"""How a job treats final states, and how its workflows share it. No I/O."""

from enum import StrEnum
from typing import NamedTuple


class Concurrency(StrEnum):
    """The concurrency policy of the workflow's trigger dialog; the API does not reveal it."""

    PARALLEL = "parallel"
    CANCEL_PREVIOUS = "cancel-previous"


class OnState(StrEnum):
    """Whether a state that is neither success nor failure fails the job."""

    FAIL = "fail"
    PASS = "pass"


class OnReview(StrEnum):
    """What to do when a block waits for a person: end red, end green, or continue to poll."""

    FAIL = "fail"
    PASS = "pass"
    WAIT = "wait"


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
    """Which final states let the job pass, and whether the workflow is required.

    `on_failed_block` is about a completed run in which a block failed, `on_unchecked` about one
    whose outputs nothing checked, `on_known_only` about one in which only known failures ran. A
    workflow may take `attempts` runs to pass; `on_flaky` is about a pass that took more than one.
    """

    on_review_pending: OnReview = OnReview.FAIL
    on_cancelled: OnState = OnState.FAIL
    on_skipped: OnState = OnState.FAIL
    on_failed_block: OnState = OnState.PASS
    on_unchecked: OnState = OnState.PASS
    on_known_only: OnState = OnState.PASS
    on_flaky: OnState = OnState.PASS
    attempts: int = 1
    concurrency: Concurrency = Concurrency.PARALLEL
    required: bool = True

    @property
    def after_a_failure(self) -> "Policy":
        """The policy after a failed attempt: only a pass is green."""
        review = self.on_review_pending
        return self._replace(
            on_review_pending=OnReview.FAIL if review is OnReview.PASS else review,
            on_cancelled=OnState.FAIL,
            on_skipped=OnState.FAIL,
            on_failed_block=OnState.FAIL,
            on_known_only=OnState.FAIL,
        )
