"""The runs in an earlier job's `result.json`, and the change that it tested.

Nothing proves who wrote the file. It may name runs, but it does not decide which are required.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from genesis_ci import outcomes
from genesis_ci.config.input_types import MOST_ATTEMPTS
from genesis_ci.config.problems import Mistake, NoFileError, quoted_in_language
from genesis_ci.config.reader import Inputs
from genesis_ci.language import N_, _, fill
from genesis_ci.models.change import COMMIT, Change
from genesis_ci.models.report import RETRIED_VERDICTS, UNNAMED, JobReport, Verdict, WorkflowReport
from genesis_ci.models.workflow import Workflow
from genesis_ci.redaction import HIDDEN
from genesis_ci.result import ResultError, parse, read_texts
from genesis_ci.text import clean_line, in_one_spelling, without_full_stop

MAX_AT_START = 1_000_000
"""Characters; a signal waits until they are read."""
RUN_AGAIN = RETRIED_VERDICTS | {Verdict.CANCELLED, Verdict.SKIPPED}
"""Verdicts with which a run has ended, so that only another one may pass."""


class Earlier(NamedTuple):
    """The change that an earlier job tested, the config file that it read, and its runs."""

    tested: Change = Change()
    config: str | None = None
    runs: tuple[WorkflowReport, ...] = ()


def read_runs_to_attach(path: str, job: Inputs, own: Change, *, is_skipped: bool) -> Earlier:
    """Return what the file of an earlier job records; report one without a run."""
    earlier = Earlier()
    try:
        report = parse(job.reader.read_file(path))
        tested = tested_change(report)
        earlier = Earlier(tested, report.config)
        if is_of_another(tested, own):
            words = fill(
                "{subject}: {changes}. The verdict is about the runs in the file.",
                subject=_subject(job),
                changes=both_changes(tested, own),
            )
            job.reader.warnings.append(words)
        runs = checked_runs(report, api_url=job.reader.api_url)
        if any(run.execution_id or run.outcome.verdict is Verdict.NOT_RUN for run in runs):
            return earlier._replace(runs=runs)
        problem = _("it names no run to attach to")
    except ValueError as error:
        problem = str(error)
    if not is_skipped:
        text = N_("{problem}. Name the result.json of the job that triggered")
        job.problem(_subject(job), fill(text, problem=without_full_stop(problem)))
    return earlier


def is_of_config(earlier: Earlier, job: Inputs, config: str | None) -> bool:
    """Return whether the config file lists the runs; report it if the earlier job read none."""
    if config and earlier.runs and not earlier.config:
        words = fill(
            "its job read no config file, and this one reads {config}. Set config: none if its "
            "runs are all there are",
            config=quoted_in_language(config),
        )
        job.problem(_subject(job), words)
        return False
    if earlier.config and not config:
        words = fill(
            "{subject}: this job reads no config file, and the earlier one read {config}: every "
            "run in the file counts as required.",
            subject=_subject(job),
            config=quoted_in_language(earlier.config),
        )
        job.reader.notices.append(words)
    return config is not None


def _subject(job: Inputs) -> str:
    return "from" if job.has("from") else "--from"


def with_earlier_runs(
    workflows: Sequence[Workflow], path: str, job: Inputs, own: Change, hide: Callable[[str], str]
) -> tuple[Workflow, ...]:
    """Return the workflows of `failed-from`: those that need no new run attach to the earlier one.

    They have what is `shown` of their variables, because the file has that.
    """
    try:
        report = parse(job.reader.read_file(path))
        runs = checked_runs(report, api_url=job.reader.api_url)
    except NoFileError:
        words = fill(
            "failed-from: there is no {path}, so every workflow is triggered.",
            path=quoted_in_language(path),
        )
        job.reader.notices.append(words)
        return (*workflows,)
    except ValueError as error:
        text = N_("{problem}. Name the result.json of an earlier job for this commit")
        job.problem("failed-from", fill(text, problem=without_full_stop(str(error))))
        return (*workflows,)
    tested = tested_change(report)
    if own.sha is None or own.sha != tested.sha:
        changes = both_changes(tested, own)
        words = fill("failed-from: {changes}, so every workflow is triggered.", changes=changes)
        job.reader.warnings.append(words)
        return (*workflows,)
    left = [run for run in runs if run.execution_id and run.outcome.verdict not in RUN_AGAIN]
    each = list(workflows)
    for position, workflow in enumerate(workflows):
        if run := next((run for run in left if _is_of_entry(run, workflow)), None):
            left.remove(run)
            each[position] = replace(
                workflow,
                execution_id=run.execution_id,
                wait_for=None,
                earlier=run.earlier,
                triggered_by=hide(clean_line(report.job_url or path)),
            )
    return (*each,)


def _is_of_entry(run: WorkflowReport, workflow: Workflow) -> bool:
    """Return whether a run is of a workflow that would be triggered with the same variables."""
    waits, sent = workflow.wait_for, read_texts(dict(workflow.shown))
    known = run.variables.items()
    is_triggered = workflow.workflow_id and not (workflow.ended or workflow.execution_id)
    has_all_variables = not (waits and waits.variable)  # else an address is not known yet
    return bool(
        is_triggered
        and has_all_variables
        and run.name == clean_line(workflow.title)
        and in_one_spelling(run.workflow_id) == in_one_spelling(workflow.workflow_id)
        and run.variables.keys() == sent.keys()
        and all(sent[name] == text or HIDDEN in (sent[name], text) for name, text in known)
    )


def report_unlisted(
    run: WorkflowReport, job: Inputs, path: str, *, id_of_job: str | None, in_file: bool
) -> None:
    """Report a run that only the earlier job lists; it is required in any case."""
    if id_of_job and run.workflow_id and run.workflow_id.lower() != id_of_job:
        text = N_("its run of {actual} is none of workflow-id, {expected}.")
        words = fill(text, actual=run.workflow_id, expected=id_of_job)
        job.reader.problems.append(Mistake(words, subject=_subject(job), file=path))
    if in_file:
        words = fill(
            "{subject}: {name} is not in the config file; it is watched too.",
            subject=_subject(job),
            name=quoted_in_language(run.name),
        )
        job.reader.notices.append(words)


def tested_change(report: JobReport) -> Change:
    """Return the change that an earlier job tested; only a full id is a commit."""
    has_commit = re.fullmatch(COMMIT, report.change.sha or "")
    return report.change if has_commit else report.change._replace(sha=None)


def is_of_another(tested: Change, own: Change) -> bool:
    """Return whether a file records another commit or repository than this job, or no commit."""
    repositories = {one.repository.lower() for one in (tested, own) if one.repository}
    return own.sha not in {None, tested.sha} or len(repositories) > 1


def both_changes(tested: Change, own: Change, fill: Callable[..., str] = fill) -> str:
    """Return what the file and the job test; with `str.format` it is part of a problem."""
    commit = fill("commit {commit}", commit=tested.short_sha) if tested.sha else fill("no commit")
    theirs, ours = (
        fill("{commit} of {repository}", commit=commit, repository=one) if one else commit
        for commit, one in ((commit, tested.repository), (own.short_sha, own.repository))
    )
    if not own.sha:
        return fill("the file records {theirs}; the commit of this job is not known", theirs=theirs)
    return fill("the file records {theirs}; this job tests {ours}", theirs=theirs, ours=ours)


def checked_runs(report: JobReport, *, api_url: str | None) -> tuple[WorkflowReport, ...]:
    """Return the workflows of an earlier job with the fields that this job may rely on.

    These are name, ids, variables, verdict, what left it out, and failed attempts with their
    findings, because what failed has to pass. `required` is only for messages.

    Raises `ResultError` if the file is of another server than `api_url`, a workflow has no name, or
    two have the same run.
    """
    if api_url and report.api_url not in (api_url, ""):
        raise ResultError(_("its runs belong to another server than api-url"))
    runs = tuple(
        _checked(run, f"workflow {place}") for place, run in enumerate(report.workflows, start=1)
    )
    ids = [in_one_spelling(run.execution_id) for run in runs if run.execution_id]
    if len(set(ids)) < len(ids):
        raise ResultError(_("it names one run for two workflows"))
    return runs


def recorded(text: str) -> Earlier:
    """Return what a file records, for a job that ends before it reads its inputs."""
    with suppress(ResultError):
        report = parse(text if len(text) <= MAX_AT_START else "")
        return Earlier(tested_change(report), report.config, checked_runs(report, api_url=None))
    return Earlier()


def _checked(run: WorkflowReport, what: str) -> WorkflowReport:
    if not run.name:
        raise ResultError(f"{what} has no name")
    if len(run.earlier) >= MOST_ATTEMPTS:
        raise ResultError(f"the earlier attempts of {what} are malformed")
    name = clean_line(run.name)
    return replace(
        _with_own_message(run, name=name),
        workflow_id=run.workflow_id,
        variables=run.variables,
        required=run.required,
        earlier=tuple(
            replace(_with_own_message(attempt, name=name), findings=attempt.findings)
            for attempt in run.earlier
        ),
    )


def _with_own_message(run: WorkflowReport, *, name: str) -> WorkflowReport:
    verdict = run.outcome.verdict
    words = fill("An earlier job says that it ended {verdict}.", verdict=_(verdict))
    left_out_by = run.outcome.left_out_by if verdict is Verdict.NOT_RUN else None
    outcome = outcomes.make(verdict, words, left_out_by=left_out_by)
    return WorkflowReport(name=name, outcome=outcome, execution_id=run.execution_id)


def attached_to(workflow: Workflow, run: WorkflowReport) -> Workflow:
    """Return a workflow that attaches to a run of an earlier job, or is red if it has none."""
    ended = None if run.execution_id else outcomes.no_run_from_earlier_job(run.outcome.verdict)
    is_named = run.name not in {run.workflow_id, run.execution_id, UNNAMED}
    return replace(
        workflow,
        name=workflow.name or (run.name if is_named else None),
        execution_id=run.execution_id,
        variables={},
        wait_for=None,
        ended=workflow.ended or ended,
        earlier=run.earlier,
    )


def assigned(
    workflows: Sequence[Workflow], runs: Sequence[WorkflowReport]
) -> tuple[dict[int, WorkflowReport], tuple[WorkflowReport, ...]]:
    """Return the run of each workflow, by the workflow's position, and the other runs.

    A run is for one workflow at most. Workflows with a name are first, because an unnamed run has
    its name in Genesis, which may be the name of another workflow here.
    """
    left = list(runs)
    found: dict[int, WorkflowReport] = {}
    for position in sorted(range(len(workflows)), key=lambda one: not workflows[one].is_named):
        run = next((run for run in left if _is_run_of_workflow(run, workflows[position])), None)
        if run:
            left.remove(run)
            found[position] = run
    return found, tuple(left)


def _is_run_of_workflow(run: WorkflowReport, workflow: Workflow) -> bool:
    if workflow.execution_id:
        return in_one_spelling(run.execution_id) == in_one_spelling(workflow.execution_id)
    if run.workflow_id and run.workflow_id.lower() != workflow.workflow_id:
        return False
    return run.name == workflow.name if workflow.is_named else run.workflow_id is not None
