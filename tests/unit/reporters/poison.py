"""Foreign text in every place of a report that foreign text can reach."""

import json
from dataclasses import replace
from pathlib import Path

from genesis_ci.models import Block, Execution, Outcome, RunReport, Status, Verdict, WorkflowReport
from genesis_ci.models.change import Change
from genesis_ci.models.proof import Finding, Judgement
from genesis_ci.models.readiness import Readiness
from genesis_ci.text import clean, clean_line

from .reports import START, after

CORPUS = {
    entry["kind"]: entry["text"]
    for entry in json.loads(
        (Path(__file__).resolve().parents[2] / "corpus" / "strings.json").read_text("utf-8")
    )
}

FIELDS = (
    "workflow_name",
    "workflow_id",
    "execution_id",
    "variable_name",
    "variable_value",
    "note",
    "message",
    "hint",
    "problem",
    "genesis_name",
    "status_word",
    "run_error",
    "cancel_reason",
    "block_key",
    "block_status",
    "block_output",
    "block_error",
    "finding_name",
    "finding_suite",
    "finding_expected",
    "finding_found",
    "finding_where",
    "tool_version",
    "api_url",
    "job_url",
    "run_url",
    "change_branch",
    "change_base",
    "change_actor",
    "waited_for",
    "waited_answer",
)

BLOCKS_OF_TEXT = {
    "block_output",
    "block_error",
    "run_error",
    "variable_value",
    "finding_expected",
    "finding_found",
}
"""All other fields are one line, and bounded, when they have been parsed."""


def harmless(text: str) -> str:
    """The plainest text of the same shape: empty, blank, long, of one line or several."""
    if not text.strip():
        return text and " "
    line = "x" * (400 if len(text) > 300 else 1)
    return f"{line}\nx" if "\n" in text.strip() else line


def parsed(text: str) -> tuple[str, str]:
    """A text as it comes from the parsers: a block of text, and one line."""
    return clean(text), clean_line(text)


def plainest(text: str) -> tuple[str, str]:
    """The plainest texts of the same shape."""
    block, line = parsed(text)
    return harmless(block), harmless(line)


def poisoned(text: str, *fields: str) -> RunReport:
    """A red report with `text` in the named places of one workflow, or in all places of two."""
    return report_of(*parsed(text), *fields)


def report_of(block: str, line: str, *fields: str) -> RunReport:
    """The same of a text that was parsed."""
    statuses = (Status.FAILED, None) if fields else (Status.COMPLETED, Status.FAILED, None)

    def put(field: str, otherwise: str) -> str:
        if fields and field not in fields:
            return otherwise
        return block if field in BLOCKS_OF_TEXT else line

    blocks = tuple(
        Block(
            key=put("block_key", f"block-{status}"),
            status=status,
            status_word=put("block_status", str(status)),
            started_at=after(1),
            finished_at=after(2),
            output=put("block_output", "an output"),
            error=put("block_error", "an error"),
        )
        for status in statuses
    )
    execution = Execution(
        id="e",
        status=Status.FAILED,
        status_word=put("status_word", "failed"),
        workflow_name=put("genesis_name", "a name"),
        block_count=3,
        completed_blocks=1,
        created_at=START,
        finished_at=after(60),
        cancel_reason=put("cancel_reason", "a reason"),
        error=f"an error\n{put('run_error', 'of two lines')}",
        blocks=blocks,
    )
    findings = tuple(
        Finding(
            name=put("finding_name", "a check"),
            judgement=judgement,
            block="b",
            expected=put("finding_expected", "passed"),
            found=put("finding_found", "failed"),
            where=put("finding_where", "an output"),
            suite=put("finding_suite", "a suite"),
            seconds=1.0,
        )
        for judgement in Judgement
    )
    outcome = Outcome(
        verdict=Verdict.FAILED,
        exit_code=1,
        message=put("message", "It failed."),
        hint=put("hint", "Do something."),
    )
    workflows = tuple(
        WorkflowReport(
            name=put("workflow_name", "a workflow"),
            outcome=outcome,
            workflow_id=put("workflow_id", "w"),
            execution_id=put("execution_id", "e"),
            execution=execution,
            variables={put("variable_name", "key"): put("variable_value", "value")},
            required=required,
            seconds=60.0,
            notes=(put("note", "a note"),),
            run_url=put("run_url", "https://genesis.autify.com/runs/e"),
            readiness=Readiness(
                shown=put("waited_for", "https://p.example.com/"),
                ready=True,
                seen=("503", put("waited_answer", "200")),
            ),
            findings=findings,
        )
        for required in ((True,) if fields else (True, False))
    )
    before = replace(execution, blocks=blocks[:-1])
    return RunReport(
        outcome=outcome,
        workflows=tuple(
            replace(one, earlier=(replace(one, execution=before),)) for one in workflows
        ),
        problems=(put("problem", "a problem"),),
        started_at=START,
        seconds=61.0,
        tool_version=put("tool_version", "1.0.0"),
        api_url=put("api_url", "https://genesis.autify.com"),
        job_url=put("job_url", "https://ci.example/7"),
        change=Change(
            sha="0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
            branch=put("change_branch", "topic"),
            base_branch=put("change_base", "main"),
            request="7",
            actor=put("change_actor", "octocat"),
        ),
    )
