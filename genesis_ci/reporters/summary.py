"""The step summary: GitHub-flavoured Markdown, under GitHub's limit whatever comes."""

from collections.abc import Iterator
from dataclasses import dataclass

from genesis_ci.models import Block, Execution, RunReport, Status, WorkflowReport
from genesis_ci.reporters import labels
from genesis_ci.reporters.escape import (
    link_target,
    markdown_block,
    markdown_code,
    markdown_prose,
    plain,
)
from genesis_ci.reporters.timeline import Span, timeline_of
from genesis_ci.text import human_seconds

MAX_BYTES = 1_000 * 1024
"""GitHub drops a summary of more than 1 MiB as a whole."""

_SHORT = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Detail:
    """How much of each thing one rendering shows; failed blocks count apart from other rows."""

    workflows: int
    rows: int
    failures: int
    characters: int


_DETAILS = (
    Detail(workflows=200, rows=300, failures=1_000, characters=20_000),
    Detail(workflows=200, rows=300, failures=1_000, characters=4_000),
    Detail(workflows=200, rows=100, failures=1_000, characters=500),
    Detail(workflows=200, rows=50, failures=300, characters=500),
    Detail(workflows=200, rows=20, failures=50, characters=500),
    Detail(workflows=200, rows=10, failures=5, characters=300),
    Detail(workflows=100, rows=5, failures=3, characters=200),
)


def render(report: RunReport) -> str:
    """Return the Markdown with as much detail as the limit allows; it says what it left out."""
    for detail in _DETAILS:
        text = "\n\n".join(_parts(report, detail)) + "\n"
        if len(text.encode()) <= MAX_BYTES:
            return text
    return "\n\n".join([_headline(report), *_outcome(report, characters=200)]) + "\n"


def _parts(report: RunReport, detail: Detail) -> Iterator[str]:
    yield _headline(report)
    yield from _outcome(report, characters=2_000)
    if report.problems:
        shown = report.problems[: detail.rows]
        yield "\n".join(f"- {markdown_prose(str(problem), limit=1_000)}" for problem in shown)
        yield from _more(len(report.problems) - len(shown), "problems")
    if len(report.workflows) == 1:
        yield from _only_workflow(report.workflows[0], report, detail)
    elif report.workflows:
        yield from _workflows(report.workflows, detail)
    yield _footer(report)


def _headline(report: RunReport) -> str:
    mark = labels.verdict_mark(report.outcome)
    return f"## {mark} {markdown_prose(labels.headline(report))}"


def _outcome(report: RunReport, *, characters: int) -> Iterator[str]:
    outcome = report.outcome
    if outcome.message:
        yield markdown_prose(outcome.message, limit=characters)
    if outcome.hint:
        yield f"**What to do:** {markdown_prose(outcome.hint, limit=characters)}"


def _footer(report: RunReport) -> str:
    facts = [
        f"exit code {report.outcome.exit_code}",
        human_seconds(report.seconds),
        markdown_prose(f"genesis-ci {report.tool_version}"),
    ]
    if target := link_target(report.job_url):
        facts.append(f"[CI job](<{target}>)")
    return f"<sub>{' · '.join(facts)}</sub>"


def _workflows(workflows: tuple[WorkflowReport, ...], detail: Detail) -> Iterator[str]:
    """The table of all, then the details of each: open for what went wrong, folded for the rest."""
    ranked = sorted(range(len(workflows)), key=lambda at: workflows[at].outcome.green)
    red_first = [workflows[at] for at in ranked[: detail.workflows]]
    in_order = [workflows[at] for at in sorted(ranked[: detail.workflows])]
    yield "\n".join(
        [
            "| Workflow | Verdict | Blocks | Duration | Execution |",
            "| :-- | :-- | --: | --: | :-- |",
            *(_row(workflow) for workflow in in_order),
        ]
    )
    yield from _more(len(workflows) - len(in_order), "workflows")
    for workflow in red_first:
        heading = f"{labels.verdict_mark(workflow.outcome)} {_title_line(workflow)}"
        if workflow.outcome.green:
            yield f"<details><summary>{heading}</summary>"
            yield from _workflow_with_message(workflow, detail)
            yield "</details>"
        else:
            yield f"### {heading}"
            yield from _workflow_with_message(workflow, detail)


