"""What people read while they wait."""

import math
from collections.abc import Callable, Sequence

from genesis_ci.execution.concurrency import predecessors
from genesis_ci.execution.state import Run
from genesis_ci.models import (
    Annotation,
    Block,
    Concurrency,
    Execution,
    Level,
    Plan,
    Status,
    Workflow,
    WorkflowReport,
)
from genesis_ci.models.change import Change
from genesis_ci.models.readiness import Readiness, WaitFor
from genesis_ci.providers.base import Provider
from genesis_ci.reporters import labels
from genesis_ci.text import clean_line, cut, human_seconds

HEARTBEAT = 60.0
"""Seconds of silence after which a line says that the wait goes on; long waits beat slower."""
SLOWER_BEAT_SHARE = 0.01
FAULTS_HEARD_OUT = 60.0
"""Seconds of a wait in which every fault is told; from then on ever more seldom."""
QUIET_SHARE = 0.02
"""Block by block news wait for this share of the elapsed time, so that long logs stay short."""
FAULTS_TOLD_ONE_BY_ONE = 3
MAX_DETAILS = 1024 * 1024
"""UTF-8 bytes of failed blocks' outputs in the log: GitLab keeps 4 MiB, and the end counts most."""
MAX_DETAIL = 8_000
"""Characters of one failed block's output."""
MAX_LIVE = 78
SPINS_PER_SECOND = 5
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Narrator:
    """A `Progress` that writes to the provider's log.

    Args:
        provider: where the lines go.
        clock: monotonic seconds.
        several: whether lines have to say which workflow they are about.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        clock: Callable[[], float],
        several: bool,
    ) -> None:
        self._provider = provider
        self._clock = clock
        self._several = several
        self._told: dict[str, Execution] = {}
        self._seen: dict[WaitFor, tuple[str, ...]] = {}
        self._notes: set[str] = set()
        self._in_review: set[str | None] = set()
        self._spoke_at = clock()
        self._troubled_at: dict[str | None, float] = {}
        self._room = MAX_DETAILS

    def planned(self, workflows: Sequence[Workflow], plan: Plan, *, change: Change) -> None:
        """Say what change is tested, and which of several workflows wait for others, and why."""
        if tested := labels.change(change):
            self._say(f"Testing {tested}")
        for wanted in dict.fromkeys(one.wait_for for one in workflows):
            if wanted:
                self._say(f"Waiting for {wanted.shown}, {human_seconds(wanted.timeout)} at most")
        for line in plan_lines(workflows, plan):
            self._say(line)

    def starting(self, run: Run) -> None:
        """Say what is triggered, with which variables."""
        title, *variables = starting(run)
        self._say(title)
        for line in variables:
            self._say(line)

    def awaited(self, wanted: WaitFor, readiness: Readiness) -> None:
        """Say how an address answered, where that is new, or after a while of silence."""
        silence = self._clock() - self._spoke_at
        seen = readiness.seen[-1:]
        changed = self._seen.get(wanted) != seen and silence >= readiness.seconds * QUIET_SHARE
        if readiness.ready is None and not changed and silence < _beat(readiness.seconds):
            return
        self._seen[wanted] = seen
        end = {True: ": ready", False: ": not ready, its time is over", None: ""}[readiness.ready]
        words = readiness.words if readiness.ready is not None else "".join(seen) or "no answer"
        self._say(f"[{human_seconds(readiness.seconds):>7}] {wanted.shown}: {words}{end}")

    def triggered(self, run: Run, execution_id: str) -> None:
        """Say the execution id."""
        workflow = run.workflow
        self._say(f"{self._label(workflow)}Triggered: execution {execution_id}")
        if link := workflow.address_of(execution_id):
            self._say(f"{self._label(workflow)}  {link}")

    def trying_again(self, run: Run) -> None:
        """Say why there is another run, and which of a newer job's runs it might cancel."""
        workflow = run.workflow
        for line in trying_again(run):
            self._say(f"{self._label(workflow)}{line}")

    def polled(self, run: Run, *, now: float) -> None:
        """Say what changed since the last look; nothing new is said once a minute."""
        for note in run.notes:
            if note not in self._notes:
                self._notes.add(note)
                self._provider.annotate(Annotation(level=Level.WARNING, message=note))
        execution = run.execution
        if execution is None:
            return
        self._ask_for_review(run)
        elapsed = now - run.began
        line = f"{self._label(run.workflow)}{progress(execution, elapsed=elapsed)}"
        if self._is_worth_a_line(run, execution, elapsed=elapsed, now=now):
            self._told[execution.id] = execution
            self._say(line)
        else:
            self._provider.live(live(line, now=now))

    def _ask_for_review(self, run: Run) -> None:
        """Say once per review who has to do what, while the job waits for it."""
        if run.execution is None or run.review_since is None or run.outcome:
            self._in_review.discard(run.execution_id)
        elif run.execution_id not in self._in_review:
            self._in_review.add(run.execution_id)
            left = run.deadline - run.review_since
            words = f"{self._label(run.workflow)}{review_asked(run.execution, left=left)}"
            self._provider.annotate(Annotation(level=Level.NOTICE, message=words))

    def _is_worth_a_line(
        self, run: Run, execution: Execution, *, elapsed: float, now: float
    ) -> bool:
        told = self._told.get(execution.id)
        silence = now - self._spoke_at
        if told is None or told.status_word != execution.status_word or run.outcome:
            return True
        changed = _block_words(told) != _block_words(execution)
        return silence >= _beat(elapsed) or (changed and silence >= elapsed * QUIET_SHARE)

    def trouble(self, run: Run, *, now: float) -> None:
        """Say that a request failed and when it is repeated; long trouble is summed up."""
        error = run.last_error
        if error is None or self._is_known_trouble(run, elapsed=now - run.began, now=now):
            return
        self._troubled_at[run.execution_id] = now
        again = human_seconds(max(0.0, run.next_at - now))
        count = f" ({run.faults} times in a row)" if run.faults > 1 else ""
        self._say(f"{self._label(run.workflow)}{error.message} Trying again in {again}{count}.")

    def _is_known_trouble(self, run: Run, *, elapsed: float, now: float) -> bool:
        """Whether people know enough: one fault after the other, or now and then one for hours."""
        if run.faults > FAULTS_TOLD_ONE_BY_ONE:
            return now - self._spoke_at < _beat(elapsed)
        told_at = self._troubled_at.get(run.execution_id, -math.inf)
        share = QUIET_SHARE * len(self._troubled_at)
        return now - told_at < (elapsed - FAULTS_HEARD_OUT) * share

    def idle(self, runs: Sequence[Run], *, now: float) -> None:
        """Keep the live line moving, and say once a minute that the wait goes on."""
        still_open = [run for run in runs if run.outcome is None]
        if not still_open:
            return
        run = still_open[0]
        elapsed = now - run.began
        if len(runs) > 1:
            line = still_going(len(still_open), len(runs), elapsed=elapsed)
        elif run.held and run.workflow.wait_for:
            line = f"[{human_seconds(elapsed):>7}] waiting for {run.workflow.wait_for.shown}"
        elif run.execution:
            line = progress(run.execution, elapsed=elapsed)
        else:
            line = unseen(elapsed=elapsed)
        if now - self._spoke_at >= _beat(elapsed):
            self._say(line)
        else:
            self._provider.live(live(line, now=now))

    def ended(self, report: WorkflowReport) -> None:
        """Fold what failed blocks said into the log; of a run that was never seen, say its end."""
        if self._several and report.execution is None:
            self._say(f"{report.name}: over, and nothing was seen of its run")
        of_which = f"{report.name}: " if self._several else ""
        left_out = 0
        for title, lines in details(report).items():
            size = sum(len(line.encode()) for line in lines)
            if size > self._room:
                left_out += 1
                continue
            self._room -= size
            self._provider.group(f"{of_which}{title}", lines)
        if left_out:
            self._say(f"{of_which}{left_out} more outputs of failed blocks are in report.html.")

    def _say(self, text: str) -> None:
        self._spoke_at = self._clock()
        self._provider.line(text)

    def _label(self, workflow: Workflow) -> str:
        return f"{workflow.label}: " if self._several else ""


