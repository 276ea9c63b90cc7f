"""The reports of a job and of its workflows, with their outcomes. No I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from shlex import quote
from types import MappingProxyType
from typing import Annotated, Literal, NamedTuple, TypeAlias

from genesis_ci.language import N_, Language, _, fill, in_sequence, listed
from genesis_ci.models.change import Change
from genesis_ci.models.ci_run import CiRun
from genesis_ci.models.execution import Block, Execution, Status
from genesis_ci.models.findings import Finding
from genesis_ci.models.readiness import Readiness
from genesis_ci.models.recorded import Always, Derived, Id, Internal, Most, Name, Short

UNNAMED = "workflow"


class Verdict(StrEnum):
    """The result of a workflow or a job; each has one exit code."""

    PASSED = N_("passed")
    FAILED = N_("failed")
    UNMET = N_("unmet")
    REVIEW_PENDING = N_("review_pending")
    CANCELLED = N_("cancelled")
    SKIPPED = N_("skipped")
    TIMED_OUT = N_("timed_out")
    REJECTED = N_("rejected")
    LOST_CONTACT = N_("lost_contact")
    NOT_READY = N_("not_ready")
    INTERRUPTED = N_("interrupted")
    TRIGGERED = N_("triggered")
    NOT_RUN = N_("not_run")
    ERROR = N_("error")


INTERNAL_ERROR = 70
TERMINATED = 143


Next: TypeAlias = Literal["fix", "configure", "wait", "attach", "retry"]
"""What to do after an exit code, in a word that `docs/reference.md` explains."""
Proof: TypeAlias = Literal["none", "met", "unmet"]


class ExitCode(NamedTuple):
    """The verdicts that end with an exit code, the next step, and the meaning.

    `others` are verdicts that have another exit code as a rule.
    """

    verdicts: tuple[Verdict, ...]
    next: Next | None
    meaning: str
    others: tuple[Verdict, ...] = ()


EXIT_CODES: dict[int, ExitCode] = {
    INTERNAL_ERROR: ExitCode((), "attach",
        "error: a bug of genesis-ci, or a green job whose result was not written",
        others=(Verdict.ERROR,)),
    130: ExitCode((Verdict.INTERRUPTED,), "attach", "interrupted: SIGINT"),
    TERMINATED: ExitCode((), "attach", "interrupted: SIGTERM", others=(Verdict.INTERRUPTED,)),
    2: ExitCode((Verdict.ERROR,), "configure",
        "error: bad configuration or usage; nothing was triggered"),
    1: ExitCode((Verdict.FAILED,), "fix", "failed: Genesis says that the workflow failed"),
    9: ExitCode((Verdict.UNMET,), "fix",
        "unmet: Genesis completed the run, but its outputs do not pass the checks"),
    7: ExitCode((Verdict.REJECTED,), "configure",
        "rejected: Genesis refused the key, the permission, the workflow or the inputs"),
    8: ExitCode((Verdict.LOST_CONTACT,), "attach",
        "lost_contact: no usable answer, or a trigger whose outcome is unknown"),
    6: ExitCode((Verdict.TIMED_OUT,), "attach", "timed_out: no final status within max-wait-time"),
    10: ExitCode((Verdict.NOT_READY,), "retry",
        "not_ready: the address of wait-for was not ready in time; nothing was triggered"),
    4: ExitCode((Verdict.CANCELLED,), "wait",
        "cancelled: the run was cancelled, usually superseded by a newer trigger"),
    5: ExitCode((Verdict.SKIPPED,), "configure",
        "skipped: a condition kept the workflow from running"),
    3: ExitCode((Verdict.REVIEW_PENDING,), "wait", "review_pending: a block waits for a person"),
    0: ExitCode((Verdict.TRIGGERED, Verdict.PASSED, Verdict.NOT_RUN), None,
        "passed, or let pass by a policy; triggered with wait: false; skipped for a missing key; a "
        "review that review-status keeps yellow",
        others=(Verdict.REVIEW_PENDING,)),
}  # fmt: skip
"""The worst first, as the verdicts of a row: the job has that of its worst required workflow."""
EXIT_CODE_MEANINGS = {code: EXIT_CODES[code].meaning for code in sorted(EXIT_CODES)}
USUAL_EXIT_CODES = {verdict: code for code, row in EXIT_CODES.items() for verdict in row.verdicts}


RETRIED_VERDICTS = frozenset({Verdict.FAILED, Verdict.UNMET})
"""Verdicts worth another attempt."""


PROGRAM = "genesis-ci"
"""The name of the program in commands to copy, unless another start is known to work there."""
FROM = "from"
ATTACHING = ("config", "only", "accept", "tests", "expect", "known-failures", "max-review-time")
"""The inputs on which the verdict about a run depends, and which `genesis-ci wait` has."""


class Selector(StrEnum):
    """What selects workflows of the config file."""

    ONLY = N_("only")
    PATHS = N_("changed files")


class Level(StrEnum):
    """The severity of a message."""

    NOTICE = N_("notice")
    WARNING = N_("warning")
    ERROR = N_("error")


class Annotation(NamedTuple):
    """A message that the CI shows with the job's result, with an optional place in a file."""

    level: Level
    message: str
    title: str = "genesis-ci"
    file: str | None = None
    line: int | None = None
    column: int | None = None


