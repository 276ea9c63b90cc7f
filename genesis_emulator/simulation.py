"""What an execution looks like at a moment: pure functions of a run and the time.

A run is a workflow and the moments at which something was done to it; its state at `now` follows
from them. Moments are seconds since the epoch.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from genesis_emulator.fields import Json
from genesis_emulator.scenario import FINAL, Block, Status, Verdict, Workflow

PLACEHOLDER = re.compile(r"\{\{\s*(.+?)\s*\}\}")
"""`{{name}}`, which becomes the value of that context variable."""

OWN_WORDS = {
    Status.PENDING: "queued",
    Status.RUNNING: "active",
    Status.COMPLETED: "success",
    Status.FAILED: "failure",
    Status.CANCELLED: "aborted",
    Status.SKIPPED: "ignored",
    Status.REVIEW_PENDING: "paused",
}
"""The status in `state` of a scenario with `own_state`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cancellation:
    """A cancel request; it takes effect at once."""

    at: float
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """A person's decision about a block that waits for review."""

    at: float
    verdict: Verdict
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One execution: what was triggered, and what was done to it since.

    `metadata` describes the trigger's client; `speed` divides the workflow's durations;
    `decisions` is by block key.
    """

    id: str
    workflow: Workflow
    payload: Mapping[str, str]
    metadata: Mapping[str, str]
    created_at: float
    speed: float = 1.0
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
    """An execution at a moment. `updated_at` is the time of its last change."""

    status: Status
    updated_at: float
    started_at: float | None = None
    finished_at: float | None = None
    cancellation: Cancellation | None = None
    error: str | None = None
    blocks: tuple[BlockView, ...] = ()

    @property
    def completed_blocks(self) -> int:
        return sum(block.status is Status.COMPLETED for block in self.blocks)


def view(run: Run, now: float) -> View:
    """The state of `run` at `now`; what was done to it after `now` has not happened yet."""
    cancellation = run.cancellation
    if cancellation is None or cancellation.at > now:
        return _not_cancelled(run, now)
    before = _not_cancelled(run, cancellation.at)
    if before.status in FINAL:
        return before
    return replace(
        before,
        status=Status.CANCELLED,
        updated_at=cancellation.at,
        finished_at=cancellation.at,
        cancellation=cancellation,
        blocks=tuple(_stopped(block, cancellation.at) for block in before.blocks),
    )


def _stopped(block: BlockView, at: float) -> BlockView:
    if block.status in FINAL:
        return block
    ended = at if block.ended_at is None else block.ended_at
    return replace(block, status=Status.CANCELLED, ended_at=ended)


def _not_cancelled(run: Run, now: float) -> View:
    at = starts = run.created_at + run.workflow.pending / run.speed
    if now < starts:
        return View(status=Status.PENDING, updated_at=run.created_at)
    seen: list[BlockView] = []
    for block in run.workflow.blocks:
        shown, at = _block_at(block, run, at, now)
        seen.append(shown)
        if shown.status in {Status.RUNNING, Status.REVIEW_PENDING}:
            return View(status=shown.status, updated_at=at, started_at=starts, blocks=tuple(seen))
        if not _run_continues_after(block, shown.status):
            return _finished(run, starts, at, tuple(seen), ended_by=block)
    return _finished(run, starts, at, tuple(seen), ended_by=None)


def _run_continues_after(block: Block, status: Status) -> bool:
    if status is Status.FAILED:  # a rejected review ends the run in any case
        return block.allow_failure and block.status is Status.FAILED
    return status in {Status.COMPLETED, Status.SKIPPED}


def _block_at(block: Block, run: Run, starts: float, now: float) -> tuple[BlockView, float]:
    """The block as it is seen at `now`, and the time of its last change."""
    ends = starts + block.duration / run.speed
    inputs = {name: _with_variables(text, run.payload) for name, text in block.inputs.items()}
    running = BlockView(
        key=block.key,
        status=Status.RUNNING,
        started_at=starts,
        ended_at=None,
        inputs=run.payload if block.echo else inputs,
        output=None,
    )
    if now < ends:
        return running, starts
    output = _output(block, run.payload)
    ended = replace(running, status=block.status, ended_at=ends, output=output)
    if block.review is None:
        return ended, ends
    decision = run.decisions.get(block.key)
    if decision is None and block.review.after is not None:
        at = ends + block.review.after / run.speed
        decision = Decision(at=at, verdict=block.review.decision)
    if decision is None or decision.at > now:
        return replace(ended, status=Status.REVIEW_PENDING), ends
    approved = decision.verdict is Verdict.APPROVE
    return replace(ended, status=block.status if approved else Status.FAILED), decision.at


def _finished(
    run: Run, starts: float, at: float, blocks: tuple[BlockView, ...], ended_by: Block | None
) -> View:
    """A run that ended at `at`: with the status of the block that ended it, if one did."""
    status = blocks[-1].status if ended_by else run.workflow.status or Status.COMPLETED
    done = View(status=status, updated_at=at, started_at=starts, finished_at=at, blocks=blocks)
    if status is Status.FAILED:
        return replace(done, error=_error(run, ended_by))
    if status is Status.CANCELLED:
        reason = run.workflow.cancel_reason or "Cancelled by a user"
        return replace(done, cancellation=Cancellation(at=at, reason=reason))
    return done


def _error(run: Run, ended_by: Block | None) -> str:
    if ended_by is not None and ended_by.status is not Status.FAILED:  # its review was rejected
        decision = run.decisions.get(ended_by.key)
        because = f": {decision.reason}" if decision is not None and decision.reason else ""
        return f"The review of {ended_by.key} was rejected{because}"
    if run.workflow.error is not None:
        return run.workflow.error
    return "The workflow failed" if ended_by is None else f"{ended_by.key} failed"


def _output(block: Block, payload: Mapping[str, str]) -> Json:
    if block.echo:
        return json.dumps(dict(payload), ensure_ascii=False)
    if isinstance(block.output, str):
        return _with_variables(block.output, payload)
    return block.output


def _with_variables(text: str, payload: Mapping[str, str]) -> str:
    """Replace each `{{name}}` by that context variable; one that was not sent is empty."""
    return PLACEHOLDER.sub(lambda found: payload.get(found.group(1), ""), text)


def execution_json(run: Run, seen: View, *, own_state: bool = False) -> dict[str, Any]:
    """The answer of `GET /api/executions/{executionId}`, in the order of the guide's example."""
    cancellation = seen.cancellation
    inner_id = partial(uuid5, NAMESPACE_OID) if own_state else str
    return {
        "id": run.id,
        "status": seen.status.value,
        "workflowName": run.workflow.title or run.workflow.name,
        "blockCount": len(run.workflow.blocks),
        "completedBlocks": seen.completed_blocks,
        "createdAt": iso_time(run.created_at),
        "updatedAt": iso_time(seen.updated_at),
        "startedAt": _optional_time(seen.started_at),
        "finishedAt": _optional_time(seen.finished_at),
        "cancelRequestedAt": None if cancellation is None else iso_time(cancellation.at),
        "cancelReason": None if cancellation is None else cancellation.reason,
        "error": seen.error,
        "triggerType": "api",
        "triggerPayload": dict(run.payload),
        "triggerMetadata": dict(run.metadata),
        "state": {
            "workflowId": str(inner_id(run.workflow.id)),
            "executionId": str(inner_id(run.id)),
            "status": OWN_WORDS[seen.status] if own_state else seen.status.value,
            "blocks": {
                block.key: {
                    "status": block.status.value,
                    "startTime": iso_time(block.started_at),
                    "endTime": _optional_time(block.ended_at),
                    "inputs": dict(block.inputs),
                    "output": block.output,
                }
                for block in seen.blocks
            },
            "createdAt": iso_time(run.created_at),
            "updatedAt": iso_time(seen.updated_at),
        },
    }


def iso_time(seconds: float) -> str:
    """Seconds since the epoch as ISO 8601 in UTC with milliseconds and `Z`."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _optional_time(seconds: float | None) -> str | None:
    return None if seconds is None else iso_time(seconds)
