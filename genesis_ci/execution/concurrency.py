"""The queue of a job: which of its workflows may start now, and which never start. Pure.

An attached run exists already: it waits for no other run, and no other run waits for it.
"""

from bisect import insort
from collections.abc import Iterable, Iterator, Mapping, Sequence

from genesis_ci import outcomes
from genesis_ci.execution.state import Run
from genesis_ci.models.policy import Concurrency, Plan
from genesis_ci.models.readiness import Readiness, WaitFor
from genesis_ci.models.report import Outcome, Verdict
from genesis_ci.models.workflow import Workflow


class Queue:
    """The runs of a job that wait for their turn, in order.

    It opens once it is known which of all `runs` are kept from an earlier job. `stopped` is the
    outcome of what never starts, once nothing more is triggered, other attempts included.
    """

    def __init__(self, runs: Iterable[Run], plan: Plan, *, end_by: float) -> None:
        self.waiting: list[Run] = []
        self.stopped: Outcome | None = None
        self._undecided = {run for run in runs if run.is_kept}
        self._plan = plan
        self._end_by = end_by
        self._is_open = False
        self._going: set[Run] = set()
        self._ended: list[Run] = []
        """Runs whose end may be the reason that others never start."""

    def add(self, run: Run) -> None:
        """Add a run that will be triggered."""
        insort(self.waiting, run, key=lambda one: one.position)
        self._undecided.discard(run)

    def end(self, run: Run) -> None:
        """Take the end of a run into account, also of one that never waited."""
        self._undecided.discard(run)
        self._going.discard(run)
        self._ended.append(run)
        if run.outcome and self._stops_job(run):
            self.stopped = outcomes.stopped_by_fail_fast(run.workflow, run.outcome)

    def open_if_decided(self) -> bool:
        """Open the queue once no run is undecided; return whether it was closed before."""
        watched = {run for run in self._undecided if run.is_watched}
        self._undecided -= watched
        self._going |= watched
        if self._is_open or self._undecided:
            return False
        self._is_open = True
        return True

    def turns(self, now: float) -> Iterator[tuple[Run, Outcome | None]]:
        """Yield each run that starts now, and each that never starts with its outcome."""
        if now >= self._end_by:
            yield from self._never(self.waiting, outcomes.job_out_of_time())
        if not self._is_open:
            return
        while self._ended:
            yield from self._never_after(self._ended.pop())
        taken = {run.serial_template for run in self._going} - {None}
        for run in tuple(self.waiting):
            if len(self._going) >= self._plan.max_parallel:
                return
            if not run.held and run.serial_template not in taken:
                taken |= {run.serial_template} - {None}
                self.waiting.remove(run)
                self._going.add(run)
                yield run, None

    def awaited(self) -> Iterable[WaitFor]:
        """Return the addresses that have to answer before a waiting run may start."""
        wanted = (run.workflow.wait_for for run in self.waiting if run.held)
        return dict.fromkeys(one for one in wanted if one)

    def answered(
        self,
        wanted: WaitFor,
        readiness: Readiness,
        found: Mapping[str, str],
        shown: Mapping[str, str],
        *,
        now: float,
    ) -> Iterator[tuple[Run, Outcome]]:
        """Record the answer of an address; yield the runs that never start because of it."""
        runs = [run for run in self.waiting if run.workflow.wait_for == wanted]
        for run in runs:
            run.record_readiness(readiness, found, shown, now=now)
        if readiness.ready is False:
            yield from self._never(runs, outcomes.not_ready(readiness))

    def _never_after(self, over: Run) -> Iterator[tuple[Run, Outcome]]:
        if self.stopped:
            yield from self._never(self.waiting, self.stopped)
        elif over.serial_template is not None and over.left_running:
            same = [run for run in self.waiting if run.serial_template == over.serial_template]
            yield from self._never(same, outcomes.turn_never_came(over.workflow))

    def _never(self, runs: Sequence[Run], outcome: Outcome) -> Iterator[tuple[Run, Outcome]]:
        self.waiting = [run for run in self.waiting if run not in runs]
        for run in runs:
            yield run, outcome

    def _stops_job(self, over: Run) -> bool:
        if not (over.outcome and over.workflow.policy.required and self._plan.fail_fast):
            return False
        is_in_review = over.outcome.verdict is Verdict.REVIEW_PENDING and not over.earlier
        return not (over.outcome.green or (is_in_review and self._plan.review_is_green))


def predecessors(workflows: Sequence[Workflow]) -> dict[int, int]:
    """Return the position of the workflow that each queued workflow of a template waits for."""
    last: dict[str, int] = {}
    found: dict[int, int] = {}
    for position, lane in enumerate(serial_templates(workflows)):
        if lane in last:
            found[position] = last[lane]
        if lane is not None:
            last[lane] = position
    return found


def serial_templates(workflows: Sequence[Workflow]) -> list[str | None]:
    """Return the template that only one run may use at once, for each workflow, or None."""
    cancelling = {
        one.workflow_id
        for one in workflows
        if not one.execution_id and one.policy.concurrency is Concurrency.CANCEL_PREVIOUS
    }
    triggered = [None if one.execution_id else one.workflow_id for one in workflows]
    return [template if template in cancelling else None for template in triggered]
