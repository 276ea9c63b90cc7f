"""What the log says, as lines: sober in CI, readable in three seconds at the end."""

from collections.abc import Sequence

from genesis_ci.domain import (
    Block,
    Execution,
    Outcome,
    RunReport,
    Status,
    Verdict,
    WorkflowReport,
    WorkflowRun,
)
from genesis_ci.schedule import Plan, predecessors, turn_taking
from genesis_ci.text import clean_line, cut, human_seconds

MAX_DETAIL = 8_000
MAX_IN_LAST_LINE = 10
MAX_LIVE = 78
SPINS_PER_SECOND = 5
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_MARKS = {
    Verdict.PASSED: "✔",
    Verdict.TRIGGERED: "✔",
    Verdict.NOT_RUN: "○",
    Verdict.REVIEW_PENDING: "◆",
}
_GREEN, _YELLOW, _RED = "32", "33", "31"


def paint(text: str, colour: str, *, enabled: bool) -> str:
    """Return text in a terminal colour, or as it is."""
    return f"\x1b[{colour}m{text}\x1b[0m" if enabled else text


def plan(runs: Sequence[WorkflowRun], plan: Plan) -> list[str]:
    """How several workflows share the job; nothing for one."""
    started = sum(run.execution_id is None for run in runs)
    if started < 2:
        return []
    lines = [f"{started} workflows, at most {plan.max_parallel} at once"]
    for later, earlier in predecessors(runs).items():
        label, before = (clean_line(runs[key].label) for key in (later, earlier))
        lines.append(f"{label} waits for {before}: {turn_taking(runs[later])}")
    return lines


def review_asked(execution: Execution, *, left: float) -> str:
    """Who has to do what while the job waits for a review, for at most `left` seconds more."""
    keys = ", ".join(block.key for block in _in_review(execution)[:3])
    what = f"block {keys}" if keys else "the run"
    return (
        f"{what} of execution {execution.id} waits for a person: approve or reject it in Genesis. "
        f"This job goes on by itself then; it waits for {human_seconds(left)}."
    )


def starting(run: WorkflowRun) -> list[str]:
    """The lines before a workflow is triggered or attached to."""
    if run.execution_id:
        return [f"Attaching to execution {run.execution_id}{f' ({run.name})' if run.name else ''}"]
    lines = [f"Triggering workflow {run.label} (concurrency policy: {run.policy.concurrency})"]
    for name, value in run.shown.items():
        lines.append(f"  {clean_line(name)} = {clean_line(value)}")
    return lines


def progress(execution: Execution, *, elapsed: float) -> str:
    """The state of a run in one line: elapsed, status, blocks done, what runs now."""
    parts = [execution.status_word]
    if execution.block_count:
        parts.append(f"{execution.completed_blocks or 0}/{execution.block_count} blocks")
    now_running = execution.blocks_with(Status.RUNNING)
    parts += [f"{block.key} running" for block in now_running[:3]]
    parts += [f"{block.key} waits for review" for block in _in_review(execution)[:3]]
    return f"[{human_seconds(elapsed):>7}] {' · '.join(parts)}"


def unseen(*, elapsed: float) -> str:
    """The state of a run that nothing was heard of yet."""
    return f"[{human_seconds(elapsed):>7}] waiting for Genesis"


def still_going(count: int, total: int, *, elapsed: float) -> str:
    """The state of several runs in one line."""
    return f"[{human_seconds(elapsed):>7}] {count} of {total} not over yet"


def live(line: str, *, now: float) -> str:
    """A progress line with a spinner, whose frame follows the clock; it fits a narrow terminal."""
    return f"{_SPINNER[int(now * SPINS_PER_SECOND) % len(_SPINNER)]} {line}"[:MAX_LIVE]


def details(report: WorkflowReport) -> dict[str, list[str]]:
    """What failed blocks said, to be folded: a title to lines."""
    if report.execution is None:
        return {}
    return {
        f"{block.key} failed: its output": _block_text(block)
        for block in report.execution.blocks_with(Status.FAILED)
        if block.output or block.error
    }


def ending(report: WorkflowReport, *, colours: bool) -> list[str]:
    """The closing block of one workflow."""
    rows = [
        ("workflow", report.name),
        ("execution", report.execution_id or "none"),
        ("status", report.status_word or "unknown"),
        ("duration", human_seconds(report.seconds)),
    ]
    return [
        verdict(report, colours=colours),
        *(f"  {name:<10} {clean_line(value)}" for name, value in rows),
        *([f"  next       {report.outcome.hint}"] if report.outcome.hint else []),
    ]


def verdict(report: WorkflowReport, *, colours: bool = False) -> str:
    """How a workflow ended, in one line."""
    optional = "" if report.required else " (not required)"
    return f"{_verdict(report.outcome, colours=colours)}{optional}: {report.outcome.message}"


def last_line(report: RunReport) -> str:
    """The line that ends every log: verdict, status, execution id, duration, exit code."""
    statuses = _joined([workflow.status_word for workflow in report.workflows])
    ids = _joined([workflow.execution_id or "" for workflow in report.workflows])
    return (
        f"genesis-ci: verdict={report.outcome.verdict} status={statuses} "
        f"execution-id={ids} duration={human_seconds(report.seconds).replace(' ', '')} "
        f"exit-code={report.outcome.exit_code}"
    )


def _joined(words: Sequence[str]) -> str:
    shown = [word or "-" for word in words[:MAX_IN_LAST_LINE]]
    return ",".join(shown + ["…"] * (len(words) > MAX_IN_LAST_LINE)) or "-"


def _verdict(outcome: Outcome, *, colours: bool) -> str:
    colour = _GREEN if outcome.green else _RED
    if outcome.lenient or outcome.verdict is Verdict.REVIEW_PENDING:
        colour = _YELLOW
    mark = _MARKS.get(outcome.verdict, "✘")
    return paint(f"{mark} {outcome.verdict}", colour, enabled=colours)


def _in_review(execution: Execution) -> tuple[Block, ...]:
    return execution.blocks_with(Status.REVIEW_PENDING)


def _block_text(block: Block) -> list[str]:
    texts = [text for text in (block.error, block.output) if text]
    return [cut(text, limit=MAX_DETAIL) for text in texts]
