"""The outputs of the job, by the names of the contract."""

import json
from collections.abc import Mapping
from typing import Any

from genesis_ci.domain import Block, RunReport, WorkflowReport

MAX_OUTPUT = 256 * 1024
OUTPUT_NAMES = {
    "execution-id": "The id of the run in Genesis; several are separated by commas.",
    "status": "Genesis's own word for the run's last known status.",
    "verdict": "What this tool concludes: passed, failed, review_pending, ….",
    "exit-code": "The exit code of the step.",
    "output": "The output of output-block, or JSON of all blocks' outputs. Untrusted text.",
    "results": "A JSON array with one object per workflow.",
    "report-dir": "Where the reports are, relative to the workspace.",
    "junit-path": "The JUnit file, relative to the workspace.",
}


def render(report: RunReport, *, report_dir: str, output_block: str | None) -> dict[str, str]:
    """Return every output with its text, for a finished job."""
    workflows = report.workflows
    return {
        "execution-id": ",".join(filter(None, (w.execution_id for w in workflows))),
        "status": ",".join(filter(None, (w.status_word for w in workflows))),
        "verdict": report.outcome.verdict.value,
        "exit-code": str(report.outcome.exit_code),
        "output": _output(workflows, output_block),
        "results": json.dumps([_result(workflow) for workflow in workflows], ensure_ascii=False),
        "report-dir": report_dir,
        "junit-path": f"{report_dir}/junit.xml",
    }


def _result(workflow: WorkflowReport) -> dict[str, Any]:
    return {
        "name": workflow.name,
        "workflow-id": workflow.workflow_id,
        "execution-id": workflow.execution_id,
        "status": workflow.status_word,
        "verdict": workflow.outcome.verdict.value,
        "exit-code": workflow.outcome.exit_code,
        "required": workflow.required,
        "seconds": round(workflow.seconds, 3),
    }


def _output(workflows: tuple[WorkflowReport, ...], output_block: str | None) -> str:
    told = {w.name: _blocks(w) for w in workflows if w.execution}
    if output_block is not None:
        found = (blocks[output_block] for blocks in told.values() if output_block in blocks)
        return next((block.output or "" for block in found), "")
    shape = {name: _values(blocks) for name, blocks in told.items()}
    flat = next(iter(shape.values()), {}) if len(workflows) == 1 else shape
    return json.dumps(flat, ensure_ascii=False)


def _blocks(workflow: WorkflowReport) -> Mapping[str, Block]:
    return {block.key: block for block in workflow.execution.blocks} if workflow.execution else {}


def _values(blocks: Mapping[str, Block]) -> dict[str, Any]:
    share = MAX_OUTPUT // max(1, len(blocks))
    return {key: _value(block, share) for key, block in blocks.items() if block.output is not None}


def _value(block: Block, share: int) -> Any:
    """A block's output as the value that the server sent; text where it had to be cut."""
    text = block.output or ""
    if len(text) > share:
        return text[:share]
    try:
        return json.loads(text) if block.output_is_json else text
    except ValueError:
        return text