class Outcome(NamedTuple):
    """A verdict with its exit code, and what it says to people, in full sentences.

    `quoted` is the reason of Genesis in a sentence, without a full stop. `program` starts the
    command to copy.
    """

    verdict: Verdict
    """The conclusion of genesis-ci."""
    exit_code: Annotated[int, Most(255)]
    """The exit code of the verdict; 0 exactly if the job may continue."""
    sentences: tuple[str, ...]
    """The sentences of message: what happened and to what, the most important one first."""
    steps: tuple[str, ...] = ()
    """The sentences of hint, before those about the command at its end."""
    lenient: Always[Annotated[bool, Name("passed_by_policy")]] = False
    """True if the exit code is 0 only because a policy lets the state pass."""
    flaky: bool = False
    """True if a workflow passed after a failed attempt; failed if accept does not name flaky."""
    unchecked: bool = False
    """True if Genesis completed a run, and its outputs or a report in them were not checked, or
    only known failures ran."""
    attach_to: tuple[Id, ...] = ()
    """The execution ids of the runs to which the command at the end of hint attaches."""
    attach_with: Mapping[str, str] = MappingProxyType({})
    """The options of that command, with which it is as strict as this job; empty if the value is
    too long, or has a secret in it. With from, the command names no id."""
    quoted: Internal[str] = ""
    program: Internal[str] = PROGRAM
    left_out_by: Selector | None = None
    """What did not select the workflow, or any: the input only, or the changed files."""

    @property
    def message(self) -> Derived[str]:
        """What happened and to what, in a few sentences; it may contain text of Genesis."""
        return in_sequence(self.sentences)

    @property
    def command(self) -> str:
        """The part of the next step that people copy; empty if it has none."""
        if not self.attach_to:
            return ""
        runs = () if self.attach_with.get(FROM) else self.attach_to
        each = ((name, self.attach_with.get(name)) for name in (FROM, *ATTACHING))
        options = (
            f"--{name}{'=' if text.startswith('-') else ' '}{quote(text)}"
            for name, text in each
            if text
        )
        return " ".join((self.program, "wait", *runs, *options))

    @property
    def next_steps(self) -> tuple[str, ...]:
        """The sentences before the command."""
        if not self.attach_to:
            return self.steps
        attach = _(
            "Attach to it instead of triggering again, or run this job with that execution-id:"
        )
        if self.attach_with.get(FROM):
            attach = _(
                "Attach to the runs of this job instead of triggering again (in the action and the "
                "component: from):"
            )
        unshown = [name for name in ATTACHING if self.attach_with.get(name) == ""]
        if not unshown:
            return (*self.steps, attach)
        text = N_(
            "Add this job's own {names} to the command (not shown: too long, or with a secret in "
            "it)."
        )
        return (*self.steps, fill(text, names=listed(unshown)), attach)

    @property
    def next_step(self) -> str:
        return " ".join(filter(None, (in_sequence(self.next_steps), self.command)))

    @property
    def hint(self) -> Derived[str | None]:
        """What to do next; null if there is nothing to do."""
        # the file is read elsewhere, and what reads it knows how it was started
        return self._replace(program=PROGRAM).next_step or None

    @property
    def in_full(self) -> str:
        """The message and the next step."""
        return in_sequence(filter(None, (self.message, self.next_step)))

    @property
    def next(self) -> Derived[Next | None]:
        """What to do next, in a word that follows from exit_code; null if that is 0."""
        return EXIT_CODES[self.exit_code].next

    @property
    def green(self) -> bool:
        """True when the exit code is 0."""
        return self.exit_code == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkflowReport:
    """The report of one workflow: its configuration, its latest answer, and its outcome.

    `failed_block_passes` is true if a completed run may have a failed block. `shown_name` is the
    name of the workflow in Genesis, for a job without an entry that has a name.
    """

    name: str
    """The name of the entry, or else the id of the workflow."""
    shown_name: Internal[str] = ""
    outcome: Outcome
    workflow_id: Id | None = None
    """The id that was triggered."""
    execution_id: Id | None = None
    """The id of the run, for `genesis-ci wait`; null if none is known."""
    execution: Execution | None = None
    """The run in the latest answer of Genesis."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """The context variables; values of secrets are `***`."""
    required: Always[bool] = True
    """False if this workflow cannot fail the job."""
    attached: bool = False
    """True if this job did not trigger the run."""
    seconds: float = 0.0
    """From the trigger, or from attaching, to the end, by the clock of the job."""
    polls: int = 0
    """How often the job requested the state of the run."""
    notes: tuple[str, ...] = ()
    """Warnings about the run."""
    run_url: str | None = None
    """The page of the run in Genesis, if the input run-url is set."""
    readiness: Annotated[Readiness | None, Name("wait_for")] = None
    """What the job waited for before the trigger; null without wait-for."""
    findings: tuple[Finding, ...] = ()
    """The results of the checks of a completed run, in their order."""
    failed_block_passes: Internal[bool] = True
    earlier: Annotated[tuple["WorkflowReport", ...], Name("earlier_attempts")] = ()
    """The failed attempts before this run, the oldest first."""

    @property
    def attempts(self) -> tuple["WorkflowReport", ...]:
        """All attempts, this one last."""
        return (*self.earlier, self)

    @property
    def blocks(self) -> Derived[tuple[Block, ...]]:
        """The blocks of the run, in the order of Genesis."""
        return self.execution.blocks if self.execution else ()

    @property
    def status_word(self) -> str:
        """The latest status in the words of Genesis; empty without an answer."""
        return self.execution.status_word if self.execution else ""

    @property
    def status(self) -> Derived[str | None]:
        """The latest status of the run in the words of Genesis; null without an answer."""
        return self.status_word or None

    @property
    def proof(self) -> Derived[Proof | None]:
        """What the outputs of a completed run show: none if nothing in them was checked, a report
        in them was not judged, or only known failures ran; null if the run is not completed."""
        if not self.execution or self.execution.status is not Status.COMPLETED:
            return None
        if self.outcome.verdict is Verdict.UNMET:
            return "unmet"
        return "met" if self.findings and not self.outcome.unchecked else "none"


class Problem(NamedTuple):
    """A problem of the configuration: a full sentence, its place in a file, and its input."""

    words: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    input: str | None = None

    def __str__(self) -> str:
        parts = (self.file, self.line, self.column)
        place = ":".join(str(part) for part in parts if part is not None)
        return f"{place}: {self.words}" if place else self.words


class JobReport(NamedTuple):
    """The report of the job: one outcome over all workflows."""

    outcome: Outcome
    started_at: datetime
    """When the step of the job started."""
    workflows: tuple[WorkflowReport, ...] = ()
    """One entry for each workflow, in the order of the configuration."""
    problems: tuple[Problem, ...] = ()
    """The problems of the configuration, each a sentence; with any, nothing was triggered."""
    notices: tuple[str, ...] = ()
    """Remarks that are no problems, such as that the API key is sent without encryption."""
    seconds: float = 0.0
    """How long the step took."""
    tool_version: str = ""
    """The version of genesis-ci."""
    api_url: str = ""
    """The Genesis server."""
    job_url: Short | None = None
    """The page of the CI job."""
    report_url: str | None = None
    """The address of the job's reports: on GitLab, report.html among the job's artifacts."""
    language: Language = Language.ENGLISH
    """The language of the texts for people; names, statuses and verdicts are always the same."""
    change: Change = Change()
    """The change under test, as the CI describes it."""
    ci: CiRun = CiRun()
    """The run of the CI that wrote the file."""
    config: str | None = None
    """The path of the config file that the job read; null if it read none."""

    def with_outcomes(self, change: Callable[[Outcome], Outcome]) -> "JobReport":
        """Return the report in which each outcome is changed, those of earlier attempts too."""

        def changed(run: WorkflowReport) -> WorkflowReport:
            earlier = tuple(map(changed, run.earlier))
            return replace(run, outcome=change(run.outcome), earlier=earlier)

        workflows = tuple(map(changed, self.workflows))
        return self._replace(outcome=change(self.outcome), workflows=workflows)

    @property
    def selected(self) -> tuple[WorkflowReport, ...]:
        """The workflows that are not left out."""
        return tuple(one for one in self.workflows if not one.outcome.left_out_by)
