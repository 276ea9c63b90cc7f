"""What a Genesis run is, and what this tool says of it: values only, no I/O.

Times of the server are aware `datetime`s, durations are seconds. All text that came from the
server was made harmless (`text.clean`) and free of secrets before it got here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"


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
        """Return the status that a word names, or None for a word that the guide does not know."""
        return next((status for status in cls if status.value == word), None)


UNNAMED = "workflow"
UNKNOWN_STATUS = "unknown"
"""What is passed on to later jobs where Genesis told no status."""
FINAL = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.SKIPPED})
"""The statuses after which a run changes only if somebody resumes it."""


class Verdict(StrEnum):
    """What this tool concludes; each has one exit code."""

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
"""The exit code of each verdict. SIGTERM makes `interrupted` 143, a bug of ours `error` 70."""
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
    """What to do when a block waits for a person: end red, end green, or go on polling."""

    FAIL = "fail"
    PASS = "pass"
    WAIT = "wait"


class Level(StrEnum):
    """How loud a message to people is."""

    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """Which final states let the job pass, and whether the workflow counts at all.

    `on_failed_block` is about a completed run in which a block failed.
    """

    on_review_pending: OnReview = OnReview.FAIL
    on_cancelled: OnState = OnState.FAIL
    on_skipped: OnState = OnState.FAIL
    on_failed_block: OnState = OnState.PASS
    concurrency: Concurrency = Concurrency.PARALLEL
    required: bool = True


class Operator(StrEnum):
    """How an expectation compares what it finds; the words of the configuration."""

    EQUALS = "equals"
    NOT_EQUALS = "not-equals"
    AT_LEAST = "at-least"
    AT_MOST = "at-most"
    CONTAINS = "contains"
    NOT_CONTAINS = "not-contains"
    MATCHES = "matches"
    NOT_EMPTY = "not-empty"


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """What the output of a block must say.

    `query` is JMESPath over the output as JSON; without one the operator looks at the text.
    """

    block: str
    operator: Operator
    expected: JsonValue = field(repr=False)
    query: str | None = field(default=None, repr=False)
    name: str | None = None


class ListFormat(StrEnum):
    """How a block's output lists its tests."""

    AUTO = "auto"
    CTRF = "ctrf"
    JUNIT = "junit"


@dataclass(frozen=True, kw_only=True, slots=True)
class InnerTests:
    """The block whose output lists tests, and how many of them must have passed or failed."""

    block: str
    format: ListFormat = ListFormat.AUTO
    at_least: int = 1


