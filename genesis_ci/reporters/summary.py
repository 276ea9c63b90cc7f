"""The step summary: GitHub-flavoured Markdown, under GitHub's limit whatever comes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from genesis_ci.models import Block, Execution, RunReport, Status, Verdict, WorkflowReport
from genesis_ci.models.change import Change
from genesis_ci.models.proof import Finding, Judgement
from genesis_ci.models.readiness import Readiness
from genesis_ci.reporters import attempts, findings, labels
from genesis_ci.reporters.escape import link_target, markdown_block, markdown_code, markdown_prose
from genesis_ci.reporters.timeline import Span, Timeline, timeline_of
from genesis_ci.reporters.truncate import LEAST_TEXT, Room, cut, fitted, left_out
from genesis_ci.text import clean_line, human_seconds

MAX_BYTES = 1_000 * 1024
"""GitHub drops a summary of more than 1 MiB as a whole."""
MOST = Room(rows=1_000, characters=20_000)
MAX_QUIET_ROWS = 300
"""Rows of blocks that did not fail, or of variables; a page of more is not read."""
CELLS = 24
"""Characters of the bar that stands for the whole run."""
LONGEST_CELL = 300
"""Characters of what was found in a table; a longer text is folded below it."""
FOLD_FROM = 30
"""A longer table is folded."""

_IDLE, _RUN, _REVIEW = "·", "█", "▒"


def render(report: RunReport, *, limit: int = MAX_BYTES, most: Room = MOST) -> str:
    """Return the Markdown with as much detail as the limit allows; it says what it left out."""
    return fitted(
        lambda room: "\n\n".join(_parts(report, room)) + "\n",
        limit=limit,
        most=most,
        lengths=[
            len(labels.block_text(block))
            for workflow in report.workflows[: most.rows]
            for block in _telling(workflow.execution)[: most.rows]
        ],
    )


def _parts(report: RunReport, room: Room) -> Iterator[str]:
    yield _headline(report)
    said: set[str] = set()
    if message := labels.job_message(report):
        said.add(message)
        yield markdown_prose(message)
    yield from _remedy(labels.job_hint(report), said)
    if tested := " · ".join(_change(report.change)):
        yield f"Testing {tested}"
    yield from _listed(labels.problems(report), "problems", room)
    yield from _listed(labels.notices(report), "notices", room)
    if len(report.workflows) == 1:
        yield from _only_workflow(report.workflows[0], said, room)
    elif report.workflows:
        yield from _workflows(labels.failing_first(report.workflows), said, room)
    yield _footer(report)


def _listed(texts: Sequence[str], what: str, room: Room) -> Iterator[str]:
    if texts:
        shown = texts[: room.rows]
        yield "\n".join(f"- {markdown_prose(cut(text, room.characters))}" for text in shown)
        yield from _left_out(len(texts) - room.rows, what)


def _headline(report: RunReport) -> str:
    mark = labels.verdict_mark(report.outcome)
    return f"## {mark} {markdown_prose(labels.headline(report))}"


def _remedy(hint: str | None, said: set[str]) -> Iterator[str]:
    """What to do, once on a page; commands are in code, where they can be copied as they are."""
    if hint and hint not in said:
        said.add(hint)
        parts = (
            markdown_code(part) if at % 2 else _spaced(part)
            for at, part in enumerate(labels.remedy(hint))
        )
        yield f"**{labels.WHAT_TO_DO}** {''.join(parts)}"


def _spaced(part: str) -> str:
    before, after = part[:1].isspace(), part[-1:].isspace()
    return f"{' ' * before}{markdown_prose(part)}{' ' * after}"


def _change(change: Change) -> Iterator[str]:
    """Commit and branches are in code, where nothing invisible is put into what people copy."""
    if change.sha:
        yield f"commit {markdown_code(change.sha)}"
    if change.branch:
        into = f" into {markdown_code(change.base_branch)}" if change.base_branch else ""
        yield f"branch {markdown_code(change.branch)}{into}"
    if others := labels.change(replace(change, sha=None, branch=None)):
        yield markdown_prose(others)


def _footer(report: RunReport) -> str:
    facts = [
        f"exit code {report.outcome.exit_code}",
        f"the job took {human_seconds(report.seconds)}",
        markdown_prose(f"genesis-ci {report.tool_version}"),
    ]
    if target := link_target(report.job_url):
        facts.append(f"[CI job](<{target}>)")
    return f"<sub>{' · '.join(facts)}</sub>"


def _workflows(workflows: list[WorkflowReport], said: set[str], room: Room) -> Iterator[str]:
    """The table of all, then the details of each: open for what went wrong, folded for the rest."""
    shown = workflows[: room.rows]
    yield "\n".join(
        [
            "| Workflow | Verdict | Blocks | Trigger to end |",
            "| :-- | :-- | --: | --: |",
            *(_row(workflow) for workflow in shown),
        ]
    )
    yield from _left_out(len(workflows) - len(shown), "workflows")
    for workflow in shown:
        heading = f"{labels.verdict_mark(workflow.outcome)} {_title_line(workflow)}"
        if workflow.outcome.green:
            yield f"<details><summary>{heading}</summary>"
            yield from _workflow_with_words(workflow, said, room)
            yield "</details>"
        else:
            yield f"### {heading}"
            yield from _workflow_with_words(workflow, said, room)


def _row(workflow: WorkflowReport) -> str:
    outcome = workflow.outcome
    aside = "" if workflow.required else " (not required)"
    cells = (
        markdown_prose(labels.title(workflow)),
        f"{labels.verdict_mark(outcome)} {labels.verdict_word(outcome)}{aside}",
        labels.progress(workflow.execution),
        human_seconds(workflow.seconds),
    )
    return f"| {' | '.join(cells)} |"


def _only_workflow(workflow: WorkflowReport, said: set[str], room: Room) -> Iterator[str]:
    if labels.message_of(workflow) in said:
        yield from _workflow(workflow, room)
    else:
        yield f"### {labels.verdict_mark(workflow.outcome)} {_title_line(workflow)}"
        yield from _workflow_with_words(workflow, said, room)


def _title_line(workflow: WorkflowReport) -> str:
    return f"{labels.verdict_word(workflow.outcome)}: {markdown_prose(labels.title(workflow))}"


def _workflow_with_words(workflow: WorkflowReport, said: set[str], room: Room) -> Iterator[str]:
    message = labels.message_of(workflow)
    if message and message not in said:
        yield markdown_prose(message)
    yield from _remedy(workflow.outcome.hint, said)
    yield from _workflow(workflow, room)


def _workflow(workflow: WorkflowReport, room: Room) -> Iterator[str]:
    if not workflow.required:
        yield f"_{labels.NOT_REQUIRED}_"
    if facts := "<br>".join(_facts(workflow)):
        yield facts
    yield from _attempts(workflow, room)
    yield from _checks(workflow.findings, room)
    if workflow.execution:
        yield from _blocks(workflow.execution, room)
        yield from _failure_texts(workflow.execution, room)
    if error := labels.run_error(workflow):
        yield f"<details><summary>{labels.RUN_ERROR}</summary>"
        yield markdown_block(cut(error, room.characters))
        yield "</details>"
    yield from _variables(workflow, room)
    for note in workflow.notes[: room.rows]:
        yield f"> {markdown_prose(cut(note, room.characters))}"
    yield from _left_out(len(workflow.notes) - room.rows, "notes")


def _facts(workflow: WorkflowReport) -> Iterator[str]:
    parts = [
        f"Execution {markdown_code(untold)}" if (untold := labels.id_untold(workflow)) else "",
        _status(workflow) if workflow.status_word else "",
    ]
    if known := " · ".join(part for part in parts if part):
        yield known
    if target := link_target(workflow.run_url):
        yield f"[{labels.OPEN_RUN}](<{target}>)"
    if workflow.readiness:
        yield f"{labels.PREVIEW} {_readiness(workflow, workflow.readiness)}"


def _readiness(workflow: WorkflowReport, waited: Readiness) -> str:
    """The address, and how it answered unless the message says so; it can be copied as it is."""
    told = workflow.outcome.verdict is Verdict.NOT_READY
    how = "" if told else f": {markdown_prose(labels.how_ready(waited))}"
    return f"{markdown_code(waited.shown)}{how}"


def _attempts(workflow: WorkflowReport, room: Room) -> Iterator[str]:
    """Side by side, what each attempt ended with and what differed; folded, what failed said."""
    if not workflow.earlier:
        return
    each = attempts.all_of(workflow)
    verdicts = [
        f"{labels.verdict_mark(one.outcome)} {labels.verdict_word(one.outcome)}" for one in each
    ]
    differing = attempts.differing(workflow)
    rows = [
        ("Ended", verdicts),
        ("Execution", [markdown_code(one.execution_id or attempts.ABSENT) for one in each]),
        *(
            (markdown_code(row.name), map(markdown_prose, row.words))
            for row in differing[: room.rows]
        ),
    ]
    heads = [f"Attempt {number}" for number in range(1, len(each) + 1)]
    yield "\n".join(
        [
            f"| {attempts.HEADING} | {' | '.join(heads)} |",
            f"| :-- |{' :-- |' * len(each)}",
            *(f"| {name} | {' | '.join(cells)} |" for name, cells in rows),
        ]
    )
    if not differing:
        yield f"_{attempts.NO_BLOCK_DIFFERS}_"
    yield from _left_out(len(differing) - room.rows, "blocks and checks")
    for number, attempt in enumerate(workflow.earlier, start=1):
        for key, block in list(attempts.failed_blocks(attempt).items())[: room.rows]:
            if text := labels.block_text(block):
                yield f"<details><summary>Attempt {number}: {markdown_code(key)}</summary>"
                yield markdown_block(cut(text, room.characters))
                yield "</details>"


def _status(workflow: WorkflowReport) -> str:
    done = labels.progress(workflow.execution)
    took = workflow.execution.seconds if workflow.execution else None
    parts = [
        f"Genesis says {markdown_code(workflow.status_word)}",
        f"{done} blocks" if done else "",
        f"ran {human_seconds(took)} in Genesis" if took is not None else "",
    ]
    return " · ".join(part for part in parts if part)


def _variables(workflow: WorkflowReport, room: Room) -> Iterator[str]:
    if not workflow.variables:
        return
    pairs = list(workflow.variables.items())
    shown = pairs[: min(room.rows, MAX_QUIET_ROWS)]
    yield f"<details><summary>{labels.VARIABLES} ({len(pairs)})</summary>"
    yield "\n".join(
        [
            "| Variable | Value |",
            "| :-- | :-- |",
            *(
                f"| {markdown_code(key)} | {markdown_code(cut(value, LEAST_TEXT))} |"
                for key, value in shown
            ),
        ]
    )
    yield from _left_out(len(pairs) - len(shown), "variables")
    yield "</details>"


def _left_out(count: int, things: str) -> Iterator[str]:
    yield from (f"_{words}_" for words in left_out(count, things))


def _blocks(execution: Execution, room: Room) -> Iterator[str]:
    """The table of the blocks; those that failed are the last to be left out."""
    failed = len(execution.blocks_with(Status.FAILED))
    kept = labels.most_telling(
        execution.blocks, max(min(room.rows, MAX_QUIET_ROWS), min(failed, room.rows))
    )
    timeline = timeline_of(execution)
    rows = list(_block_rows(execution, kept, timeline))
    if not rows:
        return
    head, rule = (f" {_legend(timeline)} |", " :-- |") if timeline else ("", "")
    fold = len(rows) > FOLD_FROM
    if fold:
        tally = markdown_prose(labels.tally(execution.blocks))
        yield f"<details><summary>Blocks: {tally}</summary>"
    yield "\n".join([f"| Block | Status | Duration |{head}", f"| :-- | :-- | --: |{rule}", *rows])
    shown = set(kept)
    rest = [block for at, block in enumerate(execution.blocks) if at not in shown]
    yield from _left_out(len(rest), f"blocks ({markdown_prose(labels.tally(rest))})")
    if fold:
        yield "</details>"


def _block_rows(execution: Execution, kept: list[int], timeline: Timeline | None) -> Iterator[str]:
    for at in kept:
        block = execution.blocks[at]
        took = human_seconds(block.seconds) if block.seconds is not None else ""
        status = f"{labels.status_mark(block)} {markdown_prose(labels.status_word(block))}"
        bar = f" {_bar(timeline.spans[at], timeline.seconds)} |" if timeline else ""
        yield f"| {markdown_code(block.key)} | {status} | {took} |{bar}"
    if count := labels.not_started(execution):
        yield f"| {count} more | ◽ {labels.NOT_STARTED} | |{' |' if timeline else ''}"


def _checks(found: tuple[Finding, ...], room: Room) -> Iterator[str]:
    """What says no, in a table; folded, what that found in full, and what is met or skipped."""
    if not found:
        return
    unmet = findings.unmet(found)
    yield f"**{findings.HEADING}:** {findings.tally(found)}"
    if unmet:
        yield "\n".join(
            [
                "| Check | Expected | Found | Where |",
                "| :-- | :-- | :-- | :-- |",
                *map(_check_row, unmet[: room.rows]),
            ]
        )
        yield from _left_out(len(unmet) - room.rows, "unmet checks")
    for one in [one for one in unmet if not findings.fits(one.found, LONGEST_CELL)][: room.rows]:
        yield f"<details><summary>❌ {markdown_code(findings.full_name(one))}</summary>"
        yield markdown_block(cut(one.found, room.characters))
        yield "</details>"
    yield from _quiet_checks([one for one in found if one.judgement is not Judgement.UNMET], room)


def _check_row(finding: Finding) -> str:
    texts = (findings.full_name(finding), finding.expected, finding.found, finding.where)
    cells = [markdown_code(clean_line(text, limit=LONGEST_CELL)) for text in texts]
    return f"| {findings.mark(finding)} {' | '.join(cells)} |"


def _quiet_checks(found: list[Finding], room: Room) -> Iterator[str]:
    if not found:
        return
    shown = found[: min(room.rows, MAX_QUIET_ROWS)]
    yield f"<details><summary>{findings.tally(found)}</summary>"
    yield "\n".join(
        f"- {findings.mark(one)} {markdown_code(findings.full_name(one))}" for one in shown
    )
    yield from _left_out(len(found) - len(shown), "checks")
    yield "</details>"


def _failure_texts(execution: Execution, room: Room) -> Iterator[str]:
    """Folded, what each failed block and each block in review has to say."""
    telling = _telling(execution)
    for position, block in enumerate(telling[: room.rows]):
        opened = " open" if position == 0 else ""
        mark = labels.status_mark(block)
        yield f"<details{opened}><summary>{mark} {markdown_code(block.key)}</summary>"
        yield markdown_block(cut(labels.block_text(block), room.characters))
        yield "</details>"
    yield from _left_out(len(telling) - room.rows, "texts of blocks")


def _telling(execution: Execution | None) -> list[Block]:
    return [block for block in (execution.blocks if execution else ()) if _tells(block)]


def _tells(block: Block) -> bool:
    speaks = block.status in (Status.FAILED, Status.REVIEW_PENDING) or bool(block.error)
    return speaks and bool(labels.block_text(block))


def _legend(timeline: Timeline) -> str:
    in_review = any(span and span.review_end > span.end for span in timeline.spans)
    return f"{_RUN} ran{f', {_REVIEW} in review' if in_review else ''}"


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
