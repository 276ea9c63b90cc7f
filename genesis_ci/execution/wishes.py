"""What lifecycles request from the loop, and the events that both show."""

import math
from collections.abc import Callable, Generator, Sequence
from enum import Enum, auto
from typing import Any, NamedTuple, Protocol, TypeAlias

from genesis_ci.execution.state import Run
from genesis_ci.execution.workers import Call
from genesis_ci.models.execution import Block
from genesis_ci.models.findings import RunChecks
from genesis_ci.models.readiness import Readiness, WaitFor
from genesis_ci.models.report import Outcome, WorkflowReport


class Pool(Enum):
    """A kind of requests with its own limit of requests at once."""

    GENESIS = auto()
    ADDRESSES = auto()
    JUDGES = auto()


class Turn(NamedTuple):
    """Wait until the run may start. The answer is None, or the outcome if it never may."""

    run: Run


class Slot(NamedTuple):
    """Wait until `due` and for a free place in a pool. The answer is false from `expires_at` on.

    First requests have rank 0, repeated triggers 1, other polls 2; a lower rank goes first. From
    `urgent_from` on, a gap between two requests does not delay this one.
    """

    pool: Pool
    due: float
    expires_at: float
    rank: int = 0
    urgent_from: float = math.inf


class Send(NamedTuple):
    """Carry out a call in the slot. The answer is its value, or the error it raises."""

    call: Call
    seconds: float


Wish: TypeAlias = Turn | Slot | Send
Lifecycle: TypeAlias = Generator[Wish, Any, Outcome]
Judge: TypeAlias = Callable[[RunChecks, Sequence[Block]], Call]


class Progress(Protocol):
    """Shows the events of a job to people.

    `awaited`: an address of `wait-for` answered, or its wait ended. `trying_again`: after a failed
    attempt. `trouble`: a request failed and will be sent again.
    """

    def awaited(self, wanted: WaitFor, readiness: Readiness) -> None: ...
    def starting(self, run: Run) -> None: ...
    def trying_again(self, run: Run) -> None: ...
    def triggered(self, run: Run, execution_id: str) -> None: ...
    def polled(self, run: Run) -> None: ...
    def trouble(self, run: Run) -> None: ...
    def idle(self, runs: Sequence[Run]) -> None: ...
    def ended(self, report: WorkflowReport) -> None: ...