def _row(workflow: WorkflowReport) -> str:
    outcome = workflow.outcome
    aside = "" if workflow.required else " (not required)"
    cells = (
        markdown_prose(labels.title(workflow)),
        f"{labels.verdict_mark(outcome)} {labels.verdict_word(outcome)}{aside}",
        labels.progress(workflow.execution),
        human_seconds(workflow.seconds),
        markdown_code(workflow.execution_id or ""),
    )
    return f"| {' | '.join(cells)} |"


def _only_workflow(workflow: WorkflowReport, report: RunReport, detail: Detail) -> Iterator[str]:
    if workflow.outcome.message == report.outcome.message:
        yield from _workflow(workflow, detail)
    else:
        yield f"### {labels.verdict_mark(workflow.outcome)} {_title_line(workflow)}"
        yield from _workflow_with_message(workflow, detail)


def _title_line(workflow: WorkflowReport) -> str:
    return f"{labels.verdict_word(workflow.outcome)}: {markdown_prose(labels.title(workflow))}"


def _workflow_with_message(workflow: WorkflowReport, detail: Detail) -> Iterator[str]:
    if workflow.outcome.message:
        yield markdown_prose(workflow.outcome.message, limit=1_000)
    if workflow.outcome.hint:
        yield f"**What to do:** {markdown_prose(workflow.outcome.hint, limit=1_000)}"
    yield from _workflow(workflow, detail)


def _workflow(workflow: WorkflowReport, detail: Detail) -> Iterator[str]:
    if not workflow.required:
        yield f"_{labels.NOT_REQUIRED}_"
    if facts := "<br>".join(_facts(workflow)):
        yield facts
    if workflow.execution and workflow.execution.blocks:
        yield from blocks_table(workflow.execution, rows=detail.rows, failures=detail.failures)
        yield from failure_texts(
            workflow.execution.blocks, most=detail.failures, characters=detail.characters
        )
    yield from _error(workflow, detail)
    yield from _variables(workflow, detail)
    for note in workflow.notes[: detail.rows]:
        yield f"> {markdown_prose(note, limit=500)}"
    yield from _more(len(workflow.notes) - detail.rows, "notes")


def _facts(workflow: WorkflowReport) -> Iterator[str]:
    if workflow.execution_id:
        status = f" · {_status(workflow)}" if workflow.status_word else ""
        yield f"Execution {markdown_code(workflow.execution_id)}{status}"
    if command := labels.attach_command(workflow):
        yield f"To wait for the same run again: {markdown_code(command, limit=300)}"


def _status(workflow: WorkflowReport) -> str:
    done = labels.progress(workflow.execution)
    took = workflow.execution.seconds if workflow.execution else None
    parts = [
        f"Genesis says {markdown_code(workflow.status_word)}",
        f"{done} blocks" if done else "",
        human_seconds(took) if took is not None else "",
    ]
    return " · ".join(part for part in parts if part)


def _error(workflow: WorkflowReport, detail: Detail) -> Iterator[str]:
    """The run's own error in full, where the message could not hold it."""
    told = (workflow.execution and workflow.execution.error) or ""
    error = plain(told, limit=detail.characters).strip()
    if error and ("\n" in error or error not in workflow.outcome.message[:_SHORT]):
        yield "<details><summary>The run's error</summary>"
        yield markdown_block(error, limit=detail.characters)
        yield "</details>"


