"""The HTML report: one file without scripts or requests, for phones, paper and screen readers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.resources import files

from genesis_ci.language import N_, Language, _, fill, in_use
from genesis_ci.models.execution import Status
from genesis_ci.models.report import JobReport, WorkflowReport
from genesis_ci.reporters import facts
from genesis_ci.reporters.escape import html_line, html_text, link_target
from genesis_ci.reporters.html_workflow import (
    facts_list,
    note,
    one_of_several,
    only_workflow,
    pill,
    words,
)
from genesis_ci.reporters.labels import WHAT_TO_DO, Badge
from genesis_ci.reporters.truncate import (
    LEAST_TEXT,
    MAX_FILE_BYTES,
    Limits,
    fitted,
    rows_each,
    text_lengths,
)
from genesis_ci.reporters.view import ReportView, Rows, WorkflowView, make_view

MAX_ROWS = 10_000
"""Blocks that one page lists."""
MAX_TEXT = 100_000
MAX_OUTPUTS = 200_000
"""Characters that the outputs of all completed blocks share: a longer page opens slowly."""
OUTPUTS_LEFT_OUT = N_(
    "The outputs of completed blocks are left out of so long a page; result.json has them all."
)
FILTER_FROM = 6
"""A page of fewer workflows has no filter."""
MAX_OPEN = 5
"""If more workflows are red, their rows are folded, so that the page begins with all of them."""

_IN_CSS = (N_("Output"), N_("Error"), N_("Expected"), N_("Found"), N_("Attempt {number}: {text}"))
_NO_SMALL_KANA_FIRST = "body { line-break: strict; }"
"""For a page in Japanese: no line begins with ー or ッ. English pages do without it."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render(report: JobReport, *, limit: int = MAX_FILE_BYTES, blocks: int = MAX_ROWS) -> str:
    rows = rows_each(report, total=blocks)
    outputs = _output_limit(report.workflows, rows)
    most = Limits(rows=rows, characters=MAX_TEXT, outputs=outputs, all_workflows=True)

    def rendered(limits: Limits) -> str:
        return "\n".join(_page(make_view(report, limits), outputs=bool(limits.outputs)))

    return fitted(rendered, limit=limit, most=most, lengths=text_lengths(report, most))


def _output_limit(workflows: Sequence[WorkflowReport], rows: int) -> int:
    """The characters of each completed block's output: all, an equal share, or none."""
    lengths = [
        len(block.output)
        for workflow in workflows
        for block in workflow.blocks[:rows]
        if block.output and block.status is Status.COMPLETED
    ]
    if sum(lengths) <= MAX_OUTPUTS:
        return MAX_TEXT
    share = MAX_OUTPUTS // len(lengths)
    return share if share >= LEAST_TEXT else 0


def _page(view: ReportView, *, outputs: bool) -> Iterator[str]:
    workflows = view.workflows.shown
    kinds = dict.fromkeys(map(_kind, workflows))
    classes = {kind: f"kind-{at}" for at, kind in enumerate(kinds, start=1)}
    yield "<!doctype html>"
    yield f'<html lang="{in_use()}">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{html_text(view.headline)}</title>"
    yield "<style>"
    yield _style()
    if len(workflows) >= FILTER_FROM:
        for name in classes.values():
            yield f"main:has(#show-{name}:checked) .workflow:not(.{name}) {{ display: none; }}"
    yield "</style>"
    yield "</head>"
    yield "<body>"
    yield f'<header class="banner {view.badge.tone}">'
    yield f"<h1>{html_line(view.headline)}</h1>"
    yield from words(view.message, view.remedy)
    if view.remedies:
        yield f'<p class="hint"><strong>{_(WHAT_TO_DO)}</strong></p><ul class="problems">'
        for verdicts, hint in view.remedies:
            label = fill("{label}:", label=verdicts)
            yield f'<li dir="auto"><strong>{label}</strong> {html_text(hint)}</li>'
        yield "</ul>"
    yield "</header>"
    known = [*facts.about_job(view.report), *facts.about_change(view.report.change)]
    target = link_target(view.report.job_url)
    job = f'<a href="{html_text(target)}">{_("Open the job")}</a>' if target else ""
    yield facts_list(known, (_("CI job"), job))
    yield "<main>"
    yield from _list(view.problems)
    yield from _list(view.notices)
    if not outputs:
        yield f'<p class="note">{_(OUTPUTS_LEFT_OUT)}</p>'
    if view.only_workflow:
        yield from only_workflow(view.only_workflow)
    elif workflows:
        yield from _several(workflows, classes)
    yield "</main>"
    server = f" · {html_line(view.report.api_url)}" if view.report.api_url else ""
    yield f"<footer>{html_line(f'genesis-ci {view.report.tool_version}')}{server}</footer>"
    yield "</body>"
    yield "</html>"
    yield ""


