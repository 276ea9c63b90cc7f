"""One workflow in the HTML report: its facts, its blocks on a common axis, what they said."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from genesis_ci.domain import Block, Execution, Status, WorkflowReport
from genesis_ci.reporters import wording
from genesis_ci.reporters.html_timeline import axis, bar
from genesis_ci.reporters.markup import html_line, html_text
from genesis_ci.reporters.timeline import Timeline, timeline_of
from genesis_ci.reporters.wording import Tone
from genesis_ci.text import human_seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How many blocks of a workflow are listed, and how many characters of each text."""

    rows: int
    characters: int


def icon(tone: Tone) -> str:
    """Return the small picture of a tone; the word beside it says the same."""
    return f'<svg class="icon {tone}" aria-hidden="true"><use href="#icon-{tone}"/></svg>'


def pill(tone: Tone, words: str) -> str:
    """Return a verdict's badge; `words` are ours."""
    return f'<span class="pill {tone}">{icon(tone)}{words}</span>'


def facts_list(facts: Iterable[tuple[str, str]]) -> str:
    """Return a list of names and values; the values are HTML already."""
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    return f'<dl class="facts">{items}</dl>'


def section(
    workflow: WorkflowReport, position: int, limits: Limits, *, alone: bool, told: bool
) -> Iterator[str]:
    """Yield the section; `told` when the page's banner has this verdict's words already.

    Of several workflows those that are good are folded.
    """
    heading = f"<h2>{_heading(workflow)}</h2>"
    if alone:
        yield f'<section class="card" id="workflow-{position}">'
        yield heading
    else:
        opened = "" if workflow.outcome.green else " open"
        yield f'<details class="card workflow" id="workflow-{position}"{opened}>'
        yield f"<summary>{heading}</summary>"
    yield from _words(workflow, told=told)
    yield facts_list(_facts(workflow, alone=alone))
    yield from _blocks(workflow, limits, position)
    yield from _details(workflow, limits)
    yield "</section>" if alone else "</details>"


def _heading(workflow: WorkflowReport) -> str:
    tone = wording.verdict_tone(workflow.outcome)
    return (
        f"{html_line(wording.title(workflow))} {pill(tone, wording.verdict_word(workflow.outcome))}"
    )


def _words(workflow: WorkflowReport, *, told: bool) -> Iterator[str]:
    if not workflow.required:
        yield f'<p class="note">{wording.NOT_REQUIRED}</p>'
    if told:
        return
    if workflow.outcome.message:
        yield f'<p dir="auto">{html_text(workflow.outcome.message, limit=4_000)}</p>'
    if workflow.outcome.hint:
        hint = html_text(workflow.outcome.hint, limit=4_000)
        yield f'<p dir="auto"><strong>What to do:</strong> {hint}</p>'


def _facts(workflow: WorkflowReport, *, alone: bool) -> Iterator[tuple[str, str]]:
    execution = workflow.execution
    if workflow.execution_id:
        yield "Execution", f"<code>{html_line(workflow.execution_id)}</code>"
    if workflow.status_word:
        yield "Genesis says", html_line(workflow.status_word)
    if done := wording.progress(execution):
        yield "Blocks done", html_line(done)
    if execution and execution.seconds is not None:
        yield "Ran for", human_seconds(execution.seconds)
    if not alone:
        yield "Watched for", human_seconds(workflow.seconds)
    if command := wording.attach_command(workflow):
        yield "Wait for this run again", f"<code>{html_line(command, limit=300)}</code>"


def _blocks(workflow: WorkflowReport, limits: Limits, position: int) -> Iterator[str]:
    execution = workflow.execution
    if execution is None or not execution.blocks:
        return
    timeline = timeline_of(execution)
    kept = wording.most_telling(execution.blocks, limits.rows)
    yield "<h3>Blocks</h3>"
    yield f'<div class="blocks{"" if timeline else " untimed"}">'
    if timeline:
        yield axis(timeline, f"grid-{position}")
    yield '<ol class="rows">'
    for index in kept:
        drawn = _drawn(execution, index, timeline, position)
        yield from _row(execution.blocks[index], drawn, limits)
    yield "</ol></div>"
    yield from _rest(execution, kept)


def _drawn(execution: Execution, index: int, timeline: Timeline | None, position: int) -> str:
    if timeline is None:
        return ""
    tone = wording.status_tone(execution.blocks[index])
    return bar(timeline.spans[index], timeline.seconds, tone, f"grid-{position}")


def _row(block: Block, drawn: str, limits: Limits) -> Iterator[str]:
    tone = wording.status_tone(block)
    took = human_seconds(block.seconds) if block.seconds is not None else "–"
    row = (
        f'<span class="key">{icon(tone)}{html_line(block.key) or "unnamed"}</span>'
        f'<span class="status {tone}">{html_line(wording.status_word(block))}</span>'
        f'<span class="took">{took}</span>{drawn}'
    )
    texts = list(_texts(block, limits))
    if not texts:
        yield f'<li><div class="row">{row}</div></li>'
        return
    opened = " open" if block.status in (Status.FAILED, Status.REVIEW_PENDING) else ""
    yield f'<li><details{opened}><summary class="row">{row}</summary>'
    yield from texts
    yield "</details></li>"


def _texts(block: Block, limits: Limits) -> Iterator[str]:
    if block.error and block.error.strip():
        yield _text("Error", block.error, "error", limits)
    if block.output and block.output.strip():
        yield _text("Output", block.output, "output", limits)


def _text(name: str, text: str, kind: str, limits: Limits) -> str:
    """A line feed after `<pre>` is not part of the text, so one is always given."""
    return (
        f'<div class="text {kind}"><h4>{name}</h4>'
        f'<pre dir="auto" tabindex="0">\n{html_text(text, limit=limits.characters)}</pre></div>'
    )


def _rest(execution: Execution, kept: list[int]) -> Iterator[str]:
    shown = set(kept)
    rest = [block for at, block in enumerate(execution.blocks) if at not in shown]
    yield from _left_out(len(rest), f"blocks ({html_line(wording.tally(rest), limit=400)})")


def _left_out(count: int, things: str) -> Iterator[str]:
    if count > 0:
        yield f'<p class="note">{count} more {things} are not shown here; result.json has them.</p>'


def _details(workflow: WorkflowReport, limits: Limits) -> Iterator[str]:
    error = (workflow.execution and workflow.execution.error) or ""
    if error.strip() and error.strip() not in workflow.outcome.message:
        yield _text("The run's error", error, "error", limits)
    for note in workflow.notes[: limits.rows]:
        yield f'<p class="note" dir="auto">{html_text(note, limit=1_000)}</p>'
    yield from _left_out(len(workflow.notes) - limits.rows, "notes")
    yield from _variables(workflow, limits)


def _variables(workflow: WorkflowReport, limits: Limits) -> Iterator[str]:
    if not workflow.variables:
        return
    yield f"<details><summary>Context variables ({len(workflow.variables)})</summary>"
    yield '<div class="scroll"><table class="variables"><tbody>'
    for key, value in list(workflow.variables.items())[: limits.rows]:
        yield (
            f'<tr><th scope="row"><code>{html_line(key)}</code></th>'
            f'<td dir="auto">{html_text(value, limit=2_000)}</td></tr>'
        )
    yield "</tbody></table></div>"
    yield from _left_out(len(workflow.variables) - limits.rows, "variables")
    yield "</details>"