def _variables(workflow: WorkflowReport, detail: Detail) -> Iterator[str]:
    if not workflow.variables:
        return
    pairs = list(workflow.variables.items())
    shown = pairs[: detail.rows]
    yield f"<details><summary>Context variables ({len(pairs)})</summary>"
    yield "\n".join(
        [
            "| Variable | Value |",
            "| :-- | :-- |",
            *(f"| {markdown_code(key)} | {markdown_code(value)} |" for key, value in shown),
        ]
    )
    yield from _more(len(pairs) - len(shown), "variables")
    yield "</details>"


def _more(count: int, things: str) -> Iterator[str]:
    if count > 0:
        yield f"_{count} more {things} are not shown here; result.json has them all._"


CELLS = 24
"""Characters of the bar that stands for the whole run."""

FOLD_FROM = 30
"""A longer table is folded."""

_IDLE, _RUN, _REVIEW = "·", "█", "▒"


def blocks_table(execution: Execution, *, rows: int, failures: int) -> Iterator[str]:
    """Yield the table of at most `rows` blocks, or of up to `failures` if so many failed."""
    failed = len(execution.blocks_with(Status.FAILED))
    kept = labels.most_telling(execution.blocks, max(rows, min(failed, failures)))
    bars = _bars(execution)
    table = [
        f"| Block | Status | Duration |{' Timeline |' if bars else ''}",
        f"| :-- | :-- | --: |{' :-- |' if bars else ''}",
        *(_block_row(execution.blocks[index], bars[index] if bars else None) for index in kept),
    ]
    fold = len(kept) > FOLD_FROM
    if fold:
        yield f"<details><summary>Blocks: {_prose_tally(execution.blocks)}</summary>"
    yield "\n".join(table)
    if len(kept) < len(execution.blocks):
        kept_set = set(kept)
        rest = [block for at, block in enumerate(execution.blocks) if at not in kept_set]
        yield (
            f"_{len(rest)} more blocks are not shown here ({_prose_tally(rest)}); "
            "result.json has them all._"
        )
    if fold:
        yield "</details>"


def failure_texts(blocks: tuple[Block, ...], *, most: int, characters: int) -> Iterator[str]:
    """Yield, folded, what each failed block and each block in review has to say."""
    telling = [block for block in blocks if _tells(block)]
    for position, block in enumerate(telling[:most]):
        opened = " open" if position == 0 else ""
        mark = labels.status_mark(block)
        yield f"<details{opened}><summary>{mark} {markdown_code(block.key)}</summary>"
        yield markdown_block(labels.block_text(block), limit=characters)
        yield "</details>"
    if len(telling) > most:
        yield f"_{len(telling) - most} more blocks have a text; junit.xml and result.json have it._"


def _tells(block: Block) -> bool:
    speaks = block.status in (Status.FAILED, Status.REVIEW_PENDING) or bool(block.error)
    return speaks and bool(labels.block_text(block))


def _block_row(block: Block, bar: str | None) -> str:
    took = human_seconds(block.seconds) if block.seconds is not None else ""
    cells = [
        markdown_code(block.key),
        f"{labels.status_mark(block)} {markdown_prose(labels.status_word(block))}",
        took,
    ]
    if bar is not None:
        cells.append(bar)
    return f"| {' | '.join(cells)} |"


def _bars(execution: Execution) -> list[str] | None:
    timeline = timeline_of(execution)
    if timeline is None:
        return None
    return [_bar(span, timeline.seconds) for span in timeline.spans]


def _bar(span: Span | None, length: float) -> str:
    if span is None:
        return ""
    start = min(CELLS - 1, _cell(span.start, length))
    end = max(start + 1, _cell(span.end, length))
    review = max(end, _cell(span.review_end, length)) if span.review_end > span.end else end
    drawn = _IDLE * start + _RUN * (end - start) + _REVIEW * (review - end)
    return f"<code>{drawn.ljust(CELLS, _IDLE)}</code>"


def _cell(seconds: float, length: float) -> int:
    return min(CELLS, max(0, round(CELLS * seconds / length)))


def _prose_tally(blocks: tuple[Block, ...] | list[Block]) -> str:
    return markdown_prose(labels.tally(blocks), limit=400)
