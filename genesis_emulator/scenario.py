"""What the emulated Genesis holds: organizations, keys, projects and workflows, as frozen values.

Durations are seconds. `scenario_file` reads a file into these classes, by their types.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, with_config

from genesis_emulator.fields import (
    OR_NULL,
    Boolean,
    Count,
    Headers,
    HttpStatus,
    Json,
    Name,
    Numbers,
    Seconds,
    Size,
    Text,
    Uuid,
)

STRICT = ConfigDict(extra="forbid")
"""Applies to the classes inside a scenario or fault as well."""


class EmulatorError(Exception):
    """Base class of the emulator's errors; the message contains the next step."""


class ScenarioError(EmulatorError):
    """A scenario that cannot be used; `problems` has one line each, with file and line."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Status(StrEnum):
    """The guide's seven words for executions and blocks."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    REVIEW_PENDING = "review_pending"


FINAL = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.SKIPPED})
"""Statuses that never change again."""

End = Literal[Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.SKIPPED]
"""How a run or a block may end."""


class Policy(StrEnum):
    """What a new API run does to the earlier ones of its workflow."""

    PARALLEL = "parallel"
    CANCEL_PREVIOUS = "cancel-previous"


class ErrorBody(StrEnum):
    """The form of an error answer, which the guide does not give."""

    ERROR = "error"
    MESSAGE = "message"
    PLAIN = "plain"


class Verdict(StrEnum):
    """A decision about a block that waits for review."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, kw_only=True, slots=True)
class Organization:
    """`credits` is how many runs it can still start; None is no limit."""

    id: Name
    credits: Annotated[Count | None, OR_NULL] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey:
    """`organization` is None for a key without one; `member` is false if its user has left."""

    key: Name
    organization: Annotated[Name | None, OR_NULL]
    member: Boolean = True
    id: Name = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """A project; a deleted one leaves workflows that still point to it."""

    name: Name
    deleted: Boolean = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """A block marked "review required"; with `after` it is decided after that time."""

    after: Seconds | None = None
    decision: Verdict = Verdict.APPROVE


def _review(value: Any) -> Any:
    match value:
        case "true" | True:
            return Review()
        case "false" | False:
            return None
        case dict() if "after" not in value:
            raise ValueError("the key 'after' is missing; add it, or write review: true")
        case str():
            raise ValueError(f"expected true, false or a mapping, got {value!r}")
        case _:
            return value


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One block. `status` is what it ends as.

    A cancelled block ends the run, and so does a failed one unless it has `allow_failure`.
    """

    key: Name
    duration: Seconds = 1.0
    status: End = Status.COMPLETED
    allow_failure: Boolean = False
    inputs: Mapping[str, Text] = field(default_factory=dict)
    output: Json = None
    echo: Boolean = False
    review: Annotated[
        Review | None, BeforeValidator(_review, json_schema_input_type=bool | Review)
    ] = None


