"""The HTML report: one file, no script, no request, readable on a phone, on paper and aloud."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from functools import cache
from importlib.resources import files

from genesis_ci.models import Block, Execution, Outcome, RunReport, Status, WorkflowReport
from genesis_ci.reporters import labels
from genesis_ci.reporters.escape import html_line, html_text, link_target
from genesis_ci.reporters.html_attempts import side_by_side
from genesis_ci.reporters.html_findings import checks
from genesis_ci.reporters.html_timeline import axis, bar, icon, shared_drawings
from genesis_ci.reporters.labels import Tone
from genesis_ci.reporters.timeline import Timeline, timeline_of
from genesis_ci.reporters.truncate import (
    MAX_FILE_BYTES,
    Room,
    cut,
    fitted,
    left_out,
    lengths_of,
    rows_each,
)
from genesis_ci.text import human_seconds

MAX_ROWS = 10_000
"""Blocks that one page lists; what does not fit is counted."""
MAX_TEXT = 100_000

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render(report: RunReport) -> str:
    """Return the page; it says what it left out."""
    most = Room(rows=rows_each(report, total=MAX_ROWS), characters=MAX_TEXT)
    return fitted(
        lambda room: "\n".join(_page(report, room)),
        limit=MAX_FILE_BYTES,
        most=most,
        lengths=lengths_of(report, most.rows),
    )


def _page(report: RunReport, room: Room) -> Iterator[str]:
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield from _head(report)
    yield "</head>"
    yield "<body>"
    yield shared_drawings()
    yield from _banner(report)
    yield "<main>"
    yield from _listed(labels.problems(report), "problems", room)
    yield from _listed(report.notices, "notices", room)
    yield from _overview(report.workflows)
    alone = len(report.workflows) == 1
    for position, workflow in enumerate(report.workflows, start=1):
        told = alone and workflow.outcome.message == report.outcome.message
        yield from _section(workflow, position, room, alone=alone, told=told)
    yield "</main>"
    yield from _footer(report)
    yield "</body>"
    yield "</html>"
    yield ""


def pill(tone: Tone, words: str) -> str:
    """Return a verdict's badge; `words` are ours."""
    return f'<span class="pill {tone}">{icon(tone)}{words}</span>'


def facts_list(facts: Iterable[tuple[str, str]]) -> str:
    """Return a list of names and values; the values are HTML already."""
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    return f'<dl class="facts">{items}</dl>'


