"""The step summary: GitHub-flavoured Markdown, always under GitHub's limit."""

from genesis_ci.models.report import JobReport
from genesis_ci.reporters import labels, markdown
from genesis_ci.reporters.style import SUMMARY
from genesis_ci.reporters.truncate import LEAST_TEXT, Limits, fitted
from genesis_ci.reporters.view import blocks_with_texts, make_view

MAX_BYTES = 1_000 * 1024
"""GitHub drops a summary of more than 1 MiB completely."""
MOST = Limits(rows=1_000, characters=20_000, minor_rows=300, cell=300, value=LEAST_TEXT)


def render(report: JobReport, *, limit: int = MAX_BYTES, most: Limits = MOST) -> str:
    """Return the Markdown with as much detail as the limit allows; it states what is left out."""
    lengths = [
        len(labels.block_text(block))
        for workflow in report.workflows[: most.rows]
        for block in blocks_with_texts(workflow)[: most.rows]
    ]
    return fitted(
        lambda limits: markdown.written(make_view(report, limits), SUMMARY),
        limit=limit,
        most=most,
        lengths=lengths,
    )
