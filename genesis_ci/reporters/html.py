"""The HTML report: one file, no script, no request, readable on a phone, on paper and aloud."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from functools import cache
from importlib.resources import files

from genesis_ci.domain import RunReport, WorkflowReport
from genesis_ci.reporters import wording
from genesis_ci.reporters.budget import text_limit
from genesis_ci.reporters.html_timeline import shared_drawings
from genesis_ci.reporters.html_workflow import Limits, facts_list, icon, pill, section
from genesis_ci.reporters.markup import html_line, html_text, link_target
from genesis_ci.text import human_seconds

MAX_ROWS = 10_000
"""Blocks that one page lists; what does not fit is counted."""

_TEXT_TOTAL = 8_000_000
_TEXT_MOST = 100_000
_TEXT_LEAST = 400

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render(report: RunReport) -> str:
    """Return the page; it says what it left out."""
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            *_head(report),
            "</head>",
            "<body>",
            shared_drawings(),
            *_banner(report),
            "<main>",
            *_problems(report),
            *_overview(report.workflows),
            *_sections(report),
            "</main>",
            *_footer(report),
            "</body>",
            "</html>",
            "",
        ]
    )


@cache
def _style() -> str:
    return files(__package__).joinpath("report.css").read_text(encoding="utf-8")


def _head(report: RunReport) -> Iterator[str]:
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{html_text(wording.headline(report), limit=200)}</title>"
    yield f"<style>\n{_style()}</style>"


def _banner(report: RunReport) -> Iterator[str]:
    outcome = report.outcome
    tone = wording.verdict_tone(outcome)
    yield f'<header class="banner {tone}">'
    yield f"<h1>{icon(tone)}{html_line(wording.headline(report))}</h1>"
    if outcome.message:
        yield f'<p class="message" dir="auto">{html_text(outcome.message, limit=4_000)}</p>'
    if outcome.hint:
        hint = html_text(outcome.hint, limit=4_000)
        yield f'<p class="hint" dir="auto"><strong>What to do:</strong> {hint}</p>'
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
    if target := link_target(report.job_url):
        yield "CI job", f'<a href="{html_text(target, limit=len(target))}">Open the job</a>'


def _problems(report: RunReport) -> Iterator[str]:
    if not report.problems:
        return
    yield '<section class="card"><h2>Problems</h2><ul class="problems">'
    for problem in report.problems:
        yield f'<li dir="auto">{html_text(problem, limit=4_000)}</li>'
    yield "</ul></section>"


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
        (wording.verdict_tone(run.outcome), wording.verdict_word(run.outcome)) for run in workflows
    )
    pills = " ".join(pill(tone, f"{count} {word}") for (tone, word), count in counts.most_common())
    return f'<p class="tally">{pills}</p>'


def _overview_row(workflow: WorkflowReport, position: int, longest: float) -> str:
    tone = wording.verdict_tone(workflow.outcome)
    aside = "" if workflow.required else ' <span class="tag">not required</span>'
    width = 100 * workflow.seconds / longest
    return (
        f'<tr><th scope="row"><a href="#workflow-{position}">'
        f"{html_line(wording.title(workflow))}</a>{aside}</th>"
        f"<td>{pill(tone, wording.verdict_word(workflow.outcome))}</td>"
        f'<td class="number">{html_line(wording.progress(workflow.execution))}</td>'
        f'<td class="number">{human_seconds(workflow.seconds)}</td>'
        f'<td class="length" aria-hidden="true"><svg height="8"><rect class="{tone}" height="8" '
        f'width="{width:.2f}%" rx="2"/></svg></td></tr>'
    )


def _sections(report: RunReport) -> Iterator[str]:
    limits = _limits(report)
    alone = len(report.workflows) == 1
    for position, workflow in enumerate(report.workflows, start=1):
        told = alone and workflow.outcome.message == report.outcome.message
        yield from section(workflow, position, limits, alone=alone, told=told)


def _limits(report: RunReport) -> Limits:
    return Limits(
        rows=max(20, MAX_ROWS // max(1, len(report.workflows))),
        characters=text_limit(report, total=_TEXT_TOTAL, most=_TEXT_MOST, least=_TEXT_LEAST),
    )


def _footer(report: RunReport) -> Iterator[str]:
    server = f" · {html_line(report.api_url)}" if report.api_url else ""
    yield f"<footer>{html_line(f'genesis-ci {report.tool_version}')}{server}</footer>"
