"""One workflow in the HTML report: its facts, checks, blocks and variables."""

from collections.abc import Iterable, Iterator

from genesis_ci.models import Block, Execution, Outcome, Status, Verdict, WorkflowReport
from genesis_ci.reporters import labels
from genesis_ci.reporters.escape import html_line, html_text, link_target
from genesis_ci.reporters.html_attempts import side_by_side
from genesis_ci.reporters.html_findings import checks
from genesis_ci.reporters.html_timeline import axis, bar, grid_step, legend
from genesis_ci.reporters.labels import Tone
from genesis_ci.reporters.timeline import Timeline, timeline_of
from genesis_ci.reporters.truncate import Room, cut, left_out
from genesis_ci.text import human_seconds


def alone(workflow: WorkflowReport, said: set[str], room: Room) -> Iterator[str]:
    """Yield the section of the only workflow; the page's headline has its name already."""
    yield '<section class="card alone">'
    if labels.message_of(workflow) not in said:
        yield f"<h2>{html_line(labels.title(workflow))} {verdict(workflow.outcome)}</h2>"
    yield from _body(workflow, said, room, level=2)
    yield "</section>"


def one_of_several(
    workflow: WorkflowReport, said: set[str], room: Room, *, anchor: str, kind: str, width: float
) -> Iterator[str]:
    """Yield a row that unfolds; it is open where the workflow did not pass.

    `kind` is the class by which the page filters, `width` the share of the longest duration.
    """
    opened = "" if workflow.outcome.green else " open"
    yield f'<details class="workflow {kind}" id="{anchor}"{opened}><summary>'
    aside = "" if workflow.required else ' <span class="tag">not required</span>'
    tone = labels.verdict_tone(workflow.outcome)
    yield (
        f"<h3>{html_line(labels.title(workflow))}{aside}</h3>{verdict(workflow.outcome)}"
        f"<span>{html_line(labels.progress(workflow.execution))}</span>"
        f"<span>{human_seconds(workflow.seconds)}</span>"
        f'<i class="length {tone}" style="--b:{width:.1f}"></i></summary>'
    )
    yield from _body(workflow, said, room, level=4)
    yield "</details>"


def verdict(outcome: Outcome) -> str:
    """Return a verdict's badge."""
    return pill(labels.verdict_tone(outcome), labels.verdict_word(outcome))


def pill(tone: Tone, words: str) -> str:
    """Return a badge; `words` are ours."""
    return f'<span class="pill {tone}">{words}</span>'


def facts_list(facts: Iterable[tuple[str, str]]) -> str:
    """Return a list of names and values; the values are HTML already."""
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    return f'<dl class="facts">{items}</dl>' if items else ""


def words_of(message: str, hint: str | None, said: set[str]) -> Iterator[str]:
    """Yield message and remedy; not again what is in `said`, to which the remedy is added."""
    if message and message not in said:
        yield f'<p class="message" dir="auto">{html_text(message)}</p>'
    if hint and hint not in said:
        said.add(hint)
        remedy = "".join(
            f"<code>{html_text(part)}</code>" if at % 2 else html_text(part)
            for at, part in enumerate(labels.remedy(hint))
        )
        yield f'<p class="hint" dir="auto"><strong>{labels.WHAT_TO_DO}</strong> {remedy}</p>'


def note_of_rest(count: int, things: str) -> Iterator[str]:
    """Yield the words for what is not shown, if there is anything."""
    yield from (f'<p class="note">{words}</p>' for words in left_out(count, things))


def _body(workflow: WorkflowReport, said: set[str], room: Room, *, level: int) -> Iterator[str]:
    if not workflow.required:
        yield f'<p class="note">{labels.NOT_REQUIRED}</p>'
    yield from words_of(labels.message_of(workflow), workflow.outcome.hint, said)
    if target := link_target(workflow.run_url):
        yield f'<p class="run"><a href="{html_text(target)}">{labels.OPEN_RUN}</a></p>'
    yield facts_list(_facts(workflow, of_several=level > 2))
    yield from side_by_side(workflow, room, level=level)
    yield from checks(workflow.findings, room, level=level)
    if workflow.execution:
        yield from _blocks(workflow.execution, room, level=level)
    yield from _details(workflow, room, level=level)


