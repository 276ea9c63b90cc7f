"""The comment on a pull or merge request, and the text of an issue: short, for a reviewer."""

from genesis_ci.language import N_, _, fill
from genesis_ci.models.change import Change
from genesis_ci.models.report import JobReport
from genesis_ci.reporters import facts, markdown
from genesis_ci.reporters.style import COMMENT, Style
from genesis_ci.reporters.truncate import Limits, fitted, shorten_to_sentence
from genesis_ci.reporters.view import ReportView, make_view

MOST_CHARACTERS = 60_000
"""GitHub refuses a comment of more than 65,536."""
FOR_THE_MARK = 12_000
"""Characters for the hidden mark, and for what an issue says of earlier runs."""
LONGEST_NAME = 100
STARTED = N_("Genesis workflows are running; their result will replace this text.")
MOST = Limits(
    rows=30,
    characters=2_000,
    cell=200,
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
    return fitted(
        lambda limits: markdown.written(view(report, limits), style, name),
        limit=MOST_CHARACTERS - FOR_THE_MARK,
        most=MOST,
    )


def render_started(change: Change, *, name: str) -> str:
    """Return the Markdown of the comment of a job that has not ended; `name` as for `render`."""
    title = fill("{label}: {text}", label=name, text=_("Running")) if name else _("Running")
    link = COMMENT.linked(_("Open the CI job"), change.job_url)
    parts = [COMMENT.heading.format(f"⏳ {COMMENT.prose(title)}"), _(STARTED), link]
    small = COMMENT.phrases(facts.about_change(change))
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