def _beat(elapsed: float) -> float:
    return max(HEARTBEAT, elapsed * SLOWER_BEAT_SHARE)


def _block_words(execution: Execution) -> list[tuple[str, str]]:
    return [(block.key, block.status_word) for block in execution.blocks]


def plan_lines(workflows: Sequence[Workflow], plan: Plan) -> list[str]:
    """How several workflows share the job; nothing for one."""
    started = sum(one.execution_id is None for one in workflows)
    if started < 2:
        return []
    lines = [f"{started} workflows, at most {plan.max_parallel} at once"]
    for later, earlier in predecessors(workflows).items():
        label, before = (clean_line(workflows[key].label) for key in (later, earlier))
        which = f"workflow {workflows[later].workflow_id} ({Concurrency.CANCEL_PREVIOUS})"
        lines.append(f"{label} waits for {before}: both run {which}")
    return lines


def review_asked(execution: Execution, *, left: float) -> str:
    """Who has to do what while the job waits for a review, for at most `left` seconds more."""
    keys = ", ".join(block.key for block in _in_review(execution)[:3])
    what = f"block {keys}" if keys else "the run"
    return (
        f"{what} of execution {execution.id} waits for a person: approve or reject it in Genesis.\n"
        f"This job goes on by itself then; it waits for {human_seconds(left)}."
    )


