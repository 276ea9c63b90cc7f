"""The HTML report: one file, no script, no request, readable on a phone, on paper and aloud."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from functools import cache
from importlib.resources import files

from genesis_ci.models import RunReport, Status, WorkflowReport
from genesis_ci.reporters import labels
from genesis_ci.reporters.escape import html_line, html_text, link_target
from genesis_ci.reporters.html_several import filter_style, several
from genesis_ci.reporters.html_workflow import alone, facts_list, note_of_rest, words_of
from genesis_ci.reporters.truncate import (
    LEAST_TEXT,
    MAX_FILE_BYTES,
    Room,
    cut,
    fitted,
    lengths_of,
    rows_each,
)
from genesis_ci.text import human_seconds

MAX_ROWS = 10_000
"""Blocks that one page lists; what does not fit is counted."""
MAX_TEXT = 100_000
MAX_QUIET = 200_000
"""Characters that the outputs of all completed blocks share: a page of more opens slowly."""
OUTPUTS_LEFT_OUT = (
    "The outputs of completed blocks are left out of so long a page; result.json has them all."
)

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render(report: RunReport, *, limit: int = MAX_FILE_BYTES, blocks: int = MAX_ROWS) -> str:
    """Return the page; it says what it left out."""
    rows = rows_each(report, total=blocks)
    most = Room(rows=rows, characters=MAX_TEXT, quiet=_quiet_room(report.workflows, rows))
    return fitted(
        lambda room: "\n".join(_page(report, room)),
        limit=limit,
        most=most,
        lengths=lengths_of(report, most),
    )


def _quiet_room(workflows: Sequence[WorkflowReport], rows: int) -> int:
    """Return how much of each completed block's output is shown: all, a fair share, or nothing."""
    lengths = [
        len(block.output)
        for workflow in workflows
        if workflow.execution
        for block in workflow.execution.blocks[:rows]
        if block.output and block.status is Status.COMPLETED
    ]
    if sum(lengths) <= MAX_QUIET:
        return MAX_TEXT
    share = MAX_QUIET // len(lengths)
    return share if share >= LEAST_TEXT else 0


def _page(report: RunReport, room: Room) -> Iterator[str]:
    said: set[str] = set()
    yield "<!doctype html>"
    yield '<html lang="en">'
    ranked = labels.failing_first(report.workflows)
    yield "<head>"
    yield from _head(report, ranked)
    yield "</head>"
    yield "<body>"
    yield from _banner(report, said)
    yield "<main>"
    yield from _listed(labels.problems(report), "problems", room)
    yield from _listed(report.notices, "notices", room)
    if not room.quiet:
        yield f'<p class="note">{OUTPUTS_LEFT_OUT}</p>'
    if len(report.workflows) == 1:
        yield from alone(report.workflows[0], said, room)
    elif report.workflows:
        yield from several(ranked, said, room)
    yield "</main>"
    yield from _footer(report)
    yield "</body>"
    yield "</html>"
    yield ""


@cache
def _style() -> str:
    return files(__package__).joinpath("report.css").read_text(encoding="utf-8")


def _head(report: RunReport, ranked: Sequence[WorkflowReport]) -> Iterator[str]:
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{html_text(labels.headline(report))}</title>"
    yield "<style>"
    yield _style().rstrip()
    yield from filter_style(ranked)
    yield "</style>"


def _banner(report: RunReport, said: set[str]) -> Iterator[str]:
    yield f'<header class="banner {labels.verdict_tone(report.outcome)}">'
    yield f"<h1>{html_line(labels.headline(report))}</h1>"
    message = labels.job_message(report)
    yield from words_of(message, labels.job_hint(report), said)
    said.add(message)
    yield "</header>"
    yield facts_list(_facts(report))


def _facts(report: RunReport) -> Iterator[tuple[str, str]]:
    yield "Exit code", str(report.outcome.exit_code)
    yield "Job took", human_seconds(report.seconds)
    started = report.started_at.astimezone(UTC)
    yield (
        "Started",
        f'<time datetime="{started.isoformat()}">{started:%Y-%m-%d %H:%M:%S} UTC</time>',
    )
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
    yield from note_of_rest(len(texts) - room.rows, what)
    yield "</section>"


def _footer(report: RunReport) -> Iterator[str]:
    server = f" · {html_line(report.api_url)}" if report.api_url else ""
    yield f"<footer>{html_line(f'genesis-ci {report.tool_version}')}{server}</footer>"
