"""The comment on a pull or merge request, and the text of an issue: short, for a reviewer."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from genesis_ci.language import N_, _, commas, fill
from genesis_ci.models.change import Change
from genesis_ci.models.judgement import Tone
from genesis_ci.models.report import JobReport, Verdict
from genesis_ci.reporters import facts, labels, markdown
from genesis_ci.reporters.escape import comment_prose
from genesis_ci.reporters.markdown import COMMENT, Style
from genesis_ci.reporters.truncate import Limits, fitted, shorten_to_sentence
from genesis_ci.reporters.view import CheckRow, Remedy, ReportView, Rows, WorkflowView, make_view

MOST_CHARACTERS = 60_000
"""GitHub refuses a comment of more than 65,536."""
FOR_THE_MARK = 12_000
"""Characters for the hidden mark, and for what an issue says of earlier runs."""
LONGEST_NAME = 100
LONGEST_CELL = 200
STARTED = N_("Genesis workflows are running; their result will replace this text.")
FOLD_FROM = 6
"""So many workflows that need no look are folded."""
MOST = Limits(
    rows=30,
    characters=2_000,
    cell=LONGEST_CELL,
    message=1_500,
    name=LONGEST_NAME,
    shorten=shorten_to_sentence,
)


def render(
    report: JobReport,
    *,
    name: str | None = None,
    style: Style = COMMENT,
    failures: bool = False,
) -> str:
    """Return the Markdown of a comment or an issue; it states what is left out.

    `name` distinguishes it from other comments of the same job. With `failures`, what
    did not fail is left out.
    """
    view = _failures if failures else make_view

    def rendered(limits: Limits) -> str:
        return "\n\n".join(_parts(view(report, limits), name, style)) + "\n"

    return fitted(rendered, limit=MOST_CHARACTERS - FOR_THE_MARK, most=MOST)


def render_started(change: Change, *, name: str) -> str:
    """Return the Markdown of the comment of a job that has not ended; `name` as for `render`."""
    title = fill("{label}: {text}", label=name, text=_("Running")) if name else _("Running")
    known = [fact for fact in facts.about_change(change) if fact.in_comment]
    link = COMMENT.linked(_("Open the CI job"), change.job_url)
    parts = [COMMENT.heading.format(f"⏳ {comment_prose(title)}"), _(STARTED), link]
    small = markdown.phrases(known, COMMENT)
    return "\n\n".join(filter(None, (*parts, small and COMMENT.small.format(small)))) + "\n"


def _failures(report: JobReport, limits: Limits) -> ReportView:
    """Return what a report says about workflows and checks that failed, under its headline."""
    view = make_view(report, limits)
    red = tuple(
        one._replace(checks=one.checks._replace(excused=()))
        for one in view.workflows.shown
        if not one.report.outcome.green
    )
    left_out = sum(not one.outcome.green for one in report.workflows) - len(red)
    return view._replace(workflows=view.workflows._replace(shown=red, left_out=left_out))


def _parts(view: ReportView, name: str | None, style: Style) -> Iterator[str]:
    if link := style.linked(_("Open the reports"), view.report.report_url):
        yield link
    title = fill("{label}: {text}", label=name, text=view.headline) if name else view.headline
    yield style.heading.format(f"{view.badge.mark} {style.prose(title)}")
    if view.message:
        yield style.prose(view.message)
    yield from _remedy(view.remedy, style)
    yield from markdown.next_steps(view.remedies, style)
    yield from markdown.bullets(view.problems, style)
    if view.only_workflow:
        yield from _details(view.only_workflow, style)
    elif view.workflows:
        yield from _several(view.workflows, style)
    known = [*facts.about_job(view.report), *facts.about_change(view.report.change)]
    in_comment = [fact for fact in known if fact.in_comment]
    yield markdown.footer(view.report, in_comment, style)


def _remedy(remedy: Remedy, style: Style) -> Iterator[str]:
    """The next step; its command is a block, because GitHub shows a button to copy one."""
    if remedy.words:
        yield f"{style.bold.format(_(labels.WHAT_TO_DO))} {style.prose(remedy.words)}"
    if remedy.command:
        yield style.command.format(remedy.command)


def _why(workflow: WorkflowView) -> str:
    return shorten_to_sentence(workflow.report.outcome.sentences[0], LONGEST_CELL)


def _several(workflows: Rows[WorkflowView], style: Style) -> Iterator[str]:
    plain = [one for one in workflows.shown if labels.is_plain(one.report.outcome)]
    folded = plain if len(plain) >= FOLD_FROM else []
    rows = tuple(one for one in workflows.shown if one not in folded)
    if rows:
        yield from markdown.workflow_table(workflows._replace(shown=rows), style, _why)
    else:
        yield from markdown.note(workflows, style)
    if folded:
        yield from _folded(folded, style)
    for workflow in workflows.shown:
        outcome = workflow.report.outcome
        if not outcome.green or outcome.verdict in {Verdict.REVIEW_PENDING, Verdict.TRIGGERED}:
            has_more = _why(workflow) != outcome.message
            parts = [*_remedy(workflow.remedy, style), *_details(workflow, style)]
            title = style.bold.format(style.prose(workflow.title))
            text = style.prose(workflow.message)
            if has_more or parts:
                yield fill("{label}: {text}", label=title, text=text) if has_more else title
                yield from parts


def _folded(workflows: Sequence[WorkflowView], style: Style) -> Iterator[str]:
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
        text = fill("{label}: {text}", label=commas(each), text=why) if why else commas(each)
        lines.append(f"{style.bold.format(fill('{label}:', label=verdict))} {style.prose(text)}")
    yield from markdown.fold(" · ".join(counts), lines, style)


def _details(workflow: WorkflowView, style: Style) -> Iterator[str]:
    report = workflow.report
    known = facts.about_workflow(report)
    in_comment = [fact for fact in known if fact.in_comment]
    if words := markdown.phrases(in_comment, style):
        link = style.linked(_(labels.OPEN_RUN), report.run_url)
        yield " · ".join(filter(None, (words, link)))
    checks = workflow.checks
    listed = (checks.unmet, *checks.excused)
    if any(listed):
        title = style.bold.format(fill("{label}:", label=_(labels.CHECKS)))
        yield f"{title} {checks.tally}"
        yield "\n".join(_check(one, style) for rows in listed for one in rows.shown)
        for rows in listed:
            yield from markdown.note(rows, style)
    for one in workflow.texts.shown:
        title = f"{one.badge.mark} {style.code(one.key)}"
        yield from markdown.fold(title, [style.block(one.text)], style)
    yield from markdown.note(workflow.texts, style)


def _check(check: CheckRow, style: Style) -> str:
    texts = (check.subject, check.expected, check.found)
    name, expected, found = (style.code(text) or _("nothing") for text in texts)
    text = N_("{name}: {expected}, found {found}")
    if check.badge.tone is Tone.BAD:
        text = N_("{name}: expected {expected}, found {found}")
    return f"- {check.badge.mark} {fill(text, name=name, expected=expected, found=found)}"
