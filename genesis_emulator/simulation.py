"""The simulation: what an execution looks like at a moment, as a pure function.

Nothing here ticks. A run is a workflow and the moments at which things were done to it; its
state at `now` follows from them. Moments are seconds since the epoch.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from genesis_emulator.scenario import FINAL, Block, Status, Verdict, Workflow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from genesis_emulator.fields import Json

PLACEHOLDER = re.compile(r"\{\{\s*(.+?)\s*\}\}")
"""`{{name}}`, which becomes the value of that context variable."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Who triggered a run."""

    ip: str
    user_agent: str
    api_key_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Cancellation:
    """A cancel request; it takes effect at once."""

    at: float
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """A person's word on a block that waited for review."""

    at: float
    verdict: Verdict
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One execution: what was asked for, and what was done to it since. Decisions by block key."""

    id: str
    workflow: Workflow
    payload: Mapping[str, str]
    origin: Origin
    created_at: float
    cancellation: Cancellation | None = None
    decisions: Mapping[str, Decision] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class BlockView:
    """A block that has started, at a moment."""

    key: str
    status: Status
    started_at: float
    ended_at: float | None
    inputs: Mapping[str, str]
    output: Json


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """An execution at a moment. `updated_at` is when its last change happened."""

    status: Status
    updated_at: float
    started_at: float | None = None
    finished_at: float | None = None
    cancellation: Cancellation | None = None
    error: str | None = None
    blocks: tuple[BlockView, ...] = ()

    @property
    def completed_blocks(self) -> int:
        """How many blocks have the status completed."""
        return sum(block.status is Status.COMPLETED for block in self.blocks)


def view(run: Run, now: float) -> View:
    """The state of `run` at `now`; what was done to it after `now` has not happened yet."""
    cancellation = run.cancellation
    if cancellation is None or cancellation.at > now:
        return _undisturbed(run, now)
    before = _undisturbed(run, cancellation.at)
    return before if before.status in FINAL else _cancelled(before, cancellation)


def _undisturbed(run: Run, now: float) -> View:
    starts = run.created_at + run.workflow.pending
    if now < starts:
        return View(status=Status.PENDING, updated_at=run.created_at)
    blocks: list[BlockView] = []
    changed = starts
    for block, changed in _timeline(run, now, starts):
        blocks.append(block)
        if block.status in {Status.RUNNING, Status.REVIEW_PENDING}:
            return View(
                status=block.status, updated_at=changed, started_at=starts, blocks=tuple(blocks)
            )
    return _finished(run, starts, changed, tuple(blocks))


def _timeline(run: Run, now: float, clock: float) -> Iterator[tuple[BlockView, float]]:
    """The blocks that have started by `now`, each with the moment of its last change."""
    for block in run.workflow.blocks:
        shown, changed = _block_at(block, run, clock, now)
        yield shown, changed
        if not _goes_on_after(block, shown.status):
            return
        clock = changed


def _goes_on_after(block: Block, status: Status) -> bool:
    """Whether the run goes on when the block has ended like this; a rejected review ends it."""
    if status is Status.FAILED:
        return block.allow_failure and block.status is Status.FAILED
    return status in {Status.COMPLETED, Status.SKIPPED}


def _block_at(block: Block, run: Run, starts: float, now: float) -> tuple[BlockView, float]:
    ends = starts + block.duration
    inputs = run.payload if block.echo else _filled_in(block.inputs, run.payload)
    running = BlockView(
        key=block.key,
        status=Status.RUNNING,
        started_at=starts,
        ended_at=None,
        inputs=inputs,
        output=None,
    )
    if now < ends:
        return running, starts
    output = _output(block, run.payload)
    ended = replace(running, status=block.status, ended_at=ends, output=output)
    if block.review is None:
        return ended, ends
    decision = _decision(block, run, ends)
    if decision is None or decision.at > now:
        return replace(ended, status=Status.REVIEW_PENDING), ends
    approved = decision.verdict is Verdict.APPROVE
    return replace(ended, status=block.status if approved else Status.FAILED), decision.at


def _decision(block: Block, run: Run, ends: float) -> Decision | None:
    """What was decided on the block, or will be by itself."""
    if block.key in run.decisions:
        return run.decisions[block.key]
    if block.review is None or block.review.after is None:
        return None
    return Decision(at=ends + block.review.after, verdict=block.review.decision)


def _finished(run: Run, starts: float, at: float, blocks: tuple[BlockView, ...]) -> View:
    """A run that ended at `at`: as the block that ended it says, or else the workflow."""
    last = _ended_by(run, blocks)
    status = run.workflow.status or Status.COMPLETED if last is None else last.status
    done = View(status=status, updated_at=at, started_at=starts, finished_at=at, blocks=blocks)
    if status is Status.FAILED:
        return replace(done, error=_error(run, last))
    if status is Status.CANCELLED:
        reason = run.workflow.cancel_reason or "Cancelled by a user"
        return replace(done, cancellation=Cancellation(at=at, reason=reason))
    return done


def _ended_by(run: Run, blocks: tuple[BlockView, ...]) -> BlockView | None:
    """The block that ended the run before its time, or at its very end by failing."""
    if not blocks:
        return None
    goes_on = _goes_on_after(run.workflow.blocks[len(blocks) - 1], blocks[-1].status)
    return None if goes_on else blocks[-1]


def _error(run: Run, failed: BlockView | None) -> str:
    if failed is not None and _was_rejected(run, failed):
        decision = run.decisions.get(failed.key)
        because = f": {decision.reason}" if decision is not None and decision.reason else ""
        return f"The review of {failed.key} was rejected{because}"
    if run.workflow.error is not None:
        return run.workflow.error
    return "The workflow failed" if failed is None else f"{failed.key} failed"


def _was_rejected(run: Run, failed: BlockView) -> bool:
    """Whether the block failed although it was to end as something else: a review said no."""
    return any(b.key == failed.key and b.status is not Status.FAILED for b in run.workflow.blocks)


def _cancelled(before: View, cancellation: Cancellation) -> View:
    blocks = tuple(_stopped(block, cancellation.at) for block in before.blocks)
    return replace(
        before,
        status=Status.CANCELLED,
        updated_at=cancellation.at,
        finished_at=cancellation.at,
        cancellation=cancellation,
        blocks=blocks,
    )


def _stopped(block: BlockView, at: float) -> BlockView:
    if block.status in FINAL:
        return block
    ended = at if block.ended_at is None else block.ended_at
    return replace(block, status=Status.CANCELLED, ended_at=ended)


def _output(block: Block, payload: Mapping[str, str]) -> Json:
    if block.echo:
        return json.dumps(dict(payload), ensure_ascii=False)
    if isinstance(block.output, str):
        return _with_variables(block.output, payload)
    return block.output


def _filled_in(inputs: Mapping[str, str], payload: Mapping[str, str]) -> Mapping[str, str]:
    return {name: _with_variables(text, payload) for name, text in inputs.items()}


def _with_variables(text: str, payload: Mapping[str, str]) -> str:
    """Replace each `{{name}}` by that context variable; one that was not sent is empty."""
    return PLACEHOLDER.sub(lambda found: payload.get(found.group(1), ""), text)
