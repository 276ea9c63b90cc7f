"""One workflow in the HTML report: its facts, attempts, checks, blocks and variables."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from genesis_ci.language import N_, _, commas, fill, human_seconds, listed
from genesis_ci.models.judgement import Tone
from genesis_ci.reporters import labels, view
from genesis_ci.reporters.escape import html_line, html_text, link_target
from genesis_ci.reporters.facts import Encoders, Fact, Kind
from genesis_ci.reporters.timeline import Span, Timeline, ticks
from genesis_ci.reporters.truncate import rest_note
from genesis_ci.text import brief

LEAST_WIDTH = 0.6
"""Per cent of the timeline: a bar that can be seen."""
MAX_REASON = 120
"""Characters of a message in a folded row."""
MAX_WORDS = 3
"""Statuses that the legend of the timeline names for one colour."""

_ENCODERS: Encoders = {
    Kind.OWN: html_text,
    Kind.TEXT: html_line,
    Kind.NAME: html_line,
    **dict.fromkeys((Kind.ID, Kind.COMMIT), lambda text: f"<code>{html_line(text)}</code>"),
}


def only_workflow(workflow: view.WorkflowView) -> Iterator[str]:
    """Yield the section of the only workflow; the page's headline has its name."""
    yield '<section class="card alone">'
    if not workflow.message_repeated:
        verdict = pill(workflow.badge.tone, workflow.badge.word)
        yield f"<h2>{html_line(workflow.title)} {verdict}</h2>"
    yield from _body(workflow, level=2)
    yield "</section>"


def one_of_several(
    workflow: view.WorkflowView, *, anchor: str, class_name: str, width: float, opened: bool
) -> Iterator[str]:
    """Yield a row that unfolds; a folded one says why it is red, or which blocks need a look.

    The page's filter uses `class_name`; `width` is the percentage of the longest duration.
    """
    attribute = " open" if opened else ""
    yield f'<details class="workflow {class_name}" id="{anchor}"{attribute}><summary>'
    badge, outcome = workflow.badge, workflow.report.outcome
    tag = "" if workflow.report.required else f' <span class="tag">{_("not required")}</span>'
    why = listed(workflow.in_focus) if outcome.green else outcome.sentences[0]
    reason = f"<small>{html_line(brief(why, MAX_REASON))}</small>"
    yield (
        f"<h3>{html_line(workflow.title)}{tag}</h3>{pill(badge.tone, badge.word)}"
        f"<span>{html_line(labels.progress(workflow.report.execution))}</span>"
        f"<span>{labels.duration(workflow.report)}</span>"
        f'<i class="length {badge.tone}" style="--b:{width:.1f}"></i>'
        f"{reason if why and not opened else ''}</summary>"
    )
    yield from _body(workflow, level=4, anchor=f"{anchor}-")
    yield "</details>"


def pill(tone: Tone, text: str) -> str:
    return f'<span class="pill {tone}">{text}</span>'


def facts_list(facts: Iterable[Fact], *others: tuple[str, str]) -> str:
    rows = [(fact.label, fact.written(fact.text, _ENCODERS)) for fact in facts if fact.label]
    rows += [other for other in others if other[1]]
    items = "".join(f"<div><dt>{label}</dt><dd>{value}</dd></div>" for label, value in rows)
    return f'<dl class="facts">{items}</dl>' if items else ""


def words(message: str, remedy: view.Remedy) -> Iterator[str]:
    if message:
        yield f'<p class="message" dir="auto">{html_text(message)}</p>'
    if remedy.words:
        hint = html_text(remedy.words)
        if remedy.command:
            hint += f" <code>{html_text(remedy.command)}</code>"
        yield f'<p class="hint" dir="auto"><strong>{_(labels.WHAT_TO_DO)}</strong> {hint}</p>'


def note(rows: view.Rows[object]) -> Iterator[str]:
    if text := rest_note(rows.left_out, html_line(rows.things)):
        yield f'<p class="note">{text}</p>'


