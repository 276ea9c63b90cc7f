"""One row of the fault table: the fault and its verdict."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum

from tests.reliability.answers import COMPLETED, started
from tests.reliability.server import FaultServer, Script


class Remote(StrEnum):
    """The state of the run in Genesis at the end of the job."""

    ENDED = "ended as reported"
    NONE = "none"
    UNKNOWN = "may have started"
    GOES_ON = "continues"
    WAITS = "waits for a person"
    REPLACED = "the second run counts"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The server that counts the requests of a job, and additional environment variables."""

    server: FaultServer
    url: str
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault and its verdict.

    `posts` is how many triggers the server saw, `says` what the log has to hold, `seconds` the
    least and the most that the wait may take; without it the most is max-wait-time and 1 s.
    """

    what: str
    triggers: tuple[Script, ...] = (started(),)
    polls: tuple[Script, ...] = (COMPLETED,)
    inputs: Mapping[str, str] = field(default_factory=dict)
    posts: int = 1
    verdict: str = "passed"
    exit_code: int = 0
    remote: Remote = Remote.ENDED
    says: str = ""
    seconds: tuple[float, float] | None = None
    stage: "Callable[[Fault], AbstractContextManager[Stage]] | None" = None

    @property
    def max_wait(self) -> float:
        return float(self.inputs.get("max-wait-time", "8s").removesuffix("s"))

    @property
    def between(self) -> tuple[float, float]:
        return self.seconds or (0.0, self.max_wait + 1)
