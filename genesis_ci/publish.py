"""Brings what is known of a job to every place: files, outputs, summary, annotations, log."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import cache, partial
from typing import Protocol, assert_never

from genesis_ci import result
from genesis_ci.config.settings import Reporting
from genesis_ci.errors import place_of
from genesis_ci.execution.job_outcomes import bug_outcome, unproved_outcome
from genesis_ci.models import Annotation, Level, Problem, RunReport, WorkflowReport
from genesis_ci.providers.base import Provider
from genesis_ci.reporters import annotations, html, junit, last_lines, outputs, summary

JUNIT = "junit.xml"
RESULT = "result.json"
SUMMARY = "summary.md"
REPORTS: dict[str, Callable[[RunReport], str]] = {
    "genesis.env": outputs.render_dotenv,
    JUNIT: junit.render,
    RESULT: result.render,
    SUMMARY: summary.render,
    "report.html": html.render,
}
"""The files of the report directory, the cheapest and most needed first."""
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


class Files(Protocol):
    """What evidence needs of the workspace. Every method may raise `OSError` or `ValueError`."""

    def read(self, path: str) -> str:
        """Return the text of a file."""
        ...

    def write(self, path: str, text: str) -> None:
        """Write a file, whole or not at all."""
        ...


class Kind(Enum):
    """Where a publication goes."""

    OUTPUTS = auto()
    FILES = auto()
    PAGE = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Publication:
    """Something to be stored: where, what people call it, and how its texts are made, by name."""

    kind: Kind
    title: str
    make: Callable[[], Mapping[str, str]]


def publications(
    report: RunReport, reporting: Reporting, *, files: Collection[str], proved: bool
) -> list[Publication]:
    """Return what has to be stored of a report, the cheapest and most needed first.

    `files` are those of the report directory that may be written, `proved` says whether the JUnit
    file can be.
    """

    def values() -> Mapping[str, str]:
        made = outputs.render(
            report, report_dir=reporting.report_dir, output_block=reporting.output_block
        )
        return made if proved else {**made, "junit-path": ""}

    made = {name: cache(partial(_by_name, name, report)) for name in REPORTS}
    found = [Publication(kind=Kind.OUTPUTS, title="outputs", make=values)]
    for name in REPORTS:
        if name in files:
            path = f"{reporting.report_dir}/{name}"
            found.append(Publication(kind=Kind.FILES, title=path, make=made[name]))
        if name == SUMMARY and reporting.summary:
            found.append(Publication(kind=Kind.PAGE, title="step summary", make=made[name]))
    return found


def _by_name(name: str, report: RunReport) -> Mapping[str, str]:
    return {name: REPORTS[name](report)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A text for the log; `red` where it says why the job is."""

    text: str
    red: bool = False


def closing(
    report: RunReport,
    reporting: Reporting,
    *,
    written: Collection[str] | None,
    most: int | None,
    colours: bool,
) -> Iterator[Line | Annotation]:
    """Return what people are told at the end, in order.

    `written` names the files that they have, None where there should be none. `most` is how many
    annotations of a level the CI keeps.
    """
    several = len(report.workflows) > 1
    for workflow in report.workflows:
        red = workflow.required and not workflow.outcome.green
        for text in last_lines.ending(workflow, several=several, colours=colours):
            yield Line(text=text, red=red)
    yield from _annotated(report, most=most)
    if warning := outputs.missing_block(report, reporting.output_block):
        yield Annotation(level=Level.WARNING, message=warning)
    if report.problems and report.outcome.hint:
        yield Line(text=report.outcome.hint, red=not report.outcome.green)
    if written is not None:
        names = ", ".join(name for name in REPORTS if name in written)
        there = f"({names})" if names else "none could be written"
        yield Line(text=f"  reports    {reporting.report_dir}/ {there}")
    yield Line(text=last_lines.last_line(report))


def _annotated(report: RunReport, *, most: int | None) -> Iterator[Line | Annotation]:
    """Where annotations are lines of the log, the workflows' own lines have said the rest."""
    if most is None:
        yield from annotations.of_job(report)
        return
    every = annotations.render(report)
    shown = annotations.kept(every, most=most)
    yield from shown
    for one in every:
        if one not in shown:
            yield Line(text=f"{one.level}: {one.title}: {one.message}")


def unwritable(report_dir: str, reason: str) -> str:
    """Return what is wrong when the JUnit file cannot be written."""
    return (
        f"report-dir: {report_dir}/{JUNIT} could not be written: {reason}. Give a directory "
        "inside the workspace that this job may write to."
    )