def _body(workflow: view.WorkflowView, *, level: int, anchor: str = "") -> Iterator[str]:
    if not workflow.report.required:
        yield f'<p class="note">{_(labels.NOT_REQUIRED)}</p>'
    yield from words("" if workflow.message_repeated else workflow.message, workflow.remedy)
    if target := link_target(workflow.report.run_url):
        yield f'<p class="run"><a href="{html_text(target)}">{_(labels.OPEN_RUN)}</a></p>'
    yield facts_list(workflow.facts)
    if workflow.attempts:
        yield f"<h{level}>{_(labels.ATTEMPTS)}</h{level}>"
        yield from _attempts(workflow.attempts)
    rows = workflow.blocks.rows.shown if workflow.blocks else ()
    anchor += "block-"
    anchors = {row.key: f"{anchor}{at}" for at, row in enumerate(rows, start=1)}
    if workflow.checks.tally:
        checks = fill("{label}: {text}", label=_(labels.CHECKS), text=workflow.checks.tally)
        yield f"<h{level}>{checks}</h{level}>"
        yield from _checks(workflow.checks, anchors)
    if workflow.blocks and (workflow.blocks.rows or workflow.blocks.not_started):
        yield f"<h{level}>{_('Blocks')}</h{level}>"
        if workflow.blocks.timeline:
            yield _legend(workflow.blocks)
        yield from _blocks(workflow.blocks, anchor)
    if workflow.run_error:
        yield f"<h{level}>{_(labels.RUN_ERROR)}</h{level}>"
        yield _preformatted(workflow.run_error, ' class="said"')
    yield from (f'<p class="note" dir="auto">{html_text(one)}</p>' for one in workflow.notes.shown)
    yield from note(workflow.notes)
    yield from _variables(workflow)


def _attempts(attempts: view.Attempts) -> Iterator[str]:
    yield '<table class="attempts"><thead><tr><th></th>'
    heads = (fill("Attempt {number}", number=at) for at in range(1, len(attempts.every) + 1))
    yield "".join(f'<th scope="col">{head}</th>' for head in heads)
    yield "</tr></thead><tbody>"
    badges = (labels.verdict_badge(one.outcome) for one in attempts.every)
    yield _attempts_row(_("Ended"), (pill(one.tone, one.word) for one in badges))
    ids = (one.execution_id or labels.ABSENT for one in attempts.every)
    yield _attempts_row(_("Execution"), (f"<code>{html_line(one)}</code>" for one in ids))
    for name, cells in attempts.differing.shown:
        yield _attempts_row(html_line(name), map(html_line, cells))
    yield "</tbody></table>"
    if not attempts.differing:
        yield f'<p class="note">{_(labels.NO_BLOCK_DIFFERS)}</p>'
    yield from note(attempts.differing)
    for number, block in attempts.texts:
        title = fill("Attempt {number}: {text}", number=number, text=html_line(block.key))
        yield f"<details><summary>{title}</summary>"
        yield _preformatted(block.text, ' class="said"')
        yield "</details>"


def _attempts_row(name: str, cells: Iterable[str]) -> str:
    columns = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{name}</th>{columns}</tr>'


def _checks(checks: view.Checks, anchors: Mapping[str, str]) -> Iterator[str]:
    for rows in (checks.unmet, *checks.excused):
        yield from _check_table(rows, anchors)
    if checks.other_tally:
        yield f"<details><summary>{checks.other_tally}</summary>"
        yield from _check_table(checks.others, {})
        yield "</details>"


def _check_table(rows: view.Rows[view.CheckRow], anchors: Mapping[str, str]) -> Iterator[str]:
    if rows:
        yield '<table class="checks"><thead><tr>'
        heads = _("Check"), _("Expected"), _("Found")
        yield "".join(f'<th scope="col">{head}</th>' for head in heads)
        yield "</tr></thead><tbody>"
        yield from (_check_row(row, anchors.get(row.block)) for row in rows.shown)
        yield "</tbody></table>"
        yield from note(rows)


def _check_row(check: view.CheckRow, anchor: str | None) -> str:
    where = html_line(check.where)
    where = f'<a href="#{anchor}">{where}</a>' if anchor else where
    duration = "" if check.seconds is None else f" · {human_seconds(check.seconds)}"
    return (
        f'<tr class="{check.badge.tone}"><th scope="row">'
        f'<span class="key">{html_line(check.subject)}</span>'
        f'<span class="where">{check.badge.word} · {where}{duration}</span></th>'
        f"<td><pre>\n{html_text(check.expected)}</pre></td>"
        f"<td><pre>\n{html_text(check.found)}</pre></td></tr>"
    )


