"""Writes the log of a running job."""

import math
from collections.abc import Callable, Sequence

from genesis_ci.execution.concurrency import predecessors
from genesis_ci.execution.state import Run
from genesis_ci.execution.timing import deadline, next_request_at
from genesis_ci.language import N_, _, commas, fill, human_seconds, in_sequence
from genesis_ci.models.change import Change
from genesis_ci.models.execution import Execution, Status
from genesis_ci.models.policy import Concurrency, Plan
from genesis_ci.models.readiness import Readiness, WaitFor
from genesis_ci.models.report import Annotation, Level, Verdict, WorkflowReport
from genesis_ci.models.workflow import Workflow
from genesis_ci.providers.base import Provider
from genesis_ci.reporters import facts, labels
from genesis_ci.text import clean_line, cut

HEARTBEAT = 60.0
"""Seconds without a line after which one shows that the job still waits."""
HEARTBEAT_SHARE = 0.01
"""In a long wait the heartbeat is this share of the elapsed time."""
ALL_FAULTS_SECONDS = 60.0
"""Seconds of a wait in which every fault is shown; later faults are shown less often."""
QUIET_SHARE = 0.02
"""The pause between lines about blocks or faults is this share of the elapsed time."""
MAX_SINGLE_FAULTS = 3
"""Faults in a row that are shown one by one."""
UNANSWERED = 10.0
"""Seconds without an answer about a run after which the log says, once, what to check."""
MAX_DETAILS = 1024 * 1024
"""UTF-8 bytes of failed blocks' outputs: GitLab keeps the first 4 MiB of a log, and the verdict
is at its end."""
MAX_DETAIL = 8_000
"""Characters of one failed block's output."""
SPINS_PER_SECOND = 5
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class JobLog:
    """A `Progress` that writes to the provider's log.

    `clock` gives monotonic seconds. Of `several` workflows each line names its own.
    """

    def __init__(self, provider: Provider, *, clock: Callable[[], float], several: bool) -> None:
        self._provider = provider
        self._clock = clock
        self._several = several
        self._shown: dict[str, Execution] = {}
        self._answers: dict[WaitFor, tuple[str, ...]] = {}
        self._notes: set[str] = set()
        self._in_review: set[str | None] = set()
        self._wrote_at = clock()
        self._fault_shown_at: dict[str | None, float] = {}
        self._advised = False
        self._details_left = MAX_DETAILS

    def planned(self, workflows: Sequence[Workflow], plan: Plan, *, change: Change) -> None:
        known = facts.about_change(change)
        if tested := " · ".join(fact.written(fact.phrase, facts.RAW) for fact in known):
            self._write(fill("Testing {change}", change=tested))
        for wanted in dict.fromkeys(one.wait_for for one in workflows):
            if wanted:
                text, most = N_("Waiting for {address}, {time} at most"), wanted.timeout
                self._write(fill(text, address=wanted.shown, time=human_seconds(most)))
        for line in plan_lines(workflows, plan):
            self._write(line)

    def starting(self, run: Run) -> None:
        workflow = run.workflow
        if run.attached:
            text = N_("Attaching to execution {id}")
            if workflow.triggered_by:
                text = N_("Attaching to execution {id} of an earlier job ({workflow})")
            elif workflow.name:
                text = N_("Attaching to execution {id} ({workflow})")
            self._write(fill(text, id=run.execution_id, workflow=workflow.label))
        else:
            policy, text = workflow.policy.concurrency, N_("Triggering workflow {workflow}")
            if policy is not Concurrency.PARALLEL:
                text = N_("Triggering workflow {workflow} (concurrency policy: {policy})")
            self._write(fill(text, workflow=workflow.label, policy=policy))
            for name, value in workflow.shown.items():
                self._write(f"  {clean_line(name)} = {clean_line(value)}")

    def awaited(self, wanted: WaitFor, readiness: Readiness) -> None:
        """Show an answer of an address if it is new, and else once per heartbeat."""
        silence = self._clock() - self._wrote_at
        seen = readiness.seen[-1:]
        changed = self._answers.get(wanted) != seen and silence >= readiness.seconds * QUIET_SHARE
        if readiness.ready is None and not changed and silence < _heartbeat(readiness.seconds):
            return
        self._answers[wanted] = seen
        elapsed = human_seconds(readiness.seconds)
        words = "".join(seen) or _("no answer")
        if readiness.ready:
            words = fill("{words}: ready", words=readiness.words)
        elif readiness.ready is False:  # the outcome has the answers
            words = fill("gave up after {time}", time=elapsed)
        answered = fill(labels.ANSWERED, address=wanted.shown, words=words)
        self._write(f"[{labels.in_column(elapsed)}] {answered}")

    def triggered(self, run: Run, execution_id: str) -> None:
        workflow = run.workflow
        self._write(fill("Triggered: execution {id}", id=execution_id), workflow)
        if link := workflow.run_address(execution_id):
            self._write(f"  {link}", workflow)

    def trying_again(self, run: Run) -> None:
        workflow, policy = run.workflow, run.workflow.policy
        before = run.earlier[-1].outcome
        now, most = run.attempt, policy.attempts
        text = N_("Attempt {last} was {verdict}; starting attempt {now} of {most}")
        if before.verdict is Verdict.FAILED:
            text = N_("Attempt {last} failed; starting attempt {now} of {most}")
        line = fill(text, last=now - 1, verdict=_(before.verdict), now=now, most=most)
        self._write(line, workflow)
        self._write(f"  {before.message}", workflow)
        if policy.concurrency is Concurrency.CANCEL_PREVIOUS:
            text = _(
                "Under cancel-previous it cancels a run that a newer job may have started "
                "meanwhile: let one job at a time run this workflow."
            )
            self._write(f"  {text}", workflow)

    def polled(self, run: Run) -> None:
        """Show what changed since the last poll; without a change, write once per heartbeat."""
        for note in run.notes:
            if note not in self._notes:
                self._notes.add(note)
                self._provider.annotate(Annotation(level=Level.WARNING, message=note))
        execution = run.execution
        if execution is None:
            return
        self._announce_review(run, execution)
        elapsed = self._clock() - run.began
        line = f"{self._label(run.workflow)}{progress_line(execution, elapsed=elapsed)}"
        if self._needs_line(run, execution, elapsed=elapsed):
            self._shown[execution.id] = execution
            self._write(line)
        else:
            self._show_live(line)

    def _announce_review(self, run: Run, execution: Execution) -> None:
        if run.review_since is None or run.outcome:
            self._in_review.discard(run.execution_id)
        elif run.execution_id not in self._in_review:
            self._in_review.add(run.execution_id)
            in_review = execution.blocks_with(Status.REVIEW_PENDING)
            keys = commas(block.key for block in in_review[:3])
            left = human_seconds(deadline(run) - run.review_since)
            text = N_(
                "the run of execution {id} waits for a person: approve or reject it in Genesis."
            )
            if keys:
                text = N_(
                    "block {keys} of execution {id} waits for a person: approve or reject it in "
                    "Genesis."
                )
            words = self._label(run.workflow) + fill(text, keys=keys, id=execution.id)
            then = fill("The job continues after the decision; it waits up to {time}.", time=left)
            self._provider.annotate(Annotation(level=Level.NOTICE, message=f"{words}\n{then}"))

    def _needs_line(self, run: Run, execution: Execution, *, elapsed: float) -> bool:
        shown = self._shown.get(execution.id)
        silence = self._clock() - self._wrote_at
        if shown is None or shown.status_word != execution.status_word or run.outcome:
            return True
        before, now = (
            [(block.key, block.status_word) for block in one.blocks] for one in (shown, execution)
        )
        changed = before != now and silence >= elapsed * QUIET_SHARE
        return changed or silence >= _heartbeat(elapsed)

    def trouble(self, run: Run) -> None:
        """Show a failed request and when it is sent again; of many faults show only some."""
        now, error = self._clock(), run.last_error
        advises = not (self._advised or run.exists) and now - run.began >= UNANSWERED
        if error is None or (not advises and self._hides_fault(run, now=now)):
            return
        self._fault_shown_at[run.execution_id] = now
        again = human_seconds(max(0.0, next_request_at(run) - now))
        text = N_("Trying again in {time}.")
        if run.faults > 1:
            text = N_("Trying again in {time} ({count} times in a row).")
        then = fill(text, time=again, count=run.faults)
        self._write(in_sequence((error.message, then)), run.workflow)
        if advises:
            self._advised = True
            self._write(f"  {error.hint}", run.workflow)

    def _hides_fault(self, run: Run, *, now: float) -> bool:
        elapsed = now - run.began
        if run.faults > MAX_SINGLE_FAULTS:
            return now - self._wrote_at < _heartbeat(elapsed)
        shown_at = self._fault_shown_at.get(run.execution_id, -math.inf)
        share = QUIET_SHARE * len(self._fault_shown_at)
        return now - shown_at < (elapsed - ALL_FAULTS_SECONDS) * share

    def idle(self, runs: Sequence[Run]) -> None:
        """Update the live line, and once per heartbeat write that the job still waits."""
        runs = [run for run in runs if not (run.outcome and run.outcome.left_out_by)]
        still_open = [run for run in runs if run.outcome is None]
        run = still_open[0]
        elapsed = self._clock() - run.began
        line = f"[{labels.in_column(human_seconds(elapsed))}] "
        if len(runs) > 1:
            line += fill("{n} of {all} not finished", n=len(still_open), all=len(runs))
        elif run.held and run.workflow.wait_for:
            line += fill("waiting for {address}", address=run.workflow.wait_for.shown)
        elif run.execution:
            line = progress_line(run.execution, elapsed=elapsed)
        else:
            line += _("waiting for Genesis")
        if self._clock() - self._wrote_at >= _heartbeat(elapsed):
            self._write(line)
        else:
            self._show_live(line)

    def ended(self, report: WorkflowReport) -> None:
        """Write the outputs of failed blocks in groups, and the end of a run without an answer."""
        prefix = labels.title(report) + _(": ") if self._several else ""
        if report.execution is None:
            outcome = report.outcome
            if prefix and not (outcome.left_out_by or outcome.verdict is Verdict.TRIGGERED):
                self._write(f"{prefix}{_(outcome.verdict)}")
            return
        execution, left_out = report.execution, 0
        count, most = len(execution.blocks), execution.block_count or 0
        if execution.status is Status.COMPLETED and count < most:
            text = N_("Genesis lists {count} of the {most} blocks of the completed run.")
            self._write(f"{prefix}{fill(text, count=count, most=most)}")
        for block in (one for one in report.blocks if one.has_failed):
            texts = ((text or "").strip("\r\n") for text in (block.error, block.output))
            lines = [cut(text, limit=MAX_DETAIL) for text in texts if text]
            size = sum(len(line.encode()) for line in lines)
            if size > self._details_left:
                left_out += 1
            elif lines:
                self._details_left -= size
                title = fill("{block} failed: its output", block=block.key)
                self._provider.group(f"{prefix}{title}", lines)
        if left_out:
            text = fill("{count} more outputs of failed blocks are in report.html.", count=left_out)
            self._write(f"{prefix}{text}")

    def _write(self, text: str, workflow: Workflow | None = None) -> None:
        self._wrote_at = self._clock()
        self._provider.line(f"{self._label(workflow)}{text}" if workflow else text)

    def _show_live(self, line: str) -> None:
        frame = _SPINNER[int(self._clock() * SPINS_PER_SECOND) % len(_SPINNER)]
        self._provider.live(f"{frame} {line}")

    def _label(self, workflow: Workflow) -> str:
        return workflow.label + _(": ") if self._several else ""


