"""One workflow from its turn to its outcome, as a generator.

It yields what it needs (its turn, a slot in a pool of requests, an answer). The loop sends it the
answers, and raises errors and signals in it. It does no I/O.
"""

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any

from genesis_ci import outcomes
from genesis_ci.api.client import NO_EXECUTION, GenesisClient
from genesis_ci.errors import ContactError, ProtocolError, RefusedError, place_of
from genesis_ci.execution import timing, verdicts
from genesis_ci.execution.state import Run
from genesis_ci.execution.wishes import (
    Judge,
    Lifecycle,
    Pool,
    Progress,
    Send,
    Slot,
    Turn,
    Wish,
)
from genesis_ci.execution.workers import Call
from genesis_ci.language import _, fill
from genesis_ci.models.execution import Execution, Status
from genesis_ci.models.findings import Judged, reports_not_judged
from genesis_ci.models.readiness import WaitFor
from genesis_ci.models.report import RETRIED_VERDICTS, Outcome
from genesis_ci.system.signals import Interrupted
from genesis_ci.text import in_one_spelling

ANSWER_LASTS = 60.0
"""Seconds after which an answer of an address is too old for a trigger."""


class _Step(Enum):
    """What follows an answer before the run has an outcome."""

    POLL = auto()
    JUDGE = auto()


