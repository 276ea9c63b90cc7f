"""The step summary: GitHub-flavoured Markdown, always under GitHub's limit."""

from collections.abc import Iterator

from genesis_ci.language import N_, _, fill
from genesis_ci.models.report import JobReport
from genesis_ci.reporters import facts, labels, markdown
from genesis_ci.reporters.escape import markdown_block, markdown_code, markdown_prose
from genesis_ci.reporters.markdown import MARKDOWN
from genesis_ci.reporters.timeline import Span
from genesis_ci.reporters.truncate import LEAST_TEXT, Limits, fitted
from genesis_ci.reporters.view import (
    Attempts,
    Blocks,
    CheckRow,
    Checks,
    Remedy,
    ReportView,
    Rows,
    WorkflowView,
    blocks_with_texts,
    make_view,
)

MAX_BYTES = 1_000 * 1024
"""GitHub drops a summary of more than 1 MiB completely."""
MOST = Limits(rows=1_000, characters=20_000, minor_rows=300, cell=300, value=LEAST_TEXT)
CELLS = 24
"""Characters of the bar of a full run."""
FOLD_FROM = 30
"""A longer table is folded."""
_IDLE, _RUN, _REVIEW = "·", "█", "▒"


def render(report: JobReport, *, limit: int = MAX_BYTES, most: Limits = MOST) -> str:
    """Return the Markdown with as much detail as the limit allows; it states what is left out."""
    lengths = [
        len(labels.block_text(block))
        for workflow in report.workflows[: most.rows]
        for block in blocks_with_texts(workflow)[: most.rows]
    ]

    def rendered(limits: Limits) -> str:
        return "\n\n".join(_page(make_view(report, limits))) + "\n"

    return fitted(rendered, limit=limit, most=most, lengths=lengths)


def _page(view: ReportView) -> Iterator[str]:
    yield f"## {view.badge.mark} {markdown_prose(view.headline)}"
    if view.message:
        yield markdown_prose(view.message)
    yield from _remedy(view.remedy)
    yield from markdown.next_steps(view.remedies, MARKDOWN)
    if tested := markdown.phrases(facts.about_change(view.report.change), MARKDOWN):
        yield fill("Testing {change}", change=tested)
    yield from markdown.bullets(view.problems, MARKDOWN)
    notices = tuple(fill("Notice: {text}", text=text) for text in view.notices.shown)
    yield from markdown.bullets(view.notices._replace(shown=notices), MARKDOWN)
    if workflow := view.only_workflow:
        if not workflow.message_repeated:
            yield f"### {_heading(workflow)}"
        yield from _workflow(workflow)
    elif view.workflows:
        yield from _several(view.workflows)
    yield markdown.footer(view.report, facts.about_job(view.report), MARKDOWN)


def _remedy(remedy: Remedy) -> Iterator[str]:
    if remedy.words:
        hint = markdown_prose(remedy.words)
        if remedy.command:
            hint += f" {markdown_code(remedy.command)}"
        yield f"**{_(labels.WHAT_TO_DO)}** {hint}"


def _several(workflows: Rows[WorkflowView]) -> Iterator[str]:
    yield from markdown.workflow_table(workflows, MARKDOWN)
    for workflow in workflows.shown:
        if workflow.report.outcome.green:
            yield from markdown.fold(_heading(workflow), _workflow(workflow))
        else:
            yield f"### {_heading(workflow)}"
            yield from _workflow(workflow)


def _heading(workflow: WorkflowView) -> str:
    badge, title = workflow.badge, markdown_prose(workflow.title)
    return f"{badge.mark} {fill('{label}: {text}', label=badge.word, text=title)}"


def _workflow(workflow: WorkflowView) -> Iterator[str]:
    if workflow.message and not workflow.message_repeated:
        yield markdown_prose(workflow.message)
    yield from _remedy(workflow.remedy)
    if not workflow.report.required:
        yield f"_{_(labels.NOT_REQUIRED)}_"
    link = MARKDOWN.linked(_(labels.OPEN_RUN), workflow.report.run_url)
    if known := "<br>".join(filter(None, (markdown.phrases(workflow.facts, MARKDOWN), link))):
        yield known
    if workflow.attempts:
        yield from _attempts(workflow.attempts)
    yield from _checks(workflow.checks)
    if workflow.blocks:
        yield from _blocks(workflow.blocks)
    for at, block in enumerate(workflow.texts.shown):
        title = f"{block.badge.mark} {markdown_code(block.key)}"
        yield from markdown.fold(title, [markdown_block(block.text)], opened=at == 0)
    yield from markdown.note(workflow.texts, MARKDOWN)
    if workflow.run_error:
        yield from markdown.fold(_(labels.RUN_ERROR), [markdown_block(workflow.run_error)])
    yield from _variables(workflow)
    yield from (f"> {markdown_prose(note)}" for note in workflow.notes.shown)
    yield from markdown.note(workflow.notes, MARKDOWN)