def _section(
    workflow: WorkflowReport, position: int, room: Room, *, alone: bool, told: bool
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
    yield facts_list(_workflow_facts(workflow, alone=alone))
    yield from side_by_side(workflow, room)
    yield from checks(workflow.findings, room)
    yield from _blocks(workflow, room, position)
    yield from _details(workflow, room)
    yield "</section>" if alone else "</details>"


def _heading(workflow: WorkflowReport) -> str:
    tone = labels.verdict_tone(workflow.outcome)
    return (
        f"{html_line(labels.title(workflow))} {pill(tone, labels.verdict_word(workflow.outcome))}"
    )


def _words(workflow: WorkflowReport, *, told: bool) -> Iterator[str]:
    if not workflow.required:
        yield f'<p class="note">{labels.NOT_REQUIRED}</p>'
    if told:
        return
    yield from _outcome(workflow.outcome)


def _outcome(outcome: Outcome) -> Iterator[str]:
    if outcome.message:
        yield f'<p class="message" dir="auto">{html_text(outcome.message)}</p>'
    if outcome.hint:
        words = f"<strong>{labels.WHAT_TO_DO}</strong> {html_text(outcome.hint)}"
        yield f'<p class="hint" dir="auto">{words}</p>'


def _workflow_facts(workflow: WorkflowReport, *, alone: bool) -> Iterator[tuple[str, str]]:
    execution = workflow.execution
    if workflow.execution_id:
        yield "Execution", f"<code>{html_line(workflow.execution_id)}</code>"
    if target := link_target(workflow.run_url):
        yield "Run", f'<a href="{html_text(target)}">{labels.OPEN_RUN}</a>'
    if workflow.readiness:
        yield labels.PREVIEW, html_line(labels.readiness(workflow.readiness))
    if workflow.status_word:
        yield "Genesis says", html_line(workflow.status_word)
    if done := labels.progress(execution):
        yield "Blocks done", html_line(done)
    if execution and execution.seconds is not None:
        yield "Ran for", human_seconds(execution.seconds)
    if not alone:
        yield "Watched for", human_seconds(workflow.seconds)
    if command := labels.attach_command(workflow):
        yield labels.ATTACH, f"<code>{html_line(command)}</code>"


def _blocks(workflow: WorkflowReport, room: Room, position: int) -> Iterator[str]:
    execution = workflow.execution
    if execution is None or not (execution.blocks or labels.not_started(execution)):
        return
    timeline = timeline_of(execution)
    kept = labels.most_telling(execution.blocks, room.rows)
    yield "<h3>Blocks</h3>"
    yield f'<div class="blocks{"" if timeline else " untimed"}">'
    if timeline:
        yield axis(timeline, f"grid-{position}")
    yield '<ol class="rows">'
    for index in kept:
        drawn = _drawn(execution, index, timeline, position)
        yield from _row(execution.blocks[index], drawn, room)
    if count := labels.not_started(execution):
        yield (
            f'<li><div class="row"><span class="key">{icon(Tone.IDLE)}{count} more</span>'
            f'<span class="status idle">{labels.NOT_STARTED}</span>'
            '<span class="took">–</span></div></li>'
        )
    yield "</ol></div>"
    shown = set(kept)
    rest = [block for at, block in enumerate(execution.blocks) if at not in shown]
    yield from _left_out(len(rest), f"blocks ({html_line(labels.tally(rest))})")


def _drawn(execution: Execution, index: int, timeline: Timeline | None, position: int) -> str:
    if timeline is None:
        return ""
    tone = labels.status_tone(execution.blocks[index])
    return bar(timeline.spans[index], timeline.seconds, tone, f"grid-{position}")


def _row(block: Block, drawn: str, room: Room) -> Iterator[str]:
    tone = labels.status_tone(block)
    took = human_seconds(block.seconds) if block.seconds is not None else "–"
    row = (
        f'<span class="key">{icon(tone)}{html_line(block.key) or "unnamed"}</span>'
        f'<span class="status {tone}">{html_line(labels.status_word(block))}</span>'
        f'<span class="took">{took}</span>{drawn}'
    )
    texts = list(_texts(block, room))
    if not texts:
        yield f'<li><div class="row">{row}</div></li>'
        return
    opened = " open" if block.status in (Status.FAILED, Status.REVIEW_PENDING) else ""
    yield f'<li><details{opened}><summary class="row">{row}</summary>'
    yield from texts
    yield "</details></li>"


def _texts(block: Block, room: Room) -> Iterator[str]:
    if block.error and block.error.strip():
        yield _text("Error", block.error, "error", room)
    if block.output and block.output.strip():
        yield _text("Output", block.output, "output", room)


def _text(name: str, text: str, kind: str, room: Room) -> str:
    """A line feed after `<pre>` is not part of the text, so one is always given."""
    return (
        f'<div class="text {kind}"><h4>{name}</h4>'
        f'<pre dir="auto" tabindex="0">\n{html_text(cut(text, room.characters))}</pre></div>'
    )


def _left_out(count: int, things: str) -> Iterator[str]:
    yield from (f'<p class="note">{words}</p>' for words in left_out(count, things))


def _details(workflow: WorkflowReport, room: Room) -> Iterator[str]:
    if error := labels.run_error(workflow):
        yield _text(labels.RUN_ERROR, error, "error", room)
    for note in workflow.notes[: room.rows]:
        yield f'<p class="note" dir="auto">{html_text(cut(note, room.characters))}</p>'
    yield from _left_out(len(workflow.notes) - room.rows, "notes")
    yield from _variables(workflow, room)


def _variables(workflow: WorkflowReport, room: Room) -> Iterator[str]:
    if not workflow.variables:
        return
    yield f"<details><summary>{labels.VARIABLES} ({len(workflow.variables)})</summary>"
    yield '<div class="scroll"><table class="variables"><tbody>'
    for key, value in list(workflow.variables.items())[: room.rows]:
        yield (
            f'<tr><th scope="row"><code>{html_line(key)}</code></th>'
            f'<td dir="auto">{html_text(cut(value, room.characters))}</td></tr>'
        )
    yield "</tbody></table></div>"
    yield from _left_out(len(workflow.variables) - room.rows, "variables")
    yield "</details>"


@cache
def _style() -> str:
    return files(__package__).joinpath("report.css").read_text(encoding="utf-8")


def _head(report: RunReport) -> Iterator[str]:
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{html_text(labels.headline(report))}</title>"
    yield f"<style>\n{_style()}</style>"


def _banner(report: RunReport) -> Iterator[str]:
    outcome = report.outcome
    tone = labels.verdict_tone(outcome)
    yield f'<header class="banner {tone}">'
    yield f"<h1>{icon(tone)}{html_line(labels.headline(report))}</h1>"
    yield from _outcome(outcome)
    yield facts_list(_facts(report))
    yield "</header>"


def _facts(report: RunReport) -> Iterator[tuple[str, str]]:
    yield "Exit code", str(report.outcome.exit_code)
    yield "Duration", human_seconds(report.seconds)
    started = report.started_at.astimezone(UTC)
    yield (
        "Started",
        f'<time datetime="{started.isoformat()}">{started:%Y-%m-%d %H:%M:%S} UTC</time>',
    )
    if len(report.workflows) > 1:
        yield "Workflows", str(len(report.workflows))
    change = report.change
    if change.sha:
        yield "Commit", f"<code>{html_line(change.sha)}</code>"
    if change.branch:
        into = f" into {html_line(change.base_branch)}" if change.base_branch else ""
        yield "Branch", html_line(change.branch) + into
    if change.request:
        yield "Request", html_line(change.request)
    if change.actor:
        yield "By", html_line(change.actor)
    if target := link_target(report.job_url):
        yield "CI job", f'<a href="{html_text(target)}">Open the job</a>'


def _listed(texts: Sequence[str], what: str, room: Room) -> Iterator[str]:
    if not texts:
        return
    yield f'<section class="card"><h2>{what.capitalize()}</h2><ul class="problems">'
    for text in texts[: room.rows]:
        yield f'<li dir="auto">{html_text(cut(text, room.characters))}</li>'
    yield "</ul>"
    yield from _left_out(len(texts) - room.rows, what)
    yield "</section>"


def _overview(workflows: tuple[WorkflowReport, ...]) -> Iterator[str]:
    """The table of all workflows, each linked to its section, with a bar of its duration."""
    if len(workflows) < 2:
        return
    longest = max((workflow.seconds for workflow in workflows), default=0.0) or 1.0
    yield '<section class="card"><h2>Workflows</h2>'
    yield _tally(workflows)
    yield '<div class="scroll"><table class="overview">'
    yield (
        '<thead><tr><th scope="col">Workflow</th><th scope="col">Verdict</th>'
        '<th scope="col" class="number">Blocks</th>'
        '<th scope="col" colspan="2" class="duration">Duration</th></tr></thead><tbody>'
    )
    for position, workflow in enumerate(workflows, start=1):
        yield _overview_row(workflow, position, longest)
    yield "</tbody></table></div></section>"


def _tally(workflows: tuple[WorkflowReport, ...]) -> str:
    """How many workflows ended how, the most frequent first."""
    counts = Counter(
        (labels.verdict_tone(one.outcome), labels.verdict_word(one.outcome)) for one in workflows
    )
    pills = " ".join(pill(tone, f"{count} {word}") for (tone, word), count in counts.most_common())
    return f'<p class="tally">{pills}</p>'


def _overview_row(workflow: WorkflowReport, position: int, longest: float) -> str:
    tone = labels.verdict_tone(workflow.outcome)
    aside = "" if workflow.required else ' <span class="tag">not required</span>'
    width = 100 * workflow.seconds / longest
    return (
        f'<tr><th scope="row"><a href="#workflow-{position}">'
        f"{html_line(labels.title(workflow))}</a>{aside}</th>"
        f"<td>{pill(tone, labels.verdict_word(workflow.outcome))}</td>"
        f'<td class="number">{html_line(labels.progress(workflow.execution))}</td>'
        f'<td class="number">{human_seconds(workflow.seconds)}</td>'
        f'<td class="length" aria-hidden="true"><svg height="8"><rect class="{tone}" height="8" '
        f'width="{width:.2f}%" rx="2"/></svg></td></tr>'
    )


def _footer(report: RunReport) -> Iterator[str]:
    server = f" · {html_line(report.api_url)}" if report.api_url else ""
    yield f"<footer>{html_line(f'genesis-ci {report.tool_version}')}{server}</footer>"
