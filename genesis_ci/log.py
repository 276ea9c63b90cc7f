"""What people read while they wait."""

import math
from collections.abc import Callable, Sequence
from typing import Protocol

from genesis_ci.execution.schedule import predecessors
from genesis_ci.execution.state import WorkflowState
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


class Interim(Protocol):
    """What the evidence says while the job runs."""

    def execution_known(self, workflow: Workflow, execution_id: str) -> None:
        """A run was started."""
        ...

    def begins_again(self, workflow: Workflow, earlier: Sequence[WorkflowReport]) -> None:
        """Another run is to be started, after these attempts."""
        ...

    def keep_up(self) -> None:
        """It is a good moment to write what is not written yet."""
        ...


class Narrator:
    """A `Progress` that writes to the provider's log.

    Args:
        provider: where the lines go.
        clock: monotonic seconds.
        interim: what the evidence says meanwhile; it is told each new execution id.
        several: whether lines have to say which workflow they are about.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        clock: Callable[[], float],
        interim: Interim,
        several: bool,
    ) -> None:
        self._provider = provider
        self._clock = clock
        self._interim = interim
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

    def starting(self, state: WorkflowState) -> None:
        """Say what is triggered, with which variables."""
        title, *variables = starting(state)
        self._say(title)
        for line in variables:
            self._say(line)

    def awaited(self, wanted: WaitFor, readiness: Readiness) -> None:
        """Say how an address answered, where that is new, or after a while of silence."""
        self._interim.keep_up()
        silence = self._clock() - self._spoke_at
        seen = readiness.seen[-1:]
        changed = self._seen.get(wanted) != seen and silence >= readiness.seconds * QUIET_SHARE
        if readiness.ready is None and not changed and silence < _beat(readiness.seconds):
            return
        self._seen[wanted] = seen
        end = {True: ": ready", False: ": not ready, its time is over", None: ""}[readiness.ready]
        words = readiness.words if readiness.ready is not None else "".join(seen) or "no answer"
        self._say(f"[{human_seconds(readiness.seconds):>7}] {wanted.shown}: {words}{end}")

    def triggered(self, workflow: Workflow, execution_id: str) -> None:
        """Say the execution id."""
        self._interim.execution_known(workflow, execution_id)
        self._say(f"{self._label(workflow)}Triggered: execution {execution_id}")
        if link := workflow.address_of(execution_id):
            self._say(f"{self._label(workflow)}  {link}")

    def trying_again(self, state: WorkflowState) -> None:
        """Say why there is another run, and which of a newer job's runs it might cancel."""
        workflow = state.workflow
        self._interim.begins_again(workflow, state.earlier)
        for line in trying_again(state):
            self._say(f"{self._label(workflow)}{line}")

    def looked(self, state: WorkflowState, *, now: float) -> None:
        """Say what changed since the last look; nothing new is said once a minute."""
        self._interim.keep_up()
        for note in state.notes:
            if note not in self._notes:
                self._notes.add(note)
                self._provider.annotate(Annotation(level=Level.WARNING, message=note))
        execution = state.execution
        if execution is None:
            return
        self._ask_for_review(state)
        elapsed = now - state.began
        line = f"{self._label(state.workflow)}{progress(execution, elapsed=elapsed)}"
        if self._is_worth_a_line(state, execution, elapsed=elapsed, now=now):
            self._told[execution.id] = execution
            self._say(line)
        else:
            self._provider.live(live(line, now=now))

    def _ask_for_review(self, state: WorkflowState) -> None:
        """Say once per review who has to do what, while the job waits for it."""
        if state.execution is None or state.review_since is None or state.outcome:
            self._in_review.discard(state.execution_id)
        elif state.execution_id not in self._in_review:
            self._in_review.add(state.execution_id)
            left = state.deadline - state.review_since
            words = f"{self._label(state.workflow)}{review_asked(state.execution, left=left)}"
            self._provider.annotate(Annotation(level=Level.NOTICE, message=words))

    def _is_worth_a_line(
        self, state: WorkflowState, execution: Execution, *, elapsed: float, now: float
    ) -> bool:
        told = self._told.get(execution.id)
        silence = now - self._spoke_at
        if told is None or told.status_word != execution.status_word or state.outcome:
            return True
        changed = _block_words(told) != _block_words(execution)
        return silence >= _beat(elapsed) or (changed and silence >= elapsed * QUIET_SHARE)

    def trouble(self, state: WorkflowState, *, now: float) -> None:
        """Say that a request failed and when it is repeated; long trouble is summed up."""
        self._interim.keep_up()
        error = state.last_error
        if error is None or self._is_known_trouble(state, elapsed=now - state.began, now=now):
            return
        self._troubled_at[state.execution_id] = now
        again = human_seconds(max(0.0, state.next_at - now))
        count = f" ({state.faults} times in a row)" if state.faults > 1 else ""
        self._say(f"{self._label(state.workflow)}{error.message} Trying again in {again}{count}.")

    def _is_known_trouble(self, state: WorkflowState, *, elapsed: float, now: float) -> bool:
        """Whether people know enough: one fault after the other, or now and then one for hours."""
        if state.faults > FAULTS_TOLD_ONE_BY_ONE:
            return now - self._spoke_at < _beat(elapsed)
        told_at = self._troubled_at.get(state.execution_id, -math.inf)
        share = QUIET_SHARE * len(self._troubled_at)
        return now - told_at < (elapsed - FAULTS_HEARD_OUT) * share

    def idle(self, states: Sequence[WorkflowState], *, now: float) -> None:
        """Keep the live line moving, and say once a minute that the wait goes on."""
        self._interim.keep_up()
        still_open = [state for state in states if state.outcome is None]
        if not still_open:
            return
        state = still_open[0]
        elapsed = now - state.began
        if len(states) > 1:
            line = still_going(len(still_open), len(states), elapsed=elapsed)
        elif state.held and state.workflow.wait_for:
            line = f"[{human_seconds(elapsed):>7}] waiting for {state.workflow.wait_for.shown}"
        elif state.execution:
            line = progress(state.execution, elapsed=elapsed)
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


def trying_again(state: WorkflowState) -> list[str]:
    """The lines before a workflow is triggered once more."""
    if not state.earlier:
        return [*state.notes, "It has to run again."]
    latest = state.earlier[-1]
    policy = state.workflow.policy
    which = f"attempt {state.attempt} of {policy.attempts}"
    lines = [f"Attempt {state.attempt - 1} ended {latest.outcome.verdict}; now {which}"]
    lines += [f"  {latest.outcome.message}"]
    if policy.concurrency is Concurrency.CANCEL_PREVIOUS:
        lines.append(
            "  Under cancel-previous it cancels a run that a newer job may have started meanwhile: "
            "let one job at a time run this workflow."
        )
    return lines


def starting(state: WorkflowState) -> list[str]:
    """The lines before a workflow is triggered or attached to."""
    workflow = state.workflow
    if state.keeping:
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