Check: TypeAlias = Expectation | InnerTests


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What the CI tells of the change under test. `sha` is the head of the change itself, also
    where the CI builds a merge of it; `request` is the number of the pull or merge request."""

    sha: str | None = None
    branch: str | None = None
    base_branch: str | None = None
    request: str | None = None
    repository: str | None = None
    actor: str | None = None
    job_url: str | None = None

    @property
    def short_sha(self) -> str | None:
        """The first seven characters of the commit."""
        return self.sha and self.sha[:7]

    def by_name(self) -> dict[str, str | None]:
        """Return what `${ci.NAME}` may name, with what is known here."""
        return {
            "sha": self.sha,
            "short_sha": self.short_sha,
            "branch": self.branch,
            "base_branch": self.base_branch,
            "change": self.request,
            "repository": self.repository,
            "actor": self.actor,
            "job_url": self.job_url,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitFor:
    """What has to answer, and how, before anything is triggered.

    Without a `status` every 2xx will do. `contains` is looked for in the first MiB. The `header`
    is a name and a secret value. `shown` is the address, and `shown_text` the text, as people may
    see them.
    """

    url: str = field(repr=False)
    status: int | None = None
    contains: str | None = field(default=None, repr=False)
    timeout: float = 600.0
    header: tuple[str, str] | None = field(default=None, repr=False)
    shown: str = ""
    shown_text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One answer of an address that is waited for: status, `Location`, and the text's beginning.

    `text` is None where it cannot be read, because it is compressed.
    """

    status: int
    location: str | None = None
    text: str | None = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """How an address answered: `seen` has its answers in words, one after another; `ready` is
    None while it is still asked."""

    shown: str
    ready: bool | None
    seen: tuple[str, ...] = ()
    seconds: float = 0.0
    hint: str | None = None

    @property
    def words(self) -> str:
        """The answers in one phrase: `503, then 200`."""
        return ", then ".join(self.seen) or "no answer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """What a completed run must show; nothing where there are no checks.

    `shown` are the checks in words, with secret values hidden.
    """

    checks: tuple[Check, ...] = ()
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Workflow:
    """What is asked for one workflow: start it, or attach to a run that exists.

    Either `workflow_id` or `execution_id` is set. `variables` are sent as they are; `shown`
    are the same with secret values hidden. `poll_interval` is in seconds, None is adaptive;
    `max_wait` counts from the trigger, `review_wait` is what a person may take on top. `wait_for`
    has to answer before the trigger, `run_url` is the template of a run's address. Neither id is
    set when an earlier job `ended` without a run to attach to.
    """

    name: str | None = None
    workflow_id: str | None = None
    execution_id: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
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

    @property
    def label(self) -> str:
        """The name to show until Genesis tells the workflow's own."""
        return self.name or self.workflow_id or self.execution_id or UNNAMED

    @property
    def title(self) -> str:
        """The name in reports, where a run's id would be another test suite each time."""
        return self.name or self.workflow_id or UNNAMED

    def address_of(self, execution_id: str | None, workflow_id: str | None = None) -> str | None:
        """Return the address of a run in Genesis's web pages, where all that it needs is known."""
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
    """One block of an execution, as the last answer told it.

    `status` is None when `status_word` is not of the guide. `output` is text; when the server
    sent another JSON value than a string, it is that value's JSON and `output_is_json` is true.
    `raw` is the output as the server sent it, whole, for checks only: it may hold secrets.
    """

    key: str
    status: Status | None
    status_word: str
    started_at: datetime | None = None
    finished_at: datetime | None = None
    output: str | None = None
    output_is_json: bool = False
    error: str | None = None
    raw: JsonValue = field(default=None, repr=False, compare=False)

    @property
    def seconds(self) -> float | None:
        """Seconds from start to end by the server's clock; None while either is unknown."""
        return _seconds_between(self.started_at, self.finished_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Execution:
    """One answer of `GET /api/executions/{id}`; fields that the server left out are None."""

    id: str
    status: Status | None
    status_word: str
    workflow_name: str | None = None
    workflow_id: str | None = None
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

    @property
    def seconds(self) -> float | None:
        """Seconds from start to end by the server's clock; None while either is unknown."""
        return _seconds_between(self.started_at, self.finished_at)

    @property
    def without_raw(self) -> "Execution":
        """The same without the raw outputs, which are for checks only and may be large."""
        if all(block.raw is None for block in self.blocks):
            return self
        return replace(self, blocks=tuple(replace(block, raw=None) for block in self.blocks))

    def blocks_with(self, status: Status) -> tuple[Block, ...]:
        """Return the blocks in a status, in the server's order."""
        return tuple(block for block in self.blocks if block.status is status)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """A verdict with its exit code and its words.

    `message` says in one sentence what happened and to what; `hint` says what to do next.
    `lenient` is true when the exit code is 0 only because a policy lets the state pass.
    """

    verdict: Verdict
    exit_code: int
    message: str
    hint: str | None = None
    lenient: bool = False

    @property
    def green(self) -> bool:
        """True exactly when the job may go on."""
        return self.exit_code == 0


class Judgement(StrEnum):
    """What came of one check, or of one test that a block lists."""

    MET = "met"
    UNMET = "unmet"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What came of one expectation or of one inner test, in words.

    `name` is the same in every run and, within a `suite`, of one finding only. `suite` and
    `seconds` are what an inner test tells of itself.
    """

    name: str
    judgement: Judgement
    block: str
    expected: str
    found: str
    where: str
    suite: str = ""
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkflowReport:
    """The end of one workflow: what was asked, what Genesis said last, what that means.

    `seconds` is local time from the trigger (or from attaching) to the end. `variables` are the
    context variables with secret values already hidden. `notes` are warnings met on the way.
    `attached` is true when this job did not trigger the run. `run_url` is its page in Genesis,
    `readiness` what was waited for before the trigger.
    `attached` is true when this job did not trigger the run. `findings` are what came of the
    checks of a completed run, `on_failed_block` is what a failed block in it means.
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

    @property
    def status_word(self) -> str:
        """Genesis's own word for the run; empty when nothing was ever seen of it."""
        return self.execution.status_word if self.execution else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """What is wrong with the configuration: a full sentence, and where in a file of ours it is."""

    words: str
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return f"{place}: {self.words}" if place else self.words


@dataclass(frozen=True, kw_only=True, slots=True)
class RunReport:
    """The end of the job: one outcome over all workflows.

    `problems` are those of the configuration, `notices` what people should know although nothing
    is wrong.
    """

    outcome: Outcome
    workflows: tuple[WorkflowReport, ...] = ()
    problems: tuple[Problem, ...] = ()
    notices: tuple[str, ...] = ()
    started_at: datetime
    seconds: float = 0.0
    tool_version: str = ""
    api_url: str = ""
    job_url: str | None = None
    change: Change = field(default_factory=Change)


def _seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    if start is None or end is None:
        return None
    return max(0.0, (end - start).total_seconds())
