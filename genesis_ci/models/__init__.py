"""The values of runs, configuration and reports. No I/O.

Times of the server are aware `datetime`s, durations are seconds. All text of the server is clean
(`text.clean`) and without secrets.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from genesis_ci.models.change import Change
from genesis_ci.models.checks import Finding, Proof
from genesis_ci.models.readiness import Readiness, WaitFor
from genesis_ci.strict_json import JsonValue


class Status(StrEnum):
    """The seven statuses of the API guide, of executions and of blocks."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    REVIEW_PENDING = "review_pending"

    @classmethod
    def of(cls, word: str) -> "Status | None":
        """Return the status that a word names, or None if the guide does not name it."""
        return next((status for status in cls if status.value == word), None)


MAX_WORKFLOWS = 1000
"""The most workflows of one job and of its result.json."""
UNNAMED = "workflow"
UNKNOWN_STATUS = "unknown"
"""The output `status` of a run without an answer."""


class Verdict(StrEnum):
    """The result of a workflow or a job; each has one exit code."""

    PASSED = "passed"
    FAILED = "failed"
    UNMET = "unmet"
    REVIEW_PENDING = "review_pending"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    TIMED_OUT = "timed_out"
    REJECTED = "rejected"
    LOST_CONTACT = "lost_contact"
    NOT_READY = "not_ready"
    INTERRUPTED = "interrupted"
    TRIGGERED = "triggered"
    NOT_RUN = "not_run"
    ERROR = "error"


EXIT_CODES: dict[Verdict, int] = {
    Verdict.PASSED: 0,
    Verdict.FAILED: 1,
    Verdict.ERROR: 2,
    Verdict.REVIEW_PENDING: 3,
    Verdict.CANCELLED: 4,
    Verdict.SKIPPED: 5,
    Verdict.TIMED_OUT: 6,
    Verdict.REJECTED: 7,
    Verdict.LOST_CONTACT: 8,
    Verdict.UNMET: 9,
    Verdict.NOT_READY: 10,
    Verdict.INTERRUPTED: 130,
    Verdict.TRIGGERED: 0,
    Verdict.NOT_RUN: 0,
}
"""The exit code of each verdict. `interrupted` has 143 after SIGTERM, `error` 70 after a bug."""
INTERNAL_ERROR = 70
TERMINATED = 143


class Verb(StrEnum):
    """The commands that are jobs."""

    RUN = "run"
    TRIGGER = "trigger"
    WAIT = "wait"
    CHECK = "check"


class Concurrency(StrEnum):
    """The concurrency policy of the workflow's trigger dialog; the API does not reveal it."""

    PARALLEL = "parallel"
    CANCEL_PREVIOUS = "cancel-previous"


class OnState(StrEnum):
    """Whether a state that is neither success nor failure fails the job."""

    FAIL = "fail"
    PASS = "pass"


class OnReview(StrEnum):
    """What to do when a block waits for a person: end red, end green, or continue to poll."""

    FAIL = "fail"
    PASS = "pass"
    WAIT = "wait"


RETRIED_VERDICTS = frozenset({Verdict.FAILED, Verdict.UNMET})
"""Verdicts worth another attempt."""
MAX_PARALLEL = 8


class Plan(NamedTuple):
    """How several workflows share a job.

    At most `max_parallel` of them run at once. Under `fail_fast` nothing more is triggered once
    a required one ended red.
    """

    max_parallel: int = MAX_PARALLEL
    fail_fast: bool = False


class Level(StrEnum):
    """The severity of a message."""

    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"


