"""Whether and when a failed request is sent again, and how it slows down the others. Pure."""

import math

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.execution.state import Run
from genesis_ci.models.policy import Concurrency

LONGEST_PAUSE = 30.0
LAG_SECONDS = 60.0
"""The longest time in which a replica learns of a run that this job triggered."""
ASTRAY_SECONDS = 120.0
"""Seconds without any sign that the requests go to Genesis, after which the job ends."""
SPREAD = 0.5
"""The longest jitter after a `Retry-After`, as a share of it."""
FIRST_GAP = 0.02
RECOVERY = 0.2
"""The step by which an answer raises the rate, in requests a second."""


def repeated_for(refusal: RefusedError, run: Run) -> float:
    """Return for how many seconds a refused request of a run is repeated; 0 if it is final.

    A trigger is final, and so is a refusal of Genesis, except that it does not know a run that this
    job triggered: a replica may lag. Another server's refusal of a run that exists may pass.
    """
    if run.execution_id is None or refusal.fault is None:
        return 0.0
    if refusal.unknown_run:
        return 0.0 if run.attached else LAG_SECONDS
    return math.inf if run.exists else ASTRAY_SECONDS


def may_send_again(fault: ContactError, run: Run) -> bool:
    """Return whether the request of a run that got no usable answer may be sent once more.

    A poll may, except after a permanent fault of a server that has not answered before. A trigger
    may when it certainly did not reach Genesis. When it may have reached Genesis, a second one is
    safe only under `cancel-previous`, because the new run cancels the orphan, and only once.
    """
    if run.execution_id is not None:
        return run.exists or not fault.permanent
    if not fault.reached:
        return not fault.permanent
    return run.workflow.policy.concurrency is Concurrency.CANCEL_PREVIOUS and not run.ambiguous


def pause(error: ContactError, *, faults: int, jitter: float) -> float:
    """Return the seconds to wait after the nth fault in a row (from 1).

    Doubles from one second, or four after a 429, to half a minute; `jitter` in [0, 1) shortens it
    by up to half.
    A longer `Retry-After` is obeyed, except before the last poll (`Run.next_at`), and `jitter`
    lengthens it by up to half, so that clients with the same `Retry-After` do not return at once.
    """
    asked = error.retry_after or 0.0
    longest = min(LONGEST_PAUSE, (4.0 if error.limited else 1.0) * 2.0 ** min(faults - 1, 10))
    return max(longest * (1 - jitter / 2), asked * (1 + SPREAD * jitter))


def gap(before: float, *, limited: bool, runs: int) -> float:
    """Return the seconds between two requests of the job, after a 429 (`limited`) or an answer.

    A 429 multiplies the gap by 1.5, at most until one request of each run takes half a minute. An
    answer raises the rate by a step.
    """
    if limited:
        return min(LONGEST_PAUSE / runs, max(FIRST_GAP, 1.5 * before))
    return before / (1 + RECOVERY * before)