@dataclass(kw_only=True, eq=False)
class Lifecycles:
    """Makes the lifecycle of each workflow of one job.

    `judge` returns the call that checks a completed run; its value is a `Judged`. `clock` returns
    monotonic seconds, `jitter` a new number in [0, 1). `save_ids` is called as soon as an execution
    id is known. `stopped` returns the outcome of what never starts, once nothing more is triggered.
    `await_again` waits for the address of a run whose answer is too old for a trigger.
    """

    api: GenesisClient
    judge: Judge
    clock: Callable[[], float]
    jitter: Callable[[], float]
    progress: Progress
    save_ids: Callable[[], None]
    stopped: Callable[[], Outcome | None]
    await_again: Callable[[WaitFor, Run], Generator[Wish, Any, None]]
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

    def lifecycle(self, run: Run) -> Lifecycle:
        """Run a workflow to its outcome, also after a signal."""
        try:
            outcome = yield from self._run(run)
        except Interrupted as signal:
            outcome = verdicts.after_signal(run, signal.exit_code)
        return verdicts.after_attempts(run, outcome)

    def _run(self, run: Run) -> Lifecycle:
        workflow = run.workflow
        ids = (workflow.execution_id, *(one.execution_id for one in workflow.earlier))
        self._execution_ids |= set(map(in_one_spelling, ids))
        self._workflow_ids.add(in_one_spelling(workflow.workflow_id))
        if workflow.ended:
            return workflow.ended
        if not run.attached:
            never: Outcome | None = yield Turn(run)
            run.began = run.due = self.clock()
            if never:
                return never
        self.progress.starting(run)
        while True:
            outcome = None if run.attached else (yield from self._trigger(run))
            if outcome is None:
                outcome = yield from self._watch(run)
            if outcome.verdict not in RETRIED_VERDICTS or not self._may_retry(run):
                return outcome
            run.ended_at = self.clock()
            run.earlier += (replace(run.report(outcome), earlier=()),)
            run.start_over(now=self.clock())
            self.save_ids()
            self.progress.trying_again(run)

    def _may_retry(self, run: Run) -> bool:
        may_begin = run.has_begun and not run.attached and self.clock() < run.end_by
        return may_begin and run.attempt < run.workflow.policy.attempts and not self.stopped()

    def _trigger(self, run: Run) -> Generator[Wish, Any, Outcome | None]:
        """Trigger the run. Return an outcome, or None if the run has to be watched."""
        while run.execution_id is None:
            if never := (yield from self._before_trigger(run)):
                return never
            call = self.api.trigger(run.workflow.workflow_id or "", run.workflow.variables)
            run.is_triggering = True
            try:
                execution_id: str = yield from self._sent(run, call)
                if in_one_spelling(execution_id) in self._execution_ids:
                    words = fill(
                        "The trigger's answer names execution {id}, which is not a new run.",
                        id=execution_id,
                    )
                    raise ProtocolError(words)
                self._execution_ids.add(in_one_spelling(execution_id))
                run.execution_id = execution_id
            except RefusedError as error:
                return verdicts.after_refusal(run, error)
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
        if not run.workflow.wait:
            return outcomes.triggered(run.execution_id)
        interval = run.workflow.poll_interval
        run.due = self.clock() + (timing.FIRST_POLL_AFTER if interval is None else interval)
        return None

    def _before_trigger(self, run: Run) -> Generator[Wish, Any, Outcome | None]:
        """Wait until the run may be triggered; return the outcome if it never may."""
        while True:
            in_time: bool = yield _next_request(run)
            if not in_time:
                return verdicts.after_last_request(run, self.clock)
            if stopped := self.stopped():
                is_new = not (run.has_begun or run.earlier)
                return stopped if is_new else verdicts.after_last_request(run, self.clock)
            wanted = run.workflow.wait_for
            if wanted is None or self.clock() - run.answered_at <= ANSWER_LASTS:
                return None
            yield from self.await_again(wanted, run)
            if run.held:
                return verdicts.after_late_answer(run, self.clock)

    def _trigger_failed(self, run: Run, fault: ContactError) -> Outcome | None:
        """Return the outcome after a fault, or None if the run is triggered again."""
        now = self.clock()
        self._record_fault(run, fault, now=now)
        ends_at = timing.deadline(run)
        if fault.resolved is False and not self._found_host:
            ends_at = min(ends_at, self._no_host_since + timing.ASTRAY_SECONDS)
        again_at = now + timing.trigger_pause(
            fault, faults=run.faults, jitter=self.jitter(), left=ends_at - now
        )
        if again_at >= ends_at or not timing.may_trigger_again(fault, run):
            return verdicts.after_last_request(run, self.clock)
        run.due = again_at
        self.progress.trouble(run)
        return None

    def _watch(self, run: Run) -> Lifecycle:
        while True:
            execution = yield from self._poll(run)
            if isinstance(execution, Outcome):
                return execution
            step = self._assess(run, execution)
            if isinstance(step, Outcome):
                run.outcome = step
            self.progress.polled(run)
            if run.outcome:
                return run.outcome
            if step is _Step.JUDGE:
                return (yield from self._judged(run, execution))
            now = self.clock()
            run.due = now + timing.next_poll(
                execution,
                elapsed=now - run.began,
                interval=run.workflow.poll_interval,
                cost=run.cost,
            )
            del execution  # its outputs may be large

    def _poll(self, run: Run) -> Generator[Wish, Any, Execution | Outcome]:
        """Return the next answer about the run, or the outcome if there is none."""
        while True:
            in_time: bool = yield _next_request(run)
            if not in_time:
                return verdicts.after_last_request(run, self.clock)
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
        if run.attached or not execution.workflow_id:
            return
        if in_one_spelling(execution.workflow_id) == in_one_spelling(run.workflow.workflow_id):
            self._shows_templates = True
        elif self._shows_templates:
            raise ProtocolError(_("The answer is about an execution of another workflow."))

    def _poll_failed(self, run: Run, error: RefusedError | ContactError) -> Outcome | None:
        """Return the outcome after a fault or a refusal, or None if the run is polled again."""
        now = self.clock()
        refusal = error if isinstance(error, RefusedError) else None
        fault = error.fault if isinstance(error, RefusedError) else error
        run.refused_since = min(run.refused_since, now) if refusal else math.inf
        if fault is None or timing.is_final(error, run):
            return verdicts.after_refusal(run, error)
        self._record_fault(run, fault, now=now)
        ends_at = timing.polling_ends_at(error, run)
        if not timing.may_poll_again(run, ends_at=ends_at, now=now):
            if refusal and refusal.unknown_run:
                return verdicts.after_refusal(run, refusal)
            return verdicts.after_last_request(run, self.clock)
        wait = timing.pause(fault, faults=run.faults, jitter=self.jitter())
        run.due = min(now + wait, ends_at)
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

    def _record_fault(self, run: Run, fault: ContactError, *, now: float) -> None:
        run.record_fault(fault)
        if fault.resolved:
            self._found_host = True
        elif fault.resolved is False:
            self._no_host_since = min(self._no_host_since, now)

    def _judged(self, run: Run, execution: Execution) -> Lifecycle:
        in_time: bool = yield Slot(Pool.JUDGES, due=self.clock(), expires_at=run.end_by)
        if not in_time:
            return verdicts.after_checks(run, execution, _("the CI job's time was over"))
        judged, problem = Judged(), None
        try:
            call = self.judge(run.checks, execution.blocks)
            judged = yield Send(call, timing.judging_timeout(run, now=self.clock()))
        except ContactError as error:
            problem = error.message
        except (ImportError, MemoryError, OSError) as error:  # no memory or no file handle is left
            problem = place_of(error)
        if problem and self._may_retry(run):  # the next attempt has to show that these are fine
            judged = Judged(reports_not_judged(run.checks, execution.blocks, problem))
        run.findings, run.unjudged = judged.findings, judged.unjudged
        if judged.warnings:
            run.notes += judged.warnings
            self.progress.polled(run)
        return verdicts.after_checks(run, execution, problem)

    def _assess(self, run: Run, execution: Execution) -> Outcome | _Step:
        """Return the outcome after an answer, or the step that comes before it."""
        now = self.clock()
        if outcome := self._another_run(run, execution, now):
            return outcome
        # what fails now has to pass in the next attempt
        is_read = execution.status is Status.COMPLETED or (
            execution.status is Status.FAILED and self._may_retry(run)
        )
        if is_read and run.checks.concerns(execution.blocks):
            return _Step.JUDGE
        if outcome := verdicts.after_answer(run, execution, now):
            return outcome
        if now >= timing.deadline(run):
            return verdicts.after_last_request(run, self.clock)
        return _Step.POLL

    def _another_run(self, run: Run, execution: Execution, now: float) -> Outcome | None:
        """Return the outcome of an attached run that certainly is not the wanted one."""
        if run.workflow.triggered_by:
            return verdicts.after_comparison(run, execution, now)
        wanted, found = run.workflow.workflow_id, execution.workflow_id
        if run.attached and wanted and found and in_one_spelling(wanted) != in_one_spelling(found):
            if in_one_spelling(found) in self._workflow_ids:
                return outcomes.other_workflow(execution, wanted)
            words = fill(
                "Genesis shows workflow {found} for execution {id}, not {wanted}. The API guide "
                "does not say that the two ids are equal: check that it is the right run.",
                found=found,
                id=execution.id,
                wanted=wanted,
            )
            run.note(words)
        return None


def _next_request(run: Run) -> Slot:
    return Slot(
        Pool.GENESIS,
        due=timing.next_request_at(run),
        expires_at=timing.expires_at(run),
        rank=0 if run.sent_at is None else 1 if run.execution_id is None else 2,
        urgent_from=timing.urgent_from(run),
    )
