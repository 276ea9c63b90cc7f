"""What the emulated Genesis holds: organizations, keys, projects and workflows, as frozen values.

Durations are seconds. Written by hand, or read from a file by `scenario_file`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

from genesis_ci.emulator.status import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from genesis_ci.emulator.faults import Fault

Json: TypeAlias = "Mapping[str, Json] | list[Json] | str | int | float | bool | None"


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Organization:
    """`credits` is how many runs it can still start; None is no limit."""

    id: str
    credits: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey:
    """`organization` None is a key without one; `member` says whether its user still belongs."""

    key: str
    organization: str | None = None
    member: bool = True
    id: str = ""

    @property
    def public_id(self) -> str:
        """The id that answers show instead of the key."""
        return self.id or f"ak_{sha256(self.key.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """A project; a deleted one leaves workflows that still point to it."""

    name: str
    deleted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """A block marked "review required"; with `after` it decides by itself after that time."""

    after: float | None = None
    decision: Verdict = Verdict.APPROVE


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One block. `status` is what it ends as; failed and cancelled end the run there."""

    key: str
    duration: float = 1.0
    status: Status = Status.COMPLETED
    inputs: Mapping[str, str] = field(default_factory=dict)
    output: Json = None
    echo: bool = False
    review: Review | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Workflow:
    """One workflow template. `status` None lets the blocks decide how a run ends."""

    id: str
    name: str
    organization: str
    project: str | None = None
    variables: tuple[str, ...] = ()
    policy: Policy = Policy.PARALLEL
    api_access: bool = True
    pending: float = 0.0
    status: Status | None = None
    error: str | None = None
    cancel_reason: str | None = None
    blocks: tuple[Block, ...] = ()


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
    blocks = tuple(_block_at_speed(block, speed) for block in workflow.blocks)
    return replace(workflow, pending=workflow.pending / speed, blocks=blocks)


def _block_at_speed(block: Block, speed: float) -> Block:
    review = block.review
    if review is not None and review.after is not None:
        review = replace(review, after=review.after / speed)
    return replace(block, duration=block.duration / speed, review=review)
