"""Writes the report of a job to files, outputs, summary, annotations and log."""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import cache, partial
from shlex import quote
from typing import Any

from genesis_ci import DOCUMENTATION, outcomes, result
from genesis_ci.config.config_file import CONFIG_NAMES
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.settings import Reporting, Settings
from genesis_ci.errors import place_of, reason_of
from genesis_ci.jobs import plan_document
from genesis_ci.language import N_, _, commas, fill, in_sequence
from genesis_ci.models.report import (
    FROM,
    PROGRAM,
    Annotation,
    JobReport,
    Level,
    Outcome,
    Problem,
    WorkflowReport,
)
from genesis_ci.providers.base import Provider
from genesis_ci.reporters import annotations, ctrf, html, junit, last_lines, outputs, summary
from genesis_ci.reporters.facts import headline
from genesis_ci.reporters.truncate import Limits, fitted, text_lengths
from genesis_ci.system.workspace import MAX_READ, Workspace

DOTENV = "genesis.env"
JUNIT = "junit.xml"
RESULT = "result.json"
SUMMARY = "summary.md"
PAGE = "report.html"
PLAN = "plan.json"
OWN_DIRECTORY = N_("Give each job a report-dir of its own.")
STEP_SUMMARY = N_("step summary")
HOW_TO_LINK = N_(
    "no link yet: set run-url to the run's address in Genesis, with {execution_id} for the id"
)
HOW_TO_BE_STRICT = N_("{command} writes a strict .genesis-ci.yml from this run")
HOW_TO_BE_STRICT_IN_CI = N_("to make it a strict gate, see {site}first-hour.html")


def render_result(report: JobReport) -> str:
    """Return a `result.json` that can be read: if it is too long, the longest texts are cut."""
    every = [one for workflow in report.workflows for one in workflow.attempts]
    lists = [each for one in every for each in (one.blocks, one.findings, one.variables)]
    most = Limits(rows=max(map(len, lists), default=0), characters=MAX_READ)
    lengths = text_lengths(report._replace(workflows=tuple(every)), most)
    lengths += [len(text) for one in every for text in one.variables.values()]
    lengths += [len(one.execution.error or "") for one in every if one.execution]

    def rendered(limits: Limits) -> str:
        return result.render(report, characters=limits.characters, rows=limits.rows)

    return fitted(rendered, limit=MAX_READ, most=most, lengths=lengths)


REPORTS: dict[str, Callable[[JobReport], str]] = {
    DOTENV: outputs.dotenv,
    JUNIT: junit.render,
    "ctrf.json": ctrf.render,
    RESULT: render_result,
    SUMMARY: summary.render,
    PAGE: html.render,
}
"""The files of the report directory, written in this order: cheap and important ones first."""
OUTPUTS = N_("outputs")
EVIDENCE = (JUNIT, RESULT, DOTENV)
"""The files that a green job needs: later steps and people rely on them."""
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


def unwritable(report_dir: str, refusal: Callable[[str], str | None]) -> str | None:
    """Return the message if a file of `EVIDENCE` cannot be written; `refusal` says why, by path."""
    for path in (f"{report_dir}/{name}" for name in EVIDENCE):
        if reason := refusal(path):
            return fill(
                "report-dir: {path} could not be written: {reason}. Give a directory inside the "
                "workspace that this job may write to.",
                path=path,
                reason=reason,
            )
    return None


