"""`failed-from`: which workflows an earlier job's runs may stand for, so that they need not run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from genesis_ci.config import parsers
from genesis_ci.config.previous_job import assigned, read_report, runs_of
from genesis_ci.config.sources import Reader
from genesis_ci.models import RETRIED_VERDICTS, RunReport, Verb, Workflow, WorkflowReport
from genesis_ci.result import ResultError

NAME = "failed-from"


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What may be kept: the workflows with their runs, and what people should know."""

    workflows: tuple[Workflow, ...]
    notices: tuple[str, ...] = ()


def kept_runs(
    job: Reader,
    workflows: Sequence[Workflow],
    *,
    verb: Verb,
    attaches: bool,
    read_file: Callable[[str], str],
    api_url: str | None,
    sha: str | None,
) -> Kept:
    """Return the workflows, each with the earlier job's run that may stand for it.

    Only names are taken from the file: the runner asks Genesis what became of each run. `sha` is
    the commit under test, `attaches` says whether something else names runs to attach to.
    """
    everything = Kept(workflows=tuple(workflows))
    path = job.read(NAME, str)
    if not path:
        return everything
    if misuse := _misuse(verb, workflows, attaches=attaches):
        job.problem(NAME, misuse)
        return everything
    try:
        report = read_report(read_file, path)
        runs = runs_of(report, api_url=api_url)
        _check_commit(report, sha)
    except FileNotFoundError:
        notice = f"{NAME}: there is no {parsers.quoted(path)}, so every workflow is triggered."
        return replace(everything, notices=(notice,))
    except ResultError as error:
        job.problem(NAME, str(error))
        return everything
    found, _ = assigned(workflows, [run for run in runs if _may_be_kept(run)])
    where = report.job_url or path
    return Kept(
        workflows=tuple(
            _with_run(workflow, found.get(place), where) for place, workflow in enumerate(workflows)
        )
    )


def _misuse(verb: Verb, workflows: Sequence[Workflow], *, attaches: bool) -> str | None:
    if verb not in {Verb.RUN, Verb.CHECK}:
        return f"it is for run, and {verb} does not run what failed"
    if attaches or any(workflow.execution_id for workflow in workflows):
        return "execution-id attaches to runs, and failed-from says which to trigger; drop one"
    if not all(workflow.wait for workflow in workflows):
        return "without waiting nothing passes or fails; drop wait: false"
    return None


def _check_commit(report: RunReport, sha: str | None) -> None:
    """Refuse the file of another commit: its results do not apply to the commit under test."""
    if report.change.sha == sha:
        return
    theirs = f"commit {report.change.sha[:7]}" if report.change.sha else "no commit"
    ours = f"this job tests {sha[:7]}" if sha else "the commit of this job is not known"
    raise ResultError(f"the file records {theirs}; {ours}")


def _may_be_kept(run: WorkflowReport) -> bool:
    return run.execution_id is not None and run.outcome.verdict not in RETRIED_VERDICTS


def _with_run(workflow: Workflow, run: WorkflowReport | None, where: str) -> Workflow:
    if run is None:
        return workflow
    return replace(workflow, keeps=run.execution_id, kept_from=where, earlier=run.earlier)
