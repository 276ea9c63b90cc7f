"""The Markdown that summary and comment share; `prose` is the encoder of either."""

from collections.abc import Callable, Iterable, Iterator

from genesis_ci.language import _, fill
from genesis_ci.models.report import JobReport
from genesis_ci.reporters import labels
from genesis_ci.reporters.escape import link_target, markdown_code
from genesis_ci.reporters.facts import Encoders, Fact, Kind
from genesis_ci.reporters.truncate import rest_note
from genesis_ci.reporters.view import Rows, WorkflowView

Prose = Callable[[str], str]
CODE: Encoders = {**dict.fromkeys(Kind, markdown_code), Kind.OWN: str}
"""The encoders of facts, but for texts."""


def table(heads: Iterable[str], rule: str, rows: Iterable[str]) -> str:
    """Return a table; the columns of rule and rows are separated by ` | `."""
    return "\n".join(f"| {row} |" for row in (" | ".join(heads), rule, *rows))


def bullets(rows: Rows[str], prose: Prose) -> Iterator[str]:
    if rows.shown:
        yield "\n".join(f"- {prose(text)}" for text in rows.shown)
    yield from note(rows, prose)


def next_steps(remedies: Iterable[tuple[str, str]], prose: Prose) -> Iterator[str]:
    rows = [f"- **{fill('{label}:', label=words)}** {prose(hint)}" for words, hint in remedies]
    if rows:
        yield f"**{_(labels.WHAT_TO_DO)}**"
        yield "\n".join(rows)


def note(rows: Rows[object], prose: Prose) -> Iterator[str]:
    if text := rest_note(rows.left_out, prose(rows.things)):
        yield f"_{text}_"


def fold(title: str, parts: Iterable[str], *, opened: bool = False) -> Iterator[str]:
    yield f"<details{' open' if opened else ''}><summary>{title}</summary>"
    yield from parts
    yield "</details>"


def workflow_table(
    workflows: Rows[WorkflowView], prose: Prose, why: Callable[[WorkflowView], str] | None = None
) -> Iterator[str]:
    """Yield the table of all workflows; `why` returns the text of its last column."""
    rows = []
    for workflow in workflows.shown:
        verdict = f"{workflow.badge.mark} {labels.verdict_words(workflow.report)}"
        progress = labels.progress(workflow.report.execution)
        duration = labels.duration(workflow.report)
        cells = [prose(workflow.title), verdict, progress, duration]
        rows.append(" | ".join([*cells, prose(why(workflow))] if why else cells))
    heads = _("Workflow"), _("Verdict"), _("Blocks"), _("Trigger to end")
    rule = ":-- | :-- | --: | --:"
    yield table((*heads, _("Why")), f"{rule} | :--", rows) if why else table(heads, rule, rows)
    yield from note(workflows, prose)


def phrases(facts: Iterable[Fact], encoders: Encoders) -> str:
    return " · ".join(fact.written(fact.phrase, encoders) for fact in facts if fact.phrase)


def footer(report: JobReport, facts: Iterable[Fact], encoders: Encoders) -> str:
    version = encoders[Kind.TEXT](f"genesis-ci {report.tool_version}")
    parts = [phrases(facts, encoders), version]
    if target := link_target(report.job_url):
        parts.append(f"[{_('CI job')}](<{target}>)")
    return f"<sub>{' · '.join(parts)}</sub>"