def trying_again(run: Run) -> list[str]:
    """The lines before a workflow is triggered once more."""
    if not run.earlier:
        return [*run.notes, "It has to run again."]
    latest = run.earlier[-1]
    policy = run.workflow.policy
    which = f"attempt {run.attempt} of {policy.attempts}"
    lines = [f"Attempt {run.attempt - 1} ended {latest.outcome.verdict}; now {which}"]
    lines += [f"  {latest.outcome.message}"]
    if policy.concurrency is Concurrency.CANCEL_PREVIOUS:
        lines.append(
            "  Under cancel-previous it cancels a run that a newer job may have started meanwhile: "
            "let one job at a time run this workflow."
        )
    return lines


def starting(run: Run) -> list[str]:
    """The lines before a workflow is triggered or attached to."""
    workflow = run.workflow
    if run.is_kept:
        return [f"Looking at execution {workflow.keeps} of an earlier job ({workflow.label})"]
    if workflow.execution_id:
        name = f" ({workflow.name})" if workflow.name else ""
        return [f"Attaching to execution {workflow.execution_id}{name}"]
    policy = workflow.policy.concurrency
    lines = [f"Triggering workflow {workflow.label} (concurrency policy: {policy})"]
    for name, value in workflow.shown.items():
        lines.append(f"  {clean_line(name)} = {clean_line(value)}")
    return lines


def progress(execution: Execution, *, elapsed: float) -> str:
    """The state of a run in one line: elapsed, status, blocks done, what runs now."""
    parts = [execution.status_word]
    if execution.block_count:
        parts.append(f"{execution.completed_blocks or 0}/{execution.block_count} blocks")
    now_running = execution.blocks_with(Status.RUNNING)
    parts += [f"{block.key} running" for block in now_running[:3]]
    parts += [f"{block.key} waits for review" for block in _in_review(execution)[:3]]
    return f"[{human_seconds(elapsed):>7}] {' · '.join(parts)}"


def unseen(*, elapsed: float) -> str:
    """The state of a run that nothing was heard of yet."""
    return f"[{human_seconds(elapsed):>7}] waiting for Genesis"


def still_going(count: int, total: int, *, elapsed: float) -> str:
    """The state of several runs in one line."""
    return f"[{human_seconds(elapsed):>7}] {count} of {total} not over yet"


def live(line: str, *, now: float) -> str:
    """A progress line with a spinner, whose frame follows the clock; it fits a narrow terminal."""
    return f"{_SPINNER[int(now * SPINS_PER_SECOND) % len(_SPINNER)]} {line}"[:MAX_LIVE]


def details(report: WorkflowReport) -> dict[str, list[str]]:
    """What failed blocks said, to be folded: a title to lines."""
    if report.execution is None:
        return {}
    return {
        f"{block.key} failed: its output": _block_text(block)
        for block in report.execution.blocks_with(Status.FAILED)
        if block.output or block.error
    }


def _in_review(execution: Execution) -> tuple[Block, ...]:
    return execution.blocks_with(Status.REVIEW_PENDING)


def _block_text(block: Block) -> list[str]:
    texts = [text for text in (block.error, block.output) if text]
    return [cut(text, limit=MAX_DETAIL) for text in texts]
