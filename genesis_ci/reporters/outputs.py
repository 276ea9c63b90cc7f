"""The outputs of the job, by the names of the contract, and `genesis.env` for later GitLab jobs.

GitLab turns a green job red over a dotenv file with a blank line, a comment, an odd name or
5 KiB, and expands `$NAME` and `%NAME%` in values later: fixed names, safe characters, or
another word instead.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from genesis_ci.models import UNKNOWN_STATUS, Block, RunReport, WorkflowReport
from genesis_ci.models.proof import Judgement
from genesis_ci.reporters import findings
from genesis_ci.reporters.labels import Names
from genesis_ci.reporters.truncate import LEAST_TEXT, Room, cut, fitted
from genesis_ci.text import clean_line

MAX_OUTPUT = 120 * 1024 - 1
"""UTF-8 bytes of one output: as an environment variable of 128 KiB it would keep the next step
from starting ("Argument list too long")."""
MORE_BLOCKS = "(more blocks)"
MORE_WORKFLOWS = "(more workflows)"
KEYS_TOLD = 5
MOST_UNMET = (50, 10, 2, 0)
"""How many unmet checks of a workflow `results` tells; the first number that fits."""
MAX_SIZE = 5000
"""Bytes of the file."""
INSTEAD = {
    "GENESIS_RESULT_EXECUTION_ID": "not-here:use-wait-from-result.json",
    "GENESIS_RESULT_STATUS": UNKNOWN_STATUS,
}
"""What stands for a value that is missing, too long or not safe.

The first is not an execution id: a job that is handed it ends with an error instead of a new run.
"""
_SAFE = re.compile(r"[A-Za-z0-9._:/@+,=?&~-]+")
OUTPUT_NAMES = {
    "execution-id": "The id of the run in Genesis; several are separated by commas.",
    "status": "Genesis's own word for the run's last known status.",
    "verdict": "What this tool concludes: passed, failed, review_pending, ….",
    "exit-code": "The exit code of the step.",
    "output": "The output of output-block, or JSON of all blocks' outputs. Untrusted text.",
    "results": "A JSON array with one object per workflow.",
    "run-url": "The run's address in Genesis, where run-url is set; several are separated by "
    "commas.",
    "report-dir": "Where the reports are, relative to the workspace.",
    "junit-path": "The JUnit file, relative to the workspace.",
}


def render(report: RunReport, *, report_dir: str, output_block: str | None) -> dict[str, str]:
    """Return every output with its text, for a finished job. JSON is valid however much there is,
    and what is cut or left out says so and names `result.json`.

    Workflows of one name are numbered, in `output` and in `results` alike.
    """
    workflows = report.workflows
    return {
        "execution-id": _joined(w.execution_id for w in workflows),
        "status": _joined(w.status_word for w in workflows),
        "verdict": report.outcome.verdict.value,
        "exit-code": str(report.outcome.exit_code),
        "output": _of_all(workflows) if output_block is None else _of(output_block, workflows),
        "results": _results(workflows),
        "run-url": _joined(w.run_url for w in workflows),
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


def _joined(words: Iterable[str | None]) -> str:
    known = [word for word in words if word]

    def text(room: Room) -> str:
        more = len(known) - room.rows
        return ",".join(
            [*known[: room.rows], *([f"{more} more in result.json"] if more > 0 else [])]
        )

    most = Room(rows=len(known), characters=LEAST_TEXT)
    return fitted(text, limit=MAX_OUTPUT, most=most)


def _results(workflows: Sequence[WorkflowReport]) -> str:
    names = Names()
    rows = [_result(workflow, names.unique(workflow.name)) for workflow in workflows]

    def text(room: Room) -> str:
        left_out = len(rows) - room.rows
        more = [{"name": MORE_WORKFLOWS, "left-out": left_out, "see": "result.json"}]
        return _json([*rows[: room.rows], *(more if left_out > 0 else [])])

    for most_unmet in MOST_UNMET:
        whole = [
            {**row, **_checks(workflow, most_unmet)}
            for row, workflow in zip(rows, workflows, strict=True)
        ]
        if len((told := _json(whole)).encode()) <= MAX_OUTPUT:
            return told
    most = Room(rows=len(rows), characters=LEAST_TEXT)
    return fitted(text, limit=MAX_OUTPUT, most=most)


def _checks(workflow: WorkflowReport, most_unmet: int) -> dict[str, Any]:
    """What came of the checks: how many of each, and the first of those that say no."""
    if not workflow.findings:
        return {}
    counts = Counter(one.judgement for one in workflow.findings)
    unmet = findings.unmet(workflow.findings)
    return {
        "checks": {kind.value: counts[kind] for kind in Judgement},
        "unmet": [
            {
                "name": findings.full_name(one),
                "expected": cut(one.expected, LEAST_TEXT),
                "found": cut(one.found, LEAST_TEXT),
                "where": one.where,
            }
            for one in unmet[:most_unmet]
        ],
        **({"unmet-left-out": len(unmet) - most_unmet} if len(unmet) > most_unmet else {}),
    }


def _result(workflow: WorkflowReport, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "workflow-id": workflow.workflow_id,
        "execution-id": workflow.execution_id,
        "status": workflow.status_word,
        "verdict": workflow.outcome.verdict.value,
        "exit-code": workflow.outcome.exit_code,
        "required": workflow.required,
        "attempts": len(workflow.earlier) + 1,
        "flaky": workflow.outcome.flaky,
        "kept": workflow.kept,
        "run-url": workflow.run_url,
        "seconds": round(workflow.seconds, 3),
    }


def _of(output_block: str, workflows: Sequence[WorkflowReport]) -> str:
    """The output of the first block of that key: as it came, or cut, and as JSON if it is JSON."""
    blocks = (block for w in workflows if w.execution for block in w.execution.blocks)
    block = next((block for block in blocks if block.key == output_block), None)
    text = (block.output if block else None) or ""

    def shortened(room: Room) -> str:
        short = cut(text, room.characters)
        return _json(short) if block and block.output_is_json and short != text else short

    most = Room(rows=1, characters=MAX_OUTPUT)
    return fitted(shortened, limit=MAX_OUTPUT, most=most, lengths=[len(text)])


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

    def text(room: Room) -> str:
        shape: dict[str, dict[str, Any]] = {}
        for entry in entries[: room.rows]:
            blocks = shape.setdefault(entry.workflow, {})
            if entry.key:
                whole = len(entry.text) <= room.characters
                blocks[entry.key] = entry.value if whole else cut(entry.text, room.characters)
        if left_out := sum(bool(entry.key) for entry in entries[room.rows :]):
            words = f"{left_out} more outputs are left out; result.json has them all."
            shape.setdefault(entries[max(0, room.rows - 1)].workflow, {})[MORE_BLOCKS] = words
        return _json(next(iter(shape.values()), {}) if len(workflows) == 1 else shape)

    most = Room(rows=len(entries), characters=MAX_OUTPUT)
    lengths = [len(entry.text) for entry in entries]
    return fitted(text, limit=MAX_OUTPUT, most=most, lengths=lengths)


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


def _lines(values: dict[str, str]) -> str:
    fitting = {
        name: value if _SAFE.fullmatch(value) else INSTEAD[name] for name, value in values.items()
    }
    while len(text := "".join(f"{name}={value}\n" for name, value in fitting.items())) > MAX_SIZE:
        longest = max(fitting, key=lambda name: len(fitting[name]))
        fitting[longest] = INSTEAD[longest]
    return text
