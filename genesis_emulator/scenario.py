"""What the emulated Genesis holds: organizations, keys, projects and workflows, as frozen values.

Durations are seconds. Written by hand, or read from a file by `scenario_file`, which checks it
against the types here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, with_config

from genesis_emulator.faults import Fault
from genesis_emulator.fields import (
    OR_NULL,
    STRICT,
    Boolean,
    Count,
    Json,
    Name,
    Seconds,
    Text,
    Uuid,
)


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

SUPERSEDED = frozenset({Status.PENDING, Status.RUNNING})
"""What "cancel previous" cancels, in the guide's words: runs that are pending or running."""


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
    """What a person says about a block that waits for review."""

    APPROVE = "approve"
    REJECT = "reject"


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True, slots=True)
class Organization:
    """`credits` is how many runs it can still start; None is no limit."""

    id: Name
    credits: Annotated[Count | None, OR_NULL] = None


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey:
    """`organization` None is a key without one; `member` says whether its user still belongs."""

    key: Name
    organization: Annotated[Name | None, OR_NULL]
    member: Boolean = True
    id: Name = ""

    @property
    def public_id(self) -> str:
        """The id that answers show instead of the key."""
        return self.id or f"ak_{sha256(self.key.encode()).hexdigest()[:12]}"


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """A project; a deleted one leaves workflows that still point to it."""

    name: Name
    deleted: Boolean = False


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """A block marked "review required"; with `after` it decides by itself after that time."""

    after: Seconds | None = None
    decision: Verdict = Verdict.APPROVE


def _review(value: Any) -> Any:
    """`true`, `false`, or when and how the review decides by itself."""
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


@with_config(STRICT)
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
    """Blocks are `block-1`, `block-2`, … unless they have a key; a skipped one takes no time."""
    if not isinstance(value, list):
        return value
    return [
        {"key": f"block-{number}", **_no_time_if_skipped(entry), **entry}
        if isinstance(entry, dict)
        else entry
        for number, entry in enumerate(value, 1)
    ]


def _no_time_if_skipped(entry: dict[str, Any]) -> dict[str, float]:
    return {"duration": 0.0} if entry.get("status") == Status.SKIPPED else {}


Blocks = Annotated[
    tuple[Block, ...], BeforeValidator(_blocks, json_schema_input_type=tuple[Block, ...])
]


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a run does otherwise than its workflow says; None is as the workflow says.

    It is for runs whose variables have the values of `when`.
    """

    when: Mapping[str, Text] = field(default_factory=dict)
    status: End | None = None
    error: Annotated[Text | None, OR_NULL] = None
    blocks: Blocks | None = None


def _outcome(value: Any) -> Any:
    return {"status": value} if isinstance(value, str) else value


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True, slots=True)
class Workflow:
    """One workflow template. `status` None lets the blocks decide how a run ends."""

    id: Uuid
    name: Name
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
        Annotated[Outcome, BeforeValidator(_outcome, json_schema_input_type=End | Outcome)], ...
    ] = ()


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """Everything the emulated Genesis holds when it starts."""

    organizations: tuple[Organization, ...]
    keys: tuple[ApiKey, ...]
    workflows: tuple[Workflow, ...]
    projects: tuple[Project, ...] = ()
    faults: tuple[Fault, ...] = ()
    error_body: ErrorBody = ErrorBody.ERROR

    @property
    def usable_key(self) -> str:
        """The first key that belongs to an organization and to a member, or an empty string."""
        usable = (key.key for key in self.keys if key.member and key.organization is not None)
        return next(usable, "")


def workflow_by_id(scenario: Scenario, template_id: str) -> Workflow | None:
    """The workflow of that id, which must be in lower case."""
    return next((known for known in scenario.workflows if known.id.lower() == template_id), None)


def outcomes_of(workflow: Workflow, payload: Mapping[str, str]) -> tuple[int, ...]:
    """Which outcomes, by index, runs with these variables take in turn.

    Those whose `when` fits, if there are any, or else those without one.
    """
    numbered = list(enumerate(workflow.outcomes))
    fitting = tuple(
        index
        for index, outcome in numbered
        if outcome.when and outcome.when.items() <= payload.items()
    )
    return fitting or tuple(index for index, outcome in numbered if not outcome.when)


def with_outcome(workflow: Workflow, outcome: Outcome) -> Workflow:
    """The workflow as a run with this outcome plays it."""
    return replace(
        workflow,
        status=outcome.status or workflow.status,
        error=workflow.error if outcome.error is None else outcome.error,
        blocks=workflow.blocks if outcome.blocks is None else outcome.blocks,
    )


def at_speed(scenario: Scenario, speed: float) -> Scenario:
    """The same scenario with every duration divided by `speed`; faults keep real seconds.

    Raises ValueError unless `speed` is above 0.
    """
    if not speed > 0:
        raise ValueError(f"a speed of {speed} is not possible; give a number above 0")
    if speed == 1:
        return scenario
    faster = tuple(_workflow_at_speed(workflow, speed) for workflow in scenario.workflows)
    return replace(scenario, workflows=faster)


def _workflow_at_speed(workflow: Workflow, speed: float) -> Workflow:
    return replace(
        workflow,
        pending=workflow.pending / speed,
        blocks=_blocks_at_speed(workflow.blocks, speed),
        outcomes=tuple(
            outcome
            if outcome.blocks is None
            else replace(outcome, blocks=_blocks_at_speed(outcome.blocks, speed))
            for outcome in workflow.outcomes
        ),
    )


def _blocks_at_speed(blocks: tuple[Block, ...], speed: float) -> tuple[Block, ...]:
    return tuple(_block_at_speed(block, speed) for block in blocks)


def _block_at_speed(block: Block, speed: float) -> Block:
    review = block.review
    if review is not None and review.after is not None:
        review = replace(review, after=review.after / speed)
    return replace(block, duration=block.duration / speed, review=review)
