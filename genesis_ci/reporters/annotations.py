"""The messages that the CI shows with the job's result, errors first."""

from collections.abc import Iterator
from itertools import chain

from genesis_ci.language import N_, fill
from genesis_ci.models.report import Annotation, JobReport, Level, Verdict, WorkflowReport
from genesis_ci.reporters import labels

TITLE = "genesis-ci"
_MAX_CHECKS = 5
"""Unmet checks of one workflow: a CI shows about ten annotations."""
_ERRORS_FIRST = (Level.ERROR, Level.WARNING, Level.NOTICE)


def every(report: JobReport) -> tuple[Annotation, ...]:
    workflows = () if report.problems else report.workflows
    about_workflows = [one for one in map(_about_workflow, workflows) if one]
    found = [
        *about_job(report),
        *about_workflows,
        *chain.from_iterable(map(_about_checks, workflows)),
    ]
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


def _about_workflow(workflow: WorkflowReport) -> Annotation | None:
    outcome = workflow.outcome
    if outcome.green and not outcome.lenient and not outcome.flaky:
        return None
    level = Level.WARNING if outcome.green or not workflow.required else Level.ERROR
    if outcome.verdict is Verdict.NOT_RUN:
        level = Level.NOTICE
    words = outcome.in_full
    if workflow.run_url:
        words += f"\n{workflow.run_url}"
    return Annotation(level=level, title=f"{TITLE}: {labels.title(workflow)}", message=words)


def _about_checks(workflow: WorkflowReport) -> Iterator[Annotation]:
    for finding in labels.unmet(workflow.findings)[:_MAX_CHECKS]:
        level = Level.ERROR if workflow.required else Level.WARNING
        name, result = labels.title(workflow), labels.check_result(finding)
        text = N_("{workflow}: {result}; {where}")
        message = fill(text, workflow=name, result=result, where=finding.where)
        yield Annotation(level, message, title=f"{TITLE}: {finding.full_name}")
