"""Where one workflow stands between its trigger and its outcome, and what it asks for next.

Pure: times are seconds of a monotonic clock and come in as parameters. The runner acts on
`next_call` and says when it did with `asked`; `steps` says what the answers make of a watch.
"""

import math
from dataclasses import dataclass, replace

from genesis_ci.api.retry import Ask
from genesis_ci.domain import Concurrency, Execution, Outcome, Verdict, WorkflowRun
from genesis_ci.errors import ContactError

POLL_SECONDS = 30.0
TRIGGER_SECONDS = 30.0
LAST_LOOK_SECONDS = 0.5
LONGEST_LEAD = 3.0
_ENDED_EARLY = {Verdict.TIMED_OUT, Verdict.LOST_CONTACT, Verdict.REJECTED}
"""What a watch ends with that never saw the end of its run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """Where one workflow stands.

    `began` is when the wait began, `asked_at` when the latest request went out, `due` when the
    next may, `cost` what the latest answer took, `last_look_for` the deadline for which a last
    look has begun. `faults` counts failures in a row, `ambiguous` is true once a trigger may have
    started a run that nobody knows the id of. `review_spent` is what earlier reviews took,
    `review_since` when the present one began. At `end_by` the CI would end the job itself.
    """

    run: WorkflowRun
    began: float
    due: float
    end_by: float = math.inf
    asked_at: float | None = None
    cost: float = 0.0
    last_look_for: float | None = None
    execution_id: str | None = None
    execution: Execution | None = None
    outcome: Outcome | None = None
    polls: int = 0
    faults: int = 0
    ambiguous: bool = False
    last_error: ContactError | None = None
    review_since: float | None = None
    review_spent: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def deadline(self) -> float:
        """When this watch has to end, in monotonic seconds."""
        return min(self.end_by, self._own_deadline)

    @property
    def _own_deadline(self) -> float:
        if self.review_since is not None:
            return self.review_since + max(0.0, self.run.review_wait - self.review_spent)
        return self.began + self.run.max_wait + self.review_spent

    @property
    def ended_by_job(self) -> bool:
        """Whether the CI job's time limit comes before the workflow's own."""
        return self.end_by < self._own_deadline

    @property
    def last_look_at(self) -> float:
        """When the last look begins: so early that an answer as slow as the latest is in time."""
        return self._last_look_before(self.deadline)

    @property
    def next_at(self) -> float:
        """When the next request is to go out; it may be overdue."""
        if self.asked_at is None:
            return self.due
        deadline = self.deadline
        begun = self.last_look_for == deadline
        return min(self.due, deadline if begun else self._last_look_before(deadline))

    def _last_look_before(self, deadline: float) -> float:
        return deadline - min(LONGEST_LEAD, 2 * self.cost)

    @property
    def ask(self) -> Ask:
        """What the next request asks for."""
        return Ask.TRIGGER if self.execution_id is None else Ask.POLL

    @property
    def attached(self) -> bool:
        """Whether somebody else triggered the run."""
        return self.run.execution_id is not None

    @property
    def exists(self) -> bool:
        """Whether there surely is a run: it was started here, or seen."""
        started_here = self.execution_id is not None and not self.attached
        return started_here or self.execution is not None

    @property
    def abandoned(self) -> bool:
        """Whether this job ended the watch of a run that it started and that may still be going."""
        may_have_started = not self.attached and (self.exists or self.ambiguous)
        return (
            may_have_started and self.outcome is not None and self.outcome.verdict in _ENDED_EARLY
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """The next request of a watch: what to ask, not before `at`, at most `timeout` seconds."""

    ask: Ask
    at: float
    timeout: float


def begin(run: WorkflowRun, *, now: float, end_by: float = math.inf) -> Watch:
    """Return the watch of a run that is to be started, or attached to, from now on."""
    return Watch(run=run, began=now, due=now, end_by=end_by, execution_id=run.execution_id)


def next_call(watch: Watch, *, now: float) -> Call:
    """Return the next request; only for a watch without an outcome.

    A poll has to end at the deadline; one that begins there has half a second.
    """
    at = max(now, watch.next_at)
    left = (asked(watch, now=at) if watch.asked_at is None else watch).deadline - at
    longest = POLL_SECONDS if watch.ask is Ask.POLL else _patience(watch)
    return Call(ask=watch.ask, at=at, timeout=max(LAST_LOOK_SECONDS, min(longest, left)))


def asked(watch: Watch, *, now: float) -> Watch:
    """Return the watch after a request went out; max-wait-time counts from the trigger."""
    began = now if watch.asked_at is None and not watch.attached else watch.began
    last_look_for = watch.deadline if now >= watch.last_look_at else watch.last_look_for
    return replace(watch, began=began, asked_at=now, last_look_for=last_look_for)


def _patience(watch: Watch) -> float:
    """The longest wait for a trigger's answer: all there is, unless a second one is safe."""
    second_is_safe = watch.run.policy.concurrency is Concurrency.CANCEL_PREVIOUS
    if second_is_safe and not watch.ambiguous:
        return min(TRIGGER_SECONDS, max(watch.run.max_wait / 3, 1.0))
    return TRIGGER_SECONDS
