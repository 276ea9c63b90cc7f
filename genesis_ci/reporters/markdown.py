"""The Markdown of a report: in full for the summary, in brief for a comment and for `show`."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from genesis_ci.language import N_, _, commas, fill
from genesis_ci.reporters import facts, labels
from genesis_ci.reporters.style import Style
from genesis_ci.reporters.timeline import Span
from genesis_ci.reporters.truncate import shorten_to_sentence
from genesis_ci.reporters.view import (
    Attempts,
    Blocks,
    CheckRow,
    Checks,
    Remedy,
    ReportView,
    Rows,
    WorkflowView,
)

LONGEST_REASON = 200
FOLD_WORKFLOWS = 6
"""So many workflows that need no look are folded in brief."""
FOLD_BLOCKS = 30
"""A longer table of blocks is folded."""
CELLS = 24
"""Characters of the bar of a full run."""
_IDLE, _RUN, _REVIEW = "·", "█", "▒"
_LABEL, _LABELLED = N_("{label}:"), N_("{label}: {text}")


def written(view: ReportView, style: Style, name: str | None = None) -> str:
    """Return the Markdown; `name` distinguishes a text from others about the same job."""
    return "\n\n".join(_page(view, style, name)) + "\n"


def _page(view: ReportView, style: Style, name: str | None) -> Iterator[str]:
    if link := style.linked(_("Open the reports"), view.report.report_url):
        yield link
    title = fill(_LABELLED, label=name, text=view.headline) if name else view.headline
    yield style.heading.format(f"{view.badge.mark} {style.prose(title)}")
    if view.message:
        yield style.prose(view.message)
    yield from _remedy(view.remedy, style)
    yield from _next_steps(view, style)
    ended, change = facts.about_job(view.report), facts.about_change(view.report.change)
    if not style.in_full:
        ended += change
    elif tested := style.phrases(change):
        yield fill("Testing {change}", change=tested)
    yield from style.listed(view.problems, style.prose)
    if style.in_full:
        notice = N_("Notice: {text}")
        yield from style.listed(view.notices, lambda text: style.prose(fill(notice, text=text)))
    if workflow := view.only_workflow:
        if not workflow.message_repeated:
            yield style.section.format(_title(workflow, style))
        yield from _workflow(workflow, style)
    elif view.workflows:
        yield from _several(view.workflows, style)
    version = style.prose(f"genesis-ci {view.report.tool_version}")
    job = style.linked(_("CI job"), view.report.job_url)
    yield style.small.format(" · ".join(filter(None, (style.phrases(ended), version, job))))


def _remedy(remedy: Remedy, style: Style) -> Iterator[str]:
    """The next step; its command is a block, because GitHub shows a button to copy one."""
    if remedy.words:
        yield f"{style.bold.format(_(labels.WHAT_TO_DO))} {style.prose(remedy.words)}"
    if remedy.command:
        yield style.command.format(remedy.command)


def _next_steps(view: ReportView, style: Style) -> Iterator[str]:
    if view.remedies:
        yield style.bold.format(_(labels.WHAT_TO_DO))
        yield "\n".join(
            f"- {style.bold.format(fill(_LABEL, label=words))} {style.prose(hint)}"
            for words, hint in view.remedies
        )


def _several(workflows: Rows[WorkflowView], style: Style) -> Iterator[str]:
    plain = [one for one in workflows.shown if labels.is_plain(one.report.outcome)]
    others = [one for one in workflows.shown if not labels.is_plain(one.report.outcome)]
    in_table = workflows.shown if style.in_full or len(plain) < FOLD_WORKFLOWS else others
    if in_table:
        heads = _("Workflow"), _("Verdict"), _("Blocks"), _("Trigger to end"), _("Why")
        rows = [heads, *(_row(one, style) for one in in_table)]
        yield style.table(":-- | :-- | --: | --: | :--", rows)
    yield from style.note(workflows)
    if in_table is others:
        yield from _grouped(plain, style)
    for one in others:
        if parts := [*_below_table(one, style)]:
            yield style.section.format(_title(one, style))
            yield from parts
    for one in plain if style.in_full else ():
        if parts := [*_below_table(one, style)]:
            yield from style.folded(_title(one, style), parts)


def _below_table(workflow: WorkflowView, style: Style) -> Iterator[str]:
    """Yield what the table of several workflows does not have."""
    has_message = _why(workflow) == workflow.report.outcome.message
    repeated = workflow.message_repeated or has_message
    yield from _workflow(workflow._replace(message_repeated=repeated), style)


def _title(workflow: WorkflowView, style: Style) -> str:
    verdict = labels.verdict_words(workflow.report)
    title = fill(_LABELLED, label=verdict, text=style.prose(workflow.title))
    return f"{workflow.badge.mark} {title}"


def _why(workflow: WorkflowView) -> str:
    return shorten_to_sentence(workflow.report.outcome.sentences[0], LONGEST_REASON)


def _row(workflow: WorkflowView, style: Style) -> tuple[str, ...]:
    report = workflow.report
    verdict = f"{workflow.badge.mark} {labels.verdict_words(report)}"
    progress, duration = labels.progress(report.execution), labels.duration(report)
    why = style.prose(_why(workflow))
    return style.prose(workflow.title), verdict, progress, duration, why


def _grouped(workflows: Sequence[WorkflowView], style: Style) -> Iterator[str]:
    """Yield one line that unfolds: the names for each verdict, and once what they share."""
    names: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for one in workflows:
        outcome = one.report.outcome
        why = _(labels.NOT_CHECKED) if outcome.unchecked else ""
        if outcome.left_out_by:
            why = outcome.message
        names[f"{one.badge.mark} {labels.verdict_words(one.report)}", why].append(one.title)
    counts, lines = [], []
    for (verdict, why), each in names.items():
        counts.append(fill("{count} {word}", count=len(each), word=verdict))
        text = fill(_LABELLED, label=commas(each), text=why) if why else commas(each)
        lines.append(f"{style.bold.format(fill(_LABEL, label=verdict))} {style.prose(text)}")
    yield from style.folded(" · ".join(counts), lines)


def _workflow(workflow: WorkflowView, style: Style) -> Iterator[str]:
    report = workflow.report
    if workflow.message and not workflow.message_repeated:
        yield style.prose(workflow.message)
    yield from _remedy(workflow.remedy, style)
    known = style.phrases(workflow.facts if style.in_full else facts.about_workflow(report))
    link = style.linked(_(labels.OPEN_RUN), report.run_url)
    if words := " · ".join(filter(None, (known, link))):
        yield words
    if style.in_full and workflow.attempts:
        yield from _attempts(workflow.attempts, style)
    yield from _checks(workflow.checks, style)
    if style.in_full and workflow.blocks:
        yield from _blocks(workflow.blocks, style)
    for at, block in enumerate(workflow.texts.shown):
        title = f"{block.badge.mark} {style.code(block.key)}"
        yield from style.folded(title, [style.block(block.text)], opened=style.in_full and at == 0)
    yield from style.note(workflow.texts)
    if style.in_full:
        if workflow.run_error:
            yield from style.folded(_(labels.RUN_ERROR), [style.block(workflow.run_error)])
        yield from _variables(workflow, style)
        yield from style.listed(workflow.notes, style.prose)


def _attempts(attempts: Attempts, style: Style) -> Iterator[str]:
    badges = [labels.verdict_badge(one.outcome) for one in attempts.every]
    ids = [style.code(one.execution_id or labels.ABSENT) for one in attempts.every]
    heads = [fill("Attempt {number}", number=number) for number in range(1, len(ids) + 1)]
    rows = [
        [_(labels.ATTEMPTS), *heads],
        [_("Ended"), *(f"{badge.mark} {badge.word}" for badge in badges)],
        [_("Execution"), *ids],
        *([style.code(name), *map(style.prose, each)] for name, each in attempts.differing.shown),
    ]
    yield style.table(" | ".join([":--"] * len(rows[0])), rows)
    if not attempts.differing:
        yield style.remark.format(_(labels.NO_BLOCK_DIFFERS))
    yield from style.note(attempts.differing)
    for number, block in attempts.texts:
        title = fill("Attempt {number}: {text}", number=number, text=style.code(block.key))
        yield from style.folded(title, [style.block(block.text)])


def _checks(checks: Checks, style: Style) -> Iterator[str]:
    def title(check: CheckRow) -> str:
        return f"{check.badge.mark} {style.code(check.name)}"

    failed = (checks.unmet, *checks.excused)
    if not (any(failed) or (style.in_full and checks.tally)):
        return
    yield f"{style.bold.format(fill(_LABEL, label=_(labels.CHECKS)))} {checks.tally}"
    for rows in failed:
        yield from style.listed(rows, lambda one: _check(one, style))
        for one in rows.shown if style.in_full else ():
            if one.details:
                yield from style.folded(title(one), [style.block(one.details)])
    if style.in_full and checks.other_tally:
        yield from style.folded(checks.other_tally, style.listed(checks.others, title))


def _check(check: CheckRow, style: Style) -> str:
    expected, found = (style.code(text) or _("nothing") for text in (check.expected, check.found))
    result = fill(check.result, expected=expected, found=found)
    name, where = style.code(check.name), style.prose(check.where)
    text = fill(N_("{name}: {result} ({where})"), name=name, result=result, where=where)
    return f"{check.badge.mark} {text}"


def _blocks(blocks: Blocks, style: Style) -> Iterator[str]:
    heads, rule = [_("Block"), _("Status"), _("Duration")], ":-- | :-- | --:"
    timeline = blocks.timeline
    if timeline:
        in_review = any(span and span.in_review for span in timeline.spans)
        text = N_("{run} ran, {review} in review") if in_review else N_("{run} ran")
        heads.append(fill(text, run=_RUN, review=_REVIEW))
        rule += " | :--"
    rows = []
    for block in blocks.rows.shown:
        status = f"{block.badge.mark} {style.prose(block.badge.word)}"
        bar = [style.code(_bar(block.span, timeline.seconds))] if timeline else []
        rows.append([style.code(block.key), status, block.duration, *bar])
    if blocks.not_started:
        more = fill("{count} more", count=blocks.not_started)
        rows.append([more, f"◽ {_(labels.NOT_STARTED)}", *[""] * (len(heads) - 2)])
    if not rows:
        return
    parts = [style.table(rule, [heads, *rows]), *style.note(blocks.rows)]
    if len(rows) > FOLD_BLOCKS:
        title = fill(_LABELLED, label=_("Blocks"), text=style.prose(blocks.tally))
        yield from style.folded(title, parts)
    else:
        yield from parts


def _bar(span: Span | None, length: float) -> str:
    if span is None:
        return ""
    start = min(CELLS - 1, _cell(span.start, length))
    end = max(start + 1, _cell(span.end, length))
    review = max(end, _cell(span.review_end, length)) if span.in_review else end
    drawn = _IDLE * start + _RUN * (end - start) + _REVIEW * (review - end)
    return drawn.ljust(CELLS, _IDLE)


def _cell(seconds: float, length: float) -> int:
    return min(CELLS, max(0, round(CELLS * seconds / length)))


def _variables(workflow: WorkflowView, style: Style) -> Iterator[str]:
    if count := len(workflow.report.variables):
        title = fill("{label} ({count})", label=_(labels.VARIABLES), count=count)
        heads = _("Variable"), _("Value")
        rows = ((style.code(name), style.code(value)) for name, value in workflow.variables.shown)
        parts = [style.table(":-- | :--", [heads, *rows]), *style.note(workflow.variables)]
        yield from style.folded(title, parts)
