"""The state of one workflow in this job. Times are seconds of a monotonic clock."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

from genesis_ci.errors import ContactError
from genesis_ci.language import fill
from genesis_ci.models.execution import Block, Execution, Status
from genesis_ci.models.findings import Finding, RunChecks
from genesis_ci.models.policy import Accept, Policy
from genesis_ci.models.readiness import Readiness
from genesis_ci.models.report import Outcome, Verdict, WorkflowReport
from genesis_ci.models.workflow import Workflow

KEPT_CHARACTERS = 48 * 1024 * 1024
"""Of all outputs of a job, for its reports; result.json has at most 32 MiB of them."""
CUT = "… [cut: the outputs of this job are too long]"
"""The same in each language: programs read outputs."""
_ENDED_EARLY = {Verdict.TIMED_OUT, Verdict.LOST_CONTACT, Verdict.REJECTED}
"""Verdicts of a wait that ended before the run."""


@dataclass(kw_only=True, slots=True, eq=False)
class AttemptState:
    """The state of the current attempt; the next one starts from these defaults.

    `began` is when the wait began, `due` when the next request is due, `sent_at` when the latest
    one was sent, `cost` how long the latest answer took. `early_poll_for` is the deadline whose
    early poll was sent (`timing`). `faults` counts failed requests in a row, and `refused_since` is
    when the refusals in a row began. `lost_triggers` counts those that may have started a run
    whose id is not known. `review_since` is when the current review began, `review_spent` what
    earlier ones took.
    """

    began: float = 0.0
    due: float = 0.0
    sent_at: float | None = None
    is_triggering: bool = False
    ended_at: float | None = None
    cost: float = 0.0
    early_poll_for: float | None = None
    execution_id: str | None = None
    execution: Execution | None = None
    findings: tuple[Finding, ...] = ()
    unjudged: tuple[str, ...] = ()
    outcome: Outcome | None = None
    noted_status: bool = False
    polls: int = 0
    faults: int = 0
    refused_since: float = math.inf
    lost_triggers: int = 0
    last_error: ContactError | None = None
    review_since: float | None = None
    review_spent: float = 0.0


@dataclass(kw_only=True, slots=True, eq=False)
class Run(AttemptState):
    """A workflow from its start to its outcome; only its own lifecycle changes it.

    `position` is its place among the job's workflows. The CI ends the job at `end_by`. Runs of one
    `serial_template` go one after another. `rounds` is the number of the job's workflows,
    divided by the most requests at once. `most_kept` characters of its outputs are kept.
    `readiness` has the answers of the address of `wait_for`, the last one at `answered_at`.
    `earlier` are the reports of the attempts before this one.
    """

    workflow: Workflow
    position: int = 0
    end_by: float = math.inf
    serial_template: str | None = None
    rounds: int = 1
    most_kept: int = KEPT_CHARACTERS
    notes: tuple[str, ...] = ()
    readiness: Readiness | None = None
    answered_at: float = 0.0
    earlier: tuple[WorkflowReport, ...] = ()

    def start_over(self, *, now: float) -> None:
        """Reset the state of the attempt."""
        for field in fields(AttemptState):
            setattr(self, field.name, field.default)
        self.began = self.due = now

    def record_request(self, *, now: float) -> None:
        """Record that a request is sent; `max-wait-time` counts from the first trigger."""
        if self.sent_at is None and not self.attached:
            self.began = now
        self.sent_at = now

    def record_fault(self, fault: ContactError) -> None:
        """Record that a request got no usable answer."""
        self.faults += 1
        self.last_error = fault
        if self.execution_id is not None:
            self.polls += 1
        elif fault.reached:
            self.lost_triggers += 1

    def record_readiness(
        self, readiness: Readiness, found: Mapping[str, str], shown: Mapping[str, str], now: float
    ) -> None:
        """Record an answer of an address; the variables `found` are `shown` without secrets."""
        self.readiness, self.answered_at, workflow = readiness, now, self.workflow
        variables, shown = {**workflow.variables, **found}, {**workflow.shown, **shown}
        self.workflow = replace(workflow, variables=variables, shown=shown)

    def record_answer(self, execution: Execution, *, now: float) -> None:
        """Record an answer to a poll."""
        self.polls += 1
        self.faults, self.last_error, self.refused_since = 0, None, math.inf
        self.cost = now - (self.sent_at or now)
        before = self.execution.blocks if self.execution else ()
        self.execution = _kept(execution, before, most=self.most_kept)
        self._record_review(execution, now)
        if execution.status is None and not self.noted_status:
            self.noted_status = True
            words = fill(
                "Genesis says the status is “{status}”, which this version does not know; it is "
                "treated as running.",
                status=execution.status_word,
            )
            self.note(words)

    def _record_review(self, execution: Execution, now: float) -> None:
        waits = self.waits_for_review(execution)
        if waits and self.review_since is None:
            self.review_since = now
        elif not waits and self.review_since is not None:
            self.review_spent += now - self.review_since
            self.review_since = None

    def note(self, words: str) -> None:
        """Add a warning about the run, once."""
        if words not in self.notes:
            self.notes += (words,)

    @property
    def policy(self) -> Policy:
        """The configured policy, or the one after a failed attempt."""
        configured = self.workflow.policy
        return configured.after_a_failure if self.earlier else configured

    @property
    def checks(self) -> RunChecks:
        """The configured checks, with what earlier attempts found."""
        earlier = tuple(attempt.findings for attempt in self.earlier)
        return self.workflow.checks._replace(earlier=earlier)

    def waits_for_review(self, execution: Execution) -> bool:
        """Return whether polling goes on until a person decides."""
        return execution.status is Status.REVIEW_PENDING and self.workflow.max_review > 0

    @property
    def attempt(self) -> int:
        """The number of this attempt, from 1."""
        return len(self.earlier) + 1

    @property
    def attached(self) -> bool:
        """True when another job triggered the run."""
        return self.workflow.execution_id is not None

    @property
    def has_begun(self) -> bool:
        """True once this attempt has sent a request or has an execution id."""
        return self.sent_at is not None or self.execution_id is not None

    @property
    def held(self) -> bool:
        """True while it waits for the address of `wait_for`."""
        return self.workflow.wait_for is not None and not (self.readiness and self.readiness.ready)

    @property
    def exists(self) -> bool:
        """True when the run certainly exists: this job started it, or an answer showed it."""
        started_here = self.execution_id is not None and not self.attached
        return started_here or self.execution is not None

    @property
    def left_running(self) -> bool:
        """True when this job gave up a run that may not have ended."""
        verdict = self.outcome and self.outcome.verdict
        is_unseen = self.attached and verdict is Verdict.LOST_CONTACT
        may_run = self.exists or is_unseen or self.lost_triggers > 0
        return may_run and verdict in _ENDED_EARLY

    def report(self, outcome: Outcome) -> WorkflowReport:
        """Return the report of the workflow, or of its current attempt."""
        workflow, seen = self.workflow, self.execution
        if self.earlier and not self.has_begun:
            *before, latest = self.earlier
            return replace(latest, outcome=outcome, earlier=tuple(before))
        workflow_id = seen.workflow_id if seen else None
        ended_at = self.began if self.ended_at is None else self.ended_at
        notes = self.notes
        if workflow.triggered_by:
            where = workflow.triggered_by
            notes += (fill("An earlier job triggered this run ({where}).", where=where),)
        return WorkflowReport(
            name=workflow.title,
            shown_name=(workflow.name is None and seen and seen.workflow_name) or "",
            outcome=outcome,
            workflow_id=workflow.workflow_id or workflow_id,
            execution_id=self.execution_id,
            execution=seen,
            variables=workflow.shown,
            required=workflow.policy.required,
            attached=self.attached,
            seconds=0.0 if self.sent_at is None else ended_at - self.began,
            polls=self.polls,
            notes=notes,
            run_url=workflow.run_address(self.execution_id, workflow_id),
            readiness=self.readiness,
            findings=self.findings,
            failed_block_passes=Accept.FAILED_BLOCK in self.policy.accept,
            earlier=self.earlier,
        )


def _kept(execution: Execution, before: Sequence[Block], *, most: int) -> Execution:
    """Return an answer without what may be large or contain secrets: raw outputs and the payload.

    Blocks that were reviewed in the answer `before` stay marked.
    """
    reviewed = {
        block.key
        for block in (*before, *execution.blocks)
        if block.reviewed or block.status is Status.REVIEW_PENDING
    }
    size = sum(len(one.output or "") + len(one.error or "") for one in execution.blocks)
    limit = most // (2 * len(execution.blocks)) if size > most else size
    blocks = tuple(
        replace(
            block,
            raw=None,
            output=_cut(block.output, limit),
            error=_cut(block.error, limit),
            reviewed=block.key in reviewed,
        )
        for block in execution.blocks
    )
    return replace(execution, blocks=blocks, payload=None)


def _cut(text: str | None, limit: int) -> str | None:
    if text is None or len(text) <= limit:
        return text
    return text[: max(0, limit - len(CUT))] + CUT
