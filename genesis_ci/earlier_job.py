"""What an earlier job's `result.json` records, and which of its runs this job attaches to.

Nothing proves who wrote the file. It may name runs, but it does not decide which are required.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from genesis_ci import outcomes
from genesis_ci.language import _, fill
from genesis_ci.models.change import COMMIT, Change
from genesis_ci.models.policy import MOST_ATTEMPTS
from genesis_ci.models.report import RETRIED_VERDICTS, UNNAMED, JobReport, Verdict, WorkflowReport
from genesis_ci.models.workflow import Workflow
from genesis_ci.redaction import HIDDEN
from genesis_ci.result import ResultError, parse, read_texts
from genesis_ci.text import clean_line, in_one_spelling

MAX_AT_START = 1_000_000
"""Characters; a signal waits until they are read."""
RUN_AGAIN = RETRIED_VERDICTS | {Verdict.CANCELLED, Verdict.SKIPPED}
"""Verdicts with which a run has ended, so that only another one may pass."""


class EarlierJob(NamedTuple):
    """The change that an earlier job tested, the config file that it read, and its runs."""

    tested: Change = Change()
    config: str | None = None
    runs: tuple[WorkflowReport, ...] = ()


def recorded(text: str) -> EarlierJob:
    """Return what a file records, for a job that ends before it reads its inputs."""
    with suppress(ResultError):
        report = parse(text if len(text) <= MAX_AT_START else "")
        return EarlierJob(tested_change(report), report.config, checked_runs(report, api_url=None))
    return EarlierJob()


def tested_change(report: JobReport) -> Change:
    """Return the change that an earlier job tested; only a full id is a commit."""
    has_commit = re.fullmatch(COMMIT, report.change.sha or "")
    return report.change if has_commit else report.change._replace(sha=None)


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


def with_earlier_runs(
    workflows: Sequence[Workflow], runs: Sequence[WorkflowReport], *, triggered_by: str
) -> tuple[Workflow, ...]:
    """Return the workflows of `failed-from`: those that need no new run attach to the earlier one.

    They have what is `shown` of their variables, because the file has that.
    """
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
                triggered_by=triggered_by,
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
