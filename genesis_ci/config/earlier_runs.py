"""The inputs `from` and `failed-from`: what is wrong with the file of an earlier job."""

from collections.abc import Callable

from genesis_ci.config.reader import Inputs
from genesis_ci.document.problems import Mistake, NoFileError, quoted_in_language
from genesis_ci.earlier_job import EarlierJob, checked_runs, tested_change, with_earlier_runs
from genesis_ci.language import N_, _, fill
from genesis_ci.models.change import Change
from genesis_ci.models.report import Verdict, WorkflowReport
from genesis_ci.models.workflow import Workflow
from genesis_ci.result import parse
from genesis_ci.text import clean_line, without_full_stop


def read_runs_to_attach(path: str, job: Inputs, own: Change, *, is_skipped: bool) -> EarlierJob:
    """Return what the file of an earlier job records; report one without a run."""
    earlier = EarlierJob()
    try:
        report = parse(job.reader.read_file(path))
        tested = tested_change(report)
        earlier = EarlierJob(tested, report.config)
        if _is_of_another(tested, own):
            words = fill(
                "{subject}: {changes}. The verdict is about the runs in the file.",
                subject=_subject(job),
                changes=_both_changes(tested, own),
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


def is_of_config(earlier: EarlierJob, job: Inputs, config: str | None) -> bool:
    """Return whether the config file lists the runs.

    Report it if the earlier job read none, and the input `config` does not say that it is meant.
    """
    if config and earlier.runs and not (earlier.config or job.has("config")):
        words = fill(
            "its job read no config file, and this one reads {config}. Set config: none if its "
            "runs are all there are, or set config to this file",
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


def attached_where_passed(
    workflows: tuple[Workflow, ...], path: str, job: Inputs, own: Change, hide: Callable[[str], str]
) -> tuple[Workflow, ...]:
    """Return the workflows of `failed-from`, all of them unchanged if the file is of no use."""
    try:
        report = parse(job.reader.read_file(path))
        runs = checked_runs(report, api_url=job.reader.api_url)
    except NoFileError:
        words = fill(
            "failed-from: there is no {path}, so every workflow is triggered.",
            path=quoted_in_language(path),
        )
        job.reader.notices.append(words)
        return workflows
    except ValueError as error:
        text = N_("{problem}. Name the result.json of an earlier job for this commit")
        job.problem("failed-from", fill(text, problem=without_full_stop(str(error))))
        return workflows
    tested = tested_change(report)
    if own.sha is None or own.sha != tested.sha:
        changes = _both_changes(tested, own)
        words = fill("failed-from: {changes}, so every workflow is triggered.", changes=changes)
        job.reader.warnings.append(words)
        return workflows
    where = hide(clean_line(report.job_url or path))
    return with_earlier_runs(workflows, runs, triggered_by=where)


def _subject(job: Inputs) -> str:
    return "from" if job.has("from") else "--from"


def _is_of_another(tested: Change, own: Change) -> bool:
    """Return whether a file records another commit or repository than this job, or no commit."""
    repositories = {one.repository.lower() for one in (tested, own) if one.repository}
    return own.sha not in {None, tested.sha} or len(repositories) > 1


def _both_changes(tested: Change, own: Change) -> str:
    """Return what the file and the job test."""
    commit = fill("commit {commit}", commit=tested.short_sha) if tested.sha else fill("no commit")
    theirs, ours = (
        fill("{commit} of {repository}", commit=commit, repository=one) if one else commit
        for commit, one in ((commit, tested.repository), (own.short_sha, own.repository))
    )
    if not own.sha:
        return fill("the file records {theirs}; the commit of this job is not known", theirs=theirs)
    return fill("the file records {theirs}; this job tests {ours}", theirs=theirs, ours=ours)
