"""The outputs of the job by their public names, and `genesis.env` for later GitLab jobs.

GitLab fails a green job whose dotenv file has a blank line, a comment, an unusual name or 5 KiB,
and later jobs expand `$NAME` and `%NAME%` in values. So names are fixed, and a value has only safe
characters or is replaced.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from genesis_ci.language import N_, _, commas, fill, in_sequence
from genesis_ci.models.execution import UNKNOWN_STATUS, Block
from genesis_ci.models.findings import Finding
from genesis_ci.models.judgement import Judgement
from genesis_ci.models.report import JobReport, WorkflowReport
from genesis_ci.models.workflow import Workflow
from genesis_ci.reporters import labels
from genesis_ci.reporters.truncate import LEAST_TEXT, Limits, fitted, shorten
from genesis_ci.text import Names, clean_line

MAX_OUTPUT = 120 * 1024 - 1
"""UTF-8 bytes of one output: with an environment variable of 128 KiB the next step does not start
("Argument list too long")."""
MORE_BLOCKS = "(more blocks)"
MORE_WORKFLOWS = "(more workflows)"
_MAX_KEYS = 5
_MAX_UNMET = (50, 10, 2, 0)
"""The unmet checks of a workflow in `results`: the first number that fits."""
MAX_SIZE = 5000
"""Bytes of `genesis.env`."""
INSTEAD = {
    "GENESIS_RESULT_EXECUTION_ID": "not-here:use-wait-from-result.json",
    "GENESIS_RESULT_STATUS": UNKNOWN_STATUS,
}
"""Replacements of values that are missing, too long or not safe.

