"""The queue of a job: which of its workflows may start now, and which never start. Pure.

An attached run exists already: it never waits for its turn, but others may wait for its end.
"""

from bisect import insort
from collections.abc import Iterable, Sequence

from genesis_ci import outcomes
from genesis_ci.execution.state import Run
from genesis_ci.models.policy import Concurrency, Plan
from genesis_ci.models.readiness import WaitFor
from genesis_ci.models.report import Outcome, Verdict
from genesis_ci.models.workflow import Workflow


class Queue:
    """The runs of a job that wait for their turn, in order.

    Of all `runs` of the job the attached ones are going from the start. `stopped` is the outcome of
    what never starts, once nothing more is triggered, other attempts included.
    """

    def __init__(self, runs: Iterable[Run], plan: Plan, *, end_by: float) -> None:
        self.waiting: list[Run] = []
        self.stopped: Outcome | None = None
        self._plan = plan
        self._end_by = end_by
        self._going = {run for run in runs if run.attached}
        self._never: dict[str, Outcome] = {}
        """The outcome of what never starts, by a template whose run may still be going."""

    def add(self, run: Run) -> None:
        """Add a run that will be triggered."""
        insort(self.waiting, run, key=lambda one: one.position)

    def end(self, run: Run) -> None:
        """Take the end of a run into account, also of one that never waited."""
        self._going.discard(run)
        if run.serial_template is not None and run.left_running:
            self._never[run.serial_template] = outcomes.turn_never_came(run.workflow)
        if run.outcome and self._stops_job(run, run.outcome):
            self.stopped = outcomes.stopped_by_fail_fast(run.workflow, run.outcome)

    def next_turn(self, now: float) -> tuple[Run, Outcome | None] | None:
        """Remove and return a run that starts now, or one that never starts with its outcome."""
        if now >= self._end_by and self.waiting:
            return self.waiting.pop(0), outcomes.job_out_of_time()
        for run in self.waiting if self.stopped or self._never else ():
            if never := self.stopped or self._never.get(run.serial_template or ""):
                self.waiting.remove(run)
                return run, never
        taken = {run.serial_template for run in self._going} - {None}
        for run in self.waiting if len(self._going) < self._plan.max_parallel else ():
            if not run.held and run.serial_template not in taken:
                self.waiting.remove(run)
                self._going.add(run)
                return run, None
        return None

    def awaited(self) -> Iterable[WaitFor]:
        """Return the addresses that have to answer before a waiting run may start."""
        wanted = (run.workflow.wait_for for run in self.waiting if run.held)
        return dict.fromkeys(one for one in wanted if one)

    def _stops_job(self, over: Run, outcome: Outcome) -> bool:
        if not (over.workflow.policy.required and self._plan.fail_fast):
            return False
        is_in_review = outcome.verdict is Verdict.REVIEW_PENDING and not over.earlier
        return not (outcome.green or (is_in_review and self._plan.review_is_green))


def predecessors(workflows: Sequence[Workflow]) -> dict[int, int]:
    """Return the position of the workflow that each queued workflow of a template waits for."""
    templates = serial_templates(workflows)
    last = {
        template: position
        for position, template in enumerate(templates)
        if template and workflows[position].execution_id
    }
    found: dict[int, int] = {}
    for position, template in enumerate(templates):
        if template is None or workflows[position].execution_id:
            continue
        if template in last:
            found[position] = last[template]
        last[template] = position
    return found


def serial_templates(workflows: Sequence[Workflow]) -> list[str | None]:
    """Return the template that only one run may use at once, for each workflow, or None."""
    cancelling = {
        one.workflow_id
        for one in workflows
        if one.policy.concurrency is Concurrency.CANCEL_PREVIOUS
    }
    return [one.workflow_id if one.workflow_id in cancelling else None for one in workflows]
