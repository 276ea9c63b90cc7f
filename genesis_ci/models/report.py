"""The reports of a job and of its workflows, with their outcomes. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from genesis_ci.language import N_, Language, in_sequence
from genesis_ci.models.change import Change
from genesis_ci.models.execution import Block, Execution, Status
from genesis_ci.models.findings import Finding
from genesis_ci.models.policy import OnState
from genesis_ci.models.readiness import Readiness

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


class ExitCode(NamedTuple):
    """The verdicts that end with an exit code, what to do next in one word, and its meaning.

    `docs/reference.md` explains the word. `others` are verdicts that have another exit code as a
    rule.
    """

    verdicts: tuple[Verdict, ...]
    next_step: str | None
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

    `sentences` say what happened and to what, the most important one first. `steps` say what to do
    next. If `attach_to` has runs, a command that attaches to them follows the last step.
    `lenient` is true when the exit code is 0 only because a policy lets the state pass, `flaky`
    when a workflow passed after a failed attempt, `unchecked` when a run was completed and its
    outputs, or a report in them, were not checked. `left_out_by` is set when the workflow is not
    selected. `quoted` is the reason of Genesis in a sentence, without a full stop.
    """

    verdict: Verdict
    exit_code: int
    sentences: tuple[str, ...]
    steps: tuple[str, ...] = ()
    lenient: bool = False
    flaky: bool = False
    unchecked: bool = False
    attach_to: tuple[str, ...] = ()
    quoted: str = ""
    left_out_by: Selector | None = None

    @property
    def message(self) -> str:
        return in_sequence(self.sentences)

    @property
    def command(self) -> str:
        """The part of the next step that people copy; empty if it has none."""
        return " ".join(("genesis-ci wait", *self.attach_to)) if self.attach_to else ""

    @property
    def next_step(self) -> str:
        return " ".join(filter(None, (in_sequence(self.steps), self.command)))

    @property
    def green(self) -> bool:
        """True when the exit code is 0."""
        return self.exit_code == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkflowReport:
    """The report of one workflow: its configuration, its latest answer, and its outcome.

    `seconds` is local time from the trigger (or from attaching) to the end. `variables` are the
    context variables with secret values hidden. `notes` are warnings about the run. `attached` is
    true when this job did not trigger the run. `run_url` is its page in Genesis, `readiness` has
    the answers of `wait-for`. `findings` are the results of the checks of a completed run,
    `on_failed_block` is the policy for a failed block in it. `earlier` are the attempts before,
    the oldest first; `kept` is true when an earlier job triggered the run and this job kept it.
    """

    name: str
    outcome: Outcome
    workflow_id: str | None = None
    execution_id: str | None = None
    execution: Execution | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    required: bool = True
    attached: bool = False
    seconds: float = 0.0
    polls: int = 0
    notes: tuple[str, ...] = ()
    run_url: str | None = None
    readiness: Readiness | None = None
    findings: tuple[Finding, ...] = ()
    on_failed_block: OnState = OnState.PASS
    earlier: "tuple[WorkflowReport, ...]" = ()
    kept: bool = False

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks of the latest answer; empty without one."""
        return self.execution.blocks if self.execution else ()

    @property
    def status_word(self) -> str:
        """The latest status in the words of Genesis; empty without an answer."""
        return self.execution.status_word if self.execution else ""

    @property
    def proof(self) -> str | None:
        """What the outputs of a completed run show: `none`, `met` or `unmet`; otherwise None."""
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
    """The report of the job: one outcome over all workflows.

    `problems` are those of the configuration, `notices` are remarks that are no problems, `config`
    is the path of the config file.
    `report_url` is the address of its reports, `language` that of the texts in it.
    """

    outcome: Outcome
    started_at: datetime
    workflows: tuple[WorkflowReport, ...] = ()
    problems: tuple[Problem, ...] = ()
    notices: tuple[str, ...] = ()
    seconds: float = 0.0
    tool_version: str = ""
    api_url: str = ""
    job_url: str | None = None
    report_url: str | None = None
    language: Language = Language.ENGLISH
    change: Change = Change()
    config: str | None = None

    @property
    def selected(self) -> tuple[WorkflowReport, ...]:
        """The workflows that are not left out."""
        return tuple(one for one in self.workflows if not one.outcome.left_out_by)