The first is not an execution id: a job that gets it fails and does not trigger a new run.
"""
_SAFE = re.compile(r"[A-Za-z0-9._:/@+,=?&~-]+")
OUTPUT_NAMES = {
    "execution-id": "The id of the run in Genesis; several are separated by commas.",
    "status": "Genesis's own word for the run's last known status.",
    "verdict": "What this tool concludes: passed, failed, review_pending, ….",
    "exit-code": "The exit code of the step.",
    "tests": "How many tests the outputs of the runs list, as CTRF or JUnit XML.",
    "tests-passed": "How many of these passed.",
    "tests-failed": "How many of these failed.",
    "tests-skipped": "How many of these were skipped.",
    "tests-known-failed": "How many of these failed and are in known-failures.",
    "output": "The output of output-block, or JSON of all blocks' outputs. Untrusted text.",
    "results": "A JSON array with one object per workflow.",
    "run-url": "The run's address in Genesis, where run-url is set; several are separated by "
    "commas.",
    "selected": "With dry-run: a JSON array of the names of the selected entries, for a matrix.",
    "report-dir": "Where the reports are, relative to the workspace.",
    "junit-path": "The JUnit file, relative to the workspace.",
}


def by_name(
    report: JobReport, *, report_dir: str, output_block: str | None, selected: str = ""
) -> dict[str, str]:
    """Return every output with its text. JSON is always valid; it states what is left out.

    Workflows with the same name are numbered, in `output` and in `results`.
    """
    workflows = report.workflows
    tests = Counter(one.judgement for one in labels.tests(report))
    values = {
        "execution-id": _joined(w.execution_id for w in report.selected),
        "status": _joined(w.status_word for w in workflows),
        "verdict": report.outcome.verdict.value,
        "exit-code": str(report.outcome.exit_code),
        "tests": str(tests.total()),
        **{kind.row.output: str(tests[kind]) for kind in Judgement},
        "output": _all_outputs(workflows)
        if output_block is None
        else _block_output(output_block, workflows),
        "results": _results(workflows),
        "run-url": _joined(w.run_url for w in workflows),
        "selected": selected,
        "report-dir": report_dir,
        "junit-path": f"{report_dir}/junit.xml",
    }
    return {name: values[name] for name in OUTPUT_NAMES}


def selected(workflows: Sequence[Workflow]) -> str:
    return _json([one.label for one in workflows if one.is_selected])


def missing_block(report: JobReport, output_block: str | None) -> str | None:
    has_run = any(workflow.execution for workflow in report.workflows)
    keys = [*dict.fromkeys(block.key for one in report.workflows for block in one.blocks)]
    if output_block is None or not has_run or output_block in keys:
        return None
    known = [fill("“{name}”", name=key) for key in keys[:_MAX_KEYS]]
    if more := len(keys) - len(known):
        known.append(fill("{count} more", count=more))
    names = commas(known)
    there = fill("There are {names}.", names=names) if names else _("Genesis listed no blocks.")
    text = N_("output-block: no workflow has a block “{name}”, so the output is empty.")
    return in_sequence((fill(text, name=clean_line(output_block)), there))


def _joined(words: Iterable[str | None]) -> str:
    known = [word for word in words if word]

    def text(limits: Limits) -> str:
        more = len(known) - limits.rows
        note = [f"{more} more in result.json"] if more > 0 else []
        return ",".join([*known[: limits.rows], *note])

    return fitted(text, limit=MAX_OUTPUT, most=Limits(rows=len(known), characters=LEAST_TEXT))


def _results(workflows: Sequence[WorkflowReport]) -> str:
    names = Names()
    rows = [_result(workflow, names.unique(labels.title(workflow))) for workflow in workflows]

    def text(limits: Limits) -> str:
        left_out = len(rows) - limits.rows
        more = [{"name": MORE_WORKFLOWS, "left-out": left_out, "see": "result.json"}]
        return _json([*rows[: limits.rows], *(more if left_out > 0 else [])])

    for most in _MAX_UNMET:
        each = zip(rows, workflows, strict=True)
        full = _json([{**row, **_checks(workflow, most)} for row, workflow in each])
        if len(full.encode()) <= MAX_OUTPUT:
            return full
    return fitted(text, limit=MAX_OUTPUT, most=Limits(rows=len(rows), characters=LEAST_TEXT))


def _checks(workflow: WorkflowReport, most_unmet: int) -> dict[str, Any]:
    if not workflow.findings:
        return {}
    counts = Counter(one.judgement for one in workflow.findings)
    unmet = labels.unmet(workflow.findings)
    return {
        "checks": {kind.value: counts[kind] for kind in Judgement},
        "unmet": [_unmet(one) for one in unmet[:most_unmet]],
        **({"unmet-left-out": len(unmet) - most_unmet} if len(unmet) > most_unmet else {}),
    }


def _unmet(check: Finding) -> dict[str, str]:
    texts = {
        "expected": check.english_expected or check.expected,
        "found": check.english_found or check.found,
        "where": check.english_where or check.where,
    }
    short = {name: shorten(text, LEAST_TEXT, english=True) for name, text in texts.items()}
    return {"name": check.full_name, **short}


def _result(workflow: WorkflowReport, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "workflow-id": workflow.workflow_id,
        "execution-id": workflow.execution_id,
        "status": workflow.status_word,
        "verdict": workflow.outcome.verdict.value,
        "exit-code": workflow.outcome.exit_code,
        "required": workflow.required,
        "attempts": len(workflow.attempts),
        "flaky": workflow.outcome.flaky,
        "run-url": workflow.run_url,
        "seconds": round(workflow.seconds, 3),
    }


def _block_output(output_block: str, workflows: Sequence[WorkflowReport]) -> str:
    """The output of the first block with that key; JSON stays valid JSON when it is shortened."""
    blocks = (block for workflow in workflows for block in workflow.blocks)
    block = next((block for block in blocks if block.key == output_block), None)
    text = (block.output if block else None) or ""

    def shortened(limits: Limits) -> str:
        short = shorten(text, limits.characters, english=True)
        return _json(short) if block and block.output_is_json and short != text else short

    most = Limits(rows=1, characters=MAX_OUTPUT)
    return fitted(shortened, limit=MAX_OUTPUT, most=most, lengths=[len(text)])


class _Entry(NamedTuple):
    """The output of a block as text and as a value; without a key, a workflow without outputs."""

    workflow: str
    key: str = ""
    text: str = ""
    value: Any = None


def _all_outputs(workflows: Sequence[WorkflowReport]) -> str:
    entries = tuple(_entries(workflows))

    def text(limits: Limits) -> str:
        shape: dict[str, dict[str, Any]] = {}
        for entry in entries[: limits.rows]:
            blocks = shape.setdefault(entry.workflow, {})
            if entry.key:
                short = shorten(entry.text, limits.characters, english=True)
                blocks[entry.key] = entry.value if short == entry.text else short
        if left_out := sum(bool(entry.key) for entry in entries[limits.rows :]):
            words = f"{left_out} more outputs are left out; result.json has them all."
            shape.setdefault(entries[max(0, limits.rows - 1)].workflow, {})[MORE_BLOCKS] = words
        return _json(next(iter(shape.values()), {}) if len(workflows) == 1 else shape)

    most = Limits(rows=len(entries), characters=MAX_OUTPUT)
    lengths = [len(entry.text) for entry in entries]
    return fitted(text, limit=MAX_OUTPUT, most=most, lengths=lengths)


def _entries(workflows: Sequence[WorkflowReport]) -> Iterator[_Entry]:
    names = Names()
    for workflow in workflows:
        name, keys = names.unique(labels.title(workflow)), Names()
        if workflow.execution:
            yield _Entry(name)
            for block in workflow.blocks:
                key = keys.unique(block.key)
                if block.output is not None:
                    yield _Entry(name, key, block.output, _value(block, block.output))


def _value(block: Block, text: str) -> Any:
    try:
        return json.loads(text) if block.output_is_json else text
    except ValueError:
        return text


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def dotenv(report: JobReport) -> str:
    ids = [one.execution_id for one in report.selected if one.execution_id]
    statuses = [one.status_word for one in report.workflows if one.status_word]
    values = {
        "GENESIS_RESULT_EXECUTION_ID": ",".join(ids),
        "GENESIS_RESULT_STATUS": ",".join(statuses) or UNKNOWN_STATUS,
        "GENESIS_RESULT_VERDICT": report.outcome.verdict.value,
        "GENESIS_RESULT_EXIT_CODE": str(report.outcome.exit_code),
    }
    fitting = {
        name: value if _SAFE.fullmatch(value) else INSTEAD[name] for name, value in values.items()
    }
    while len(text := "".join(f"{name}={value}\n" for name, value in fitting.items())) > MAX_SIZE:
        longest = max(fitting, key=lambda name: len(fitting[name]))
        fitting[longest] = INSTEAD[longest]
    return text
