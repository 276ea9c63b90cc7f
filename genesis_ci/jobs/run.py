"""One CI job from its inputs to its exit code, with reports on every path."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import NamedTuple

from genesis_ci import __version__, outcomes
from genesis_ci.config.settings import Settings
from genesis_ci.earlier_job import RUN_AGAIN, EarlierJob
from genesis_ci.errors import ConfigError, GenesisCiError, place_of
from genesis_ci.execution.loop import Loop
from genesis_ci.execution.state import Run
from genesis_ci.features import known_failures, review_status
from genesis_ci.features.review_status import Connect, Statuses
from genesis_ci.jobs.publish import Publisher, internal_error
from genesis_ci.language import _, in_use
from genesis_ci.models.report import (
    Annotation,
    JobReport,
    Level,
    Outcome,
    Problem,
    Verdict,
    WorkflowReport,
)
from genesis_ci.models.workflow import Workflow
from genesis_ci.providers.base import Provider
from genesis_ci.reporters import outputs
from genesis_ci.reporters.log import JobLog
from genesis_ci.system.signals import Interrupted

MAX_BLOCKS = 500
MAX_TEXT = 1_000_000
"""Blocks and characters that an interrupted job can report in its time."""
REST_AFTER_SAVING = 9.0
"""The pause after saving execution ids is this many times the duration of the write, so that
hundreds of workflows do not delay each other."""

SaveIds = Callable[[Sequence[Run]], bool]


class RunIO(NamedTuple):
    """The reports, the clock, the CI, Genesis and the signals of a job.

    `clock` returns monotonic seconds, `now` the date, `make_loop` the loop with its client of
    Genesis. `signalled` returns the exit code of a signal, or None without one. `await_readers`
    waits until the log is read or a signal arrives. `connect` connects with a forge, and
    `confirm_key` returns whether Genesis confirms the key; both may raise. What an `earlier_job`'s
    file records stays in the files if this job ends before it reads it.
    """

    publisher: Publisher
    provider: Provider
    clock: Callable[[], float]
    now: Callable[[], datetime]
    make_loop: Callable[[Settings, JobLog, SaveIds], Loop]
    signalled: Callable[[], int | None]
    connect: Connect
    confirm_key: Callable[[Settings], bool]
    await_readers: Callable[[], object]
    earlier_job: EarlierJob = EarlierJob()


def run_job(parse: Callable[[], Settings], io: RunIO) -> int:
    """Run the job that the inputs configure, publish its reports, and return the exit code.

    It replaces the files of an earlier job before it reads the inputs, so that a killed job leaves
    no green files of another job.
    """
    began, publisher, killed = io.clock(), io.publisher, outcomes.killed()
    statuses: Statuses | None = None
    report = JobReport(
        outcome=killed,
        workflows=io.earlier_job.runs,
        started_at=io.now(),
        tool_version=__version__,
        job_url=io.provider.change.job_url,
        report_url=io.provider.report_page(publisher.reporting.report_dir),
        language=in_use(),
        change=io.earlier_job.tested,
        ci=io.provider.ci,
        config=io.earlier_job.config,
    )
    report = _ended(report, killed)
    try:
        publisher.start(report)
        settings = parse()
        publisher.settings = settings
        if settings.review_status and not publisher.reporting.dry_run:
            review, line = settings.review_status, io.provider.line
            post = partial(review_status.post_status, review, settings.scrub, io.connect, line)
            statuses = Statuses(review, post)
        report = _run(report, settings, statuses, io)
        with suppress(Interrupted):  # `_publish` sets the outcome
            report = review_status.post_in_review(report, statuses)
    except Interrupted as signal:
        report = _ended(report, _interrupted_before_start(signal.exit_code))
    except GenesisCiError as error:
        report = _with_error(report, error)
    except Exception as bug:
        report = internal_error(report, place_of(bug))
    report = report._replace(seconds=io.clock() - began)
    return _publish(report, statuses, io)


def _run(report: JobReport, settings: Settings, statuses: Statuses | None, io: RunIO) -> JobReport:
    """Run the workflows unless something prevents it, and return the report with the outcome."""
    for warning in settings.warnings:
        io.provider.annotate(Annotation(Level.WARNING, warning))
    for notice in settings.notices:
        io.provider.annotate(Annotation(Level.NOTICE, notice))
    report = report._replace(
        api_url="" if settings.problems else settings.api_url,
        config=settings.config,
        notices=(*settings.warnings, *settings.notices),
        change=settings.tested._replace(job_url=report.job_url),
    )
    unwritable = [Problem(io.publisher.problem)] if io.publisher.problem else []
    if problems := (*settings.problems, *unwritable):
        return _refused(report, settings, problems)
    if settings.api_key is None or io.publisher.reporting.dry_run:
        return _planned(report, settings, io)
    prevented: Outcome | None = None
    if statuses:
        io.publisher.renew(_not_run(report, settings, report.outcome))
        with suppress(Interrupted):
            prevented = review_status.post_started(report, statuses)
    exit_code = io.signalled()
    if exit_code is not None:
        prevented = _interrupted_before_start(exit_code, settings.workflows)
    if prevented:
        return _not_run(report, settings, prevented)
    log = JobLog(io.provider, clock=io.clock, several=len(settings.workflows) > 1)
    log.planned(settings.workflows, settings.plan, change=report.change)
    loop = io.make_loop(settings, log, id_saver(io.publisher, report, io.clock))
    try:
        workflows = loop.run(settings.workflows)
        outcome = outcomes.aggregate(workflows)
        remarks = known_failures.remarks(settings.workflows, workflows)
        for remark in map(settings.scrub, remarks):
            io.provider.annotate(Annotation(Level.NOTICE, remark))
            report = report._replace(notices=(*report.notices, remark))
    except Exception as bug:
        outcome = outcomes.bug(place_of(bug))
        workflows = loop.abandon(outcome)
    return report._replace(outcome=outcome, workflows=workflows)


def _planned(report: JobReport, settings: Settings, io: RunIO) -> JobReport:
    """Show what a run would do, and return the report of a job that runs nothing."""
    if settings.api_key is None:
        return _not_run(report, settings, outcomes.missing_key())
    from genesis_ci.jobs.check import show_plan  # few jobs need it

    size = len(outputs.selected(settings.workflows).encode())
    if io.provider.has_outputs and size > outputs.MAX_OUTPUT:
        words = f"dry-run: the names of the selected entries take {size} bytes in the output "
        words += "“selected”, which has at most 120 KiB. Select some of them with only."
        return _refused(report, settings, [Problem(words, input="dry-run")])
    notices: list[str] = []
    red = show_plan(
        settings, io.publisher.reporting, io.provider.line, notices.append, io.confirm_key
    )
    for words in notices:
        io.provider.annotate(Annotation(Level.NOTICE, words))
    report = report._replace(notices=(*report.notices, *notices))
    return _not_run(report, settings, red or outcomes.dry_run())


def _refused(report: JobReport, settings: Settings, problems: Sequence[Problem]) -> JobReport:
    failed = _with_error(report, ConfigError(problems))
    return _not_run(failed, settings, failed.outcome)


def _with_error(report: JobReport, error: GenesisCiError) -> JobReport:
    problems = error.problems if isinstance(error, ConfigError) else (Problem(error.message),)
    known = _("Nothing was triggered.") if isinstance(error, ConfigError) else None
    outcome = outcomes.make(
        Verdict.ERROR, error.message, known, steps=[error.hint], exit_code=error.exit_code
    )
    return _ended(report, outcome)._replace(problems=problems)


def _ended(report: JobReport, outcome: Outcome) -> JobReport:
    workflows = tuple(
        # a later job triggers it again, as this one would have done
        one if one.outcome.verdict in RUN_AGAIN else replace(one, outcome=outcome)
        for one in report.workflows
    )
    return report._replace(outcome=outcome, workflows=workflows)


def _not_run(report: JobReport, settings: Settings, outcome: Outcome) -> JobReport:
    # with the workflows that a later job needs: those with an id, and those that already failed
    rows = tuple(
        _unfinished(one, outcome, one.execution_id, one.earlier)
        for one in settings.workflows
        if one.execution_id or (one.ended and not one.ended.green)
    )
    return report._replace(outcome=outcome, workflows=rows)


def _interrupted_before_start(exit_code: int, workflows: Sequence[Workflow] = ()) -> Outcome:
    ids = [one.execution_id for one in workflows if not one.ended]
    return outcomes.interrupted(ids, exit_code=exit_code, may_run=False, completed=False)


def id_saver(publisher: Publisher, running: JobReport, clock: Callable[[], float]) -> SaveIds:
    """Return the function that writes the execution ids, so that they survive a killed job.

    It returns False if it has to be called again later.
    """
    next_at = clock()

    def killed(*runs: Run) -> Outcome:
        ids = tuple(one.execution_id for one in runs if one.execution_id)
        return running.outcome._replace(attach_to=ids)

    def save_ids(runs: Sequence[Run]) -> bool:
        nonlocal next_at
        began = clock()
        if began < next_at:
            return False
        rows = tuple(
            _unfinished(
                run.workflow, run.workflow.ended or killed(run), run.execution_id, run.earlier
            )
            for run in runs
        )
        publisher.renew(running._replace(outcome=killed(*runs), workflows=rows))
        ended = clock()
        if any(run.execution_id for run in runs):  # else the first id is saved at once
            next_at = ended + REST_AFTER_SAVING * (ended - began)
        return True

    return save_ids


def _unfinished(
    workflow: Workflow,
    outcome: Outcome,
    execution_id: str | None,
    earlier: tuple[WorkflowReport, ...],
) -> WorkflowReport:
    return WorkflowReport(
        name=workflow.title,
        outcome=outcome,
        workflow_id=workflow.workflow_id,
        execution_id=execution_id,
        variables=workflow.shown,
        required=workflow.policy.required,
        attached=workflow.execution_id is not None,
        run_url=workflow.run_address(execution_id),
        earlier=earlier,
    )


def _publish(report: JobReport, statuses: Statuses | None, io: RunIO) -> int:
    """Publish the reports and return the exit code; after a signal meanwhile, publish them again.

    Only the first signal counts, so this ends.
    """

    def on_stored(stored: JobReport) -> JobReport:
        unposted = review_status.post_final(stored, statuses)
        if unposted is None:
            return stored
        if stored.outcome.green and stored.outcome.verdict is not Verdict.NOT_RUN:
            return stored._replace(outcome=unposted)
        if unposted.steps != stored.outcome.steps:  # else the outcome says why already
            io.provider.annotate(Annotation(Level.WARNING, unposted.in_full))
        return stored

    while True:
        signal = io.signalled()
        with suppress(Interrupted):
            code = io.publisher.publish(_as_interrupted(report, signal), on_stored)
            io.await_readers()
            if io.signalled() == signal:
                return code


def _as_interrupted(report: JobReport, exit_code: int | None) -> JobReport:
    # short enough to be written in time
    if exit_code is None:
        return report
    if report.outcome.exit_code == exit_code:
        return without_excess(report)
    of_workflows = (workflow.outcome for workflow in report.workflows)
    outcome = next(
        (one for one in of_workflows if one.exit_code == exit_code),
        outcomes.interrupted_while_reporting(report.outcome, exit_code=exit_code),
    )
    return without_excess(report._replace(outcome=outcome))


def without_excess(report: JobReport) -> JobReport:
    """Return the report without blocks and findings if they take too long to write."""
    every = [one for workflow in report.workflows for one in workflow.attempts]
    blocks = [block for one in every for block in one.blocks]
    findings = [finding for one in every for finding in one.findings]
    text = sum(len(block.output or "") + len(block.error or "") for block in blocks)
    text += sum(len(finding.expected) + len(finding.found) for finding in findings)
    if len(blocks) + len(findings) <= MAX_BLOCKS and text <= MAX_TEXT:
        return report
    return report._replace(workflows=tuple(map(_without_blocks, report.workflows)))


def _without_blocks(workflow: WorkflowReport) -> WorkflowReport:
    earlier = tuple(
        # one finding shows a later job that the attempt was checked
        replace(_without_blocks(attempt), findings=attempt.findings[:1])
        for attempt in workflow.earlier
    )
    if workflow.execution is None:
        return replace(workflow, earlier=earlier)
    note = _("The blocks are left out: an interrupted job has no time to report so many.")
    return replace(
        workflow,
        execution=replace(workflow.execution, blocks=()),
        findings=(),
        notes=(*workflow.notes, note),
        earlier=earlier,
    )