def _blocks(blocks: view.Blocks, anchor: str) -> Iterator[str]:
    timeline = blocks.timeline
    if timeline:
        marks = [(100 * at / timeline.seconds, _label(at)) for at in ticks(timeline.seconds)]
        step = f"{marks[1][0]:.2f}%" if len(marks) > 1 else "100%"
        yield f'<div class="blocks" style="--step:{step}">'
        axis = (f'<i style="--a:{at:.2f}">{label}</i>' for at, label in marks if at <= 96)
        yield f'<div class="axis" aria-hidden="true">{"".join(axis)}</div>'
    else:
        yield '<div class="blocks untimed">'
    yield '<ol class="rows">'
    for at, block in enumerate(blocks.rows.shown, start=1):
        drawn = _bar(block.span, timeline) if timeline else ""
        yield _block(block, drawn, f"{anchor}{at}")
    if blocks.not_started:
        more = fill("{count} more", count=blocks.not_started)
        cells = f"<bdi>{more}</bdi><span>{_(labels.NOT_STARTED)}</span><span>–</span>"
        yield f'<li class="idle"><div>{cells}</div></li>'
    yield "</ol></div>"
    yield from note(blocks.rows)


def _block(block: view.BlockRow, drawn: str, anchor: str) -> str:
    row = (
        f"<bdi>{html_text(block.key) or _('unnamed')}</bdi>"
        f"<span>{html_text(block.badge.word)}</span><span>{block.duration or '–'}</span>{drawn}"
    )
    texts = _preformatted(block.error, ' class="error"') if block.error else ""
    texts += _preformatted(block.output) if block.output else ""
    opened = " open" if block.in_focus else ""
    content = f"<div>{row}</div>"
    if texts:
        content = f"<details{opened}><summary>{row}</summary>{texts}</details>"
    return f'<li class="{block.badge.tone}" id="{anchor}">{content}</li>'


def _bar(span: Span | None, timeline: Timeline) -> str:
    """A block's bar, at a place in per cent; its title describes it in words."""
    if span is None:
        return '<i class="bar"></i>'
    start, end, review_end = (
        min(100.0, max(0.0, 100 * at / timeline.seconds))
        for at in (span.start, span.end, span.review_end)
    )
    left, width = min(start, 100 - LEAST_WIDTH), max(LEAST_WIDTH, end - start)
    review = ""
    if review_end > end:
        width = end - start
        review = f'<b style="--a:{end:.1f};--b:{review_end - end:.1f}"></b>'
    places = f"--a:{left:.1f};--b:{width:.1f}"
    return f'<i class="bar" title="{_in_words(span)}" style="{places}">{review}</i>'


def _legend(blocks: view.Blocks) -> str:
    drawn = [(one, one.span) for one in blocks.rows.shown if one.span]
    words: defaultdict[Tone, dict[str, None]] = defaultdict(dict)
    for block, span in drawn:
        if not span.in_review:
            words[block.badge.tone][block.badge.word] = None
    if any(span.in_review and span.end > span.start for _, span in drawn):
        words.setdefault(Tone.GOOD, {_("ran"): None})
    late = any(span.start > 0 for _, span in drawn)
    parts = [f'<span class="wait">{_("before the start")}</span>'] if late else []
    for tone in Tone:
        if tone in words:
            named = labels.and_others([*words[tone]], most=MAX_WORDS)
            parts.append(f'<span class="{tone}">{html_line(named)}</span>')
    if any(span.in_review for _, span in drawn):
        parts.append(f'<span class="review">{_("in review")}</span>')
    return f'<p class="legend">{"".join(parts)}</p>' if parts else ""


def _in_words(span: Span) -> str:
    words = [fill("started after {time}", time=human_seconds(max(0.0, span.start)))]
    if span.end > span.start:
        words.append(fill("ran {time}", time=human_seconds(span.end - span.start)))
    if span.in_review:
        words.append(fill("in review for {time}", time=human_seconds(span.review_end - span.end)))
    return commas(words)


def _label(seconds: float) -> str:
    """A tick's label, as short as possible: `0`, `0.5s`, `30s`, `2m`, `1h 30m`."""
    if seconds < 60:
        return fill("{count}s", count=f"{seconds:g}") if seconds else "0"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, N_("{count}h")), (minutes, N_("{count}m")), (rest, N_("{count}s")))
    return " ".join(fill(text, count=count) for count, text in parts if count)


def _preformatted(text: str, attributes: str = "") -> str:
    """HTML drops a line feed after `<pre>`, so write one more."""
    return f'<pre{attributes} tabindex="0">\n{html_text(text)}</pre>'


def _variables(workflow: view.WorkflowView) -> Iterator[str]:
    if count := len(workflow.report.variables):
        title = fill("{label} ({count})", label=_(labels.VARIABLES), count=count)
        yield f"<details><summary>{title}</summary>"
        yield '<dl class="variables">'
        for key, value in workflow.variables.shown:
            name = f"<code>{html_line(key)}</code>"
            yield f'<div><dt>{name}</dt><dd dir="auto">{html_text(value)}</dd></div>'
        yield "</dl>"
        yield from note(workflow.variables)
        yield "</details>"
