"""Tells people what happens while it happens: on change, and now and then while nothing does."""

import math
from collections.abc import Callable, Sequence

from genesis_ci.domain import Execution, Level, WorkflowReport, WorkflowRun
from genesis_ci.providers.base import Provider
from genesis_ci.reporters import console
from genesis_ci.schedule import Plan
from genesis_ci.text import human_seconds
from genesis_ci.watch import Watch

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


class Narrator:
    """A `Progress` that writes to the provider's log.

    Args:
        provider: where the lines go.
        clock: monotonic seconds.
        known_id: told each run's execution id the moment it is known.
        several: whether lines have to say which workflow they are about.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        clock: Callable[[], float],
        known_id: Callable[[WorkflowRun, str], None],
        several: bool,
    ) -> None:
        self._provider = provider
        self._clock = clock
        self._known_id = known_id
        self._several = several
        self._told: dict[str, Execution] = {}
        self._notes: set[str] = set()
        self._in_review: set[str | None] = set()
        self._spoke_at = clock()
        self._troubled_at: dict[str | None, float] = {}
        self._room = MAX_DETAILS

    def planned(self, runs: Sequence[WorkflowRun], plan: Plan) -> None:
        """Say which of several workflows wait for others, and why."""
        for line in console.plan(runs, plan):
            self._say(line)

    def starting(self, run: WorkflowRun) -> None:
        """Say what is triggered, with which variables."""
        title, *variables = console.starting(run)
        self._say(title)
        for line in variables:
            self._say(line)
        if run.execution_id:
            self._known_id(run, run.execution_id)

    def triggered(self, run: WorkflowRun, execution_id: str) -> None:
        """Say the execution id."""
        self._known_id(run, execution_id)
        self._say(f"{self._label(run)}Triggered: execution {execution_id}")

    def looked(self, watch: Watch, *, now: float) -> None:
        """Say what changed since the last look; nothing new is said once a minute."""
        for note in watch.notes:
            if note not in self._notes:
                self._notes.add(note)
                self._provider.annotate(Level.WARNING, "genesis-ci", note)
        execution = watch.execution
        if execution is None:
            return
        self._ask_for_review(watch)
        elapsed = now - watch.began
        line = f"{self._label(watch.run)}{console.progress(execution, elapsed=elapsed)}"
        if self._is_worth_a_line(watch, execution, elapsed=elapsed, now=now):
            self._told[execution.id] = execution
            self._say(line)
        else:
            self._provider.live(console.live(line, now=now))

    def _ask_for_review(self, watch: Watch) -> None:
        """Say once per review who has to do what, while the job waits for it."""
        if watch.execution is None or watch.review_since is None or watch.outcome:
            self._in_review.discard(watch.execution_id)
        elif watch.execution_id not in self._in_review:
            self._in_review.add(watch.execution_id)
            left = watch.deadline - watch.review_since
            words = f"{self._label(watch.run)}{console.review_asked(watch.execution, left=left)}"
            self._provider.annotate(Level.NOTICE, "genesis-ci", words)

    def _is_worth_a_line(
        self, watch: Watch, execution: Execution, *, elapsed: float, now: float
    ) -> bool:
        told = self._told.get(execution.id)
        silence = now - self._spoke_at
        if told is None or told.status_word != execution.status_word or watch.outcome:
            return True
        changed = _block_words(told) != _block_words(execution)
        return silence >= _beat(elapsed) or (changed and silence >= elapsed * QUIET_SHARE)

    def trouble(self, watch: Watch, *, now: float) -> None:
        """Say that a request failed and when it is repeated; long trouble is summed up."""
        error = watch.last_error
        if error is None or self._is_known_trouble(watch, elapsed=now - watch.began, now=now):
            return
        self._troubled_at[watch.execution_id] = now
        again = human_seconds(max(0.0, watch.next_at - now))
        count = f" ({watch.faults} times in a row)" if watch.faults > 1 else ""
        self._say(f"{self._label(watch.run)}{error.message} Trying again in {again}{count}.")

    def _is_known_trouble(self, watch: Watch, *, elapsed: float, now: float) -> bool:
        """Whether people know enough: one fault after the other, or now and then one for hours."""
        if watch.faults > FAULTS_TOLD_ONE_BY_ONE:
            return now - self._spoke_at < _beat(elapsed)
        told_at = self._troubled_at.get(watch.execution_id, -math.inf)
        share = QUIET_SHARE * len(self._troubled_at)
        return now - told_at < (elapsed - FAULTS_HEARD_OUT) * share

    def idle(self, watches: Sequence[Watch], *, now: float) -> None:
        """Keep the live line moving, and say once a minute that the wait goes on."""
        open_watches = [watch for watch in watches if watch.outcome is None]
        if not open_watches:
            return
        watch = open_watches[0]
        elapsed = now - watch.began
        if len(watches) > 1:
            line = console.still_going(len(open_watches), len(watches), elapsed=elapsed)
        elif watch.execution:
            line = console.progress(watch.execution, elapsed=elapsed)
        else:
            line = console.unseen(elapsed=elapsed)
        if now - self._spoke_at >= _beat(elapsed):
            self._say(line)
        else:
            self._provider.live(console.live(line, now=now))

    def ended(self, report: WorkflowReport) -> None:
        """Say how one of several ended, and fold what failed blocks said into the log."""
        if self._several:
            self._say(f"{report.name}: {console.verdict(report)}")
        of_which = f"{report.name}: " if self._several else ""
        left_out = 0
        for title, lines in console.details(report).items():
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

    def _label(self, run: WorkflowRun) -> str:
        return f"{run.label}: " if self._several else ""


def _beat(elapsed: float) -> float:
    return max(HEARTBEAT, elapsed * SLOWER_BEAT_SHARE)


def _block_words(execution: Execution) -> list[tuple[str, str]]:
    return [(block.key, block.status_word) for block in execution.blocks]
