"""The guide's JSON: what an execution looks like in an answer, field for field."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genesis_emulator.simulation import BlockView, Run, View
    from genesis_emulator.store import Received


def execution(run: Run, view: View) -> dict[str, Any]:
    """The answer of `GET /api/executions/{executionId}`, in the order of the guide's example."""
    cancellation = view.cancellation
    return {
        "id": run.id,
        "status": view.status.value,
        "workflowName": run.workflow.name,
        "blockCount": len(run.workflow.blocks),
        "completedBlocks": view.completed_blocks,
        "createdAt": moment(run.created_at),
        "updatedAt": moment(view.updated_at),
        "startedAt": _optional_moment(view.started_at),
        "finishedAt": _optional_moment(view.finished_at),
        "cancelRequestedAt": None if cancellation is None else moment(cancellation.at),
        "cancelReason": None if cancellation is None else cancellation.reason,
        "error": view.error,
        "triggerType": "api",
        "triggerPayload": dict(run.payload),
        "triggerMetadata": {
            "ip": run.origin.ip,
            "userAgent": run.origin.user_agent,
            "apiKeyId": run.origin.api_key_id,
        },
        "state": {
            "workflowId": run.workflow.id,
            "executionId": run.id,
            "status": view.status.value,
            "blocks": {block.key: _block(block) for block in view.blocks},
            "createdAt": moment(run.created_at),
            "updatedAt": moment(view.updated_at),
        },
    }


def received(request: Received) -> dict[str, Any]:
    """A request that the API received, as the control side shows it."""
    return {**asdict(request), "at": moment(request.at)}


def triggered(execution_id: str) -> dict[str, Any]:
    """The answer of a trigger that started a run."""
    return {"success": True, "executionId": execution_id}


def moment(seconds: float) -> str:
    """Seconds since the epoch as ISO 8601 in UTC with milliseconds and `Z`."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def encode(value: Any) -> bytes:
    """Compact UTF-8 JSON; a lone surrogate, which UTF-8 cannot hold, is written as an escape."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def _block(block: BlockView) -> dict[str, Any]:
    return {
        "status": block.status.value,
        "startTime": moment(block.started_at),
        "endTime": _optional_moment(block.ended_at),
        "inputs": dict(block.inputs),
        "output": block.output,
    }


def _optional_moment(seconds: float | None) -> str | None:
    return None if seconds is None else moment(seconds)