def _facts(workflow: WorkflowReport, *, of_several: bool) -> Iterator[tuple[str, str]]:
    execution, outcome = workflow.execution, workflow.outcome
    if untold := labels.id_untold(workflow):
        yield "Execution", f"<code>{html_line(untold)}</code>"
    if workflow.readiness:
        told = outcome.verdict is Verdict.NOT_READY
        words = workflow.readiness.shown if told else labels.readiness(workflow.readiness)
        yield labels.PREVIEW, html_line(words)
    if workflow.status_word and (outcome.lenient or outcome.verdict is not Verdict.PASSED):
        yield "Genesis says", html_line(workflow.status_word)
    if not of_several and (done := labels.progress(execution)):
        yield "Blocks done", html_line(done)
    if of_several:
        yield labels.watched(workflow), human_seconds(workflow.seconds)
    if execution and execution.seconds is not None:
        yield labels.RAN, human_seconds(execution.seconds)


def _blocks(execution: Execution, room: Room, *, level: int) -> Iterator[str]:
    unlisted = labels.not_started(execution)
    if not (execution.blocks or unlisted):
        return
    timeline = timeline_of(execution)
    kept = labels.most_telling(execution.blocks, room.rows)
    yield f"<h{level}>Blocks</h{level}>"
    if timeline and level == 2:
        yield legend([execution])
    grid = f' style="--step:{grid_step(timeline)}"' if timeline else ""
    yield f'<div class="blocks{"" if timeline else " untimed"}"{grid}>'
    if timeline:
        yield axis(timeline)
    yield '<ol class="rows">'
    for at in kept:
        yield from _row(execution.blocks[at], _drawn(timeline, at), room)
    if unlisted:
        yield (
            f'<li class="idle"><div><bdi>{unlisted} more</bdi><span>{labels.NOT_STARTED}</span>'
            "<span>–</span></div></li>"
        )
    yield "</ol></div>"
    shown = set(kept)
    rest = [block for at, block in enumerate(execution.blocks) if at not in shown]
    yield from note_of_rest(len(rest), f"blocks ({html_line(labels.tally(rest))})")


def _drawn(timeline: Timeline | None, at: int) -> str:
    return bar(timeline.spans[at], timeline) if timeline else ""


def _row(block: Block, drawn: str, room: Room) -> Iterator[str]:
    took = human_seconds(block.seconds) if block.seconds is not None else "–"
    row = (
        f"<bdi>{html_text(block.key) or 'unnamed'}</bdi>"
        f"<span>{html_text(labels.status_word(block))}</span><span>{took}</span>{drawn}"
    )
    texts = "".join(_texts(block, room))
    tone = labels.status_tone(block)
    if not texts:
        yield f'<li class="{tone}"><div>{row}</div></li>'
        return
    opened = " open" if block.status in (Status.FAILED, Status.REVIEW_PENDING) else ""
    yield (f'<li class="{tone}"><details{opened}><summary>{row}</summary>{texts}</details></li>')


def _texts(block: Block, room: Room) -> Iterator[str]:
    if block.error and block.error.strip():
        yield _text(block.error, ' class="error"', room.characters)
    limit = room.quiet if block.status is Status.COMPLETED else room.characters
    if block.output and block.output.strip() and limit:
        yield _text(block.output, "", min(limit, room.characters))


def _text(text: str, kind: str, limit: int) -> str:
    """A line feed after `<pre>` is not part of the text, so one is always given."""
    return f'<pre{kind} tabindex="0">\n{html_text(cut(text, limit))}</pre>'


def _details(workflow: WorkflowReport, room: Room, *, level: int) -> Iterator[str]:
    if error := labels.run_error(workflow):
        yield f"<h{level}>{labels.RUN_ERROR}</h{level}>"
        yield _text(error, ' class="said"', room.characters)
    for note in workflow.notes[: room.rows]:
        yield f'<p class="note" dir="auto">{html_text(cut(note, room.characters))}</p>'
    yield from note_of_rest(len(workflow.notes) - room.rows, "notes")
    if not workflow.variables:
        return
    yield f"<details><summary>{labels.VARIABLES} ({len(workflow.variables)})</summary>"
    yield '<dl class="variables">'
    for key, value in list(workflow.variables.items())[: room.rows]:
        yield (
            f"<div><dt><code>{html_line(key)}</code></dt>"
            f'<dd dir="auto">{html_text(cut(value, room.characters))}</dd></div>'
        )
    yield "</dl>"
    yield from note_of_rest(len(workflow.variables) - room.rows, "variables")
    yield "</details>"
