"""`result.json`: everything known of the job, for programs; `result.schema.json` describes it."""

import json
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from genesis_ci.models import Block, Execution, Outcome, RunReport, WorkflowReport
from genesis_ci.models.proof import Finding
from genesis_ci.models.readiness import Readiness

SCHEMA_VERSION = 1
"""Goes up when a field changes its meaning or leaves; new fields may come at any time."""

JsonObject = dict[str, Any]


def render(report: RunReport) -> str:
    """Return the JSON text: keys sorted, no escapes for what is not ASCII, a line feed at the end.

    Times are ISO 8601 in UTC, durations are seconds, what is not known is null.
    """
    document = {
        "schema": SCHEMA_VERSION,
        "tool": "genesis-ci",
        "tool_version": report.tool_version,
        "api_url": report.api_url,
        "job_url": report.job_url,
        "change": {
            "sha": report.change.sha,
            "branch": report.change.branch,
            "base_branch": report.change.base_branch,
            "change": report.change.request,
            "repository": report.change.repository,
            "actor": report.change.actor,
        },
        "started_at": _time(report.started_at),
        "seconds": _seconds(report.seconds),
        **_outcome(report.outcome),
        "problems": [str(problem) for problem in report.problems],
        "notices": list(report.notices),
        "workflows": [_workflow(workflow) for workflow in report.workflows],
    }
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


@cache
def schema() -> str:
    """Return the text of the JSON Schema of the current version."""
    return files(__package__).joinpath("result.schema.json").read_text(encoding="utf-8")


def _outcome(outcome: Outcome) -> JsonObject:
    return {
        "verdict": outcome.verdict.value,
        "exit_code": outcome.exit_code,
        "message": outcome.message,
        "hint": outcome.hint,
        "passed_by_policy": outcome.lenient,
        "flaky": outcome.flaky,
    }


def _workflow(workflow: WorkflowReport) -> JsonObject:
    return {
        "name": workflow.name,
        "workflow_id": workflow.workflow_id,
        "execution_id": workflow.execution_id,
        "status": workflow.status_word or None,
        **_outcome(workflow.outcome),
        "required": workflow.required,
        "attached": workflow.attached,
        "kept": workflow.kept,
        "earlier_attempts": [_workflow(attempt) for attempt in workflow.earlier],
        "seconds": _seconds(workflow.seconds),
        "polls": workflow.polls,
        "variables": dict(workflow.variables),
        "notes": list(workflow.notes),
        "run_url": workflow.run_url,
        "wait_for": _readiness(workflow.readiness) if workflow.readiness else None,
        "findings": [_finding(finding) for finding in workflow.findings],
        "execution": _execution(workflow.execution) if workflow.execution else None,
        "blocks": [_block(block) for block in workflow.execution.blocks]
        if workflow.execution
        else [],
    }


def _readiness(readiness: Readiness) -> JsonObject:
    return {
        "url": readiness.shown,
        "ready": readiness.ready is True,
        "seen": list(readiness.seen),
        "seconds": _seconds(readiness.seconds),
    }


def _execution(execution: Execution) -> JsonObject:
    return {
        "workflow_name": execution.workflow_name,
        "workflow_id": execution.workflow_id,
        "block_count": execution.block_count,
        "completed_blocks": execution.completed_blocks,
        "created_at": _time(execution.created_at),
        "updated_at": _time(execution.updated_at),
        "started_at": _time(execution.started_at),
        "finished_at": _time(execution.finished_at),
        "seconds": _seconds(execution.seconds),
        "cancel_requested_at": _time(execution.cancel_requested_at),
        "cancel_reason": execution.cancel_reason,
        "error": execution.error,
    }


def _block(block: Block) -> JsonObject:
    return {
        "key": block.key,
        "status": block.status_word,
        "started_at": _time(block.started_at),
        "finished_at": _time(block.finished_at),
        "seconds": _seconds(block.seconds),
        "output": block.output,
        "output_is_json": block.output_is_json,
        "error": block.error,
    }


def _finding(finding: Finding) -> JsonObject:
    return {
        "name": finding.name,
        "suite": finding.suite,
        "judgement": finding.judgement.value,
        "block": finding.block,
        "expected": finding.expected,
        "found": finding.found,
        "where": finding.where,
        "seconds": _seconds(finding.seconds),
    }


def _time(time: datetime | None) -> str | None:
    if time is None:
        return None
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _seconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