def _blocks(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [
        {**_defaults(number, entry), **entry} if isinstance(entry, dict) else entry
        for number, entry in enumerate(value, 1)
    ]


def _defaults(number: int, entry: dict[str, Any]) -> dict[str, Any]:
    skipped = entry.get("status") == Status.SKIPPED
    return {"key": f"block-{number}", **({"duration": 0.0} if skipped else {})}


Blocks = Annotated[
    tuple[Block, ...], BeforeValidator(_blocks, json_schema_input_type=tuple[Block, ...])
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How a run differs from its workflow, where its variables have the values of `when`."""

    when: Mapping[str, Text] = field(default_factory=dict)
    status: End | None = None
    error: Annotated[Text | None, OR_NULL] = None
    blocks: Blocks | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Workflow:
    """One workflow template. `status` None lets the blocks decide how a run ends.

    `name` identifies it here; `title` is its name in answers, if that is another one.
    """

    id: Uuid
    name: Name
    title: Name = ""
    organization: Name
    project: Annotated[Name | None, OR_NULL] = None
    variables: tuple[Text, ...] = ()
    policy: Policy = Policy.PARALLEL
    api_access: Boolean = True
    pending: Seconds = 0.0
    status: End | None = None
    error: Annotated[Text | None, OR_NULL] = None
    cancel_reason: Annotated[Text | None, OR_NULL] = None
    blocks: Blocks = ()
    outcomes: tuple[
        Annotated[
            Outcome,
            BeforeValidator(
                lambda value: {"status": value} if isinstance(value, str) else value,
                json_schema_input_type=End | Outcome,
            ),
        ],
        ...,
    ] = ()


class Endpoint(StrEnum):
    """The two endpoints of the API."""

    TRIGGER = "trigger"
    POLL = "poll"


class FaultKind(StrEnum):
    """How a fault changes or replaces the answer."""

    DELAY = "delay"
    STATUS = "status"
    NOT_JSON = "not-json"
    CLOSE_BEFORE = "close-before"
    CLOSE_AFTER = "close-after"
    TRUNCATE = "truncate"
    UNKNOWN_STATUS = "unknown-status"
    OVERSIZE = "oversize"
    DRIP = "drip"


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One rule. An empty `nth` hits every request; `delay` and `over` are real seconds.

    `workflow` (a name) limits it to that workflow. `processed` is for a made-up answer (status,
    not-json): true if the request is processed nevertheless.
    """

    on: Endpoint
    do: FaultKind
    nth: Numbers = ()
    workflow: Name | None = None
    delay: Seconds = 0.0
    processed: Boolean = False
    status: HttpStatus | None = None
    headers: Headers = field(default_factory=dict)
    body: Text | None = None
    word: Text = "archived"
    size: Size = 9 * 1024 * 1024
    over: Seconds = 30.0

    def __post_init__(self) -> None:
        if self.on is Endpoint.TRIGGER and self.do is FaultKind.UNKNOWN_STATUS:
            raise ValueError("a trigger's answer has no status; use unknown-status on: poll")

    @property
    def is_processed(self) -> bool:
        """Whether a request with this fault takes effect."""
        if self.do in {FaultKind.STATUS, FaultKind.NOT_JSON}:
            return self.processed
        return self.do is not FaultKind.CLOSE_BEFORE


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """Everything the emulated Genesis holds when it starts.

    With `own_state`, the ids and the status in `state` are others than those beside it: the guide
    shows them, and does not say that they are equal.
    """

    organizations: tuple[Organization, ...]
    keys: tuple[ApiKey, ...]
    workflows: tuple[Workflow, ...]
    projects: tuple[Project, ...] = ()
    faults: tuple[Fault, ...] = ()
    error_body: ErrorBody = ErrorBody.ERROR
    own_state: Boolean = False


PARTS: Mapping[str, type[Any]] = {
    "organizations": Organization,
    "keys": ApiKey,
    "projects": Project,
    "workflows": Workflow,
    "blocks": Block,
    "outcomes": Outcome,
    "review": Review,
    "faults": Fault,
}
"""The class of the mappings under each key of a scenario file."""


def workflow_by_id(scenario: Scenario, template_id: str) -> Workflow | None:
    """The workflow of that id, which must be in lower case."""
    return next((known for known in scenario.workflows if known.id.lower() == template_id), None)


def outcomes_of(workflow: Workflow, payload: Mapping[str, str]) -> tuple[int, ...]:
    """The indexes of the outcomes that runs with these variables take in turn.

    They are those whose `when` fits; if none fits, those without `when`.
    """
    outcomes, sent = workflow.outcomes, payload.items()
    fitting = [at for at, one in enumerate(outcomes) if one.when and one.when.items() <= sent]
    return tuple(fitting or [at for at, one in enumerate(outcomes) if not one.when])


def with_outcome(workflow: Workflow, outcome: Outcome) -> Workflow:
    """The workflow with the values of this outcome in place of its own."""
    return replace(
        workflow,
        status=outcome.status or workflow.status,
        error=workflow.error if outcome.error is None else outcome.error,
        blocks=workflow.blocks if outcome.blocks is None else outcome.blocks,
    )
