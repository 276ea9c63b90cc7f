"""The outputs of the job, by the names of the contract, and `genesis.env` for later GitLab jobs.

GitLab turns a green job red over a dotenv file with a blank line, a comment, an odd name or
5 KiB, and expands `$NAME` and `%NAME%` in values later: fixed names, safe characters, or
another word instead."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from genesis_ci.models import UNKNOWN_STATUS, Block, RunReport, WorkflowReport
from genesis_ci.reporters.labels import Names
from genesis_ci.reporters.truncate import bounded, fits
from genesis_ci.text import clean_line, cut

MAX_OUTPUT = 256 * 1024
"""UTF-8 bytes of `output`. GitHub counts UTF-16, of which no text has more units than that."""
MAX_RESULTS = 384 * 1024
"""UTF-8 bytes of `results`."""
MORE_BLOCKS = "(more blocks)"
MORE_WORKFLOWS = "(more workflows)"
KEYS_TOLD = 5
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
    """Return every output with its text, for a finished job. JSON is valid however much there is.

    Workflows of one name are numbered, in `output` and in `results` alike.
    """
    workflows = report.workflows
    return {
        "execution-id": ",".join(filter(None, (w.execution_id for w in workflows))),
        "status": ",".join(filter(None, (w.status_word for w in workflows))),
        "verdict": report.outcome.verdict.value,
        "exit-code": str(report.outcome.exit_code),
        "output": _of_all(workflows) if output_block is None else _of(output_block, workflows),
        "results": _results(workflows),
        "report-dir": report_dir,
        "junit-path": f"{report_dir}/junit.xml",
    }


def missing_block(report: RunReport, output_block: str | None) -> str | None:
    """Return what to say where runs were seen and none has the block; None where all is well."""
    seen = [workflow.execution for workflow in report.workflows if workflow.execution]
    keys = [*dict.fromkeys(block.key for execution in seen for block in execution.blocks)]
    if output_block is None or not seen or output_block in keys:
        return None
    told = [f"“{key}”" for key in keys[:KEYS_TOLD]]
    if more := len(keys) - len(told):
        told.append(f"{more} more")
    there = f"There are {', '.join(told)}." if told else "Genesis told of no block at all."
    name = clean_line(output_block)
    return f"output-block: no workflow has a block “{name}”, so the output is empty. {there}"


def _results(workflows: Sequence[WorkflowReport]) -> str:
    names = Names()
    rows = [_result(workflow, names.unique(workflow.name)) for workflow in workflows]

    def text(kept: int, share: int) -> str:
        shown = [{key: _shortened(row[key], share) for key in row} for row in rows[:kept]]
        left_out = len(rows) - kept
        more = [{"name": MORE_WORKFLOWS, "left-out": left_out}] if left_out else []
        return _json([*shown, *more])

    return bounded(text, entries=len(rows), limit=MAX_RESULTS)


def _result(workflow: WorkflowReport, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "workflow-id": workflow.workflow_id,
        "execution-id": workflow.execution_id,
        "status": workflow.status_word,
        "verdict": workflow.outcome.verdict.value,
        "exit-code": workflow.outcome.exit_code,
        "required": workflow.required,
        "seconds": round(workflow.seconds, 3),
    }


def _shortened(value: Any, share: int) -> Any:
    return cut(value, limit=share) if isinstance(value, str) else value


def _of(output_block: str, workflows: Sequence[WorkflowReport]) -> str:
    """The output of the first block of that key: as it came, or cut, and as JSON if it is JSON."""
    blocks = (block for w in workflows if w.execution for block in w.execution.blocks)
    block = next((block for block in blocks if block.key == output_block), None)
    text = (block.output if block else None) or ""

    def shortened(_: int, share: int) -> str:
        short = cut(text, limit=share)
        return _json(short) if block and block.output_is_json else short

    if fits(text, MAX_OUTPUT):
        return text
    return bounded(shortened, entries=0, limit=MAX_OUTPUT)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    """One block's output in its workflow; `text` is what `value` is cut from. No key: no block."""

    workflow: str
    key: str = ""
    text: str = ""
    value: Any = None


def _of_all(workflows: Sequence[WorkflowReport]) -> str:
    """JSON by block, of several workflows by workflow and block."""
    entries = tuple(_entries(workflows))

    def text(kept: int, share: int) -> str:
        shape: dict[str, dict[str, Any]] = {}
        for entry in entries[:kept]:
            blocks = shape.setdefault(entry.workflow, {})
            if entry.key:
                whole = len(entry.text) <= share
                blocks[entry.key] = entry.value if whole else cut(entry.text, limit=share)
        if left_out := sum(bool(entry.key) for entry in entries[kept:]):
            words = f"{left_out} more outputs are left out; result.json has them all."
            shape.setdefault(entries[max(0, kept - 1)].workflow, {})[MORE_BLOCKS] = words
        return _json(next(iter(shape.values()), {}) if len(workflows) == 1 else shape)

    return bounded(text, entries=len(entries), limit=MAX_OUTPUT)


def _entries(workflows: Sequence[WorkflowReport]) -> Iterator[_Entry]:
    names = Names()
    for workflow in workflows:
        name, keys = names.unique(workflow.name), Names()
        if workflow.execution:
            yield _Entry(workflow=name)
            for block in workflow.execution.blocks:
                key = keys.unique(block.key)
                if block.output is not None:
                    yield _Entry(
                        workflow=name, key=key, text=block.output, value=_value(block, block.output)
                    )


def _value(block: Block, text: str) -> Any:
    """A block's output as the value that the server sent."""
    try:
        return json.loads(text) if block.output_is_json else text
    except ValueError:
        return text


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


MAX_SIZE = 5000
"""Bytes of the file."""
INSTEAD = {
    "GENESIS_RESULT_EXECUTION_ID": "not-here:use-wait-from-result.json",
    "GENESIS_RESULT_STATUS": UNKNOWN_STATUS,
}
"""What stands for a value that is missing, too long or not safe.

The first is no execution id, so a job that is handed it ends with an error instead of a new run.
"""
_SAFE = re.compile(r"[A-Za-z0-9._:/@+,=?&~-]+")


def render_dotenv(report: RunReport) -> str:
    """Return the dotenv text of a finished job."""
    workflows = report.workflows
    return _lines(
        {
            "GENESIS_RESULT_EXECUTION_ID": ",".join(
                filter(None, (w.execution_id for w in workflows))
            ),
            "GENESIS_RESULT_STATUS": ",".join(filter(None, (w.status_word for w in workflows)))
            or UNKNOWN_STATUS,
            "GENESIS_RESULT_VERDICT": report.outcome.verdict.value,
            "GENESIS_RESULT_EXIT_CODE": str(report.outcome.exit_code),
        }
    )


def render_started_dotenv(execution_ids: Sequence[str]) -> str:
    """Return the dotenv text while the runs are still going."""
    return _lines({"GENESIS_RESULT_EXECUTION_ID": ",".join(execution_ids)})


def _lines(values: dict[str, str]) -> str:
    fitting = {
        name: value if _SAFE.fullmatch(value) else INSTEAD[name] for name, value in values.items()
    }
    while len(text := "".join(f"{name}={value}\n" for name, value in fitting.items())) > MAX_SIZE:
        longest = max(fitting, key=lambda name: len(fitting[name]))
        fitting[longest] = INSTEAD[longest]
    return text
