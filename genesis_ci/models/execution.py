"""An execution and its blocks, from the latest answer of Genesis. No I/O.

Times of the server are aware `datetime`s, durations are seconds. All text of the server is clean
(`text.clean`) and without secrets.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from genesis_ci.language import N_
from genesis_ci.models.recorded import Derived, Internal, Name, Text
from genesis_ci.strict_json import JsonValue


class Status(StrEnum):
    """The seven statuses of the API guide, of executions and of blocks."""

    PENDING = N_("pending")
    RUNNING = N_("running")
    COMPLETED = N_("completed")
    FAILED = N_("failed")
    CANCELLED = N_("cancelled")
    SKIPPED = N_("skipped")
    REVIEW_PENDING = N_("review_pending")

    @classmethod
    def of(cls, word: str) -> "Status | None":
        """Return the status that a word names, or None if the guide does not name it."""
        return next((status for status in cls if status.value == word), None)


UNKNOWN_STATUS = N_("unknown")
"""The output `status` of a run without an answer, and the word for a block without a status."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One block of an execution, from the latest answer.

    `status` is None when the guide does not name `status_word`.
    `readable` is false when the server sent neither an object nor a text nor null.
    `raw` is the full output as the server sent it, for checks only: it may contain secrets.
    `fingerprint` is a digest of the block as the server sent it.
    """

    key: str
    """The key of the block in the workflow."""
    status: Internal[Status | None]
    status_word: Annotated[str, Name("status")]
    """The status in the words of Genesis; a newer Genesis may have others than pending, running,
    completed, failed, cancelled, skipped and review_pending."""
    started_at: datetime | None = None
    """When the block started."""
    finished_at: datetime | None = None
    """When the block ended."""
    output: Text | None = None
    """The output of the block, as text."""
    output_is_json: bool = False
    """True if Genesis sent another JSON value than a string; `output` is its JSON text."""
    error: Text | None = None
    """The error of the block."""
    reviewed: bool = False
    """True if an answer to this job showed the block in review."""
    readable: Internal[bool] = field(default=True, compare=False)
    raw: Internal[JsonValue] = field(default=None, repr=False, compare=False)
    fingerprint: Internal[bytes] = field(default=b"", repr=False, compare=False)

    @property
    def seconds(self) -> Derived[float | None]:
        """Seconds from start to end by the server's clock; null while either is unknown."""
        return seconds_between(self.started_at, self.finished_at)

    @property
    def is_done(self) -> bool:
        """True if the block is known to be completed or skipped."""
        return self.status in (Status.COMPLETED, Status.SKIPPED)

    @property
    def has_raw_output(self) -> bool:
        """True if there is an output to search, or one that cannot be read."""
        return bool(self.raw) or not self.readable

    @property
    def has_failed(self) -> bool:
        """True if the block failed, or is in another status and has an error."""
        return self.status is Status.FAILED or self.error is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Execution:
    """One answer of `GET /api/executions/{id}`; fields that the server left out are None.

    `workflow_id` and `state_id` are the ids in `state`, from the first answer that has them.
    `payload` has the variables of the run as the server sent them: it may contain secrets.
    """

    id: Internal[str]
    status: Internal[Status | None]
    status_word: Internal[str]
    workflow_name: str | None = None
    """The name of the workflow in Genesis."""
    workflow_id: str | None = None
    """The id of the workflow in the answer."""
    state_id: Internal[str | None] = None
    block_count: int | None = None
    """How many blocks the workflow has."""
    completed_blocks: int | None = None
    """How many of them are completed."""
    created_at: datetime | None = None
    """When the run was created."""
    updated_at: datetime | None = None
    """When Genesis last changed the run."""
    started_at: datetime | None = None
    """When the run started."""
    finished_at: datetime | None = None
    """When the run ended."""
    cancel_requested_at: datetime | None = None
    """When somebody or a newer trigger asked to cancel it."""
    cancel_reason: str | None = None
    """Why it was cancelled."""
    error: Text | None = None
    """The error of the run."""
    blocks: Internal[tuple[Block, ...]] = ()
    payload: Internal[JsonValue] = field(default=None, repr=False, compare=False)

    @property
    def seconds(self) -> Derived[float | None]:
        """Seconds from start to end by the server's clock; null while either is unknown."""
        return seconds_between(self.started_at, self.finished_at)

    def blocks_with(self, status: Status) -> tuple[Block, ...]:
        """Return the blocks in a status, in the server's order."""
        return tuple(block for block in self.blocks if block.status is status)


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    """Return the seconds between two times of the server, at least 0; None without both."""
    if start is None or end is None:
        return None
    return max(0.0, (end - start).total_seconds())