def _heartbeat(elapsed: float) -> float:
    return max(HEARTBEAT, elapsed * HEARTBEAT_SHARE)


def plan_lines(workflows: Sequence[Workflow], plan: Plan) -> list[str]:
    """Return the lines about selected and parallel workflows, and the order of these."""
    selected = [one for one in workflows if one.is_selected]
    lines = []
    if by := labels.selectors(one.ended for one in workflows):
        text, count = N_("{count} of {all} workflows, selected by {by}"), len(selected)
        lines.append(fill(text, count=count, all=len(workflows), by=by))
    started = sum(one.execution_id is None for one in selected)
    if started > 1:
        most = plan.max_parallel
        lines.append(fill("{n} workflows, at most {most} at once", n=started, most=most))
    for later, earlier in predecessors(selected).items():
        label, before = (clean_line(selected[key].label) for key in (later, earlier))
        text = N_("{label} waits for {before}: both run workflow {id} ({policy})")
        run, policy = selected[later].workflow_id, Concurrency.CANCEL_PREVIOUS
        lines.append(fill(text, label=label, before=before, id=run, policy=policy))
    return lines


def progress_line(execution: Execution, *, elapsed: float) -> str:
    """Return the state of a run in one line: elapsed time, status, finished and running blocks."""
    parts = [labels.status(execution.status_word)]
    if execution.block_count:
        parts.append(fill("{progress} blocks", progress=labels.progress(execution)))
    running = execution.blocks_with(Status.RUNNING)
    parts += [fill("{block} running", block=block.key) for block in running[:3]]
    in_review = execution.blocks_with(Status.REVIEW_PENDING)
    parts += [fill("{block} waits for review", block=block.key) for block in in_review[:3]]
    return f"[{labels.in_column(human_seconds(elapsed))}] {' · '.join(parts)}"
