"""The closed set of statuses that the guide gives executions and blocks."""

from enum import StrEnum


class Status(StrEnum):
    """The guide's seven words."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    REVIEW_PENDING = "review_pending"


FINAL = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.SKIPPED})
"""Statuses that never change again."""

SUPERSEDED = frozenset({Status.PENDING, Status.RUNNING})
"""What "cancel previous" cancels, in the guide's words: runs that are pending or running."""
