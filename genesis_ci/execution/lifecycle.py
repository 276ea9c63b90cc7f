"""One workflow from its turn to its outcome.

A lifecycle is a generator: it yields what it needs (its turn, a slot in a pool of requests, an
answer) and decides the next step. The loop sends it the answers and throws errors and signals into
it. A lifecycle does no I/O, and its clock is a parameter.
"""

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any, NamedTuple, Protocol, TypeAlias, cast

from genesis_ci import outcomes
from genesis_ci.api.client import NO_EXECUTION, GenesisClient
from genesis_ci.errors import ContactError, ProtocolError, RefusedError, place_of
from genesis_ci.execution.polling import next_poll
from genesis_ci.execution.retry import ASTRAY_SECONDS, may_send_again, pause, repeated_for
from genesis_ci.execution.state import LAST_POLL_SECONDS, Run
from genesis_ci.execution.workers import Call, Interrupt
from genesis_ci.models.execution import Block, Execution, Status
from genesis_ci.models.findings import Judged, RunChecks
from genesis_ci.models.policy import Concurrency
from genesis_ci.models.readiness import Readiness, WaitFor
from genesis_ci.models.report import RETRIED_VERDICTS, Outcome, WorkflowReport
from genesis_ci.text import in_one_spelling

POLL_SECONDS = 30.0
TRIGGER_SECONDS = 30.0
FIRST_POLL_AFTER = 1.0
JUDGING_SECONDS = 120.0
LEAST_JUDGING_SECONDS = 0.5


class Pool(Enum):
    """A kind of requests with its own limit of requests at once."""

    GENESIS = auto()
    PREVIEWS = auto()
    JUDGES = auto()


class Turn(NamedTuple):
    """Wait until the run may start. The answer is None, or the outcome if it never may."""

    run: Run


class Slot(NamedTuple):
    """Wait until `due` and for a free place in a pool. The answer is true from `until` on.

    First requests have rank 0, repeated triggers 1, other polls 2; a lower rank goes first.
    """

    pool: Pool
    due: float
    until: float
    rank: int = 0


class Send(NamedTuple):
    """Carry out a call in the slot. The answer is its value, or the error it raises."""

    call: Call
    seconds: float


Wish: TypeAlias = Turn | Slot | Send
Lifecycle: TypeAlias = Generator[Wish, Any, Outcome]
Judge: TypeAlias = Callable[[RunChecks, Sequence[Block]], Call]


class Progress(Protocol):
    """Shows the events of a job to people."""

    def awaited(self, wanted: WaitFor, readiness: Readiness) -> None:
        """An address of `wait-for` answered, or its wait ended."""

    def starting(self, run: Run) -> None:
        """A workflow is about to be triggered or attached to."""

    def trying_again(self, run: Run) -> None:
        """A workflow is triggered after a failed attempt, or because a run is not kept."""

    def triggered(self, run: Run, execution_id: str) -> None:
        """Genesis started the run."""

    def polled(self, run: Run) -> None:
        """An answer about the run arrived."""

    def trouble(self, run: Run) -> None:
        """A request failed and will be sent again."""

    def idle(self, runs: Sequence[Run]) -> None:
        """Nothing happened for a while."""

    def ended(self, report: WorkflowReport) -> None:
        """A workflow has its outcome."""


