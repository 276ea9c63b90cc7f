"""What the runner tells while it works: `narration` puts it into words."""

from collections.abc import Sequence
from typing import Protocol

from genesis_ci.domain import WorkflowReport, WorkflowRun
from genesis_ci.watch import Watch


class Progress(Protocol):
    """Is told what happens, for people to follow."""

    def starting(self, run: WorkflowRun) -> None:
        """A workflow is about to be triggered or attached to."""

    def triggered(self, run: WorkflowRun, execution_id: str) -> None:
        """Genesis started the run."""

    def looked(self, watch: Watch, *, now: float) -> None:
        """An answer about the run arrived."""

    def trouble(self, watch: Watch, *, now: float) -> None:
        """A request got no usable answer and will be repeated."""

    def idle(self, watches: Sequence[Watch], *, now: float) -> None:
        """Nothing happened for a while."""

    def ended(self, report: WorkflowReport) -> None:
        """A workflow has its outcome."""