def _attempts(attempts: Attempts) -> Iterator[str]:
    badges = [labels.verdict_badge(one.outcome) for one in attempts.every]
    ids = [markdown_code(one.execution_id or labels.ABSENT) for one in attempts.every]
    rows = [(_("Ended"), [f"{badge.mark} {badge.word}" for badge in badges]), (_("Execution"), ids)]
    for name, words in attempts.differing.shown:
        rows.append((markdown_code(name), [*map(markdown_prose, words)]))
    heads = [fill("Attempt {number}", number=number) for number in range(1, len(ids) + 1)]
    rule = " | ".join([":--"] * (len(ids) + 1))
    lines = (" | ".join([name, *cells]) for name, cells in rows)
    yield markdown.table([_(labels.ATTEMPTS), *heads], rule, lines)
    if not attempts.differing:
        yield f"_{_(labels.NO_BLOCK_DIFFERS)}_"
    yield from markdown.note(attempts.differing, MARKDOWN)
    for number, block in attempts.texts:
        title = fill("Attempt {number}: {text}", number=number, text=markdown_code(block.key))
        yield from markdown.fold(title, [markdown_block(block.text)])


def _checks(checks: Checks) -> Iterator[str]:
    if not checks.tally:
        return
    yield f"**{fill('{label}:', label=_(labels.CHECKS))}** {checks.tally}"
    heads = _("Check"), _("Expected"), _("Found"), _("Where")
    for listed in (checks.unmet, *checks.excused):
        if rows := [*map(_check_row, listed.shown)]:
            yield markdown.table(heads, ":-- | :-- | :-- | :--", rows)
        yield from markdown.note(listed, MARKDOWN)
        for check in listed.shown:
            if check.details:
                title = f"{check.badge.mark} {markdown_code(check.name)}"
                yield from markdown.fold(title, [markdown_block(check.details)])
    if checks.other_tally:
        others = (f"- {one.badge.mark} {markdown_code(one.name)}" for one in checks.others.shown)
        parts = ["\n".join(others), *markdown.note(checks.others, MARKDOWN)]
        yield from markdown.fold(checks.other_tally, parts)


def _check_row(check: CheckRow) -> str:
    texts = (check.subject, check.expected, check.found, check.where)
    return f"{check.badge.mark} {' | '.join(map(markdown_code, texts))}"


def _blocks(blocks: Blocks) -> Iterator[str]:
    heads, rule, cell = [_("Block"), _("Status"), _("Duration")], ":-- | :-- | --:", ""
    timeline = blocks.timeline
    if timeline:
        in_review = any(span and span.in_review for span in timeline.spans)
        text = N_("{run} ran, {review} in review") if in_review else N_("{run} ran")
        heads.append(fill(text, run=_RUN, review=_REVIEW))
        rule, cell = f"{rule} | :--", " |"
    rows = []
    for block in blocks.rows.shown:
        status = f"{block.badge.mark} {markdown_prose(block.badge.word)}"
        bar = f" | {_bar(block.span, timeline.seconds)}" if timeline else ""
        rows.append(f"{markdown_code(block.key)} | {status} | {block.duration}{bar}")
    if blocks.not_started:
        more = fill("{count} more", count=blocks.not_started)
        rows.append(f"{more} | ◽ {_(labels.NOT_STARTED)} |{cell}")
    if not rows:
        return
    parts = [markdown.table(heads, rule, rows), *markdown.note(blocks.rows, MARKDOWN)]
    if len(rows) > FOLD_FROM:
        title = fill("{label}: {text}", label=_("Blocks"), text=markdown_prose(blocks.tally))
        yield from markdown.fold(title, parts)
    else:
        yield from parts


def _bar(span: Span | None, length: float) -> str:
    if span is None:
        return ""
    start = min(CELLS - 1, _cell(span.start, length))
    end = max(start + 1, _cell(span.end, length))
    review = max(end, _cell(span.review_end, length)) if span.in_review else end
    drawn = _IDLE * start + _RUN * (end - start) + _REVIEW * (review - end)
    return f"<code>{drawn.ljust(CELLS, _IDLE)}</code>"


def _cell(seconds: float, length: float) -> int:
    return min(CELLS, max(0, round(CELLS * seconds / length)))


def _variables(workflow: WorkflowView) -> Iterator[str]:
    if count := len(workflow.report.variables):
        rows = (f"{markdown_code(k)} | {markdown_code(v)}" for k, v in workflow.variables.shown)
        shown = markdown.table([_("Variable"), _("Value")], ":-- | :--", rows)
        parts = [shown, *markdown.note(workflow.variables, MARKDOWN)]
        yield from markdown.fold(
            fill("{label} ({count})", label=_(labels.VARIABLES), count=count), parts
        )
