"""What is shown where the CI shows a job's result: the failures first, and never too many."""

from collections.abc import Iterator
from itertools import chain

from genesis_ci.models import (
    Annotation,
    Level,
    Outcome,
    Problem,
    RunReport,
    Verdict,
    WorkflowReport,
)
from genesis_ci.reporters import findings

TITLE = "genesis-ci"
MOST_FINDINGS = 5
"""Of one workflow: a CI shows about ten annotations in all."""
_LOUDEST_FIRST = (Level.ERROR, Level.WARNING, Level.NOTICE)


def render(report: RunReport) -> tuple[Annotation, ...]:
    """Return everything that deserves an annotation, the loudest first."""
    told = () if report.problems else report.workflows
    of_workflows = [one for one in map(_of_workflow, told) if one]
    found = [*of_job(report), *of_workflows, *chain.from_iterable(map(_of_findings, told))]
    return tuple(sorted(found, key=lambda one: _LOUDEST_FIRST.index(one.level)))


def of_job(report: RunReport) -> tuple[Annotation, ...]:
    """Return the job's own messages: its problems, or an outcome that no workflow has told."""
    level = Level.NOTICE if report.outcome.green else Level.ERROR
    told = {workflow.outcome.exit_code for workflow in report.workflows}
    untold = not report.outcome.green and report.outcome.exit_code not in told
    if report.problems:
        return tuple(of_problem(problem, level) for problem in report.problems)
    if untold or not report.workflows:
        return (Annotation(level=level, message=_words(report.outcome)),)
    return ()


def of_problem(problem: Problem, level: Level = Level.ERROR) -> Annotation:
    """Return a problem of the configuration at its place."""
    return Annotation(level=level, message=problem.words, file=problem.file, line=problem.line)


def kept(annotations: tuple[Annotation, ...], *, most: int) -> tuple[Annotation, ...]:
    """Return at most so many of each level; the last one says how many more there are."""
    shown: list[Annotation] = []
    for level in _LOUDEST_FIRST:
        of_level = [one for one in annotations if one.level is level]
        if len(of_level) > most:
            left = len(of_level) - most + 1
            more = f"{left} more like these; the log, the summary and the reports have them all."
            of_level = [*of_level[: most - 1], Annotation(level=level, message=more)]
        shown += of_level
    return tuple(shown)


def _of_workflow(workflow: WorkflowReport) -> Annotation | None:
    outcome = workflow.outcome
    if outcome.green and not outcome.lenient and not outcome.flaky:
        return None
    level = Level.WARNING if outcome.green or not workflow.required else Level.ERROR
    if outcome.verdict is Verdict.NOT_RUN:
        level = Level.NOTICE
    words = _words(outcome)
    if workflow.run_url:
        words += f"\n{workflow.run_url}"
    return Annotation(level=level, title=f"{TITLE}: {workflow.name}", message=words)


def _of_findings(workflow: WorkflowReport) -> Iterator[Annotation]:
    """A few of the checks that say no; the workflow's own words say how many there are."""
    for finding in findings.unmet(workflow.findings)[:MOST_FINDINGS]:
        yield Annotation(
            level=Level.ERROR if workflow.required else Level.WARNING,
            title=f"{TITLE}: {findings.full_name(finding)}",
            message=f"{workflow.name}: {findings.in_short(finding)}; {finding.where}",
        )


def _words(outcome: Outcome) -> str:
    return f"{outcome.message} {outcome.hint or ''}".strip()
