"""The files of the report directory as texts, for every end that a job can have."""

from collections.abc import Callable, Collection
from dataclasses import replace

from genesis_ci.domain import Outcome, RunReport, WorkflowReport, WorkflowRun
from genesis_ci.endings import bug_outcome
from genesis_ci.errors import place_of
from genesis_ci.reporters import dotenv, html, junit, result, summary

JUNIT = "junit.xml"
RESULT = "result.json"
REPORTS: dict[str, Callable[[RunReport], str]] = {
    JUNIT: junit.render,
    "summary.md": summary.render,
    RESULT: result.render,
    "report.html": html.render,
    "genesis.env": dotenv.render,
}
"""The files of the report directory, the one that machines wait for first."""
QUICK_REPORTS = (RESULT, "genesis.env")
"""What is brought up to date with every execution id; the others follow as their number doubles,
or two hundred workflows would keep the job busy with writing."""
LAST_RESORT_JUNIT = """\
<?xml version="1.0" encoding="utf-8"?>
<testsuites tests="1" failures="0" errors="1">
  <testsuite name="genesis-ci" tests="1" failures="0" errors="1" skipped="0">
    <testcase name="(job)" classname="genesis-ci" time="0.000">
      <error type="error" message="bug of genesis-ci">A bug of genesis-ci: no report could be made.
This is not a verdict about the workflow.</error>
    </testcase>
  </testsuite>
</testsuites>
"""


def render_all(
    report: RunReport, only: Collection[str] = tuple(REPORTS)
) -> tuple[dict[str, str], str | None]:
    """Return the texts by file name, and what is known of the first that could not be made."""
    texts: dict[str, str] = {}
    broken = None
    for name in only:
        try:
            texts[name] = REPORTS[name](report)
        except Exception as bug:
            broken = broken or f"the report {name} could not be made: {place_of(bug)}"
    return texts, broken


def unfinished(run: WorkflowRun, outcome: Outcome, *, execution_id: str | None) -> WorkflowReport:
    """Return the report of a workflow whose end this job has not seen."""
    return WorkflowReport(
        name=run.title,
        outcome=outcome,
        workflow_id=run.workflow_id,
        execution_id=execution_id,
        variables=run.shown,
        required=run.policy.required,
        attached=run.execution_id is not None,
    )


def internal_error(report: RunReport, what: str) -> RunReport:
    """Return the report of a job that met a bug of ours: red, saying so, and easy to render."""
    outcome = bug_outcome(what)
    workflows = tuple(
        replace(workflow, outcome=outcome, execution=None, variables={}, notes=())
        for workflow in report.workflows
    )
    return replace(report, outcome=outcome, workflows=workflows, problems=(outcome.message,))
