"""What the runner needs of the world: Genesis, a judge, awaited addresses, somebody to tell."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from genesis_ci.errors import ContactError
from genesis_ci.execution.state import WorkflowState
from genesis_ci.execution.workers import Call
from genesis_ci.models import Block, Workflow, WorkflowReport
from genesis_ci.models.proof import Check
from genesis_ci.models.readiness import Page, Readiness, WaitFor


class Progress(Protocol):
    """Is told what happens, for people to follow."""

    def awaited(self, wanted: WaitFor, readiness: Readiness) -> None:
        """An address that is waited for was asked."""

    def starting(self, state: WorkflowState) -> None:
        """A workflow is about to be triggered or attached to."""

    def trying_again(self, state: WorkflowState) -> None:
        """A workflow is to be triggered after a failed attempt, or a run that is not kept."""

    def triggered(self, workflow: Workflow, execution_id: str) -> None:
        """Genesis started the run."""

    def looked(self, state: WorkflowState, *, now: float) -> None:
        """An answer about the run arrived."""

    def trouble(self, state: WorkflowState, *, now: float) -> None:
        """A request got no usable answer and will be repeated."""

    def idle(self, states: Sequence[WorkflowState], *, now: float) -> None:
        """Nothing happened for a while."""

    def ended(self, report: WorkflowReport) -> None:
        """A workflow has its outcome."""


class Judge(Protocol):
    """Looks at what a completed run put out."""

    def __call__(self, checks: Sequence[Check], blocks: Sequence[Block]) -> Call:
        """Return the call that judges a run; it gives a tuple of findings."""
        ...


class Api(Protocol):
    """What the runner needs of Genesis."""

    def trigger(self, workflow_id: str, variables: Mapping[str, str]) -> Call:
        """Return the call that starts a run; it gives the execution id."""
        ...

    def execution(self, execution_id: str) -> Call:
        """Return the call that looks at a run; it gives an `Execution`."""
        ...


class Previews(Protocol):
    """What the runner needs of the addresses that workflows wait for."""

    def begin(self, wanted: Iterable[WaitFor], *, now: float) -> None:
        """Wait for these from now on."""
        ...

    @property
    def next_at(self) -> float:
        """When there is something to do."""
        ...

    def expire(self, wanted: Collection[WaitFor], *, now: float) -> list[tuple[WaitFor, Readiness]]:
        """Return what is not ready within its time; what is `wanted` no more is forgotten."""
        ...

    def asks(self, *, now: float) -> Sequence[tuple[int, Call, float]]:
        """Return what to ask now: a key, the call, and how many seconds it may take."""
        ...

    def take(
        self, key: int, answer: Page | ContactError, *, now: float
    ) -> tuple[WaitFor, Readiness]:
        """Return how an address stands after what became of an ask."""
        ...