def _style() -> str:
    style = files(__package__).joinpath("report.css").read_text(encoding="utf-8").rstrip()
    values = {"number": '" counter(attempt) "', "text": ""}
    for text in _IN_CSS:
        style = style.replace(f'"{text.format(**values)}"', f'"{fill(text, **values)}"')
    return style if in_use() is Language.ENGLISH else f"{style}\n{_NO_SMALL_KANA_FIRST}"


def _list(rows: Rows[str]) -> Iterator[str]:
    if rows:
        yield f'<section class="card"><h2>{rows.things.capitalize()}</h2><ul class="problems">'
        yield from (f'<li dir="auto">{html_text(text)}</li>' for text in rows.shown)
        yield "</ul>"
        yield from note(rows)
        yield "</section>"


def _several(workflows: Sequence[WorkflowView], classes: dict[Badge, str]) -> Iterator[str]:
    yield f'<section class="card"><h2>{_("Workflows")}</h2>'
    yield from _tally(workflows, classes)
    yield "</section>"
    red = sum(not one.report.outcome.green for one in workflows)
    longest = max(one.report.seconds for one in workflows) or 1.0
    yield f'<section class="card list" aria-label="{_("Each workflow")}">'
    heads = _("Workflow"), _("Verdict"), _("Blocks"), _("Trigger to end")
    spans = "".join(f"<span>{head}</span>" for head in heads)
    yield f'<div class="head" aria-hidden="true">{spans}</div>'
    for position, workflow in enumerate(workflows, start=1):
        anchor, name = f"workflow-{position}", classes[_kind(workflow)]
        width = 100 * workflow.report.seconds / longest
        opened = red <= MAX_OPEN and not workflow.report.outcome.green
        yield from one_of_several(
            workflow, anchor=anchor, class_name=name, width=width, opened=opened
        )
    yield "</section>"


def _kind(workflow: WorkflowView) -> Badge:
    return workflow.badge._replace(mark="")


def _tally(workflows: Sequence[WorkflowView], classes: dict[Badge, str]) -> Iterator[str]:
    """How many workflows have each verdict. Of many workflows, it is a filter made of CSS only."""
    counts = Counter(map(_kind, workflows)).items()
    words = {kind: fill("{count} {word}", count=count, word=kind.word) for kind, count in counts}
    if len(workflows) < FILTER_FROM:
        pills = (pill(kind.tone, text) for kind, text in words.items())
        yield f'<p class="tally">{"".join(pills)}</p>'
        return
    yield f'<fieldset class="tally"><legend>{_("Show")}</legend>'
    every = fill("All {count}", count=len(workflows))
    radio = '<input type="radio" name="show"'
    yield f'<label class="pill all">{radio} checked>{every}</label>'
    for kind, text in words.items():
        yield f'<label class="pill {kind.tone}">{radio} id="show-{classes[kind]}">{text}</label>'
    yield "</fieldset>"
