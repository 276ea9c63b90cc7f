"""One workflow from its turn to its outcome, as a generator.

It yields what it needs (its turn, a slot in a pool of requests, an answer). The loop sends it the
answers, and throws errors and signals into it. It does no I/O.
"""

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeAlias, cast

from genesis_ci import outcomes
from genesis_ci.api.client import NO_EXECUTION, GenesisClient
from genesis_ci.errors import ContactError, ProtocolError, RefusedError, place_of
from genesis_ci.execution import timing
from genesis_ci.execution.state import Run
from genesis_ci.execution.workers import Call
from genesis_ci.models.execution import Block, Execution, Status
from genesis_ci.models.findings import Judged, RunChecks
from genesis_ci.models.readiness import Readiness, WaitFor
from genesis_ci.models.report import RETRIED_VERDICTS, Outcome, WorkflowReport
from genesis_ci.system.signals import Interrupted
from genesis_ci.text import in_one_spelling


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

    First requests have rank 0, repeated triggers 1, other polls 2; a lower rank goes first. From
    `urgent_from` on, a gap between two requests does not delay this one.
    """

    pool: Pool
    due: float
    until: float
    rank: int = 0
    urgent_from: float = math.inf


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

    `judge` returns the call that checks a completed run; its value is a `Judged`. `clock` returns
    monotonic seconds, `jitter` a new number in [0, 1). `save_ids` is called as soon as an execution
    id is known. `may_trigger` returns false once all further triggers are stopped.
    """

    api: GenesisClient
    judge: Judge
    clock: Callable[[], float]
    jitter: Callable[[], float]
    progress: Progress
    save_ids: Callable[[], None]
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
        """Run a workflow to its outcome, also after a signal."""
        try:
            outcome = yield from self._run(run)
        except Interrupted as signal:
            if run.earlier and not run.has_begun:
                outcome = outcomes.interrupted_between_attempts(
                    len(run.earlier), exit_code=signal.exit_code
                )
            else:
                outcome = outcomes.interrupted(
                    [run.execution_id],
                    exit_code=signal.exit_code,
                    may_run=run.lost_triggers > 0,
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
            run.notes = (f"The earlier job's run {run.execution_id} is not kept: {kept}.",)
            run.earlier = ()
            self._start_over(run)
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
            run.earlier += (replace(run.report(outcome), earlier=()),)
            self._start_over(run)

    def _may_retry(self, run: Run, outcome: Outcome) -> bool:
        return (
            outcome.verdict in RETRIED_VERDICTS
            and run.has_begun
            and run.attempt < run.workflow.policy.attempts
            and self.clock() < run.end_by
            and self.may_trigger()
        )

    def _start_over(self, run: Run) -> None:
        run.start_over(now=self.clock())
        self.save_ids()
        self.progress.trying_again(run)

    def _trigger(self, run: Run) -> Generator[Wish, Any, Outcome | None]:
        """Trigger the run. Return an outcome, or None if the run has to be watched."""
        workflow = run.workflow
        while run.execution_id is None:
            if (yield _slot(run)):
                return self._given_up(run)
            call = self.api.trigger(workflow.workflow_id or "", workflow.variables)
            run.is_triggering = True
            try:
                execution_id: str = yield from self._sent(run, call)
                if in_one_spelling(execution_id) in self._execution_ids:
                    words = f"names execution {execution_id}, which is not a new run."
                    raise ProtocolError(f"The trigger's answer {words}")
                self._execution_ids.add(in_one_spelling(execution_id))
                run.execution_id = execution_id
            except RefusedError as error:
                return self._refused(run, error)
            except ContactError as fault:
                if outcome := self._trigger_failed(run, fault):
                    return outcome
            except Interrupted:
                run.lost_triggers += 1
                raise
            finally:
                run.is_triggering = False
        run.faults, run.last_error = 0, None
        self.save_ids()
        self.progress.triggered(run, run.execution_id)
        if not workflow.wait:
            return outcomes.triggered(run.execution_id)
        interval = workflow.poll_interval
        run.due = self.clock() + (timing.FIRST_POLL_AFTER if interval is None else interval)
        return None

    def _trigger_failed(self, run: Run, fault: ContactError) -> Outcome | None:
        """Return the outcome after a fault, or None if the run is triggered again."""
        now = self.clock()
        run.record_fault(fault)
        self._note_host(fault, now=now)
        until = timing.deadline(run)
        if fault.resolved is False and not self._found_host:
            until = min(until, self._no_host_since + timing.ASTRAY_SECONDS)
        again_at = now + timing.trigger_pause(
            fault, faults=run.faults, jitter=self.jitter(), left=until - now
        )
        if again_at >= until or not timing.may_trigger_again(fault, run):
            return self._given_up(run)
        run.due = again_at
        self.progress.trouble(run)
        return None

    def _watch(self, run: Run) -> Lifecycle:
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
            run.due = now + timing.next_poll(
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
        if in_one_spelling(execution.workflow_id) != in_one_spelling(workflow.workflow_id):
            return "Genesis does not show it as a run of this workflow"
        if execution.payload != workflow.variables:
            return "Genesis does not say that it ran with these variables"
        if run.outcome is None and not run.judging:
            return f"Genesis says {execution.status_word}"
        self.progress.polled(run)
        outcome = run.outcome or (yield from self._judged(run, execution))
        return outcome if _with_attempts(run, outcome).green else f"it is {outcome.verdict} now"

    def _poll(self, run: Run) -> Generator[Wish, Any, Execution | Outcome]:
        """Return the next answer about the run, or the outcome if there is none."""
        while True:
            if (yield _slot(run)):
                return self._given_up(run)
            call = self.api.execution(run.execution_id or "", run.execution)
            try:
                execution: Execution = yield from self._sent(run, call)
                self._check_workflow(run, execution)
            except (RefusedError, ContactError) as error:
                if outcome := self._poll_failed(run, error):
                    return outcome
            else:
                run.record_answer(execution, now=self.clock())
                return execution

    def _check_workflow(self, run: Run, execution: Execution) -> None:
        if execution.workflow_id and not run.attached:
            if in_one_spelling(execution.workflow_id) == in_one_spelling(run.workflow.workflow_id):
                self._shows_templates = True
            elif self._shows_templates:
                raise ProtocolError("The answer is about an execution of another workflow.")

    def _poll_failed(self, run: Run, error: RefusedError | ContactError) -> Outcome | None:
        """Return the outcome after a fault or a refusal, or None if the run is polled again."""
        now = self.clock()
        if isinstance(error, RefusedError):
            fault, unknown_run = error.fault, error.unknown_run
            run.refused_since = min(run.refused_since, now)
        else:
            fault, unknown_run = error, False
            run.refused_since = math.inf
        until = timing.polled_until(error, run)
        if fault is None or until is None:
            return self._refused(run, error)
        run.record_fault(fault)
        self._note_host(fault, now=now)
        if not timing.may_poll_again(run, until=until, now=now):
            return self._refused(run, error) if unknown_run else self._given_up(run)
        wait = timing.pause(fault, faults=run.faults, jitter=self.jitter())
        run.due = min(now + wait, until)
        self.progress.trouble(run)
        return None

    def _sent(self, run: Run, call: Call) -> Generator[Wish, Any, Any]:
        now = self.clock()
        run.record_request(now=now)
        if now >= timing.early_poll_at(run):
            run.early_poll_for = timing.deadline(run)
        answer = yield Send(call, timing.request_timeout(run, now=now))
        self._found_host = True
        return answer

    def _refused(self, run: Run, error: RefusedError | ContactError) -> Outcome:
        return outcomes.refused(
            error, run.execution_id, exists=run.exists, ambiguous=run.lost_triggers > 0
        )

    def _note_host(self, fault: ContactError, *, now: float) -> None:
        if fault.resolved:
            self._found_host = True
        elif fault.resolved is False:
            self._no_host_since = min(self._no_host_since, now)

    def _judged(self, run: Run, execution: Execution) -> Lifecycle:
        late = yield Slot(Pool.JUDGES, due=self.clock(), until=run.end_by)
        if late:
            return _not_judged(run, execution, "the CI job's time was over")
        try:
            call = self.judge(run.workflow.checks, execution.blocks)
            judged: Judged = yield Send(call, timing.judging_timeout(run, now=self.clock()))
        except ContactError as error:
            return _not_judged(run, execution, error.message)
        except (ImportError, MemoryError, OSError) as error:  # no memory or no file handle is left
            return _not_judged(run, execution, place_of(error))
        run.findings, run.unjudged = judged.findings, judged.unjudged
        if judged.warnings:
            run.notes += judged.warnings
            self.progress.polled(run)
        return cast("Outcome", _outcome_under_policies(run, execution))  # completed is final

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
        outcome = _outcome_under_policies(run, execution)
        if outcome is None and self.clock() >= timing.deadline(run):
            return self._given_up(run)
        return outcome

    def _given_up(self, run: Run) -> Outcome:
        if run.sent_at is None and run.execution_id is None:
            return run.earlier[-1].outcome if run.earlier else outcomes.job_out_of_time()
        if run.last_error and (run.faults > 1 or run.execution is None):
            return outcomes.lost_contact(
                run.last_error,
                run.execution_id,
                ambiguous=run.lost_triggers > 0,
                again=bool(run.earlier),
            )
        if run.end_by < timing.deadline_of_workflow(run):
            waited = self.clock() - run.began
            return outcomes.timed_out(run.execution_id, run.execution, waited=waited, by_job=True)
        workflow = run.workflow
        if run.review_since is not None and run.execution:
            return outcomes.review_expired(
                run.execution, waited=workflow.review_wait, attached=run.attached
            )
        return outcomes.timed_out(run.execution_id, run.execution, waited=workflow.max_wait)


def _slot(run: Run) -> Slot:
    rank = 0 if run.sent_at is None else 1 if run.execution_id is None else 2
    due, until = timing.next_at(run), timing.expires_at(run)
    return Slot(Pool.GENESIS, due, until, rank, timing.urgent_from(run))


def _not_judged(run: Run, execution: Execution, why: str) -> Outcome:
    checks = run.workflow.checks
    if checks.configured or checks.reports:
        return outcomes.not_judged(execution, why)
    return cast("Outcome", _outcome_under_policies(run, execution))  # only a warning is missing


def _outcome_under_policies(run: Run, execution: Execution) -> Outcome | None:
    outcome_under = partial(
        outcomes.for_execution,
        execution,
        attached=run.attached,
        findings=run.findings,
        unjudged=run.unjudged,
    )
    outcome = outcome_under(run.policy)
    if outcome and not outcome.green:
        as_configured = outcome_under(run.workflow.policy)
        if as_configured and as_configured.green:
            return outcomes.red_after_failed_attempt(outcome)
    return outcome


def _with_attempts(run: Run, outcome: Outcome) -> Outcome:
    if not run.earlier or not run.has_begun or run.workflow.ended:
        return outcome
    return outcomes.after_failed_attempts(outcome, run.attempt, run.workflow.policy)
