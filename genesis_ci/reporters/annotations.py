"""The messages that the CI shows with the job's result, errors first."""

from genesis_ci.language import N_, fill
from genesis_ci.models.report import Annotation, JobReport, Level, Verdict, WorkflowReport
from genesis_ci.reporters import last_lines

_MAX_CHECKS = 5
"""Checks of one workflow: a CI cuts a long message, and what to do is at its end."""
_ERRORS_FIRST = (Level.ERROR, Level.WARNING, Level.NOTICE)


def every(report: JobReport) -> tuple[Annotation, ...]:
    workflows, several = () if report.problems else report.workflows, len(report.workflows) > 1
    about_workflows = (about_workflow(one, several=several) for one in workflows)
    found = [*about_job(report), *filter(None, about_workflows)]
    return tuple(sorted(found, key=lambda one: _ERRORS_FIRST.index(one.level)))


def about_job(report: JobReport) -> tuple[Annotation, ...]:
    """Return the job's own messages: its problems, or an outcome that no required workflow has."""
    level = Level.NOTICE if report.outcome.green else Level.ERROR
    if report.problems:
        return tuple(
            Annotation(level, one.words, file=one.file, line=one.line, column=one.column)
            for one in report.problems
        )
    codes = {workflow.outcome.exit_code for workflow in report.workflows if workflow.required}
    if not report.workflows or not (report.outcome.green or report.outcome.exit_code in codes):
        return (Annotation(level=level, message=report.outcome.in_full),)
    return ()


def kept(annotations: tuple[Annotation, ...], *, most: int) -> tuple[Annotation, ...]:
    """Return at most `most` of each level; the last one has the number of the others."""
    shown: list[Annotation] = []
    for level in _ERRORS_FIRST:
        of_level = [one for one in annotations if one.level is level]
        if len(of_level) > most:
            text = N_("{count} more like these; the summary and the reports have them all.")
            more = Annotation(level, fill(text, count=len(of_level) - most + 1))
            of_level = [*of_level[: most - 1], more]
        shown += of_level
    return tuple(shown)


def about_workflow(workflow: WorkflowReport, *, several: bool) -> Annotation | None:
    """Return the end of the log of a workflow that needs a look, which the log then leaves out."""
    outcome = workflow.outcome
    if outcome.green and not outcome.lenient and not outcome.flaky:
        return None
    level = Level.WARNING if outcome.green or not workflow.required else Level.ERROR
    if outcome.verdict is Verdict.NOT_RUN:
        level = Level.NOTICE
    lines = last_lines.ending(workflow, several=several, colours=False, checks=_MAX_CHECKS)
    return Annotation(level, "\n".join(lines))
