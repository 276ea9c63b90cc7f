"""The Markdown that summary and comment share, and its plain form for a terminal."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from genesis_ci.language import _, fill
from genesis_ci.models.report import JobReport
from genesis_ci.reporters import labels
from genesis_ci.reporters.escape import (
    comment_block,
    comment_prose,
    fenced_block,
    link_target,
    markdown_block,
    markdown_code,
    markdown_prose,
    plain_block,
    plain_line,
)
from genesis_ci.reporters.facts import Encoders, Fact, Kind
from genesis_ci.reporters.truncate import rest_note
from genesis_ci.reporters.view import Rows, WorkflowView
from genesis_ci.text import cells

Encoder = Callable[[str], str]
Cells = Sequence[str]


class Style(NamedTuple):
    """How texts are written: the encoders of texts of others, and what is put around a text."""

    prose: Encoder
    block: Encoder
    """Of a text of several lines."""
    code: Encoder = markdown_code
    heading: str = "### {}"
    bold: str = "**{}**"
    remark: str = "_{}_"
    small: str = "<sub>{}</sub>"
    command: str = "```sh\n{}\n```"
    link: str = "[{}](<{}>)"
    fold: str = "<details{1}><summary>{0}</summary>"
    fold_end: str = "</details>"
    table: Callable[[Cells, str, Sequence[Cells]], str] = lambda heads, rule, rows: table(
        heads, rule, map(" | ".join, rows)
    )

    commit: int | None = 7
    """The characters of a commit's id; None is all."""

    def linked(self, words: str, url: str | None) -> str:
        """Return a link; nothing without a safe address."""
        target = link_target(url)
        return self.link.format(words, target) if target else ""


MARKDOWN = Style(markdown_prose, markdown_block, commit=None)
COMMENT = Style(comment_prose, comment_block)
LOG = COMMENT._replace(block=fenced_block)
PLAIN = Style(
    plain_line,
    plain_block,
    plain_line,
    heading="{}",
    bold="{}",
    remark="{}",
    small="{}",
    command="    {}",
    link="{}: {}",
    fold="{}",
    fold_end="",
    table=lambda heads, _rule, rows: _aligned([heads, *rows]),
)
"""For a terminal: it has no HTML and no escapes, and `text.clean` removed what would act on it."""


def table(heads: Iterable[str], rule: str, rows: Iterable[str]) -> str:
    """Return a table; the columns of rule and rows are separated by ` | `."""
    return "\n".join(f"| {row} |" for row in (" | ".join(heads), rule, *rows))


def _aligned(rows: Sequence[Cells]) -> str:
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    padded = (
        [text + " " * (width - cells(text)) for text, width in zip(row, widths, strict=True)]
        for row in rows
    )
    return "\n".join("  ".join(row).rstrip() for row in padded)


def bullets(rows: Rows[str], style: Style) -> Iterator[str]:
    if rows.shown:
        yield "\n".join(f"- {style.prose(text)}" for text in rows.shown)
    yield from note(rows, style)


def next_steps(remedies: Iterable[tuple[str, str]], style: Style) -> Iterator[str]:
    rows = [
        f"- {style.bold.format(fill('{label}:', label=words))} {style.prose(hint)}"
        for words, hint in remedies
    ]
    if rows:
        yield style.bold.format(_(labels.WHAT_TO_DO))
        yield "\n".join(rows)


def note(rows: Rows[object], style: Style) -> Iterator[str]:
    if text := rest_note(rows.left_out, style.prose(rows.things)):
        yield style.remark.format(text)


def fold(
    title: str, parts: Iterable[str], style: Style = MARKDOWN, *, opened: bool = False
) -> Iterator[str]:
    yield style.fold.format(title, " open" if opened else "")
    yield from parts
    if style.fold_end:
        yield style.fold_end


def workflow_table(
    workflows: Rows[WorkflowView], style: Style, why: Callable[[WorkflowView], str] | None = None
) -> Iterator[str]:
    """Yield the table of all workflows; `why` returns the text of its last column."""
    rows = []
    for workflow in workflows.shown:
        verdict = f"{workflow.badge.mark} {labels.verdict_words(workflow.report)}"
        progress = labels.progress(workflow.report.execution)
        duration = labels.duration(workflow.report)
        row = [style.prose(workflow.title), verdict, progress, duration]
        rows.append([*row, style.prose(why(workflow))] if why else row)
    heads: tuple[str, ...] = _("Workflow"), _("Verdict"), _("Blocks"), _("Trigger to end")
    rule = ":-- | :-- | --: | --:"
    if why:
        heads, rule = (*heads, _("Why")), f"{rule} | :--"
    yield style.table(heads, rule, rows)
    yield from note(workflows, style)


def phrases(facts: Iterable[Fact], style: Style) -> str:
    encoders: Encoders = {
        **dict.fromkeys(Kind, style.code),
        Kind.OWN: str,
        Kind.TEXT: style.prose,
        Kind.COMMIT: lambda commit: style.code(commit[: style.commit]),
    }
    return " · ".join(fact.written(fact.phrase, encoders) for fact in facts if fact.phrase)


def footer(report: JobReport, facts: Iterable[Fact], style: Style) -> str:
    version = style.prose(f"genesis-ci {report.tool_version}")
    link = style.linked(_("CI job"), report.job_url)
    return style.small.format(" · ".join(filter(None, (phrases(facts, style), version, link))))