class Annotation(NamedTuple):
    """A message that the CI shows with the job's result, with an optional place in a file."""

    level: Level
    message: str
    title: str = "genesis-ci"
    file: str | None = None
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """Which final states let the job pass, and whether the workflow is required.

    `on_failed_block` is about a completed run in which a block failed, `on_unchecked` about one
    whose outputs nothing checked. A workflow may take `attempts` runs to pass; `on_flaky` is about
    a pass that took more than one.
    """

    on_review_pending: OnReview = OnReview.FAIL
    on_cancelled: OnState = OnState.FAIL
    on_skipped: OnState = OnState.FAIL
    on_failed_block: OnState = OnState.PASS
    on_unchecked: OnState = OnState.PASS
    on_flaky: OnState = OnState.PASS
    attempts: int = 1
    concurrency: Concurrency = Concurrency.PARALLEL
    required: bool = True

    @property
    def after_a_failure(self) -> "Policy":
        """The policy after a failed attempt: only a pass is green."""
        review = self.on_review_pending
        return replace(
            self,
            on_review_pending=OnReview.FAIL if review is OnReview.PASS else review,
            on_cancelled=OnState.FAIL,
            on_skipped=OnState.FAIL,
            on_failed_block=OnState.FAIL,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Workflow:
    """The configuration of one workflow: trigger it, or attach to an existing run.

    Either `workflow_id` or `execution_id` is set. `variables` are sent as they are; `shown`
    are the same with the values of `secrets` hidden. `poll_interval` is in seconds, None is
    adaptive; `max_wait` counts from the trigger, `review_wait` is the additional time for a review.
    `wait_for` has to answer before the trigger, `run_url` is the template of a run's address.
    `ended` is the outcome of a workflow that is not run, because an earlier job left no run to
    attach to, or because the input `only` does not select it. `keeps` is the run
    of an earlier job, `kept_from`, that replaces a new run if Genesis confirms it; `earlier` are
    the failed attempts before it.
    """

    name: str | None = None
    workflow_id: str | None = None
    execution_id: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    shown: Mapping[str, str] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    proof: Proof = field(default_factory=Proof)
    wait: bool = True
    poll_interval: float | None = None
    max_wait: float = 1800.0
    review_wait: float = 3600.0
    wait_for: WaitFor | None = None
    run_url: str | None = None
    ended: "Outcome | None" = None
    keeps: str | None = None
    kept_from: str | None = None
    earlier: "tuple[WorkflowReport, ...]" = ()

    @property
    def label(self) -> str:
        """The name to show until an answer has the workflow's name."""
        return self.name or self.workflow_id or self.execution_id or UNNAMED

    @property
    def title(self) -> str:
        """The name in reports; without the run's id, so that test suites keep their names."""
        return self.name or self.workflow_id or UNNAMED

    def address_of(self, execution_id: str | None, workflow_id: str | None = None) -> str | None:
        """Return the address of a run in the web interface, or None if an id is missing."""
        if not self.run_url or not execution_id:
            return None
        template = self.workflow_id or workflow_id
        if template is None and "{workflow_id}" in self.run_url:
            return None
        return self.run_url.replace("{execution_id}", execution_id).replace(
            "{workflow_id}", template or ""
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One block of an execution, from the latest answer.

    `status` is None when the guide does not name `status_word`. `output` is text; when the server
    sent another JSON value than a string, it is that value's JSON and `output_is_json` is true.
    `reviewed` is true once an answer to this job showed it in review.
    `raw` is the full output as the server sent it, for checks only: it may contain secrets.
    `fingerprint` is a digest of the block as the server sent it.
    """

    key: str
    status: Status | None
    status_word: str
    started_at: datetime | None = None
    finished_at: datetime | None = None
    output: str | None = None
    output_is_json: bool = False
    error: str | None = None
    reviewed: bool = False
    raw: JsonValue = field(default=None, repr=False, compare=False)
    fingerprint: bytes = field(default=b"", repr=False, compare=False)

    @property
    def seconds(self) -> float | None:
        """Seconds from start to end by the server's clock; None while either is unknown."""
        return seconds_between(self.started_at, self.finished_at)

    @property
    def is_done(self) -> bool:
        """True if the block is known to be completed or skipped."""
        return self.status in (Status.COMPLETED, Status.SKIPPED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Execution:
    """One answer of `GET /api/executions/{id}`; fields that the server left out are None.

    `workflow_id` and `state_id` are the ids in `state`, from the first answer that has them.
    `payload` has the variables of the run as the server sent them: it may contain secrets.
    """

    id: str
    status: Status | None
    status_word: str
    workflow_name: str | None = None
    workflow_id: str | None = None
    state_id: str | None = None
    block_count: int | None = None
    completed_blocks: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    cancel_reason: str | None = None
    error: str | None = None
    blocks: tuple[Block, ...] = ()
    payload: JsonValue = field(default=None, repr=False, compare=False)

    @property
    def seconds(self) -> float | None:
        """Seconds from start to end by the server's clock; None while either is unknown."""
        return seconds_between(self.started_at, self.finished_at)

    def blocks_with(self, status: Status) -> tuple[Block, ...]:
        """Return the blocks in a status, in the server's order."""
        return tuple(block for block in self.blocks if block.status is status)


class Outcome(NamedTuple):
    """A verdict with its exit code and its message.

    `message` says in one sentence what happened and to what; `hint` is the next step.
    `lenient` is true when the exit code is 0 only because a policy lets the state pass, `flaky`
    when a workflow passed after a failed attempt, `unchecked` when a run was completed and its
    outputs, or a report in them, were not checked.
    """

    verdict: Verdict
    exit_code: int
    message: str
    hint: str | None = None
    lenient: bool = False
    flaky: bool = False
    unchecked: bool = False

    @property
    def green(self) -> bool:
        """True when the exit code is 0."""
        return self.exit_code == 0

    @property
    def not_selected(self) -> bool:
        """True when the input `only` leaves the workflow out; any other `not_run` is lenient."""
        return self.verdict is Verdict.NOT_RUN and not self.lenient


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
    """A problem of the configuration: a full sentence, and its place in a file."""

    words: str
    file: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        parts = (self.file, self.line, self.column)
        place = ":".join(str(part) for part in parts if part is not None)
        return f"{place}: {self.words}" if place else self.words


class RunReport(NamedTuple):
    """The report of the job: one outcome over all workflows.

    `problems` are those of the configuration, `notices` are remarks that are no problems.
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
    change: Change = Change()

    @property
    def selected(self) -> tuple[WorkflowReport, ...]:
        """The workflows that the input `only` does not leave out."""
        return tuple(one for one in self.workflows if not one.outcome.not_selected)


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    """Return the seconds between two times of the server, at least 0; None without both."""
    if start is None or end is None:
        return None
    return max(0.0, (end - start).total_seconds())