@dataclass(slots=True, eq=False)
class Publisher:
    """Publishes the reports of one job, and keeps the reasons of failed writes.

    Args:
        reporting: the destinations, from the job's inputs.
        files: the files of the report directory that are written.
        interruptible: the context in which the final reports are rendered; a signal may end it.
        settings: those of the job, for the plan of a dry-run, once they are read.
        closing: a marked sentence before the last line of the log.
        program: how a person starts the program again.
    """

    provider: Provider
    workspace: Workspace
    reporting: Reporting
    files: Collection[str] = tuple(REPORTS)
    interruptible: Callable[[], AbstractContextManager[None]] = nullcontext
    settings: Settings | None = None
    closing: str = ""
    program: str = PROGRAM
    _unwritten: dict[str, str] = field(init=False, default_factory=dict)
    _is_first_here: bool = field(init=False, default=False)
    _bug: str | None = field(init=False, default=None)
    _last_result: str | None = field(init=False, default=None)
    _last_outputs: dict[str, str] = field(init=False, default_factory=dict)
    _was_green: bool = field(init=False, default=False)

    @property
    def problem(self) -> str | None:
        """Why the job must not trigger anything: a file of `EVIDENCE` cannot be written."""
        return unwritable(self.reporting.report_dir, self._unwritten.get)

    def start(self, report: JobReport) -> None:
        """Write all files and outputs, for the case that the process is killed."""
        self._is_first_here = self.provider.is_shell and self._read_result() is None
        for name, render in self._renders(report).items():
            self._store_file(name, render)
        self._store_outputs(report)
        self._store_files_of_ci()

    def renew(self, report: JobReport) -> None:
        """Write the files and outputs with execution ids while the job runs."""
        report = self._as_strict(report)
        for name in (DOTENV, RESULT):
            self._store_file(name, partial(REPORTS[name], report))
        self._store_outputs(report)

    def publish(
        self, report: JobReport, on_stored: Callable[[JobReport], JobReport] = lambda report: report
    ) -> int:
        """Write everything, print the end of the log, and return the exit code.

        `on_stored` gets the report after it is stored, before the log shows it, and may return
        another one. A bug makes the job red. A green job becomes red without its evidence: the
        files of `EVIDENCE` and the outputs.
        """
        try:
            stored = self._stored(report)
            report = on_stored(stored)
            if report is not stored:
                report = self._stored(report)
            self._print_end(report)
        except Exception as bug:
            report = internal_error(report, place_of(bug))
            self._store_all(report)
            with suppress(Exception):
                on_stored(report)
            with suppress(Exception):
                self._print_end(report)
        return report.outcome.exit_code

    def _stored(self, report: JobReport) -> JobReport:
        # returns the report, red if its evidence is missing
        report = self._as_strict(report)
        replaced = self._replaced_by_another_job()
        if replaced and report.outcome.green:
            report = self._unproved(report, replaced, _(OWN_DIRECTORY))
        elif replaced:
            self._warn(in_sequence((fill("{text}.", text=replaced), _(OWN_DIRECTORY))))
        final = self._store_all(report)
        if self._bug:
            final = internal_error(report, self._bug)
            self._bug = None
        if final is not report:
            self._store_all(final)
        elif final.outcome.green:
            self._remove(self._unwritten)  # what still says that the job was killed
        return final

    def _store_all(self, report: JobReport) -> JobReport:
        """Write everything, and return the report, red if its evidence could not be written."""
        self._was_green |= report.outcome.green
        failed_before = {*self._unwritten}
        renders = self._renders(report)
        for name, render in renders.items():
            self._store_file(name, partial(self._interruptibly, render))
        judged = self._red_without_evidence(report)
        self._store_outputs(judged)
        if self.reporting.summary:
            self._store(_(STEP_SUMMARY), renders[SUMMARY], self.provider.summary)
        self._store_files_of_ci()
        if self._was_green and not report.outcome.green:
            # remove a green file that could not be replaced by a red one
            self._remove(self._unwritten.keys() - failed_before)
        return self._red_without_evidence(judged, _(OUTPUTS))

    def _red_without_evidence(self, report: JobReport, *more: str) -> JobReport:
        files = (*EVIDENCE, PLAN) if self.reporting.dry_run else EVIDENCE
        evidence = (*map(self._path, files), *more)
        missing = [name for name in evidence if name in self._unwritten]
        if not missing or not report.outcome.green:
            return report
        what, why = missing[0], self._unwritten[missing[0]]
        step = _("Free the disk, or give a report-dir that nothing else touches.")
        return self._unproved(report, fill("{what}: {why}", what=what, why=why), step)

    def _unproved(self, report: JobReport, what: str, step: str) -> JobReport:
        ids = [one.execution_id for one in report.selected if one.execution_id]
        outcome = outcomes.evidence_not_written(report.outcome, what, step, ids)
        return self._as_strict(report._replace(outcome=outcome))

    def _as_strict(self, report: JobReport) -> JobReport:
        """Return the report whose commands attach with the options of the job, and start here."""
        if not self.settings:
            return report
        options = self.settings.attach_with
        # without a config file, an id is enough, unless an attempt before that run failed
        if self.settings.config or any(one.earlier for one in report.workflows):
            options = {FROM: self._path(RESULT), **options}

        def strict(outcome: Outcome) -> Outcome:
            made = outcome._replace(attach_with=options, program=self.program)
            return made if outcome.attach_to else outcome

        return report.with_outcomes(strict)

    def _replaced_by_another_job(self) -> str | None:
        # otherwise a green job could replace the red reports of another job
        found = self._read_result() if self._last_result is not None else None
        if found is None or found == self._last_result:
            return None
        path = self._path(RESULT)
        return fill("{path}: another job wrote there while this one ran", path=path)

    def _read_result(self) -> str | None:
        with suppress(OSError, ValueError):
            return self.workspace.read(self._path(RESULT))
        return None

    def _remove(self, unwritten: Collection[str]) -> None:
        for path in map(self._path, self.files):
            if path in unwritten:
                with suppress(OSError):
                    self.workspace.remove(path)

    def _renders(self, report: JobReport) -> dict[str, Callable[[], str]]:
        """Return what makes each file of the report directory, in the order of writing."""
        plan = partial(plan_document.report_document, report, self.settings)
        reports = {name: cache(partial(render, report)) for name, render in REPORTS.items()}
        return {PLAN: plan, **reports} if self.reporting.dry_run else {**reports}

    def _store_file(self, name: str, make: Callable[[], str]) -> None:
        if name in (PLAN, *self.files):
            self._store(self._path(name), make, partial(self._write, name))

    def _store_outputs(self, report: JobReport) -> None:
        self._store(_(OUTPUTS), partial(self._outputs, report), self._write_outputs)

    def _store_files_of_ci(self) -> None:
        if self.files:
            make = partial(self.provider.files, self.reporting.report_dir)
            self._store(_("files for the CI"), make, self._write_each)

    def _outputs(self, report: JobReport) -> dict[str, str]:
        settings = self.settings if self.reporting.dry_run and report.outcome.green else None
        values = outputs.by_name(
            report,
            report_dir=self.reporting.report_dir,
            output_block=self.reporting.output_block,
            selected=outputs.selected(settings.workflows) if settings else "",
        )
        has_junit = self._path(JUNIT) not in self._unwritten
        return values if has_junit else {**values, "junit-path": ""}

    def _write_outputs(self, values: Mapping[str, str]) -> None:
        # the changed ones only, because GitHub's file of outputs is append-only
        changed = {name: v for name, v in values.items() if v != self._last_outputs.get(name)}
        if changed:
            self.provider.outputs(changed)
            self._last_outputs |= changed

    def _write(self, name: str, text: str) -> None:
        self.workspace.write(self._path(name), text)
        if name == RESULT:
            self._last_result = text

    def _write_each(self, texts: Mapping[str, str]) -> None:
        for name, text in texts.items():
            self._write(name, text)

    def _interruptibly(self, render: Callable[[], str]) -> str:
        with self.interruptible():
            return render()

    def _store(self, name: str, make: Callable[[], Any], write: Callable[[Any], None]) -> None:
        # keeps a problem or a bug, so that the other destinations are stored too
        try:
            content = make()
        except Exception as bug:
            words = fill("{what} could not be made: {place}", what=name, place=place_of(bug))
            self._bug = self._bug or words
            if name != self._path(JUNIT):
                return
            content = LAST_RESORT_JUNIT
        try:
            write(content)
            self._unwritten.pop(name, None)
        except (OSError, ValueError) as error:
            reason = reason_of(error) if isinstance(error, OSError) else None
            self._unwritten[name] = reason or _("a name that is not a path")
        except Exception as bug:
            self._bug = self._bug or place_of(bug)

    def _print_end(self, report: JobReport) -> None:
        for reason in dict.fromkeys(self._unwritten.values()):
            what = commas(name for name, why in self._unwritten.items() if why == reason)
            self._warn(fill("{what} could not be written: {reason}.", what=what, reason=reason))
        several, colours = len(report.workflows) > 1, self.provider.colours
        self._print_workflows(report, several=several, colours=colours)
        if warning := outputs.missing_block(report, self.reporting.output_block):
            self._warn(warning)
        write = self.provider.line if report.outcome.green else self.provider.always
        if report.problems and report.outcome.next_step:
            write(report.outcome.next_step)
        if several and not report.problems:
            write(headline(report))
            for text in last_lines.overview(report, colours=colours):
                self.provider.line(text)
        self._print_files()
        if self._is_first_here and not self.closing and _lacks_link(report):
            self.provider.line(last_lines.labelled(_("run"), _(HOW_TO_LINK)))
        if closing := self._closing_words(report):
            self.provider.line(last_lines.labelled(_("next"), closing))
        self.provider.always(last_lines.last_line(report, self._path(RESULT)))

    def _closing_words(self, report: JobReport) -> str:
        if self.closing:
            return fill(self.closing, program=self.program)
        if not self._may_be_stricter(report):
            return ""
        if not self.provider.is_shell:
            return fill(HOW_TO_BE_STRICT_IN_CI, site=DOCUMENTATION)
        is_usual = self.reporting.report_dir == BY_NAME["report-dir"].default
        path = "" if is_usual else f" --from {quote(self._path(RESULT))}"
        return fill(HOW_TO_BE_STRICT, command=f"{self.program} init{path}")

    def _may_be_stricter(self, report: JobReport) -> bool:
        """Return whether an unchecked run is green although nobody decided that it may be."""
        if not (self.settings and report.outcome.green and report.outcome.unchecked):
            return False
        decided = self.settings.attach_with.keys() & {"config", "accept"}
        return not decided and self.workspace.nearest(CONFIG_NAMES) is None

    def _print_workflows(self, report: JobReport, *, several: bool, colours: bool) -> None:
        annotated = self._annotate(report)
        for workflow in () if report.problems else last_lines.in_detail(report):
            if annotations.about_workflow(workflow, several=several) in annotated:
                continue
            red = workflow.required and not workflow.outcome.green
            write = self.provider.always if red else self.provider.line
            for text in last_lines.ending(workflow, several=several, colours=colours):
                write(text)

    def _print_files(self) -> None:
        if not self.files:
            return
        paths = [path for path in map(self._path, self.files) if path not in self._unwritten]
        page, folder = self._path(PAGE), self.reporting.report_dir
        where = f"{folder}/" if paths else fill("{folder}/ none could be written", folder=folder)
        self.provider.line(last_lines.labelled(_("reports"), page if page in paths else where))

    def _annotate(self, report: JobReport) -> tuple[Annotation, ...]:
        """Write the annotations, which are lines of the log too, and return them."""
        of_job, most = annotations.about_job(report), self.provider.annotations_kept
        # a CI without annotations has those of the workflows as the end of the log
        kept = of_job if most is None else annotations.kept(annotations.every(report), most=most)
        for one in kept:
            self.provider.annotate(one)
        for one in of_job:
            if one not in kept:
                text, level = N_("{level}: {title}: {message}"), _(one.level)
                self.provider.line(fill(text, level=level, title=one.title, message=one.message))
        return kept

    def _warn(self, words: str) -> None:
        self.provider.annotate(Annotation(level=Level.WARNING, message=words))

    def _path(self, name: str) -> str:
        return f"{self.reporting.report_dir}/{name}"


def _lacks_link(report: JobReport) -> bool:
    return any(one.execution_id and not one.run_url for one in report.selected)


def internal_error(report: JobReport, what: str) -> JobReport:
    """Return a red report after a bug of genesis-ci, without details that may not render."""
    outcome = outcomes.bug(what)
    workflows = tuple(replace(_bare(one), outcome=outcome) for one in report.workflows)
    problems = (Problem(words=outcome.message),)
    return report._replace(outcome=outcome, workflows=workflows, problems=problems)


def _bare(workflow: WorkflowReport) -> WorkflowReport:
    earlier = tuple(map(_bare, workflow.earlier))
    return replace(workflow, execution=None, variables={}, notes=(), findings=(), earlier=earlier)
