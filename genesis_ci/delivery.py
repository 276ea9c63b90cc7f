"""Brings a finished job's report to every place: files, outputs, summary, annotations, log."""

from collections.abc import Callable
from dataclasses import replace

from genesis_ci.domain import Outcome, RunReport, Verdict, WorkflowReport
from genesis_ci.gate import INTERNAL_ERROR
from genesis_ci.providers.base import Level, Provider
from genesis_ci.reporters import console, dotenv, html, junit, outputs, result, summary
from genesis_ci.workspace import Workspace

TITLE = "genesis-ci"
REPORTS: dict[str, Callable[[RunReport], str]] = {
    "junit.xml": junit.render,
    "summary.md": summary.render,
    "result.json": result.render,
    "report.html": html.render,
    "genesis.env": dotenv.render,
}
"""The files of the report directory, the one that machines wait for first."""


class Delivery:
    """Where one job's evidence goes.

    Args:
        report_dir: relative to the workspace.
        with_summary: whether the CI's summary page is written too.
        output_block: the block whose output is the job's.
        colours: whether the log shows colours.
    """

    def __init__(
        self,
        provider: Provider,
        workspace: Workspace,
        *,
        report_dir: str,
        with_summary: bool = True,
        output_block: str | None = None,
        colours: bool = False,
    ) -> None:
        self._provider = provider
        self._workspace = workspace
        self._report_dir = report_dir
        self._with_summary = with_summary
        self._output_block = output_block
        self._colours = colours
        self._ids: list[str] = []

    def execution_known(self, execution_id: str) -> None:
        """Write the execution id to the outputs at once: a killed job leaves it behind."""
        self._ids.append(execution_id)
        self._write("genesis.env", dotenv.render_started(self._ids))
        self._try("outputs", lambda: self._provider.outputs({"execution-id": ",".join(self._ids)}))

    def deliver(self, report: RunReport) -> int:
        """Write all evidence and return the exit code; a report that fails makes the job red."""
        texts, broken = _render(report)
        if broken:
            report = internal_error(report, f"The report {broken} could not be made.")
            texts, _ = _render(report)
        for name, text in (texts | dict(self._provider.files(self._report_dir))).items():
            self._write(name, text)
        self._say(report)
        values = outputs.render(
            report, report_dir=self._report_dir, output_block=self._output_block
        )
        self._try("outputs", lambda: self._provider.outputs(values))
        if self._with_summary and "summary.md" in texts:
            self._try("step summary", lambda: self._provider.summary(texts["summary.md"]))
        self._provider.line(console.last_line(report))
        return report.outcome.exit_code

    def _write(self, name: str, text: str) -> None:
        path = f"{self._report_dir}/{name}"
        self._try(path, lambda: self._workspace.write(path, text))

    def _say(self, report: RunReport) -> None:
        for workflow in report.workflows:
            for line in console.ending(workflow, colours=self._colours):
                self._provider.line(line)
            if self._provider.annotations_show_elsewhere:
                self._annotate(workflow)
        if not report.workflows:
            self._annotate_job(report)
        self._provider.line(f"  reports    {self._report_dir}/ ({', '.join(REPORTS)})")

    def _annotate(self, workflow: WorkflowReport) -> None:
        outcome = workflow.outcome
        if outcome.green and not outcome.lenient:
            return
        quiet = outcome.lenient or not workflow.required
        level = Level.WARNING if quiet else Level.ERROR
        self._provider.annotate(level, f"{TITLE}: {workflow.name}", _words(outcome))

    def _annotate_job(self, report: RunReport) -> None:
        level = Level.NOTICE if report.outcome.green else Level.ERROR
        for words in report.problems or (report.outcome.message,):
            self._provider.annotate(level, TITLE, words)
        if report.outcome.hint:
            self._provider.line(report.outcome.hint)

    def _try(self, what: str, write: Callable[[], None]) -> None:
        """Write one piece; where the machine refuses, the others still have their chance."""
        try:
            write()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "a name that is no place"
            self._provider.annotate(Level.WARNING, TITLE, f"{what} could not be written: {reason}.")


def internal_error(report: RunReport, what: str) -> RunReport:
    """Return the report of a job that met a bug of ours: red, saying so, and easy to render."""
    outcome = bug_outcome(what)
    workflows = tuple(
        replace(workflow, outcome=outcome, execution=None, variables={}, notes=())
        for workflow in report.workflows
    )
    return replace(report, outcome=outcome, workflows=workflows, problems=(outcome.message,))


def bug_outcome(what: str) -> Outcome:
    """The outcome when this tool itself went wrong; `what` names the place, never a value."""
    return Outcome(
        verdict=Verdict.ERROR,
        exit_code=INTERNAL_ERROR,
        message=f"This is a bug of genesis-ci, not a verdict about the workflow: {what}",
        hint="Please report it with this log. A run that was started may still be going; "
        "its execution id is in the outputs.",
    )


def _render(report: RunReport) -> tuple[dict[str, str], str | None]:
    """Return the texts by file name, and the name of the first that could not be made."""
    texts: dict[str, str] = {}
    broken = None
    for name, render in REPORTS.items():
        try:
            texts[name] = render(report)
        except Exception as bug:
            broken = broken or f"{name} ({type(bug).__name__})"
    return texts, broken


def _words(outcome: Outcome) -> str:
    return f"{outcome.message} {outcome.hint or ''}".strip()