@dataclass(kw_only=True)
class Lifecycles:
    """Makes the lifecycle of each workflow of one job.

    Args:
        judge: returns the call that checks a completed run; its value is a `Judged`.
        clock: monotonic seconds.
        jitter: a number in [0, 1), new at each call.
        record: writes the execution ids to disk; called as soon as an id is known.
        may_trigger: returns false once all further triggers are stopped.
    """

    api: GenesisClient
    judge: Judge
    clock: Callable[[], float]
    jitter: Callable[[], float]
    progress: Progress
    record: Callable[[], None]
    may_trigger: Callable[[], bool]
    _found_host: bool = field(init=False, default=False)
    """True once a request of the job found the host."""
    _no_host_since: float = field(init=False, default=math.inf)
    _execution_ids: set[str | None] = field(
        init=False, default_factory=lambda: {in_one_spelling(NO_EXECUTION)}
    )
    """The runs that this job knows; none of them is the run of a later trigger."""
    _workflow_ids: set[str | None] = field(init=False, default_factory=set)
    _shows_templates: bool = field(init=False, default=False)
    """True once a run of this job showed the id of its template; the API guide does not say so."""

    def of(self, run: Run) -> Lifecycle:
        """Run a workflow to its outcome. A signal ends it as `interrupted`."""
        try:
            outcome = yield from self._run(run)
        except Interrupt as signal:
            if run.earlier and not run.begun:
                outcome = outcomes.interrupted_between_attempts(
                    len(run.earlier), exit_code=signal.exit_code
                )
            else:
                outcome = outcomes.interrupted(
                    [run.execution_id],
                    exit_code=signal.exit_code,
                    may_run=run.ambiguous,
                    completed=run.judging,
                )
        return _with_attempts(run, outcome)

    def _run(self, run: Run) -> Lifecycle:
        workflow = run.workflow
        earlier = (one.execution_id for one in workflow.earlier)
        ids = (workflow.execution_id, workflow.keeps, *earlier)
        self._execution_ids |= set(map(in_one_spelling, ids))
        self._workflow_ids.add(in_one_spelling(workflow.workflow_id))
        if workflow.ended:
            return workflow.ended
        if workflow.execution_id:
            self.progress.starting(run)
            return (yield from self._watch(run))
        if workflow.keeps:
            self.progress.starting(run)
            kept = yield from self._kept(run)
            if isinstance(kept, Outcome):
                return kept
            note = f"The earlier job's run {run.execution_id} is not kept: {kept}."
            self._start_over(run, notes=(note,))
        never: Outcome | None = yield Turn(run)
        if never:
            return never
        run.due = self.clock()
        self.progress.starting(run)
        while True:
            outcome = (yield from self._trigger(run)) or (yield from self._watch(run))
            if not self._may_retry(run, outcome):
                return outcome
            run.ended_at = self.clock()
            attempt = replace(run.report(outcome), earlier=())
            self._start_over(run, notes=run.notes, earlier=(*run.earlier, attempt))

    def _may_retry(self, run: Run, outcome: Outcome) -> bool:
        return (
            outcome.verdict in RETRIED_VERDICTS
            and run.begun
            and run.attempt < run.workflow.policy.attempts
            and self.clock() < run.end_by
            and self.may_trigger()
        )

    def _start_over(
        self, run: Run, *, notes: tuple[str, ...], earlier: tuple[WorkflowReport, ...] = ()
    ) -> None:
        run.start_over(now=self.clock(), notes=notes, earlier=earlier)
        self.record()
        self.progress.trying_again(run)

    def _trigger(self, run: Run) -> Generator[Wish, Any, Outcome | None]:
        """Trigger the run. Return an outcome, or None if the run has to be watched."""
        execution_id = yield from self._request(run)
        if isinstance(execution_id, Outcome):
            return execution_id
        run.execution_id = execution_id
        run.faults, run.last_error = 0, None
        self.record()
        self.progress.triggered(run, execution_id)
        if not run.workflow.wait:
            return outcomes.triggered(execution_id)
        interval = run.workflow.poll_interval
        run.due = self.clock() + (FIRST_POLL_AFTER if interval is None else interval)
        return None

    def _watch(self, run: Run) -> Lifecycle:
        """Poll the run until its outcome is known."""
        while True:
            execution = yield from self._poll(run)
            if isinstance(execution, Outcome):
                return execution
            run.outcome = self._outcome_of(run, execution)
            self.progress.polled(run)
            if run.outcome:
                return run.outcome
            if run.judging:
                return (yield from self._judged(run, execution))
            now = self.clock()
            run.due = now + next_poll(
                execution,
                elapsed=now - run.began,
                interval=run.workflow.poll_interval,
                cost=run.cost,
            )
            del execution  # its outputs may be large

    def _kept(self, run: Run) -> Generator[Wish, Any, Outcome | str]:
        """Return the outcome of an earlier job's run if it may be kept, else the reason against it.

        The file with the id may be forged, so only the answers of Genesis count.
        """
        workflow = run.workflow
        execution = yield from self._poll(run)
        if isinstance(execution, Outcome):
            return f"it is {execution.verdict} now"
        run.outcome = self._outcome_of(run, execution)
        if (execution.workflow_id or "").casefold() != (workflow.workflow_id or "").casefold():
            return "Genesis does not show it as a run of this workflow"
        if execution.payload != workflow.variables:
            return "Genesis does not say that it ran with these variables"
        if run.outcome is None and not run.judging:
            return f"Genesis says {execution.status_word}"
        self.progress.polled(run)
        outcome = run.outcome or (yield from self._judged(run, execution))
        return outcome if _with_attempts(run, outcome).green else f"it is {outcome.verdict} now"

    def _poll(self, run: Run) -> Generator[Wish, Any, Execution | Outcome]:
        """Return the next answer about the run, or the outcome if none comes in time."""
        answer: Execution | Outcome = yield from self._request(run)
        if isinstance(answer, Execution):
            run.record_answer(answer, now=self.clock())
        return answer

    def _request(self, run: Run) -> Generator[Wish, Any, Any]:
        """Trigger the run, or poll it once it has an id; send the request again after a fault.

        Return the answer, or the outcome if there is none. The timeout is at the deadline, but
        half a second at least.
        """
        workflow = run.workflow
        while True:
            rank = 0 if run.sent_at is None else 1 if run.execution_id is None else 2
            late = yield Slot(Pool.GENESIS, due=run.next_at, until=run.expires_at, rank=rank)
            if late:
                return self._given_up(run)
            call: Call
            if run.execution_id is None:
                call = self.api.trigger(workflow.workflow_id or "", workflow.variables)
                longest = _longest_trigger(run)
            else:
                call = self.api.execution(run.execution_id, run.execution)
                longest = POLL_SECONDS
            now = self.clock()
            run.record_request(now=now)
            run.under_way = True
            try:
                seconds = max(LAST_POLL_SECONDS, min(longest, run.deadline - now))
                answer = yield Send(call, seconds)
                self._found_host = True
                self._check_identity(run, answer)
                return answer
            except Interrupt:
                if run.execution_id is None:
                    run.ambiguous = True
                raise
            except (RefusedError, ContactError) as error:
                if outcome := self._failed(run, error):
                    return outcome
            finally:
                run.under_way = False

    def _failed(self, run: Run, error: RefusedError | ContactError) -> Outcome | None:
        """Record a failed request. Return an outcome, or None if the request is sent again."""
        now = self.clock()
        fault: ContactError | None
        if isinstance(error, RefusedError):
            fault, seconds = error.fault, repeated_for(error, run)
            run.refused_since = min(run.refused_since, now)
        else:
            fault, seconds = error, math.inf
            run.refused_since = math.inf
        if fault is None or not seconds:
            return self._refused(run, error)
        again = may_send_again(fault, run)
        run.faults += 1
        run.last_error = fault
        deadline = min(run.deadline, self._no_host_deadline(fault, now=now))
        wait = pause(fault, faults=run.faults, jitter=self.jitter())
        if run.execution_id is None:
            run.ambiguous = run.ambiguous or fault.reached
            asked = fault.retry_after or 0.0
            wait = min(wait, max(asked or 1.0, asked + (deadline - now - asked) / 4))
            over = now + wait >= deadline
        else:
            run.polls += 1
            deadline = min(run.deadline, run.refused_since + seconds)
            polled_last = deadline < run.deadline or run.last_poll_for == run.deadline
            over = now >= deadline and polled_last
        if over or not again:
            unknown_run = isinstance(error, RefusedError) and error.unknown_run
            return self._refused(run, error) if unknown_run else self._given_up(run)
        run.due = min(now + wait, deadline)
        self.progress.trouble(run)
        return None

    def _refused(self, run: Run, error: RefusedError | ContactError) -> Outcome:
        return outcomes.refused(error, run.execution_id, exists=run.exists, ambiguous=run.ambiguous)

    def _no_host_deadline(self, fault: ContactError, *, now: float) -> float:
        """Return when triggers end that fail because the name of the host does not exist."""
        self._found_host = self._found_host or fault.resolved is True
        if self._found_host or fault.resolved is None:
            return math.inf
        self._no_host_since = min(self._no_host_since, now)
        return self._no_host_since + ASTRAY_SECONDS

    def _check_identity(self, run: Run, answer: str | Execution) -> None:
        """Raise `ProtocolError` if an answer can be read, but is about another run."""
        if isinstance(answer, str):
            if in_one_spelling(answer) in self._execution_ids:
                words = f"The trigger's answer names execution {answer}, which is not a new run."
                raise ProtocolError(words)
            self._execution_ids.add(in_one_spelling(answer))
        elif answer.workflow_id and not run.attached:
            if in_one_spelling(answer.workflow_id) == in_one_spelling(run.workflow.workflow_id):
                self._shows_templates = True
            elif self._shows_templates:
                raise ProtocolError("The answer is about an execution of another workflow.")

    def _judged(self, run: Run, execution: Execution) -> Lifecycle:
        """Check the outputs of a completed run."""
        late = yield Slot(Pool.JUDGES, due=self.clock(), until=run.end_by)
        if late:
            return outcomes.unjudged(execution, "the CI job's time was over")
        left = run.end_by - self.clock()
        try:
            call = self.judge(run.workflow.checks, execution.blocks)
            judged: Judged = yield Send(
                call, max(LEAST_JUDGING_SECONDS, min(JUDGING_SECONDS, left))
            )
        except ContactError as error:
            return outcomes.unjudged(execution, error.message)
        except (ImportError, MemoryError, OSError) as error:  # no memory or no file handle is left
            return outcomes.unjudged(execution, place_of(error))
        run.findings, run.unjudged = judged.findings, judged.unjudged
        if judged.warnings:
            run.notes += judged.warnings
            self.progress.polled(run)
        return cast("Outcome", _under_policy(run, execution))  # completed is final

    def _outcome_of(self, run: Run, execution: Execution) -> Outcome | None:
        """Return the outcome, or None if the run has to be polled again or judged."""
        wanted, found = run.workflow.workflow_id, execution.workflow_id
        if run.attached and wanted and found and in_one_spelling(wanted) != in_one_spelling(found):
            if in_one_spelling(found) in self._workflow_ids:
                return outcomes.other_workflow(execution, wanted)
            run.note(
                f"Genesis shows workflow {found} for execution {execution.id}, not {wanted}. The "
                "API guide does not say that the two ids are equal: check that it is the right run."
            )
        outputs = (block.raw for block in execution.blocks)
        is_completed = execution.status is Status.COMPLETED
        run.judging = is_completed and run.workflow.checks.concerns(outputs)
        if run.judging:
            return None
        outcome = _under_policy(run, execution)
        if outcome is None and self.clock() >= run.deadline:
            return self._given_up(run)
        return outcome

    def _given_up(self, run: Run) -> Outcome:
        if run.sent_at is None and run.execution_id is None:
            return run.earlier[-1].outcome if run.earlier else outcomes.job_out_of_time()
        if run.last_error and (run.faults > 1 or run.execution is None):
            return outcomes.lost_contact(
                run.last_error, run.execution_id, ambiguous=run.ambiguous, again=bool(run.earlier)
            )
        if run.ended_by_job:
            waited = self.clock() - run.began
            return outcomes.timed_out(run.execution_id, run.execution, waited=waited, by_job=True)
        workflow = run.workflow
        if run.review_since is not None and run.execution:
            return outcomes.review_expired(
                run.execution, waited=workflow.review_wait, attached=run.attached
            )
        return outcomes.timed_out(run.execution_id, run.execution, waited=workflow.max_wait)


def _longest_trigger(run: Run) -> float:
    # shorter if a second trigger is safe and must have time
    second_is_safe = run.workflow.policy.concurrency is Concurrency.CANCEL_PREVIOUS
    if second_is_safe and not run.ambiguous:
        return min(TRIGGER_SECONDS, max(run.workflow.max_wait / 3, 1.0))
    return TRIGGER_SECONDS


def _under_policy(run: Run, execution: Execution) -> Outcome | None:
    outcome, lenient = (
        outcomes.for_execution(
            execution,
            policy,
            attached=run.attached,
            findings=run.findings,
            unjudged=run.unjudged,
        )
        for policy in (run.policy, run.workflow.policy)
    )
    if outcome and lenient and lenient.green and not outcome.green:
        return outcomes.red_after_failed_attempt(outcome)
    return outcome


def _with_attempts(run: Run, outcome: Outcome) -> Outcome:
    if not run.earlier or not run.begun or run.workflow.ended:
        return outcome
    return outcomes.after_failed_attempts(outcome, run.attempt, run.workflow.policy)
