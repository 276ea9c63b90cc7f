"""Brings what is known of a job to every place: files, outputs, summary, annotations, log."""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from genesis_ci import log
from genesis_ci.config.settings import Reporting
from genesis_ci.errors import place_of
from genesis_ci.execution.outcomes import (
    bug_outcome,
    interrupted_outcome,
    killed_outcome,
    unproved_outcome,
)
from genesis_ci.models import Level, Outcome, Problem, RunReport, Workflow, WorkflowReport
from genesis_ci.providers.base import Provider
from genesis_ci.reporters import annotations, html, junit, outputs, result, summary
from genesis_ci.system.workspace import Workspace

JUNIT = "junit.xml"
RESULT = "result.json"
REPORTS: dict[str, Callable[[RunReport], str]] = {
    JUNIT: junit.render,
    "summary.md": summary.render,
    RESULT: result.render,
    "report.html": html.render,
    "genesis.env": outputs.render_dotenv,
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


def unfinished(run: Workflow, outcome: Outcome, *, execution_id: str | None) -> WorkflowReport:
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
    return replace(
        report, outcome=outcome, workflows=workflows, problems=(Problem(words=outcome.message),)
    )


ALWAYS_AT_ONCE = 16
"""Up to so many execution ids each is written the moment it is known; then a sixteenth may wait."""
LONGEST_WRITE = 0.3
"""Seconds that a rescue waits for a write under way."""
Step = Callable[[], object]


class Delivery:
    """Where one job's evidence goes.

    Args:
        reporting: what the job's inputs say of it.
        colours: whether the log shows colours.
    """

    def __init__(
        self,
        provider: Provider,
        workspace: Workspace,
        reporting: Reporting,
        *,
        colours: bool = False,
    ) -> None:
        self._provider = provider
        self._workspace = workspace
        self._report_dir = reporting.report_dir
        self._with_summary = reporting.summary
        self._output_block = reporting.output_block
        self._colours = colours
        self._runs: tuple[Workflow, ...] = ()
        self._files: Collection[str] = ()
        self._ids: dict[int, str] = {}
        self._ids_written = 0
        self._blank: RunReport | None = None
        self._writing = threading.Lock()
        self._written: set[str] = set()
        self._unwritten: dict[str, str] = {}

    def begin(
        self,
        blank: RunReport,
        runs: Sequence[Workflow] = (),
        *,
        files: Collection[str] = tuple(REPORTS),
    ) -> str | None:
        """Replace the files of an earlier job, so that a killed job leaves no green ones behind.

        `blank` is the report of a job of which nothing is known yet but the `runs` asked for;
        only `files` are replaced, also by a rescue, until it begins again with more.
        Returns a problem where the JUnit file cannot be written: a job that could leave no
        evidence must not start anything.
        """
        self._blank = blank
        self._runs = tuple(runs)
        self._files = files
        with self._writing:
            self._leave_interim(killed_outcome(), only=files)
        reason = self._unwritten.get(JUNIT)
        return reason and (
            f"report-dir: {self._report_dir}/{JUNIT} could not be written: {reason}. Give a "
            "directory inside the workspace that this job may write to."
        )

    def execution_known(self, run: Workflow, execution_id: str) -> None:
        """Write the execution id to the outputs at once: a killed job leaves it behind.

        Of hundreds, the newest may wait for a few more: writing them all each time would take
        longer than triggering them.
        """
        self._ids[id(run)] = execution_id
        ids = self._known_ids
        every = len(ids) == len(self._runs)
        if not every and len(ids) - self._ids_written < len(ids) / ALWAYS_AT_ONCE:
            return
        self._ids_written = len(ids)
        doubled = len(ids) & (len(ids) - 1) == 0 or every
        with self._writing:
            self._leave_interim(killed_outcome(), only=REPORTS if doubled else QUICK_REPORTS)
        self._write("genesis.env", outputs.render_started_dotenv(ids))
        joined = ",".join(ids)
        self._try("outputs", lambda: self._provider.outputs({"execution-id": joined}))

    @property
    def _known_ids(self) -> list[str]:
        found = (self._ids.get(id(run), run.execution_id) for run in self._runs)
        return [one for one in found if one]

    def rescue(self, exit_code: int) -> str:
        """Write the evidence of an interrupted job that is stuck; return the log's last line.

        Runs beside a thread that may be in the middle of anything: says nothing itself, and lets
        that thread write nothing more.
        """
        self._writing.acquire(timeout=LONGEST_WRITE)
        ids = ",".join(self._known_ids)
        outcome = interrupted_outcome(ids, exit_code=exit_code, may_run=bool(self._runs))
        report = self._leave_interim(outcome, only=self._files)
        if report is None:
            return ""
        self._provider.outputs(self._values(report))
        if self._with_summary:
            self._provider.summary(summary.render(report))
        return log.last_line(report)

    def deliver(self, report: RunReport) -> int:
        """Write all evidence and return the exit code.

        A bug on the way makes the job red, and so does a JUnit file that could not be written:
        what stands in its place is no proof of a green.
        """
        texts, bug = render_all(report)
        bug = bug or self._bring(report, texts)
        if bug:
            report = internal_error(report, bug)
        elif report.outcome.green and JUNIT in self._unwritten:
            report = replace(report, outcome=self._unproved(report))
        else:
            return report.outcome.exit_code
        texts, _ = render_all(report)
        self._bring(report, {JUNIT: LAST_RESORT_JUNIT, **texts})
        return report.outcome.exit_code

    def _unproved(self, report: RunReport) -> Outcome:
        ids = " ".join(filter(None, (workflow.execution_id for workflow in report.workflows)))
        path = f"{self._report_dir}/{JUNIT}"
        return unproved_outcome(report.outcome, f"{path}: {self._unwritten[JUNIT]}", ids or None)

    def _bring(self, report: RunReport, texts: Mapping[str, str]) -> str | None:
        """Bring everything to its place, and return the place of the first bug on the way."""
        bugs = []
        for step in self._steps(report, texts):
            try:
                step()
            except Exception as bug:
                bugs.append(place_of(bug))
        return bugs[0] if bugs else None

    def _steps(self, report: RunReport, texts: Mapping[str, str]) -> Iterator[Step]:
        for name, text in texts.items():
            yield partial(self._write, name, text)
        yield self._write_provider_files
        yield lambda: self._try("outputs", lambda: self._provider.outputs(self._values(report)))
        if self._with_summary and "summary.md" in texts:
            yield lambda: self._try(
                "step summary", lambda: self._provider.summary(texts["summary.md"])
            )
        yield lambda: self._say(report)
        yield lambda: self._provider.line(log.last_line(report))

    def _values(self, report: RunReport) -> dict[str, str]:
        values = outputs.render(
            report, report_dir=self._report_dir, output_block=self._output_block
        )
        return {**values, "junit-path": ""} if JUNIT in self._unwritten else values

    def _leave_interim(self, outcome: Outcome, only: Collection[str]) -> RunReport | None:
        """Leave files that say how the job ended, if this is the last that is heard of it."""
        if self._blank is None:
            return None
        workflows = tuple(
            unfinished(run, outcome, execution_id=self._ids.get(id(run), run.execution_id))
            for run in self._runs
        )
        report = replace(self._blank, outcome=outcome, workflows=workflows)
        for name, text in render_all(report, only)[0].items():
            self._unwritten.pop(name, None)
            try:
                self._workspace.write(f"{self._report_dir}/{name}", text)
            except (OSError, ValueError) as error:
                self._unwritten[name] = _reason(error)
        return report

    def _write_provider_files(self) -> None:
        for name, text in self._provider.files(self._report_dir).items():
            self._write(name, text)

    def _write(self, name: str, text: str) -> None:
        path = f"{self._report_dir}/{name}"
        self._written.discard(name)
        self._unwritten.pop(name, None)
        if reason := self._try(path, lambda: self._workspace.write(path, text)):
            self._unwritten[name] = reason
        else:
            self._written.add(name)

    def _say(self, report: RunReport) -> None:
        for workflow in report.workflows:
            for line in log.ending(workflow, colours=self._colours):
                self._provider.line(line)
        self._annotate(report)
        if warning := outputs.missing_block(report, self._output_block):
            self._provider.annotate(Level.WARNING, annotations.TITLE, warning)
        if report.problems and report.outcome.hint:
            self._provider.line(report.outcome.hint)
        self._provider.line(f"  reports    {self._places()}")

    def _places(self) -> str:
        written = [name for name in REPORTS if name in self._written]
        if not written:
            return f"none could be written to {self._report_dir}/"
        return f"{self._report_dir}/ ({', '.join(written)})"

    def _annotate(self, report: RunReport) -> None:
        """Annotate; in a plain log the workflows' closing lines have said the rest already."""
        most = self._provider.annotations_kept
        every = annotations.of_job(report) if most is None else annotations.render(report)
        shown = every if most is None else annotations.kept(every, most=most)
        for one in shown:
            self._provider.annotate(one.level, one.title, one.message, file=one.file, line=one.line)
        for one in every:
            if one not in shown:
                self._provider.line(f"{one.level}: {one.title}: {one.message}")

    def _try(self, what: str, write: Step) -> str | None:
        """Write one piece, or say and return why not; the others have their chance too."""
        try:
            with self._writing:
                write()
            return None
        except (OSError, ValueError) as error:
            reason = _reason(error)
            words = f"{what} could not be written: {reason}."
            self._provider.annotate(Level.WARNING, annotations.TITLE, words)
            return reason


def _reason(error: OSError | ValueError) -> str:
    told = error.strerror if isinstance(error, OSError) else None
    return told or "a name that is no place"
