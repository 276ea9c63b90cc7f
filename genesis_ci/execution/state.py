"""Where one workflow stands: what it waits for, what it asks next, and when.

Pure: times are seconds of a monotonic clock and come in as parameters.
"""

import math
from dataclasses import dataclass, field, replace

from genesis_ci.errors import ContactError
from genesis_ci.execution.retry import Ask
from genesis_ci.models import Execution, Outcome, Policy, Verdict, Workflow, WorkflowReport
from genesis_ci.models.proof import Finding
from genesis_ci.models.readiness import Readiness

LAST_LOOK_SECONDS = 0.5
LONGEST_LEAD = 3.0
KEEPING_SECONDS = 30.0
"""How long an earlier job's run is asked for, until running it again is the better answer."""
_ENDED_EARLY = {Verdict.TIMED_OUT, Verdict.LOST_CONTACT, Verdict.REJECTED}
"""What a wait ends with that never saw the end of the run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkflowState:
    """Where one workflow stands.

    `began` is when the wait began, `asked_at` when the latest request went out, `due` when the
    next may, `cost` what the latest answer took, `last_look_for` the deadline for which a last
    look has begun. `under_way` is true while a request is. `faults` counts failures in a row,
    `ambiguous` is true once a trigger may have started a run whose id is not known. `review_spent`
    is what earlier reviews took, `review_since` when the present one began. At `end_by` the CI
    would end the job itself. `lane` is the template that the run has to itself while it goes;
    `rounds` is how many rounds of requests a look at every workflow takes. `readiness` is how the
    awaited address answered, `to_judge` the completed run with raw outputs, until it is judged.
    `keeping` is true while an earlier job's run is looked at that need not run again, `earlier`
    are the attempts before this one.
    """

    workflow: Workflow
    began: float
    due: float
    end_by: float = math.inf
    lane: str | None = None
    rounds: int = 1
    under_way: bool = False
    asked_at: float | None = None
    ended_at: float | None = None
    cost: float = 0.0
    last_look_for: float | None = None
    execution_id: str | None = None
    execution: Execution | None = None
    to_judge: Execution | None = field(default=None, repr=False)
    findings: tuple[Finding, ...] = ()
    outcome: Outcome | None = None
    polls: int = 0
    faults: int = 0
    ambiguous: bool = False
    last_error: ContactError | None = None
    review_since: float | None = None
    review_spent: float = 0.0
    notes: tuple[str, ...] = ()
    readiness: Readiness | None = None
    keeping: bool = False
    earlier: tuple[WorkflowReport, ...] = ()

    @property
    def policy(self) -> Policy:
        """What final states mean; after a failed attempt only a pass is green."""
        policy = self.workflow.policy
        return policy.after_a_failure if self.earlier else policy

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""
        return len(self.earlier) + 1

    @property
    def begun(self) -> bool:
        """Whether this attempt is more than an intention: there is a run, or was a request."""
        return self.asked_at is not None or self.execution_id is not None

    @property
    def held(self) -> bool:
        """Whether it waits for an address to answer before it may be triggered."""
        return self.workflow.wait_for is not None and not (self.readiness and self.readiness.ready)

    @property
    def deadline(self) -> float:
        """When the wait has to end, in monotonic seconds."""
        return min(self.end_by, self._own_deadline)

    @property
    def _own_deadline(self) -> float:
        if self.keeping:
            return self.began + KEEPING_SECONDS
        if self.review_since is not None:
            return self.review_since + max(0.0, self.workflow.review_wait - self.review_spent)
        return self.began + self.workflow.max_wait + self.review_spent

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
        return deadline - min(LONGEST_LEAD, 2 * self.cost * self.rounds)

    @property
    def expires_at(self) -> float:
        """When the next request is not worth sending any more."""
        if self.ask is Ask.POLL:
            return self.deadline + LAST_LOOK_SECONDS
        return self.end_by if self.asked_at is None else self.deadline

    @property
    def ask(self) -> Ask:
        """What the next request asks for."""
        return Ask.TRIGGER if self.execution_id is None else Ask.POLL

    @property
    def triggering(self) -> bool:
        """Whether a trigger is under way."""
        return self.under_way and self.ask is Ask.TRIGGER

    @property
    def attached(self) -> bool:
        """Whether somebody else triggered the run."""
        return self.keeping or self.workflow.execution_id is not None

    @property
    def exists(self) -> bool:
        """Whether there surely is a run: it was started here, or seen."""
        started_here = self.execution_id is not None and not self.attached
        return started_here or self.execution is not None

    @property
    def abandoned(self) -> bool:
        """Whether this job gave up a run that it started and that may still be going."""
        may_run = not self.attached and (self.exists or self.ambiguous)
        return may_run and self.outcome is not None and self.outcome.verdict in _ENDED_EARLY


def begin(
    workflow: Workflow,
    *,
    now: float,
    end_by: float = math.inf,
    lane: str | None = None,
    rounds: int = 1,
) -> WorkflowState:
    """Return the state of a workflow that is to be started, or attached to, from now on."""
    return WorkflowState(
        workflow=workflow,
        began=now,
        due=now,
        end_by=end_by,
        lane=lane,
        rounds=rounds,
        execution_id=workflow.execution_id or workflow.keeps,
        outcome=workflow.ended,
        keeping=workflow.keeps is not None,
        earlier=workflow.earlier,
    )


def anew(
    state: WorkflowState,
    *,
    now: float,
    notes: tuple[str, ...],
    earlier: tuple[WorkflowReport, ...] = (),
) -> WorkflowState:
    """Return the state of a workflow that has to be triggered after all, or once more.

    It keeps its place among the others, and does not wait again for what has answered.
    """
    return WorkflowState(
        workflow=state.workflow,
        began=now,
        due=now,
        end_by=state.end_by,
        lane=state.lane,
        rounds=state.rounds,
        readiness=state.readiness,
        notes=notes,
        earlier=earlier,
    )


def report_of(state: WorkflowState, outcome: Outcome) -> WorkflowReport:
    """Return what came of a workflow that has ended, or of one attempt of it."""
    workflow, seen = state.workflow, state.execution
    if state.earlier and not state.begun:
        *before, latest = state.earlier
        return replace(latest, outcome=outcome, earlier=tuple(before))
    ended_at = state.began if state.ended_at is None else state.ended_at
    return WorkflowReport(
        name=workflow.name or (seen and seen.workflow_name) or workflow.title,
        outcome=outcome,
        workflow_id=workflow.workflow_id or (seen.workflow_id if seen else None),
        execution_id=state.execution_id,
        execution=seen,
        variables=workflow.shown,
        required=workflow.policy.required,
        attached=state.attached,
        seconds=0.0 if state.asked_at is None else ended_at - state.began,
        polls=state.polls,
        notes=(*state.notes, *_kept_notes(state)),
        run_url=workflow.address_of(state.execution_id, seen.workflow_id if seen else None),
        readiness=state.readiness,
        findings=state.findings,
        on_failed_block=state.policy.on_failed_block,
        earlier=state.earlier,
        kept=state.keeping,
    )


def _kept_notes(state: WorkflowState) -> tuple[str, ...]:
    if not state.keeping:
        return ()
    where = state.workflow.kept_from
    return (f"Kept: an earlier job ran it ({where}); its run was looked at and judged anew.",)