class Evidence:
    """Stores and says what is known of one job, and remembers what could not be written.

    Args:
        reporting: where it goes, as the job's inputs say.
        files: those of the report directory that may be written; the others are left as they are.
        colours: whether the log shows colours.
        interruptible: what the final reports are made in; a signal may cut that short.
    """

    def __init__(
        self,
        provider: Provider,
        workspace: Files,
        reporting: Reporting,
        *,
        files: Collection[str] = tuple(REPORTS),
        colours: bool = False,
        interruptible: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._provider = provider
        self._workspace = workspace
        self._reporting = reporting
        self._interruptible = interruptible
        self.files = files
        self._colours = colours
        self._unwritten: dict[str, str] = {}
        self._bug: str | None = None
        self._left_result: str | None = None

    @property
    def problem(self) -> str | None:
        """Why the job must not start anything: it could leave no evidence."""
        reason = self._unwritten.get(self._path(JUNIT))
        return reason and unwritable(self._reporting.report_dir, reason)

    def leave(self, report: RunReport, *, only: Collection[str] | None = None) -> None:
        """Store, and say nothing of it: what stays if the process is killed now.

        `only` names the outputs to be set, None means all. What goes wrong is told at the end.
        """
        for one in self._publications(report):
            if one.kind is not Kind.PAGE:
                self._store(one, making=nullcontext(), only=only)

    def publish(
        self, report: RunReport, settle: Callable[[RunReport], object] = lambda _: None
    ) -> int:
        """Store and say everything, and return the exit code.

        `settle` is told how the report stands once it is stored, and before anything is said.

        A bug on the way makes the job red, and so does a JUnit file that could not be written:
        what stands in its place would not prove a green.
        """
        try:
            report = self._stored(report)
            settle(report)
            self._say(report)
        except Exception as bug:
            report = internal_error(report, place_of(bug))
            self._store_all(report)
            with suppress(Exception):
                settle(report)
            with suppress(Exception):
                self._say(report)
        return report.outcome.exit_code

    def _stored(self, report: RunReport) -> RunReport:
        """Store a report, and return it as it stands after that."""
        if replaced := self._replaced_by_another_job():
            if not report.outcome.green:
                self._warn(f"{replaced}. Give each job a report-dir of its own.")
            report = self._unproved(report, replaced)
        self._store_all(report)
        bug, self._bug = self._bug, None
        reason = self._unwritten.get(self._path(JUNIT))
        if bug:
            report = internal_error(report, bug)
        elif reason and report.outcome.green:
            report = self._unproved(report, f"{self._path(JUNIT)}: {reason}")
        else:
            return report
        self._store_all(report)
        return report

    def _unproved(self, report: RunReport, what: str) -> RunReport:
        if not report.outcome.green:
            return report
        ids = " ".join(filter(None, (workflow.execution_id for workflow in report.workflows)))
        return replace(report, outcome=unproved_outcome(report.outcome, what, ids or None))

    def _replaced_by_another_job(self) -> str | None:
        """Return what to say where another job wrote to the same report directory meanwhile.

        A green of the one would stand where a red of the other was.
        """
        with suppress(OSError, ValueError):
            found = self._workspace.read(self._path(RESULT))
            if self._left_result is not None and found != self._left_result:
                return f"{self._path(RESULT)}: another job wrote there while this one ran"
        return None

    def _store_all(self, report: RunReport) -> None:
        proved = self._is_provable
        for one in self._publications(report):
            self._store(one, making=self._interruptible())
        if self._is_provable != proved:  # junit-path said something else
            self._store(self._publications(report)[0], making=nullcontext())

    @property
    def _is_provable(self) -> bool:
        return self._path(JUNIT) not in self._unwritten

    def _publications(self, report: RunReport) -> list[Publication]:
        found = publications(report, self._reporting, files=self.files, proved=self._is_provable)
        if self.files:
            make = partial(self._provider.files, self._reporting.report_dir)
            found.append(Publication(kind=Kind.FILES, title="files for the CI", make=make))
        return found

    def _store(
        self,
        one: Publication,
        *,
        making: AbstractContextManager[None],
        only: Collection[str] | None = None,
    ) -> None:
        """Store it, and remember a problem or a bug; the others have their chance too."""
        try:
            with making:
                made = one.make()
        except Exception as bug:
            self._bug = self._bug or f"{one.title} could not be made: {place_of(bug)}"
            if one.title != self._path(JUNIT):
                return
            made = {JUNIT: LAST_RESORT_JUNIT}
        if one.kind is Kind.OUTPUTS and only is not None:
            made = {name: made[name] for name in only}
        try:
            self._bring(one.kind, made)
            self._unwritten.pop(one.title, None)
        except (OSError, ValueError) as error:
            self._unwritten[one.title] = _reason(error)
        except Exception as bug:
            self._bug = self._bug or place_of(bug)

    def _bring(self, kind: Kind, made: Mapping[str, str]) -> None:
        match kind:
            case Kind.OUTPUTS:
                self._provider.outputs(made)
            case Kind.PAGE:
                self._provider.summary("".join(made.values()))
            case Kind.FILES:
                for name, text in made.items():
                    self._workspace.write(self._path(name), text)
                self._left_result = made.get(RESULT, self._left_result)
            case _:
                assert_never(kind)

    def _say(self, report: RunReport) -> None:
        for title, reason in self._unwritten.items():
            self._warn(f"{title} could not be written: {reason}.")
        written = [name for name in self.files if self._path(name) not in self._unwritten]
        told = closing(
            report,
            self._reporting,
            written=written if self.files else None,
            most=self._provider.annotations_kept,
            colours=self._colours,
        )
        for one in told:
            match one:
                case Line(text=text, red=True):
                    self._provider.error(text)
                case Line(text=text):
                    self._provider.line(text)
                case Annotation():
                    self._provider.annotate(one)
                case _:
                    assert_never(one)

    def _warn(self, words: str) -> None:
        self._provider.annotate(Annotation(level=Level.WARNING, message=words))

    def _path(self, name: str) -> str:
        return f"{self._reporting.report_dir}/{name}"


def _reason(error: OSError | ValueError) -> str:
    told = error.strerror if isinstance(error, OSError) else None
    return told or "a name that is not a path"


def internal_error(report: RunReport, what: str) -> RunReport:
    """Return the report of a job that met a bug of ours: red, saying so, and easy to render."""
    outcome = bug_outcome(what)
    workflows = tuple(replace(_bare(one), outcome=outcome) for one in report.workflows)
    return replace(
        report, outcome=outcome, workflows=workflows, problems=(Problem(words=outcome.message),)
    )


def _bare(workflow: WorkflowReport) -> WorkflowReport:
    """The names and ids of a workflow and of its attempts, without what may be hard to render."""
    earlier = tuple(map(_bare, workflow.earlier))
    return replace(workflow, execution=None, variables={}, notes=(), findings=(), earlier=earlier)
